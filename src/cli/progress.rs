//! A progress bar, only for a person who watches.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;

/// A bar on standard error, hidden where that is no terminal. `doing` says what is done: "writing".
pub(super) fn bar(doing: &str, length: usize) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{msg} {bar:40} {pos}/{len} {eta}");
    let length = u64::try_from(length).unwrap_or(u64::MAX);
    ProgressBar::new(length)
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        .with_message(doing.to_owned())
}
