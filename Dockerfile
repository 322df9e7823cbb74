FROM rust:1.95-bookworm AS build
WORKDIR /build

# The dependencies alone, so that this layer is built again only when they change.
COPY .cargo .cargo
COPY Cargo.toml Cargo.lock ./
COPY bench/Cargo.toml bench/
COPY migration/Cargo.toml migration/
COPY sandbox/Cargo.toml sandbox/
RUN mkdir -p bench/src src migration/src sandbox/src \
    && echo 'fn main() {}' | tee src/main.rs > bench/src/main.rs \
    && touch src/lib.rs migration/src/lib.rs sandbox/src/lib.rs \
    && cargo build --release --locked --bin localboxs \
    && cargo clean --release --locked -p localboxs -p migration -p chatwoot-sandbox

COPY . .
RUN cargo build --release --locked --bin localboxs

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 1000 --user-group --no-create-home --shell /usr/sbin/nologin localboxs \
    && install -d -o localboxs -g localboxs \
        /app/data /app/public/demos /app/public/knowledge-bases /app/public/system_messages
COPY --from=build /build/target/release/localboxs /usr/local/bin/localboxs
COPY licenses /usr/share/doc/localboxs/licenses

USER 1000:1000
WORKDIR /app
ENV HOST=0.0.0.0 PORT=3000 DATA_DIR=/app/data PUBLIC_DIR=/app/public
EXPOSE 3000

# bash speaks HTTP itself here, so the image needs no curl.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["bash", "-c", "exec 3<>\"/dev/tcp/127.0.0.1/$PORT\" && printf 'GET /readyz HTTP/1.0\\r\\nHost: 127.0.0.1\\r\\n\\r\\n' >&3 && read -r -t 4 _ status _ <&3 && [ \"$status\" = 200 ] || exit 1"]

ENTRYPOINT ["localboxs"]
CMD ["serve"]
