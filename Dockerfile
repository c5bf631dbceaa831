# syntax=docker/dockerfile:1
# The image of the operator: one static program and nothing else.
#   docker build --build-arg COMMIT=$(git describe --always --dirty --abbrev=12 --exclude '*') -t handoff .
# `make image` makes the same image without a container engine: it runs the same script, then the last stage of this file.

FROM docker.io/library/rust:1.95.0-slim-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends musl-tools && rm -rf /var/lib/apt/lists/*
RUN rustup target add "$(uname -m)-unknown-linux-musl"
WORKDIR /src
COPY . .
# There is no .git here (.dockerignore) that could be asked.
ARG COMMIT=unknown
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/root/.cache/handoff \
    --mount=type=cache,target=/src/target \
    HANDOFF_COMMIT="$COMMIT" dev/release.sh /out

FROM scratch
ARG COMMIT=unknown
LABEL org.opencontainers.image.title="handoff" \
      org.opencontainers.image.description="Kubernetes operator for manual provisioning" \
      org.opencontainers.image.url="https://handoff.dev" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.revision="$COMMIT"
COPY --from=build /out/handoff /handoff
# A number, so that `runAsNonRoot` of the chart can be checked without a list of users, which the image does not have.
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["/handoff"]
