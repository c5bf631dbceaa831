# demo up down test gen bench: what a developer runs. Prerequisites are named by `make check-tools`, which all of them run first.
SHELL := /bin/bash
DEV := cargo run -q -p handoff-dev --

WITH_OPERATOR := $(DEV) with --operator target/debug/handoff --

.PHONY: demo up down test gen bench image test-image check-tools check-test-tools purity

check-tools:
	@command -v cargo >/dev/null || { echo "cargo is missing: install Rust 1.90 or later from rustup.rs" >&2; exit 1; }
	@[ -n "$$KUBEBUILDER_ASSETS" ] || command -v go >/dev/null || { echo "go is missing: install Go 1.26 or later from go.dev, or set KUBEBUILDER_ASSETS (setup-envtest use 1.37.x -p path)" >&2; exit 1; }

check-test-tools:
	@[ -n "$$HANDOFF_HELM" ] || command -v go >/dev/null || { echo "go is missing: it builds helm for the tests of the chart. Install Go 1.26 or later from go.dev, or set HANDOFF_HELM to the program of a helm 4" >&2; exit 1; }
	@[ -n "$$HANDOFF_GITOPS_HEALTH" ] || command -v go >/dev/null || { echo "go is missing: it builds gitops-health for the tests of GitOps. Install Go 1.26 or later from go.dev, or set HANDOFF_GITOPS_HEALTH to what \`go build\` makes in dev/gitops" >&2; exit 1; }

demo: check-tools
	cargo build -q -p handoff
	$(WITH_OPERATOR) dev/demo.sh

up: check-tools
	cargo build -q -p handoff
	$(DEV) up

down: check-tools
	$(DEV) down

gen: check-tools
	cargo run -q -p handoff -- crds --write crds
	cargo run -q -p handoff -- crds --write charts/handoff/files/crds
	cargo run -q -p handoff -- docs --write docs

# handoff-core decides and nothing else: a client or a runtime in its tree is an error.
purity:
	cargo build -q -p handoff-core
	@! cargo tree -p handoff-core -e normal --prefix none | grep -E '^(tokio|hyper|tracing|kube-client) ' || { echo "handoff-core must stay pure: take these out of its dependencies" >&2; exit 1; }

test: check-tools check-test-tools purity
	cargo fmt --all --check
	cargo clippy --workspace -- -D warnings
	cargo clippy --workspace --all-targets --features faults -- -D warnings
	cargo clippy --workspace --features faults --test rights_unstamped --test fail_closed --test restore --test chart --test upgrade --test image -- -D warnings
	cargo run -q -p handoff -- crds --check crds
	cargo run -q -p handoff -- crds --check charts/handoff/files/crds
	cargo run -q -p handoff -- docs --check docs
	$(DEV) with --gitops -- cargo test --workspace --features faults
	$(DEV) with --without-stamping -- cargo test --workspace --features faults --test rights_unstamped
	$(DEV) with -- cargo test --workspace --features faults --test fail_closed
	$(DEV) with -- cargo test --workspace --features faults --test restore
	$(DEV) with --bare --helm -- cargo test --workspace --features faults --test chart
	previous=; if dev/previous.sh --is-there || [ "$$HANDOFF_REQUIRE_PREVIOUS" = 1 ]; then previous=$$(dev/previous.sh) || exit 1; fi; HANDOFF_PREVIOUS=$$previous $(DEV) with --bare --helm -- cargo test --workspace --features faults --test upgrade
	@# The tests before left a program with faults on purpose; the demo walks the one that is shipped.
	cargo build -q -p handoff
	$(WITH_OPERATOR) dev/demo.sh > target/demo.out || { cat target/demo.out; exit 1; }

# Without a container engine. The program is built with all optimizations, which takes minutes.
image: check-tools
	dev/image.sh target/image

test-image: image
	HANDOFF_IMAGE=$(CURDIR)/target/image/oci $(DEV) with -- cargo test --workspace --features faults --test image

# A ratio in one run, since absolute numbers say more about the machine.
bench: check-tools
	$(DEV) with -- cargo bench --bench policies
	$(DEV) with -- cargo bench --bench bulk
	$(DEV) with -- cargo bench --bench inventory
