//! Handoff's contract and every decision it takes.
//!
//! This crate may not read a clock, talk to a cluster, log or start anything that outlives a call:
//! a snapshot with `now` in it goes in, data comes out. The shell (`handoff`) gathers and applies.

pub mod api;
pub mod engine;
