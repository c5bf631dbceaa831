//! Where the three truths of an access differ, and why. Pure. Which of claim and observation counts, the engine says.

use super::page::Desired;
use handoff_core::api::provisioning_order::{DecisionResult, VerificationResult};
use handoff_core::api::resource_type::VerificationMode;
use handoff_core::api::{AssignmentRequest, ProvisioningOrder, ProvisioningState, reason};
use handoff_core::engine::knowledge::{self, Evidence, Fact, Knowledge};
use handoff_core::engine::observed::Seen;
use kube::ResourceExt;

/// What is compared.
pub(super) struct Facts<'a> {
    pub owner: &'a str,
    /// The newest order of the owner.
    pub newest: Option<&'a ProvisioningOrder>,
    pub desired: Option<&'a Desired>,
    pub claim: Option<Fact<'a>>,
    pub seen: Option<Seen<'a>>,
    /// Requests that no order carries.
    pub waiting: &'a [&'a AssignmentRequest],
}

/// Everything that a reader should know, in few words each.
pub(super) fn notes(facts: &Facts<'_>) -> Vec<String> {
    let single = [
        error(facts),
        claim_and_data(facts),
        unfinished(facts),
        unasked(facts),
        other_owner(facts),
    ];
    let waiting = facts.waiting.iter().map(|request| {
        let status = request.status.as_ref();
        let reason = status
            .and_then(|status| status.reason.as_deref())
            .unwrap_or("not seen yet");
        format!("request {} waits: {reason}", request.name_any())
    });
    single.into_iter().flatten().chain(waiting).collect()
}

/// Why the newest order did not come to a good end.
fn error(facts: &Facts<'_>) -> Option<String> {
    let order = facts.newest?;
    let status = order.status.as_ref()?;
    if status.state != Some(ProvisioningState::Errored) {
        return None;
    }
    if status.reason.as_deref() == Some(reason::REFUTED) {
        return status.verification.as_ref().map(refuted);
    }
    let decision = order.spec.decision.as_ref()?;
    match decision.result {
        DecisionResult::Errored => decision.message.clone(),
        DecisionResult::Confirmed => None,
    }
}

fn refuted(verification: &VerificationResult) -> String {
    let list = |values: &Option<Vec<String>>| {
        values
            .as_ref()
            .map_or_else(|| "-".to_owned(), |values| values.join("|"))
    };
    let differences = verification.differences.iter().map(|one| {
        let (property, seen, wanted) = (&one.property, list(&one.observed), list(&one.expected));
        format!("{property} is {seen}, not {wanted}")
    });
    let snapshot = verification.synchronization.as_deref().unwrap_or("a snapshot");
    let differences: Vec<_> = differences.collect();
    format!("refuted by {snapshot}: {}", differences.join(", "))
}

/// A claim that the data does not bear out.
fn claim_and_data(facts: &Facts<'_>) -> Option<String> {
    let claim = facts.claim?;
    let Some(seen) = facts.seen else {
        let proof = claim.order.spec.policy.verification.mode == VerificationMode::Inventory;
        let open = claim.state == Some(ProvisioningState::Executed);
        return (proof && open).then(|| format!("claimed, not seen: {}", awaited(&claim)));
    };
    let exists = claim.order.spec.desired.exists;
    let differs = match seen.resource {
        None => exists,
        Some(_) if !exists => true,
        Some(resource) => {
            let observed = knowledge::values_of(&resource.spec);
            let claimed = knowledge::claimed_values(claim.order);
            // What an export does not hold, it does not deny.
            claimed
                .iter()
                .any(|(property, values)| observed.get(property).is_some_and(|seen| seen != values))
        }
    };
    if !differs {
        return None;
    }
    Some(match counts(facts) {
        Some(Evidence::Claimed { .. }) => format!("claimed after it was seen otherwise: {}", awaited(&claim)),
        Some(Evidence::Observed) | None => "seen otherwise after it was claimed".to_owned(),
    })
}

fn awaited(claim: &Fact<'_>) -> String {
    if claim.executed_at.is_none() {
        return "waits for a snapshot".to_owned();
    }
    format!("waits for a snapshot taken after {}", claim.counts_until())
}

/// Who says what is known.
fn counts(facts: &Facts<'_>) -> Option<Evidence> {
    match knowledge::known(facts.claim, facts.seen) {
        Knowledge::Unknown => None,
        Knowledge::Absent(evidence) => Some(evidence),
        Knowledge::Present(present) => Some(present.evidence),
    }
}

/// Work that is under way.
fn unfinished(facts: &Facts<'_>) -> Option<String> {
    let order = facts.newest?;
    let status = order.status.as_ref();
    Some(match status.and_then(|status| status.state)? {
        ProvisioningState::AwaitingApproval => "not done yet: waits for a review".to_owned(),
        ProvisioningState::Pending => "not done yet: not handed over".to_owned(),
        ProvisioningState::Error => "not done yet: the rules failed".to_owned(),
        ProvisioningState::Transmitted => match &order.spec.assignee {
            Some(assignee) => format!("not done yet: {} has the work", assignee.username),
            None => "not done yet: nobody has answered".to_owned(),
        },
        ProvisioningState::None
        | ProvisioningState::Executed
        | ProvisioningState::Verified
        | ProvisioningState::Errored
        | ProvisioningState::Inactive => return None,
    })
}

/// Something is there that nobody wishes.
fn unasked(facts: &Facts<'_>) -> Option<String> {
    let there = facts.seen.is_some_and(|seen| seen.resource.is_some());
    (there && facts.desired.is_none()).then(|| "seen, but nobody asked for it".to_owned())
}

/// The resource went to somebody else.
fn other_owner(facts: &Facts<'_>) -> Option<String> {
    let Knowledge::Present(present) = knowledge::known(facts.claim, facts.seen) else {
        return None;
    };
    let other = present.owner.filter(|other| other != facts.owner)?;
    Some(format!("belongs to {other}"))
}
