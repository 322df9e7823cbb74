# shellcheck shell=bash
# What one of these files sets, another uses.
# shellcheck disable=SC2034,SC2154
# Sourced by scripts/bench: the processes it measures, and how it asks them.

# start_chatwoot: the sandbox as a coprocess that `tell` speaks to.
start_chatwoot() {
    coproc CHATWOOT { exec "$programs/bench" chatwoot; }
    read -r chatwoot_url chatwoot_account account_key platform_key <&"${CHATWOOT[0]}"
}

# tell COMMAND…: sets calls to the number of calls Chatwoot had so far.
tell() {
    echo "$*" >&"${CHATWOOT[1]}"
    read -r calls <&"${CHATWOOT[0]}"
}

# start_app DATABASE [NAME=VALUE…]: sets app, app_pid and ready_ms, from the start of the process to its first answer.
start_app() {
    local database=$1 port
    shift
    port=$(free_port)
    start "$port" /readyz "$scratch/app.log" env "$@" DATABASE_URL="$database" PORT="$port" \
        DATA_DIR="$scratch/data" PUBLIC_DIR="$scratch/public" \
        CHATWOOT_BASE_URL="$chatwoot_url" CHATWOOT_ACCOUNT_ID="$chatwoot_account" \
        CHATWOOT_API_KEY="$account_key" CHATWOOT_PLATFORM_API_KEY="$platform_key" \
        "$programs/localboxs" serve
    app_pid=$pid app=http://127.0.0.1:$port
}

# start_bare DATABASE [NAME=VALUE…]: sets bare and bare_pid.
start_bare() {
    local database=$1 port
    shift
    port=$(free_port)
    start "$port" /health "$scratch/bare.log" env "$@" "$programs/bench" bare "$database" "$port" "$chatwoot_url"
    bare_pid=$pid bare=http://127.0.0.1:$port
}

# start_demo FOLDER: sets ready_ms to when its first page was there.
start_demo() {
    local port
    port=$(free_port)
    start "$port" /sign-in "$scratch/demo.log" "$programs/localboxs" demo --data-dir "$1" --port "$port"
}

# start PORT PATH LOG COMMAND…: sets pid and ready_ms; stops the script when PATH is not answered.
start() {
    local port=$1 path=$2 log=$3 begun
    shift 3
    begun=${EPOCHREALTIME/./}
    # Elsewhere, so that a developer's own .env is not read.
    (cd "$scratch" && exec "$@") >"$log" 2>&1 &
    pid=$!
    pids+=("$pid")
    until answers "$port" "$path"; do
        if ! kill -0 "$pid" 2>/dev/null || ((${EPOCHREALTIME/./} - begun > 20000000)); then
            echo "It did not start: $*" >&2
            cat "$log" >&2
            exit 1
        fi
    done
    ready_ms=$(((${EPOCHREALTIME/./} - begun) / 1000))
}

# answers PORT PATH: without a process of its own, which would take as long as what is measured.
answers() {
    local status=
    { exec 9<>"/dev/tcp/127.0.0.1/$1"; } 2>/dev/null || return 1
    printf 'GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' "$2" >&9
    read -r -t 5 _ status _ <&9 || true
    exec 9<&-
    [ "$status" = 200 ]
}

free_port() {
    local port
    while port=$((RANDOM % 12000 + 20000)); (exec 9<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
    echo "$port"
}

# stop_process PID: as an operator would.
stop_process() {
    kill -TERM "$1" 2>/dev/null || true
    wait "$1" || true
}

clean_up() {
    local status=$? each
    trap '' HUP INT TERM
    trap - EXIT
    for each in "${pids[@]}" ${CHATWOOT_PID:+"$CHATWOOT_PID"}; do
        kill -KILL "$each" 2>/dev/null || true
    done
    stop_postgres "$scratch/postgres"
    rm -rf "$scratch"
    exit "$status"
}
