//! What can go wrong in a pass, and when it is tried again. It may not act.

use std::time::Duration;
use thiserror::Error;

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
    #[error("{object}: {source}")]
    Api {
        /// Which object.
        object: String,
        /// What it said.
        source: Box<kube::Error>,
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
    /// How long to wait before the next try, after so many that failed.
    pub fn retry_after(&self, failures: u32) -> Duration {
        let growing = Duration::from_millis(500 * 2_u64.pow(failures.min(6))).min(Duration::from_secs(30));
        match self {
            Self::Stale { .. } => Duration::from_millis(20 * u64::from(failures.min(50))),
            Self::Timeout { .. } => growing,
            Self::Api { source, .. } if is_refusal(source) => Duration::from_secs(60),
            Self::Api { .. } => growing,
            Self::Unreadable { .. } | Self::Json { .. } => Duration::from_secs(60),
        }
    }
}

/// 400, 403 and 422 will be the same next time, unless somebody mends something.
fn is_refusal(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status) if matches!(status.code, 400 | 403 | 422))
}
