//! What can go wrong in a pass, and when it is tried again. It may not act.

use std::time::Duration;
use thiserror::Error;

/// Longest pause before a try that may well go through.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Why a pass did not end.
#[derive(Debug, Error)]
pub enum PassError {
    /// Somebody else wrote first, or the object is gone: decide again on what is there now.
    #[error("{object} changed meanwhile")]
    Stale {
        /// Which object.
        object: String,
    },
    /// The API server did not answer in time.
    #[error("the API server did not answer about {object} within {seconds} s")]
    Timeout {
        /// Which object.
        object: String,
        /// How long was waited.
        seconds: u64,
    },
    /// The API server refused, or could not be reached.
    #[error("{object}: {}", said(source))]
    Api {
        /// Which object.
        object: String,
        /// What it said.
        source: Box<kube::Error>,
    },
    /// The inventory's entry cannot be made: another resource's entry has its name.
    #[error(
        "the ManagedResource {object} is needed for a resource, but is about another one: correct its identifier or delete it"
    )]
    NameHeld {
        /// Name of the entry.
        object: String,
    },
    /// A request that the operator has to file cannot be filed: another one has its name.
    #[error(
        "the AssignmentRequest {object} is needed to end what {cause} asked for, but is another request: cancel it, and delete it with `kubectl delete areq {object}` once it is Finished"
    )]
    RequestNameHeld {
        /// Name of both requests.
        object: String,
        /// Name of the request whose end is due.
        cause: String,
    },
    /// An order of the line is there but cannot be read: what it says is not known.
    #[error("{object} cannot be read, so nothing is done for its resource: correct or delete it")]
    Unreadable {
        /// Which order.
        object: String,
    },
    /// What was to be written is no JSON; a fault of the program.
    #[error("{object} cannot be written as JSON: {source}")]
    Json {
        /// Which object.
        object: String,
        /// What the encoder said.
        source: serde_json::Error,
    },
}

impl PassError {
    /// Whether the API server said no, and will say so again.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::Api { source, .. } => is_refusal(source),
            Self::Stale { .. }
            | Self::Timeout { .. }
            | Self::NameHeld { .. }
            | Self::RequestNameHeld { .. }
            | Self::Unreadable { .. }
            | Self::Json { .. } => false,
        }
    }

    /// How long to wait before the next try, after so many that failed.
    pub fn retry_after(&self, failures: u32) -> Duration {
        let growing = Duration::from_millis(500 * 2_u64.pow(failures.min(6))).min(LONGEST_PAUSE);
        match self {
            Self::Stale { .. } => Duration::from_millis(20 * u64::from(failures.min(50))),
            Self::Timeout { .. } => growing,
            Self::Api { source, .. } if is_refusal(source) => Duration::from_secs(60),
            Self::Api { source, .. } => growing.max(asked_to_wait(source)),
            Self::Unreadable { .. } | Self::Json { .. } | Self::NameHeld { .. } | Self::RequestNameHeld { .. } => {
                Duration::from_secs(60)
            }
        }
    }
}

/// What the API server said, or why it could not be reached, in one line.
pub(super) fn said(error: &kube::Error) -> String {
    if let kube::Error::Api(status) = error {
        return format!("{} ({} {})", status.message, status.code, status.reason);
    }
    let causes = std::iter::successors(Some(error as &dyn std::error::Error), |cause| cause.source());
    let mut words: Vec<String> = causes.map(ToString::to_string).collect();
    words.dedup();
    words.join(": ")
}

/// What a 429 or 503 asks for, within reason.
fn asked_to_wait(error: &kube::Error) -> Duration {
    let details = if let kube::Error::Api(status) = error {
        status.details.as_ref()
    } else {
        None
    };
    let seconds = details.map_or(0, |details| details.retry_after_seconds);
    Duration::from_secs(u64::from(seconds)).min(LONGEST_PAUSE)
}

fn is_refusal(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status) if refuses(status.code))
}

/// 400, 401, 403 and 422 will be the same next time, unless somebody mends something.
pub(super) fn refuses(code: u16) -> bool {
    matches!(code, 400 | 401 | 403 | 422)
}

#[cfg(test)]
mod tests {
    use super::PassError;
    use kube::core::Status;
    use serde_json::json;
    use std::time::Duration;

    fn refused(code: u16, retry_after_seconds: u32) -> PassError {
        let status = json!({
            "status": "Failure", "code": code, "reason": "Why", "message": "not now",
            "details": {"retryAfterSeconds": retry_after_seconds},
        });
        let status: Status = serde_json::from_value(status).unwrap();
        PassError::Api {
            object: "badge.anna.1".to_owned(),
            source: Box::new(kube::Error::Api(Box::new(status))),
        }
    }

    #[rstest::rstest]
    #[case::it_is_asked_to_wait(429, 7, 0, 7)]
    #[case::it_waits_longer_by_itself(429, 1, 4, 8)]
    #[case::within_reason(429, 3600, 0, 30)]
    #[case::a_refusal_stays_one(403, 0, 0, 60)]
    fn pauses(#[case] code: u16, #[case] asked: u32, #[case] failures: u32, #[case] seconds: u64) {
        assert_eq!(refused(code, asked).retry_after(failures), Duration::from_secs(seconds));
    }

    #[test]
    fn a_refusal_is_one_short_line() {
        assert_eq!(refused(429, 1).to_string(), "badge.anna.1: not now (429 Why)");
    }
}
