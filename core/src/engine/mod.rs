//! Every decision, one entry point per work key: [`decide_line`], [`decide_request`], [`decide_type`].
//!
//! A snapshot with `now` in it goes in, data comes out; the shell applies it in the order of the fields.
//! Invariants, whatever the snapshot: at most one open order on a line; an order only makes legal moves;
//! a request that waits says for what; deciding again on the result of a decision changes nothing.

pub mod identity;
pub mod snapshot;
pub mod types;

pub use snapshot::{
    LineDecision, LineSnapshot, NewOrder, ObjectKind, OrderUpdate, Report, RequestDecision, RequestSnapshot,
    RequestUpdate, TypeDecision, TypeSnapshot,
};
