//! What an order or a request says of itself, for every command that shows it. Pure: it decides nothing.

use handoff_core::api::condition::{STALLED, holding};
use handoff_core::api::provisioning_order::ReviewResult;
use handoff_core::api::{HistoryEntry, ProvisioningOrder, ProvisioningState as State, reason};
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use serde::Serialize;

/// The people whom an order waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum WaitsFor {
    /// A fulfiller does the work.
    Fulfiller,
    /// A reviewer releases it.
    Reviewer,
    /// Somebody says how it goes on after an error.
    Recovery,
}

/// Whom an order waits for; none: for nobody, or for somebody whose answer is written already.
pub(super) fn waits_for(order: &ProvisioningOrder) -> Option<WaitsFor> {
    let spec = &order.spec;
    let review = spec.review.as_ref().map(|review| review.result);
    match order.status.as_ref()?.state? {
        State::Transmitted => spec.decision.is_none().then_some(WaitsFor::Fulfiller),
        State::AwaitingApproval => match review {
            None | Some(ReviewResult::Postponed) => Some(WaitsFor::Reviewer),
            Some(ReviewResult::Approved | ReviewResult::Declined) => None,
        },
        State::Errored => (spec.recovery.is_none() && needs_recovery(order)).then_some(WaitsFor::Recovery),
        State::None | State::Pending | State::Executed | State::Verified | State::Inactive | State::Error => None,
    }
}

/// Whether nobody has said yet how it goes on after an error.
pub(super) fn needs_recovery(order: &ProvisioningOrder) -> bool {
    let stalled = order
        .status
        .as_ref()
        .and_then(|status| holding(&status.conditions, STALLED));
    stalled.is_some_and(|condition| condition.reason == reason::RECOVERY_NEEDED)
}

/// When the last state was reached: another reason for the same state is no change of it.
pub(super) fn since(history: &[HistoryEntry]) -> Option<Timestamp> {
    let last = history.last()?.state;
    let same = history.iter().rev().take_while(|entry| entry.state == last);
    same.last().map(|entry| entry.time.0)
}

/// `Transmitted/HandedOver`; a dash where the operator has not looked yet.
pub(super) fn standing(state: Option<State>, reason: Option<&str>) -> String {
    match (state, reason) {
        (None, _) => "-".to_owned(),
        (Some(state), None) => state.to_string(),
        (Some(state), Some(reason)) => format!("{state}/{reason}"),
    }
}

/// A time of the API as a time.
pub(super) fn at(time: Option<&Time>) -> Option<Timestamp> {
    time.map(|time| time.0)
}

/// What a message says without the sentences that are commands of plain kubectl: what shows those of the plugin itself does
/// not need them. Nothing is taken away where nothing would be left.
pub(super) fn without_commands(message: &str) -> String {
    let sentences = message
        .split(". ")
        .filter(|sentence| !sentence.contains("kubectl patch "));
    let sentences: Vec<_> = sentences.collect();
    if sentences.is_empty() {
        message.to_owned()
    } else {
        sentences.join(". ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(
        "with a person. When it is done: kubectl patch porder x -p '{}', or \"Errored\"",
        "with a person"
    )]
    #[case("no. paper. To try again: kubectl patch porder x", "no. paper")]
    #[case(
        "stop: left. Done already? Confirm it: kubectl patch a. Not done? Report: kubectl patch b",
        "stop: left"
    )]
    #[case("kubectl patch a", "kubectl patch a")]
    #[case("seen in the data", "seen in the data")]
    fn messages(#[case] whole: &str, #[case] left: &str) {
        assert_eq!(without_commands(whole), left);
    }
}
