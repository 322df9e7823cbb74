# shellcheck shell=bash
# Sourced by the scripts: installs the Debian packages that a part needs.

# install_missing PART: one of all, sqlite, postgres, browser, api, bench.
install_missing() {
    command -v cargo >/dev/null ||
        stop "Rust is missing: install it from https://rustup.rs and run this again."
    local missing=()
    read -ra missing < <(missing_packages "$1")
    [ ${#missing[@]} -gt 0 ] || return 0

    local as_root=()
    if [ "$(id -u)" != 0 ]; then
        as_root=(sudo)
        may_use_sudo || stop "Missing: ${missing[*]}. Run this as root or with sudo allowed, or install them first."
    fi
    command -v apt-get >/dev/null ||
        stop "Missing: ${missing[*]}. Only Debian's apt-get is known here: install them by hand first."
    echo "Installing: ${missing[*]}"
    keep_debian_from_starting_a_cluster
    apt_install "${missing[@]}" || stop "apt-get could not install: ${missing[*]}. Its message is above."
}

missing_packages() {
    local part=$1 missing=()
    command -v cc >/dev/null || missing+=(build-essential)
    [ -s /etc/ssl/certs/ca-certificates.crt ] || missing+=(ca-certificates)
    case $part in all | postgres | bench) [ -n "$(postgres_bin)" ] || missing+=(postgresql) ;; esac
    # Replicas need a load balancer, and clocks that are wrong.
    case $part in all | postgres)
        [ -x /usr/sbin/haproxy ] || missing+=(haproxy)
        ls /usr/lib/*/faketime/libfaketimeMT.so.1 >/dev/null 2>&1 || missing+=(libfaketime)
        ;;
    esac
    case $part in all | browser)
        [ -x "$CHROMIUM" ] || missing+=(chromium)
        [ -x "$CHROMEDRIVER" ] || missing+=(chromium-driver)
        ;;
    esac
    case $part in all | api)
        python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv)
        ;;
    esac
    case $part in bench)
        command -v curl >/dev/null || missing+=(curl)
        command -v wrk >/dev/null || missing+=(wrk)
        ;;
    esac
    echo "${missing[*]}"
}

may_use_sudo() {
    command -v sudo >/dev/null || return 1
    sudo -n true 2>/dev/null || { [ -t 0 ] && sudo true; }
}

keep_debian_from_starting_a_cluster() {
    local settings=/etc/postgresql-common/createcluster.conf
    [ ! -e "$settings" ] || return 0
    "${as_root[@]}" mkdir -p "${settings%/*}"
    echo 'create_main_cluster = false' | "${as_root[@]}" tee "$settings" >/dev/null
}

apt_install() {
    # A new machine may be busy with its own first updates.
    local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o Dpkg::Use-Pty=0
        -o DPkg::Lock::Timeout=600 -o Acquire::Retries=5)
    local install=("${apt[@]}" install -y --no-install-recommends "$@")
    "${install[@]}" --simulate >/dev/null 2>&1 || "${apt[@]}" update
    local pause
    for pause in 10 20 30 0; do
        "${install[@]}" </dev/null && return
        sleep "$pause"
        "${apt[@]}" update || true
    done
    return 1
}

stop() {
    echo "$1" >&2
    exit 1
}
