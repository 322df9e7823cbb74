# shellcheck shell=bash
# What one of these files sets, another uses.
# shellcheck disable=SC2034,SC2154
# Sourced by scripts/bench: what is measured, and how.

# What is read: name, path here, path of the bare handler, who asks, and whether the goals for lists and pages count.
API=/api/dashboard/integrations/chatwoot
READS=(
    "health|/api/health|/health|0|"
    "agents list, 3|$API/agents?limit=1000|/agents/0|0|goal"
    "agents list, 1,000|$API/agents?limit=1000|/agents/1|1|goal"
    "inboxes|$API/inboxes|/inboxes/0|0|goal"
    "tier limits|/api/dashboard/tier-limits|/tier-limits/0|0|goal"
    "Helpdesk page, 3|/integrations/helpdesk|/helpdesk/0|0|goal"
    "Helpdesk page, 1,000|/integrations/helpdesk|/helpdesk/1|1|goal"
)
CREATE=$API/create-user
# As bench/src/rows.rs stores them.
TENANTS=18 INBOXES=3
# As many creates at once as the program has calls to Chatwoot at once: more would only measure the queue for those.
READERS=16 CREATORS=4 SECONDS_EACH=${SECONDS_EACH:-3} ROUNDS=2
ASKED=20 CREATED=10

declare -a cookies=()
declare -A queries=() bare_queries=() bytes=()

# measure_on LABEL DATABASE OTHER_DATABASE: the other one, with equal rows, is the bare handler's.
measure_on() {
    label=$1
    local database=$2 other=$3
    time_starts "$database"
    "$programs/bench" rows "$database"
    "$programs/bench" rows "$other"
    count_queries "$database" "$other"
    start_app "$database" && start_bare "$other"
    sleep 2
    idle+=("$(memory)")
    local each
    for each in "${READS[@]}"; do
        IFS='|' read -r name path bare_path tenant goal <<<"$each"
        connections=$READERS
        compare COOKIES="${cookies[tenant]}"
    done
    compare_creates
    sleep 2
    loaded+=("$(memory)")
    while_chatwoot_hangs
    [ "${#bytes[@]}" -gt 0 ] || weigh_first_load
    stop_process "$app_pid"
    stop_process "$bare_pid"
}

# The first start makes the schema; the median of the others counts.
time_starts() {
    local times=() _
    start_app "$1"
    first_start+=("$ready_ms")
    stop_process "$app_pid"
    for _ in 1 2 3 4 5; do
        start_app "$1"
        times+=("$ready_ms")
        stop_process "$app_pid"
    done
    later_start+=("$(median "${times[@]}")")
}

time_demo() {
    local times=() n
    for n in 1 2 3; do
        start_demo "$scratch/demo$n"
        times+=("$ready_ms")
        stop_process "$pid"
    done
    demo_ms=$(median "${times[@]}")
}

# From the statements that both log, in programs that are not measured otherwise.
count_queries() {
    local each name path bare_path tenant _ before
    start_app "$1" RUST_LOG=warn,sqlx=trace && start_bare "$2" RUST_LOG=warn,sqlx=trace
    for ((tenant = 0; tenant < TENANTS; tenant++)); do
        sign_in "$tenant"
    done
    for each in "${READS[@]}"; do
        IFS='|' read -r name path bare_path tenant _ <<<"$each"
        queries[$name]=$(queries_of app "$app$path" "$ASKED" -b "${cookies[tenant]}")
        bare_queries[$name]=$(queries_of bare "$bare$bare_path" "$ASKED")
    done
    tell calls && before=$calls
    queries[create]=$(queries_of app "$app$CREATE" "$CREATED" -b "${cookies[2]}" -H 'Sec-Fetch-Site: same-origin' \
        -H 'Content-Type: application/json' -d "{\"name\":\"Counted on $label\",\"inboxIds\":[$((2 * INBOXES + 1))]}")
    tell calls && create_calls=$(((calls - before) / CREATED)) before=$calls
    bare_queries[create]=$(queries_of bare "$bare/create" "$CREATED" -X POST)
    tell calls && bare_calls=$(((calls - before) / CREATED))
    stop_process "$app_pid"
    stop_process "$bare_pid"
}

# queries_of LOG URL TIMES CURL_OPTION…: rounds down, because the worker asks now and then too.
queries_of() {
    local log=$scratch/$1.log url=$2 count=$3 before after
    shift 3
    before=$(grep -c ' sqlx::query: ' "$log" || true)
    curl -sS --fail -o /dev/null "$@" "$url#[1-$count]" || stop "$url is not answered as it should be."
    after=$(grep -c ' sqlx::query: ' "$log" || true)
    echo $(((after - before) / count))
}

sign_in() {
    local body="{\"email\":\"tenant$1@bench.example\",\"password\":\"bench-password\"}"
    cookies[$1]=$(curl -sS --fail -o /dev/null -D - -H 'Content-Type: application/json' -d "$body" \
        "$app/api/auth/sign-in" | sed -n 's/^set-cookie: \([^;]*\).*/\1/ip')
    [ -n "${cookies[$1]}" ] || stop "Tenant $1 cannot sign in."
}

# Several tenants in turn; one alone would wait for itself.
compare_creates() {
    local ms tenant who='' where=''
    for ((tenant = 2; tenant < TENANTS; tenant++)); do
        who+=" ${cookies[tenant]}" where+=" $((tenant * INBOXES + 1))"
    done
    for ms in 0 20; do
        tell latency "$ms"
        connections=$CREATORS
        name="create, Chatwoot at $ms ms" path=$CREATE bare_path=/create goal=
        queries[$name]=${queries[create]} bare_queries[$name]=${bare_queries[create]}
        compare COOKIES="$who" INBOXES="$where" CREATE="$label $ms"
    done
    tell latency 0
}

# compare NAME=VALUE…: in turns, so that a slow moment of the machine meets both.
compare() {
    local round ours=() theirs=()
    for ((round = 1; round <= ROUNDS; round++)); do
        ours+=("$(load "$app$path" ROUND="$round" "$@")")
        theirs+=("$(load "$bare$bare_path" ROUND="$round" "$@")")
    done
    measured+=("$(printf '%s\n' "${ours[@]}" "${theirs[@]}" | awk -v rounds="$ROUNDS" -v OFS='|' \
        -v label="$label" -v name="$name" -v goal="$goal" -v queries="${queries[$name]}" -v others="${bare_queries[$name]}" '
        NR <= rounds { rps += $1 / rounds; p50 += $2 / rounds; if ($3 > p99) p99 = $3 }
        NR > rounds { bare += $1 / rounds }
        { failed += $5 }
        END { print label, name, rps, p50, p99, queries, bare, others, rps / bare, goal, failed + 0 }')")
    print_measured "${measured[-1]}"
}

# load URL NAME=VALUE…: prints requests per second, p50 and p99 in ms, answers, failures.
load() {
    local url=$1
    shift
    env "$@" wrk -t1 -c"$connections" -d"${SECONDS_EACH}s" -s bench/wrk.lua "$url" | sed -n 's/^RESULT //p'
}

# 50 requests a second by 50 connections that rest about a second each, and creates meanwhile.
while_chatwoot_hangs() {
    local url=$app/integrations/helpdesk took n
    tell hang
    env COOKIES="${cookies[0]}" PAUSE_MS=1000 wrk -t1 -c50 -d15s -s bench/wrk.lua "$url" >"$scratch/paced" &
    for n in 1 2; do
        took=$(curl -sS --fail -o /dev/null -w '%{time_total}' -b "${cookies[2]}" -H 'Sec-Fetch-Site: same-origin' \
            -H 'Content-Type: application/json' -d "{\"name\":\"Hung $n on $label\"}" "$app$CREATE")
        creates+=("$took")
    done
    wait $!
    read -r rps _ p99 _ failed < <(sed -n 's/^RESULT //p' "$scratch/paced")
    paced+=("$label|$rps|$p99|$failed")
    tell answer
}

# Bodies as a browser with an empty cache gets them: sets bytes and requests.
weigh_first_load() {
    local page asset
    page=$(curl -sS --fail -b "${cookies[0]}" "$app/integrations/helpdesk")
    weigh /integrations/helpdesk
    while read -r asset; do
        weigh "$asset"
    done < <(grep -oE '(href|src)="/assets/[^"#]+' <<<"$page" | cut -d'"' -f2 | sort -u)
}

weigh() {
    bytes[$1]=$(curl -sS --fail -o /dev/null -w '%{size_download}' -b "${cookies[0]}" -H 'Accept-Encoding: br' "$app$1")
}

# memory: what the program has in memory now and had at most, in KiB.
memory() {
    awk '/^VmRSS/ { now = $2 } /^VmHWM/ { most = $2 } END { print now "|" most }' "/proc/$app_pid/status"
}

median() {
    printf '%s\n' "$@" | sort -n | sed -n "$((($# + 1) / 2))p"
}
