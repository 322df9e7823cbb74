# shellcheck shell=bash
# What one of these files sets, another uses.
# shellcheck disable=SC2034,SC2154
# Sourced by scripts/bench: the tables.

print_head() {
    printf '%-11s %-26s %10s %9s %9s %8s %13s %13s %6s\n' database request requests/s 'p50 ms' 'p99 ms' queries \
        'bare req/s' 'bare queries' ratio
}

# print_measured ROW
print_measured() {
    local label name rps p50 p99 queries bare others ratio goal failed
    IFS='|' read -r label name rps p50 p99 queries bare others ratio goal failed <<<"$1"
    printf '%-11s %-26s %10.0f %9.2f %9.2f %8s %13.0f %13s %6.2f%s\n' "$label" "$name" "$rps" "$p50" "$p99" "$queries" \
        "$bare" "$others" "$ratio" "$( ((failed == 0)) || echo "  $failed FAILED")"
}

report() {
    printf '\n%s, %d cores, load %s before the start, wrk and PostgreSQL on the same cores, commit %s\n' \
        "$(sed -n 's/^model name[^:]*: //p;T;q' /proc/cpuinfo)" "$(nproc)" "$load_before" "$(git describe --always --dirty)"
    print_head
    local row
    for row in "${measured[@]}"; do
        print_measured "$row"
    done
    print_rest
    print_goals
}

print_rest() {
    local n label names=(SQLite PostgreSQL) rps p99 failed path
    echo
    for n in 0 1; do
        label=${names[n]}
        IFS='|' read -r idle_kib _ <<<"${idle[n]}"
        IFS='|' read -r loaded_kib peak_kib <<<"${loaded[n]}"
        IFS='|' read -r _ rps p99 failed <<<"${paced[n]}"
        printf '%s: ready after %d ms (%d ms when it makes the schema first); in memory %d MiB idle, %d MiB after load, %d MiB at most\n' \
            "$label" "${later_start[n]}" "${first_start[n]}" $((idle_kib / 1024)) $((loaded_kib / 1024)) $((peak_kib / 1024))
        printf '%s, Chatwoot hanging: Helpdesk page at %.0f requests/s has p99 %.1f ms (%d failed); creates answered after %s and %s s\n' \
            "$label" "$rps" "$p99" "$failed" "${creates[2 * n]}" "${creates[2 * n + 1]}"
    done
    echo "A create makes $create_calls calls to Chatwoot; so does the bare one ($bare_calls)."
    echo "First load of the Helpdesk page, bodies with brotli:"
    for path in "${!bytes[@]}"; do
        printf '  %7d  %s\n' "${bytes[$path]}" "$path"
    done | sort -rn
}

# Every goal counts where it is worst.
print_goals() {
    local where
    printf '\n%-52s %-10s %-44s %s\n' goal '' measured met
    extreme 6 -nr
    goal 'queries of a list or page, session and user included' '<=' 3 "$worst" "$where"
    extreme 9 -n
    goal 'list or page against the bare handler' '>=' 0.6 "$worst" "$where"
    goal 'memory after load, MiB' '<=' 64 "$(most "${loaded[@]%|*}" | awk '{ printf "%.1f", $1 / 1024 }')"
    goal 'binary, MB' '<=' 40 "$(stat -c %s "$programs/localboxs" | awk '{ printf "%.1f", $1 / 1e6 }')"
    goal 'start-up, ms' '<' 300 "$(most "${later_start[@]}")"
    goal "first page of the demo, ms" '<=' 1000 "$demo_ms"
    goal 'first load of the Helpdesk page, KB' '<=' 35 \
        "$(printf '%s\n' "${bytes[@]}" | awk '{ sum += $1 } END { printf "%.1f", sum / 1000 }')" "${#bytes[@]} requests"
    goal 'Helpdesk page while Chatwoot hangs, 50/s, p99 in ms' '<' 150 "$(printf '%s\n' "${paced[@]}" | cut -d'|' -f3 | sort -n | tail -n 1)"
    goal 'create while Chatwoot hangs, s' '<=' 5.5 "$(most "${creates[@]}")"
}

# extreme FIELD ORDER: sets worst and where, of the rows that the goals for lists and pages are about.
extreme() {
    local row
    row=$(printf '%s\n' "${measured[@]}" | awk -F'|' '$10 == "goal"' | sort -t'|' -k"$1,$1" "$2" | head -n 1)
    worst=$(cut -d'|' -f"$1" <<<"$row")
    where=$(awk -F'|' '{ print $2 ", " $1 }' <<<"$row")
}

# goal WHAT SIGN LIMIT MEASURED [WHERE]
goal() {
    local met
    met=$(awk -v sign="$2" -v limit="$3" -v value="$4" 'BEGIN {
        met = sign == "<=" ? value <= limit : sign == "<" ? value < limit : value >= limit
        print met ? "yes" : "MISSED" }')
    printf '%-52s %-10s %-44s %s\n' "$1" "$2 $3" "$4${5:+ ($5)}" "$met"
}

most() {
    printf '%s\n' "$@" | sort -n | tail -n 1
}
