//! The Helm chart as who installs it sees it: what every value does, and install, upgrade and uninstall on a real API
//! server, with an operator that has the rights which the chart gave it and no others.
//!
//! Installing counts for the whole cluster, so this needs an empty one of its own, and helm: `make test` starts it with
//! `handoff-dev with --bare --helm -- cargo test --workspace --features faults --test chart`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod bindings;
mod cluster;
mod files;
#[path = "../golden/mod.rs"]
mod golden;
mod helm;
mod kustomize;
mod lifecycle;
mod page;
#[path = "../place/mod.rs"]
mod place;
mod pod;
mod rights;
mod schema;
mod switches;
