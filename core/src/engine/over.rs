//! Whether anybody still wishes what a request says: it may have been taken back, or its end time may have come.
//! Nothing here looks at orders.

use super::fault::{self, Fault};
use super::status::Standing;
use super::trust;
use crate::api::condition::{ConditionStatus, END_REQUESTED};
use crate::api::{AssignmentRequest, ProvisioningState, names, reason};
use jiff::Timestamp;

/// Why nobody wishes it any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Over {
    /// It was taken back: by whom, and why.
    Cancelled(String, String),
    /// Its end time came.
    Expired(Timestamp),
}

/// Who took a request back, and why; `None` where nobody did, or it is not to be believed.
pub(super) fn cancelled(request: &AssignmentRequest) -> Option<(String, String)> {
    let cancel = request.spec.cancel.as_ref()?;
    let by = cancel.by.as_ref()?;
    let believed = trust::doubt_cancel(request).is_none() && !fault::is(Fault::CancelOverlooked);
    believed.then(|| (by.username.clone(), cancel.reason.clone()))
}

/// Whether a request is over, as far as it says itself.
pub(super) fn over(request: &AssignmentRequest, now: Timestamp) -> Option<Over> {
    if let Some((who, why)) = cancelled(request) {
        return Some(Over::Cancelled(who, why));
    }
    let end = request.spec.end_time.as_ref()?.0;
    (end <= now && !fault::is(Fault::EndForgiven)).then_some(Over::Expired(end))
}

/// Whether a request was filed to undo this one, and not one of the same name that was there before.
pub fn undoes(filed: &AssignmentRequest, cause: &AssignmentRequest) -> bool {
    let made = |request: &AssignmentRequest| request.metadata.creation_timestamp.as_ref().map(|time| time.0);
    let named = filed.spec.caused_by.as_ref().map(|cause| cause.name.as_str());
    named.is_some() && named == cause.metadata.name.as_deref() && made(filed) >= made(cause)
}

/// Whether what undoes a request was filed once. That there was nothing to undo is not the last word: whoever said that
/// it was deleted may take that back.
pub(super) fn is_end_filed(request: &AssignmentRequest) -> bool {
    let mut conditions = request.status.iter().flat_map(|status| &status.conditions);
    let filed = (END_REQUESTED, ConditionStatus::True, reason::END_FILED);
    conditions.any(|condition| (condition.type_.as_str(), condition.status, condition.reason.as_str()) == filed)
}

impl Over {
    /// Why, in one word.
    pub(super) fn reason(&self) -> &'static str {
        match self {
            Self::Cancelled(..) => reason::CANCELLED,
            Self::Expired(_) => reason::EXPIRED,
        }
    }

    /// Why, for people.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Cancelled(who, why) => format!("{who} cancelled it: {why}"),
            Self::Expired(end) => format!("its end time {end} has come"),
        }
    }

    /// The end of a request that nobody worked on.
    pub(super) fn standing(&self) -> Standing {
        let who = match self {
            Self::Cancelled(who, _) => who.as_str(),
            Self::Expired(_) => names::OPERATOR_ACTOR,
        };
        Standing::new(ProvisioningState::Inactive, self.reason(), self.words())
            .finished()
            .by(who)
    }
}
