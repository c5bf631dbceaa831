//! The faults, and how a seed chooses among them.

use super::{Call, OFTEN, SLOW};
use axum::body::Body;
use axum::response::Response;
use serde_json::json;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

/// Of a hundred calls, so many meet a fault.
const SHARE: u64 = 12;

/// What happens to a call.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// It is not passed on, and answered with this code.
    Refuse(u16),
    /// It is not passed on, and the connection closes.
    Drop,
    /// It is passed on late.
    Slow(Duration),
    /// It is not passed on, and never answered.
    Silence,
    /// It is passed on, but the answer is lost: the caller gets this code, or a closed connection.
    LoseAnswer { code: Option<u16> },
    /// The watch ends after so many chunks: in order (`clean`), or in the middle of the next one.
    Cut { after: usize, clean: bool },
}

/// Faults as they are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Refused(u16),
    Dropped,
    Slow,
    Silent,
    AnswerLost,
    WatchCut { clean: bool },
}

impl Kind {
    /// All that [`draw`] chooses from.
    pub const DRAWN: [Self; 10] = [
        Self::Refused(409),
        Self::Refused(410),
        Self::Refused(429),
        Self::Refused(500),
        Self::Refused(503),
        Self::Dropped,
        Self::Slow,
        Self::AnswerLost,
        Self::WatchCut { clean: true },
        Self::WatchCut { clean: false },
    ];
}

impl Fault {
    pub fn kind(&self) -> Kind {
        match self {
            Self::Refuse(code) => Kind::Refused(*code),
            Self::Drop => Kind::Dropped,
            Self::Slow(_) => Kind::Slow,
            Self::Silence => Kind::Silent,
            Self::LoseAnswer { .. } => Kind::AnswerLost,
            Self::Cut { clean, .. } => Kind::WatchCut { clean: *clean },
        }
    }
}

/// The fault of a call, if it has one. Events are left out: their names are not the same in every run.
pub fn draw(seed: u64, call: &Call) -> Option<Fault> {
    if call.path.starts_with("/apis/events.k8s.io/") {
        return None;
    }
    let mut hasher = DefaultHasher::new();
    (seed, &call.method, &call.path, call.watch, &call.object, call.before).hash(&mut hasher);
    let number = hasher.finish();
    if call.watch {
        return (call.before < 3 * OFTEN).then(|| of_watch(number));
    }
    let (chance, choice) = (number % 100, number / 100);
    (call.before < OFTEN && chance < SHARE).then(|| of_call(choice, call.method == "GET"))
}

/// Every watch breaks sooner or later, until it was made often.
fn of_watch(number: u64) -> Fault {
    let after = usize::try_from(1 + number / 100 % 20).unwrap_or(1);
    match number % 8 {
        0 => Fault::Refuse(410),
        1 => Fault::Refuse(429),
        2 => Fault::Drop,
        3 | 4 => Fault::Cut { after, clean: false },
        _more => Fault::Cut { after, clean: true },
    }
}

fn of_call(number: u64, reads: bool) -> Fault {
    match number % 9 {
        // Nobody answers a read with a conflict.
        0 if !reads => Fault::Refuse(409),
        0 | 1 => Fault::Refuse(429),
        2 => Fault::Refuse(500),
        3 => Fault::Refuse(503),
        4 => Fault::Drop,
        5 => Fault::Slow(SLOW),
        6 | 7 => Fault::LoseAnswer { code: Some(500) },
        _more => Fault::LoseAnswer { code: None },
    }
}

/// An answer as the API server itself words it.
pub fn refusal(code: u16) -> Response {
    let reason = match code {
        403 => "Forbidden",
        409 => "Conflict",
        410 => "Expired",
        429 => "TooManyRequests",
        503 => "ServiceUnavailable",
        _other => "InternalError",
    };
    let status = json!({
        "apiVersion": "v1", "kind": "Status", "metadata": {}, "status": "Failure", "code": code, "reason": reason,
        "message": format!("a fault on purpose: {reason}"),
        "details": if code == 429 { json!({"retryAfterSeconds": 1}) } else { json!({}) },
    });
    let mut answer = Response::builder()
        .status(code)
        .header("content-type", "application/json");
    if code == 429 {
        answer = answer.header("retry-after", "1");
    }
    answer.body(Body::from(status.to_string())).unwrap()
}
