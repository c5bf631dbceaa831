//! The operator's shell, which gathers, applies and reports, and the kubectl plugin; every decision of the operator is
//! `handoff-core`'s.

pub mod cli;
pub mod generated;
pub mod operator;
pub mod version;
