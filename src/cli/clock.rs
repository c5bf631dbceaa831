//! The one place of the plugin that reads the clock.

use jiff::Timestamp;

/// The time now.
#[expect(clippy::disallowed_methods, reason = "the plugin's one clock")]
pub(super) fn now() -> Timestamp {
    let now = Timestamp::now();
    now.checked_add(crate::operator::clock_step()).unwrap_or(now)
}
