//! The one place that reads the clock.

use super::faults;
use jiff::Timestamp;

/// The time now. Whole seconds: that is what the API server keeps, and a status must not differ from itself.
#[expect(clippy::disallowed_methods, reason = "the shell's one clock")]
pub fn now() -> Timestamp {
    let now = Timestamp::now();
    let now = now.checked_add(faults::clock_step()).unwrap_or(now);
    Timestamp::from_second(now.as_second()).unwrap_or(now)
}
