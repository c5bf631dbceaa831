//! Every decision, one entry point per work key: [`decide_line`], [`decide_request`], [`decide_type`].
//!
//! A snapshot with `now` in it goes in, data comes out; the shell applies it in the order of the fields.
//! Invariants, whatever the snapshot: at most one open order on a line; an order only makes legal moves;
//! a request that waits says for what; deciding again on the result of a decision changes nothing.

mod change;
pub mod check;
pub mod circle;
mod context;
pub mod dormant;
pub mod expression;
pub mod fault;
pub mod identity;
pub mod knowledge;
mod line;
pub mod observed;
mod over;
mod plan;
pub mod problem;
mod request;
mod resource_type;
pub mod retention;
pub mod snapshot;
mod status;
pub mod synchronization;
pub mod threshold;
mod ticket;
mod trust;
pub mod types;
mod wishes;
mod workflow;

pub use knowledge::holding;
pub use line::{Foreseen, Preview, Shown, decide_line, preview};
pub use over::undoes;
pub use request::{decide_request, is_finished_request, locate};
pub use resource_type::{census_of, decide_type};
pub use synchronization::{decide_synchronization, surplus};

pub use snapshot::{
    Census, Filing, LineDecision, LineSnapshot, NewOrder, ObjectKind, OrderUpdate, Policies, Proved, Report,
    RequestDecision, RequestSnapshot, RequestUpdate, ResourceChange, Room, SynchronizationDecision,
    SynchronizationSnapshot, TypeDecision, TypeSnapshot,
};
