//! What is wished until a time: when that time comes, the operator files the request that undoes it. Nothing here makes an
//! order: what it files takes its way as any request does.

use super::super::change::{self, gained, lost, without};
use super::super::fault::{self, Fault};
use super::super::knowledge::{Knowledge, sorted};
use super::super::over::{is_end_filed, undoes};
use super::super::snapshot::Filing;
use super::place::Place;
use super::{Line, RequestState};
use crate::api::common::ResourceRef;
use crate::api::condition::END_REQUESTED;
use crate::api::provisioning_order::Change;
use crate::api::{
    AssignmentRequest, AssignmentRequestSpec, NamedRef, Operation, ProvisioningOrder, ProvisioningState, Values, names,
    reason,
};
use jiff::Timestamp;
use std::sync::Arc;

/// What there is to do at the end of a request.
enum End {
    /// This is to be asked for.
    File(Box<AssignmentRequestSpec>),
    /// It was asked for.
    Filed,
    /// Nothing is left of what it wished.
    Nothing,
    /// Another wish for the same lasts longer.
    Later,
}

impl RequestState {
    /// Name of the request that undoes it.
    fn end_name(&self) -> String {
        format!("{}{}", self.name(), names::END_SUFFIX)
    }
}

impl Line<'_> {
    /// Files what undoes the requests whose end time has come, once each.
    pub(super) fn see_to_ends(&mut self) {
        for index in 0..self.requests.len() {
            if !self.is_to_end(&self.requests[index]) {
                continue;
            }
            let end = self.end_of(&self.requests[index]);
            let request = &self.requests[index];
            let name = request.end_name();
            let (why, words) = match end {
                End::Later => continue,
                End::Nothing => (
                    reason::NOTHING_TO_UNDO,
                    "its end time has come, and nothing of it is there any more".to_owned(),
                ),
                End::File(_) | End::Filed => (
                    reason::END_FILED,
                    format!("its end time has come: {name} asks to undo it, kubectl describe areq {name}"),
                ),
            };
            if let End::File(spec) = end {
                let cause = Arc::clone(&self.requests[index].object);
                let request = AssignmentRequest::new(&name, *spec);
                self.new_requests.push(Filing { request, cause });
            }
            if !fault::is(Fault::EndFiledTwice) {
                self.requests[index].mark = Some((END_REQUESTED, why, words));
            }
        }
    }

    /// Whether its end time has come, what it wished was done, and nobody has seen to that.
    fn is_to_end(&self, request: &RequestState) -> bool {
        let spec = &request.object.spec;
        let came = spec.end_time.as_ref().is_some_and(|end| end.0 <= self.snapshot.now);
        let undone = matches!(spec.operation, Operation::Create | Operation::Update);
        came && !is_end_filed(&request.object)
            && undone
            && self.is_provisioned(request)
            && !fault::is(Fault::EndForgiven)
    }

    pub(super) fn state_of(&self, request: &RequestState) -> Option<ProvisioningState> {
        match &request.place {
            Place::Shows(standing, _) => Some(standing.state),
            Place::With(name) => self.order(name).map(|order| order.standing.state),
            Place::Settled | Place::Queued(_) => request.object.status.as_ref()?.provisioning_state,
        }
    }

    fn is_provisioned(&self, request: &RequestState) -> bool {
        matches!(
            self.state_of(request),
            Some(ProvisioningState::Executed | ProvisioningState::Verified)
        )
    }

    fn end_of(&self, request: &RequestState) -> End {
        let filed = |known: &RequestState| known.name() == request.end_name() && undoes(&known.object, &request.object);
        if self.requests.iter().any(filed) && !fault::is(Fault::EndFiledTwice) {
            return End::Filed;
        }
        match request.object.spec.operation {
            Operation::Create => self.end_of_access(request),
            Operation::Update => self.end_of_change(request),
            Operation::Delete => End::Nothing,
        }
    }

    fn end_of_access(&self, request: &RequestState) -> End {
        let owner = &request.object.spec.owner.id;
        match &self.knowledge {
            Knowledge::Absent(_) => return End::Nothing,
            Knowledge::Present(present) if present.owner.as_ref().is_some_and(|of| of != owner) => return End::Nothing,
            Knowledge::Present(_) | Knowledge::Unknown => {}
        }
        if self.was_deleted_since(request) {
            return End::Nothing;
        }
        if self.requests.iter().any(|other| self.lasts_longer(other, request)) {
            return End::Later;
        }
        End::File(Box::new(self.undoing(request, Operation::Delete)))
    }

    /// Whether another Create of the same owner still wishes the resource after this one's end. One that was cancelled too
    /// late does not.
    fn lasts_longer(&self, other: &RequestState, request: &RequestState) -> bool {
        let (spec, end) = (&other.object.spec, &request.object.spec.end_time);
        let longer = match (&spec.end_time, end) {
            (None, _) => true,
            (Some(other), Some(end)) => other.0 > end.0 && other.0 > self.snapshot.now,
            (Some(_), None) => false,
        };
        let lives = match self.state_of(other) {
            Some(ProvisioningState::Executed | ProvisioningState::Verified) => !self.was_deleted_since(other),
            Some(ProvisioningState::AwaitingApproval | ProvisioningState::Pending | ProvisioningState::Transmitted) => {
                true
            }
            // Whether anything will come of these, nobody knows.
            Some(ProvisioningState::None | ProvisioningState::Errored | ProvisioningState::Error) | None => false,
            Some(ProvisioningState::Inactive) => false,
        };
        let another = other.object.metadata.uid != request.object.metadata.uid;
        another
            && spec.operation == Operation::Create
            && spec.owner.id == request.object.spec.owner.id
            && longer
            && lives
            && other.over.is_none()
    }

    /// Whether the resource was deleted after a request had got it.
    fn was_deleted_since(&self, request: &RequestState) -> bool {
        let done = |order: &&super::OrderState| {
            matches!(
                order.standing.state,
                ProvisioningState::Executed | ProvisioningState::Verified
            )
        };
        let mut deletes = self.orders.iter().rev().filter(done);
        let Some(delete) = deletes.find(|order| order.object.spec.operation == Operation::Delete) else {
            return false;
        };
        let carrying = self.carrying(&request.object);
        match carrying.last() {
            Some((spec, _)) => spec.sequence < delete.object.spec.sequence,
            None => {
                let filed = request.object.metadata.creation_timestamp.as_ref().map(|time| time.0);
                filed <= self.executed_at(&delete.object)
            }
        }
    }

    fn executed_at(&self, order: &ProvisioningOrder) -> Option<Timestamp> {
        let status = order.status.as_ref();
        let at = status.and_then(|status| status.executed_at.as_ref()).map(|time| time.0);
        at.or(Some(self.snapshot.now))
    }

    /// The inverse of what the request's order really added and removed.
    fn end_of_change(&self, request: &RequestState) -> End {
        let carrying = self.carrying(&request.object);
        let order = carrying.last().and_then(|(spec, _)| {
            self.orders
                .iter()
                .find(|order| order.object.spec.sequence == spec.sequence)
        });
        let Some(order) = order else { return End::Nothing };
        let spec = &request.object.spec;
        let mut undoing = self.undoing(request, Operation::Update);
        for change in &order.object.spec.changes {
            let (added, removed) = really(&order.object, change);
            undo(
                &mut undoing.remove_values,
                change,
                spec.add_values.get(&change.property),
                &added,
            );
            undo(
                &mut undoing.add_values,
                change,
                spec.remove_values.get(&change.property),
                &removed,
            );
        }
        if undoing.add_values.is_empty() && undoing.remove_values.is_empty() {
            return End::Nothing;
        }
        End::File(Box::new(undoing))
    }

    /// A request of the operator's own for the same resource and owner.
    fn undoing(&self, request: &RequestState, operation: Operation) -> AssignmentRequestSpec {
        let spec = &request.object.spec;
        let status = request.object.status.as_ref();
        let stored = status
            .and_then(|status| status.resource.clone())
            .or(spec.resource.clone());
        AssignmentRequestSpec {
            resource_type_ref: spec.resource_type_ref.clone(),
            operation,
            owner: spec.owner.clone(),
            resource: stored.or_else(|| {
                Some(ResourceRef {
                    identifier: self.snapshot.identifier.clone(),
                })
            }),
            properties: std::collections::BTreeMap::default(),
            values: Values::default(),
            add_values: Values::default(),
            remove_values: Values::default(),
            secrets: Vec::new(),
            start_time: None,
            end_time: None,
            justification: Some(format!("the end time of {} has come", request.name())),
            requested_by: None,
            approvals: std::collections::BTreeMap::default(),
            cancel: None,
            caused_by: Some(NamedRef {
                name: request.name().to_owned(),
            }),
        }
    }
}

/// What an order added and removed, as far as anybody can know: what its fulfiller says was set counts.
fn really(order: &ProvisioningOrder, change: &Change) -> (Vec<String>, Vec<String>) {
    match (change::actual(order, &change.property), &change.current) {
        (Some(actual), Some(current)) => (without(&actual, current), without(current, &actual)),
        (Some(actual), None) => {
            let added = gained(change).into_iter().filter(|value| actual.contains(value));
            (added.collect(), without(&lost(change), &actual))
        }
        (None, _) => (gained(change), lost(change)),
    }
}

fn undo(into: &mut Values, change: &Change, wished: Option<&Vec<String>>, happened: &[String]) {
    let mine = wished
        .into_iter()
        .flatten()
        .filter(|value| happened.contains(value))
        .cloned();
    let mine = sorted(mine);
    if !mine.is_empty() {
        into.insert(change.property.clone(), mine);
    }
}
