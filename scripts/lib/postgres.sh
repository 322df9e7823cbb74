# shellcheck shell=bash
# Sourced by the scripts: a throw-away PostgreSQL that nobody else can sign in to.

# start_postgres FOLDER: sets postgres_url (its superuser's). FOLDER must not exist.
# shellcheck disable=SC2034
start_postgres() {
    local home=$1 bin password port
    bin=$(postgres_bin)
    password=$(od -An -tx1 -N16 /dev/urandom | tr -d ' \n')
    mkdir -m 700 "$home"
    echo "$password" >"$home/password"
    [ "$(id -u)" != 0 ] || chown -R postgres "$home"

    as_postgres "$bin/initdb" -D "$home/data" -U postgres --auth=password --pwfile="$home/password" \
        -E UTF8 --locale=C.UTF-8 --no-sync >"$home/log" 2>&1 || postgres_failed "$home"
    cat >>"$home/data/postgresql.conf" <<'END'
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 400
fsync = off
synchronous_commit = off
full_page_writes = off
END
    # Only binding tells that a port is free, so the server itself tries.
    for _ in {1..10}; do
        port=$((RANDOM % 12000 + 20000))
        if as_postgres "$bin/pg_ctl" -D "$home/data" -l "$home/server.log" -o "-p $port" -w -s start 2>>"$home/log"; then
            postgres_url=postgres://postgres:$password@127.0.0.1:$port/postgres
            return
        fi
    done
    postgres_failed "$home"
}

# stop_postgres FOLDER: also when it never started.
stop_postgres() {
    [ -e "$1/data/postmaster.pid" ] || return 0
    as_postgres "$(postgres_bin)/pg_ctl" -D "$1/data" -m immediate -w -s stop || true
}

# The newest server's programs; nothing when there is none.
postgres_bin() {
    local initdb
    initdb=$(printf '%s\n' /usr/lib/postgresql/*/bin/initdb | sort -V | tail -n 1)
    [ -x "$initdb" ] || initdb=$(command -v initdb) || return 0
    dirname "$initdb"
}

# PostgreSQL refuses to run as root.
as_postgres() {
    if [ "$(id -u)" = 0 ]; then
        (cd / && runuser -u postgres -- "$@")
    else
        "$@"
    fi
}

postgres_failed() {
    echo "The throw-away PostgreSQL did not start:" >&2
    cat "$1/log" "$1/server.log" >&2 2>/dev/null || true
    exit 1
}
