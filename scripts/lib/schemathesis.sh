# shellcheck shell=bash
# Sourced by the scripts: the program that examines the API by its description.

# provide_schemathesis: prints its path; installs it first unless it is there in the versions of the requirements.
provide_schemathesis() {
    local wanted=tests/api/requirements.txt home=$PWD/${CARGO_TARGET_DIR:-target}/schemathesis
    case ${CARGO_TARGET_DIR:-} in /*) home=$CARGO_TARGET_DIR/schemathesis ;; esac
    if ! cmp -s "$wanted" "$home/installed"; then
        echo "Installing schemathesis" >&2
        rm -rf "$home"
        python3 -m venv "$home" >&2 &&
            "$home/bin/pip" install --quiet --retries 10 --timeout 60 --disable-pip-version-check --require-hashes --only-binary :all: \
                -r "$wanted" >&2 &&
            cp "$wanted" "$home/installed" ||
            stop "schemathesis could not be installed; the message is above."
    fi
    echo "$home/bin/schemathesis"
}
