FROM rust:1.95-bookworm AS builder
WORKDIR /source
COPY . .
# No cache for target/: COPY keeps the times of files, and cargo would take a changed file that is older
# than the last build for unchanged.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    cargo build --release --locked -p passport-issuer -p passport-cli \
    && install -D -t /built target/release/passport-issuer target/release/passport

# What browsers get.
FROM node:20-bookworm-slim AS web
WORKDIR /source
COPY script/web script/setup script/
COPY tests/peers/node tests/peers/
COPY web web
RUN script/web

FROM debian:bookworm-slim
RUN groupadd --gid 10001 passport \
    && useradd --uid 10001 --gid 10001 --no-log-init --no-create-home --home-dir /data --shell /usr/sbin/nologin passport \
    && install -d -o passport -g passport -m 700 /data
COPY --from=builder /built/ /usr/local/bin/
COPY --from=web /source/target/web/ /usr/local/share/passport/web/
USER 10001:10001
# The SQLite database lies here: give it a volume. With PostgreSQL nothing does.
WORKDIR /data
ENV PASSPORT_DATABASE=sqlite:/data/passport.db PASSPORT_LISTEN=0.0.0.0:8080 PASSPORT_WEB=/usr/local/share/passport/web
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /health HTTP/1.0\\r\\n\\r\\n' >&3 && read -r line <&3 && [[ $line == *' 200 '* ]]"]
ENTRYPOINT ["passport-issuer"]
CMD ["serve"]
