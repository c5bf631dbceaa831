//! Calls of the API server: each with a timeout, tried again where that can help, and explained where it cannot.

use super::cluster::chain;
use kube::Error;
use kube::core::Status;
use kube::runtime::watcher;
use std::time::Duration;

/// How long one call may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often a call is tried that may well go through.
const TRIES: u32 = 6;
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// Why a call did not do what it was to do.
#[derive(Debug)]
pub(super) enum CallError {
    /// There was no answer in time, several times.
    Timeout,
    /// What the API server said, or why it could not be reached.
    Kube(Box<Error>),
}

impl CallError {
    /// The HTTP status that the API server answered.
    pub(super) fn code(&self) -> Option<u16> {
        match self {
            Self::Timeout => None,
            Self::Kube(error) => code(error),
        }
    }

    /// Whether another try may go through.
    pub(super) fn may_pass(&self) -> bool {
        match self {
            Self::Timeout => true,
            Self::Kube(error) => match code(error) {
                Some(code) => code == 429 || code >= 500,
                None => matches!(error.as_ref(), Error::Service(_) | Error::HyperError(_)),
            },
        }
    }

    /// Who can give the right that is missing, and how; none where RBAC did not refuse. A policy that says no has said
    /// itself what to do.
    pub(super) fn advice(&self, role: &str, namespace: &str) -> Option<String> {
        let said = self.to_string();
        if self.code() != Some(403) || !said.contains(" in API group ") {
            return None;
        }
        let (_, user) = said.split_once("User \"")?;
        let (user, _) = user.split_once("\" cannot ")?;
        Some(format!(
            "The role {role} has this right. An administrator grants it with:\n  kubectl create rolebinding {role} --clusterrole={role} --user={user} -n {namespace}"
        ))
    }

    /// What happened, and the advice.
    pub(super) fn explained(&self, role: &str, namespace: &str) -> String {
        let advice = self.advice(role, namespace).map(|advice| format!("\n{advice}"));
        format!("{self}{}", advice.unwrap_or_default())
    }
}

impl std::fmt::Display for CallError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Timeout => write!(
                f,
                "the API server did not answer within {} s, {TRIES} times",
                PATIENCE.as_secs()
            ),
            Self::Kube(error) => match status(error) {
                Some(status) => f.write_str(&status.message),
                None => f.write_str(&chain(error.as_ref())),
            },
        }
    }
}

/// What the API server answered, if it was that.
fn status(error: &Error) -> Option<&Status> {
    if let Error::Api(status) = error {
        Some(status)
    } else {
        None
    }
}

fn code(error: &Error) -> Option<u16> {
    status(error).map(|status| status.code)
}

/// Makes a call, again after a pause where it may go through. A write that was done although no answer came is seen by the
/// next try: the API server refuses it then, with 409.
///
/// # Errors
/// What the last try met.
pub(super) async fn patiently<T>(call: impl AsyncFn() -> Result<T, Error>) -> Result<T, CallError> {
    let mut tries = 0;
    loop {
        tries += 1;
        let error = match tokio::time::timeout(PATIENCE, call()).await {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) => CallError::Kube(Box::new(error)),
            Err(_) => CallError::Timeout,
        };
        if tries == TRIES || !error.may_pass() {
            return Err(error);
        }
        tokio::time::sleep(pause(&error, tries)).await;
    }
}

fn pause(error: &CallError, tries: u32) -> Duration {
    let details = match error {
        CallError::Timeout => None,
        CallError::Kube(error) => status(error).and_then(|status| status.details.as_ref()),
    };
    let asked = details.map_or(0, |details| details.retry_after_seconds);
    let growing = FIRST_PAUSE * 2_u32.pow(tries.saturating_sub(1).min(8));
    growing.max(Duration::from_secs(asked.into())).min(LONGEST_PAUSE)
}

/// What a watch met, if it is a right that is missing: everything else it tries again by itself.
pub(super) fn forbidden(error: watcher::Error) -> Option<CallError> {
    let error = match error {
        watcher::Error::InitialListFailed(error)
        | watcher::Error::WatchStartFailed(error)
        | watcher::Error::WatchFailed(error) => error,
        watcher::Error::WatchError(status) => kube::Error::Api(status),
        watcher::Error::NoResourceVersion => return None,
    };
    Some(CallError::Kube(Box::new(error))).filter(|error| error.code() == Some(403))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    fn answered(code: u16, message: &str, retry_after_seconds: u32) -> CallError {
        let status = json!({
            "status": "Failure", "code": code, "reason": "Why", "message": message,
            "details": {"retryAfterSeconds": retry_after_seconds},
        });
        let status: Status = serde_json::from_value(status).unwrap();
        CallError::Kube(Box::new(Error::Api(Box::new(status))))
    }

    #[rstest]
    #[case(429, true)]
    #[case(500, true)]
    #[case(503, true)]
    #[case(403, false)]
    #[case(409, false)]
    #[case(422, false)]
    fn what_may_pass(#[case] code: u16, #[case] may: bool) {
        assert_eq!(answered(code, "", 0).may_pass(), may);
    }

    #[rstest]
    #[case(0, 1, 250)]
    #[case(0, 4, 2000)]
    #[case(7, 1, 7000)]
    #[case(3600, 1, 15000)]
    fn pauses(#[case] asked: u32, #[case] tries: u32, #[case] milliseconds: u64) {
        assert_eq!(
            pause(&answered(429, "", asked), tries),
            Duration::from_millis(milliseconds)
        );
    }

    #[test]
    fn a_missing_right_is_explained_and_a_policy_is_left_its_own_words() {
        let rbac = answered(
            403,
            "managedresources.handoff.dev is forbidden: User \"bob\" cannot create resource \"managedresources\" in API group \"handoff.dev\" in the namespace \"identity\"",
            0,
        );
        let said = rbac.explained("handoff-inventory-writer", "identity");
        assert!(
            said.contains("--clusterrole=handoff-inventory-writer --user=bob -n identity"),
            "{said}"
        );
        let policy = answered(
            403,
            "ValidatingAdmissionPolicy denied request: virtual resources are the operator's",
            0,
        );
        assert_eq!(
            policy.explained("handoff-inventory-writer", "identity"),
            policy.to_string()
        );
    }
}
