//! The rows of `tests/rights` once more on a control plane without the policies that write down who did it, as before
//! Kubernetes 1.36: people name themselves, and are told how.
//!
//! `make test` starts it: `handoff-dev with --without-stamping -- cargo test --test rights_unstamped`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    unreachable_pub,
    dead_code
)]

#[path = "../rights/cancels.rs"]
mod cancels;
#[path = "../rights/cluster.rs"]
mod cluster;
#[path = "../rights/inventory.rs"]
mod inventory;
#[path = "../rights/objects.rs"]
mod objects;
#[path = "../rights/orders.rs"]
mod orders;
#[path = "../rights/owned.rs"]
mod owned;
#[path = "../rights/plugin.rs"]
mod plugin;
#[path = "../rights/probes.rs"]
mod probes;
#[path = "../rights/requests.rs"]
mod requests;
#[path = "../rights/reviews.rs"]
mod reviews;

/// Whether the policies are installed that write down who did it.
const STAMPED: bool = false;
