# Short names for what README.md and CONTRIBUTING.md describe; nothing needs just.

dev:
    cargo run -- demo

test *args:
    ./scripts/test {{ args }}

check:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets --locked -- -D warnings
    cargo clippy --workspace --test browser --test api --locked -- -D warnings

bench:
    ./scripts/bench
