//! Which Handoff this is. It may not ask anything when the program runs.

/// The version of the crate.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
/// The commit that it is built of, with `-dirty` where the sources were not those of that; `unknown` where nobody said.
pub const COMMIT: &str = env!("HANDOFF_COMMIT");
/// Both, as `--version` says them.
pub const VERSION_AND_COMMIT: &str = concat!(env!("CARGO_PKG_VERSION"), " (", env!("HANDOFF_COMMIT"), ")");
