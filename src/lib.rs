//! The operator's shell. It gathers, applies and reports; every decision is `handoff-core`'s.

pub mod generated;
pub mod operator;
