//! The one place of the launcher that reads a clock.

use std::time::Instant;

#[allow(clippy::disallowed_methods, reason = "the launcher waits for real processes")]
pub(crate) fn now() -> Instant {
    Instant::now()
}
