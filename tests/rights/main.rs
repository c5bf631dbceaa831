//! Who may write what: a row per attack, and the rows that must pass, as the people who would try. No operator runs
//! here; objects are brought into their state with its identity.
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

mod cancels;
mod cluster;
mod inventory;
mod objects;
mod orders;
mod owned;
mod plugin;
mod probes;
mod requests;
mod reviews;
mod stamps;

/// Whether the policies are installed that write down who did it.
const STAMPED: bool = true;
