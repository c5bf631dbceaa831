//! Which orders wait for a review, and which carry on the review of another. Nothing here hands over.

use super::super::change::{gained, lost, without};
use super::super::fault::{self, Fault};
use super::super::trust;
use super::Line;
use super::order::OrderState;
use crate::api::provisioning_order::{Change, ProvisioningOrderSpec, ProvisioningOrderStatus, ReviewResult};
use crate::api::{AssignmentRequest, HistoryEntry, ProvisioningState, reason};
use std::collections::BTreeSet;

impl Line<'_> {
    /// Why an order has to wait for a review before anyone gets it; `None`: it need not. `status`: what is stored of it.
    pub(super) fn review_needed(
        &self,
        spec: &ProvisioningOrderSpec,
        status: Option<&ProvisioningOrderStatus>,
    ) -> Option<&'static str> {
        let released = spec
            .review
            .as_ref()
            .is_some_and(|review| review.result != ReviewResult::Postponed);
        if spec.review_of.is_some() || released || fault::is(Fault::ReviewSkipped) {
            return None;
        }
        let history = status.map(|status| status.history.as_slice()).unwrap_or_default();
        let inherited = || self.predecessor(spec).and_then(|before| held_for(history_of(before)));
        let rules = &spec.policy.provisioning_review;
        let asked = rules.required || (rules.after_error && spec.attempt > 1);
        held_for(history)
            .or_else(inherited)
            .or(asked.then_some(reason::REVIEW_REQUIRED))
            .or_else(|| self.exceeds(spec, status))
    }

    /// Whether the type's threshold lets no more new orders go on. Only the first look at an order counts.
    fn exceeds(&self, spec: &ProvisioningOrderSpec, status: Option<&ProvisioningOrderStatus>) -> Option<&'static str> {
        let room = self.snapshot.room.of(spec.operation)?;
        let full = counts(spec, status) && room <= 0 && !fault::is(Fault::ThresholdIgnored);
        full.then_some(reason::THRESHOLD_EXCEEDED)
    }

    /// Notes that an order goes on without a review, where the type's threshold counts such orders.
    pub(super) fn take_slot(&mut self, spec: &ProvisioningOrderSpec, status: Option<&ProvisioningOrderStatus>) {
        if counts(spec, status) && self.snapshot.room.of(spec.operation).is_some() {
            self.slot = Some(spec.operation);
        }
    }

    /// The order that ended so that this one takes its place.
    fn predecessor(&self, spec: &ProvisioningOrderSpec) -> Option<&OrderState> {
        let mut before = self
            .orders
            .iter()
            .rev()
            .filter(|order| order.object.spec.sequence < spec.sequence);
        let before = before.next()?;
        let shares = |uid: &String| spec.request_refs.iter().any(|reference| reference.uid == *uid);
        let same = before
            .object
            .spec
            .request_refs
            .iter()
            .any(|reference| shares(&reference.uid));
        (same && before.is_replaced()).then_some(before)
    }

    /// The order whose review covers everything that this one does.
    pub(super) fn review_of(&self, spec: &ProvisioningOrderSpec) -> Option<String> {
        let before = self.predecessor(spec)?;
        let reviewed = &before.object.spec;
        let name = match &reviewed.review {
            Some(review)
                if review.result == ReviewResult::Approved && trust::doubt_review(&before.object).is_none() =>
            {
                Some(before.name.clone())
            }
            Some(_) => None,
            None => reviewed.review_of.clone(),
        };
        let covered = spec.operation == reviewed.operation
            && spec
                .changes
                .iter()
                .all(|change| reviewed.changes.iter().any(|known| covers(known, change)));
        name.filter(|_| covered)
    }

    /// The properties of a request that reviewers declined: what it remembers, and what its orders say.
    pub(super) fn declined(&self, request: &AssignmentRequest) -> BTreeSet<String> {
        let remembered = request
            .status
            .iter()
            .flat_map(|status| status.declined_properties.iter().cloned());
        let partly = self
            .orders
            .iter()
            .filter(|order| order.standing.reason == reason::PARTLY_DECLINED);
        let carrying = partly.filter(|order| {
            let mut references = order.object.spec.request_refs.iter();
            references.any(|reference| Some(&reference.uid) == request.metadata.uid.as_ref())
        });
        let said = carrying.filter_map(|order| order.object.spec.review.as_ref());
        let said = said.flat_map(|review| review.declined_properties.iter().cloned());
        remembered.chain(said).collect()
    }
}

impl OrderState {
    /// Whether the next order takes its place.
    pub(super) fn is_replaced(&self) -> bool {
        self.standing.state == ProvisioningState::Inactive
            && matches!(self.standing.reason, reason::RECOMPUTED | reason::PARTLY_DECLINED)
    }
}

/// Whether a threshold counts an order that is looked at for the first time.
fn counts(spec: &ProvisioningOrderSpec, status: Option<&ProvisioningOrderStatus>) -> bool {
    let first = status.is_none_or(|status| status.state.is_none());
    first && spec.attempt == 1 && spec.review_of.is_none()
}

fn history_of(order: &OrderState) -> &[HistoryEntry] {
    let status = order.object.status.as_ref();
    status.map(|status| status.history.as_slice()).unwrap_or_default()
}

/// Why an order once waited for a review. Its first step is never forgotten.
fn held_for(history: &[HistoryEntry]) -> Option<&'static str> {
    let held = history
        .iter()
        .find(|entry| entry.state == ProvisioningState::AwaitingApproval)?;
    Some(if held.reason == reason::THRESHOLD_EXCEEDED {
        reason::THRESHOLD_EXCEEDED
    } else {
        reason::REVIEW_REQUIRED
    })
}

/// Whether a reviewed change says everything that another one does.
fn covers(known: &Change, change: &Change) -> bool {
    let within = |part: Vec<String>, whole: &[String]| without(&part, whole).is_empty();
    let same_outcome = known.proposed.is_some() && known.proposed == change.proposed;
    known.property == change.property
        && (same_outcome || (within(gained(change), &gained(known)) && within(lost(change), &lost(known))))
}
