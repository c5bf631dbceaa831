//! What is wrong with a request or a type, in words and with one reason.

use crate::api::reason;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Which kind of wrong, a constant of [`crate::api::reason`].
    pub reason: &'static str,
    /// What is wrong and what helps.
    pub message: String,
}

impl Problem {
    /// A problem of the request's own content.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self {
            reason: reason::INVALID_REQUEST,
            message: message.into(),
        }
    }

    /// A problem with any reason.
    pub fn new(reason: &'static str, message: impl Into<String>) -> Self {
        Self {
            reason,
            message: message.into(),
        }
    }
}

/// One reason and one message for all problems of an object: its own faults first.
pub fn summary(problems: &[Problem]) -> (&'static str, String) {
    let worst = problems
        .iter()
        .find(|problem| problem.reason == reason::INVALID_REQUEST)
        .or(problems.first());
    let message = problems
        .iter()
        .map(|problem| problem.message.as_str())
        .collect::<Vec<_>>()
        .join("; ");
    (
        worst.map_or(reason::INVALID_REQUEST, |problem| problem.reason),
        bounded(&message, 4096),
    )
}

/// The text, cut to what a field takes.
pub fn bounded(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    text.chars().take(longest - 1).chain(['…']).collect()
}
