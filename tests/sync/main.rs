//! `kubectl handoff sync` end to end: the plugin against a real API server, as the job that exports and as people who may
//! not. No operator runs here; what it makes of a Synchronization has tests of its own.
//!
//! Needs a control plane: `make test` starts one.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    unreachable_pub,
    dead_code
)]

mod hall;
#[path = "../place/mod.rs"]
mod place;
#[path = "../proxy/mod.rs"]
mod proxy;

mod faults;
mod golden;
mod refused;
mod rights;
mod runs;
