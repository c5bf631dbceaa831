//! One line: its orders advance, its requests are settled, and when it is free the queue becomes the next order.

mod draft;
mod inventory;
mod make;
mod order;
mod place;
mod queue;
mod words;

use super::fault::{self, Fault};
use super::identity;
use super::knowledge::{self, Fact, Knowledge};
use super::request::{doubt, is_ended, owner_username, report, untrusted};
use super::snapshot::{
    LineDecision, LineSnapshot, NewOrder, ObjectKind, OrderUpdate, Policies, Report, RequestUpdate, ResourceChange,
};
use super::status::{Clock, Standing, of_order, of_request};
use super::workflow::Workflow;
use crate::api::common::ResourceRef;
use crate::api::provisioning_order::{ProvisioningOrderSpec, RequestRef};
use crate::api::{AssignmentRequest, ProvisioningOrder, ProvisioningState, WorkflowState, names, reason};
use order::OrderState;
use place::Place;
use std::sync::Arc;

/// Decides one line.
pub fn decide_line(snapshot: &LineSnapshot) -> LineDecision {
    if let Policies::NotInForce(why) = snapshot.policies.as_ref()
        && !fault::is(Fault::MovesUnguarded)
    {
        return Line::hold(snapshot, why).close();
    }
    let mut line = Line::open(snapshot);
    line.place_requests();
    line.mark_recovery();
    line.work_the_queue();
    line.keep_inventory();
    line.close()
}

struct RequestState {
    object: Arc<AssignmentRequest>,
    place: Place,
    /// Its properties that later requests wish otherwise, where no order says so.
    overridden: Vec<String>,
}

struct Line<'a> {
    snapshot: &'a LineSnapshot,
    /// By number.
    orders: Vec<OrderState>,
    /// Oldest first.
    requests: Vec<RequestState>,
    knowledge: Knowledge,
    new_order: Option<(NewOrder, Standing)>,
    resource: Option<ResourceChange>,
}

impl<'a> Line<'a> {
    /// Every order one move on; what is known after that.
    fn open(snapshot: &'a LineSnapshot) -> Self {
        let mut line = Self::of(snapshot, order::advance);
        line.knowledge = knowledge::known(line.claim(), snapshot.resource.as_deref());
        line
    }

    /// Nothing moves; what is first seen now is marked, so that nobody believes it later.
    fn hold(snapshot: &'a LineSnapshot, why: &str) -> Self {
        let mut line = Self::of(snapshot, |order| order::hold(order, why));
        for index in 0..line.requests.len() {
            let request = &line.requests[index].object;
            let known = !line.carrying(request).is_empty();
            let doubt = doubt(request, &snapshot.policies).or_else(|| line.unchecked_answer(request));
            if let Some(why) = doubt.filter(|_| !known) {
                line.requests[index].place = Place::Shows(untrusted(&why), None);
            }
        }
        line
    }

    /// Who has agreed to a request, and who has to.
    fn workflow(&self, request: &AssignmentRequest) -> Workflow {
        let view = self.snapshot.resource_type.as_deref();
        let username = view.and_then(|view| owner_username(request, view).ok().flatten());
        Workflow::of(request, view, username.as_deref(), !self.carrying(request).is_empty())
    }

    /// An approver's answer that was written since the last look, while nobody checks who writes.
    fn unchecked_answer(&self, request: &AssignmentRequest) -> Option<String> {
        let status = request.status.as_ref()?;
        let workflow = self.workflow(request);
        let same = status.workflow_state == Some(workflow.state) && status.approvals == workflow.count();
        let pending = status.workflow_state == Some(WorkflowState::PendingApproval);
        let why = "an approver's answer was first seen while the admission policies were not in force";
        (pending && !same).then(|| why.to_owned())
    }

    fn of(snapshot: &'a LineSnapshot, stand: impl Fn(Arc<ProvisioningOrder>) -> OrderState) -> Self {
        let mut orders: Vec<_> = snapshot.orders.iter().cloned().map(stand).collect();
        orders.sort_by_key(|order| order.object.spec.sequence);
        let mut requests: Vec<_> = snapshot.requests.clone();
        requests.sort_by_cached_key(|request| {
            (
                request.metadata.creation_timestamp.as_ref().map(|time| time.0),
                request.metadata.name.clone(),
            )
        });
        let place = |object| RequestState {
            object,
            place: Place::Settled,
            overridden: Vec::new(),
        };
        Self {
            snapshot,
            orders,
            requests: requests.into_iter().map(place).collect(),
            knowledge: Knowledge::Unknown,
            new_order: None,
            resource: None,
        }
    }

    fn claim(&self) -> Option<Fact<'_>> {
        knowledge::claim(self.orders.iter().map(|order| order.fact(self.snapshot.now)))
    }

    fn place_requests(&mut self) {
        for index in 0..self.requests.len() {
            let place = self.place(&self.requests[index].object);
            self.requests[index].place = place;
        }
    }

    /// RecoveryNeeded: the newest order is Errored, has no recovery, and carries a request that is not ended.
    fn mark_recovery(&mut self) {
        let live: Vec<String> = self
            .requests
            .iter()
            .filter(|request| !is_ended(&request.object))
            .filter_map(|request| request.object.metadata.uid.clone())
            .collect();
        let last = self.orders.len().saturating_sub(1);
        for (place, order) in self.orders.iter_mut().enumerate() {
            let spec = &order.object.spec;
            let needs = !fault::is(Fault::RecoveryNeverNeeded)
                && place == last
                && order.standing.state == ProvisioningState::Errored
                && spec.recovery.is_none()
                && spec.request_refs.iter().any(|r| is_carried(r) && live.contains(&r.uid));
            order.standing.stalled = needs.then_some(reason::RECOVERY_NEEDED);
        }
        // The request shows the same need, so that it is not taken for finished.
        let needing = self.orders.last().filter(|order| order.standing.stalled.is_some());
        let needing = needing.map(|order| order.name.clone());
        for request in &mut self.requests {
            if let Place::Shows(standing, Some(name)) = &mut request.place
                && standing.state == ProvisioningState::Errored
            {
                let needs = needing.as_ref() == Some(name);
                standing.finished = !needs;
                standing.stalled = needs.then_some(reason::RECOVERY_NEEDED);
            }
        }
    }

    fn close(self) -> LineDecision {
        let mut decision = LineDecision {
            resource: self.resource.clone(),
            ..LineDecision::default()
        };
        for order in &self.orders {
            let old = order.object.status.clone().unwrap_or_default();
            let clock = Clock {
                now: self.snapshot.now,
                generation: order.object.metadata.generation,
            };
            let status = of_order(&old, clock, &order.standing);
            if order.moved {
                decision.reports.push(order_report(&order.name, &order.standing));
            }
            if status != old {
                decision.order_updates.push(OrderUpdate {
                    order: Arc::clone(&order.object),
                    status,
                });
            }
        }
        if let Some((new, standing)) = &self.new_order {
            let name = new.order.metadata.name.as_deref().unwrap_or_default();
            decision.reports.push(order_report(name, standing));
        }
        for request in &self.requests {
            let Place::Shows(standing, order) = &request.place else {
                continue;
            };
            let update = self.request_update(request, standing, order.as_ref());
            if request.object.status.as_ref() != Some(&update.status) {
                decision.reports.extend(report(&request.object, standing));
                decision.request_updates.push(update);
            }
        }
        decision.new_order = self.new_order.map(|(new, _)| new);
        decision
    }

    fn request_update(&self, state: &RequestState, standing: &Standing, order: Option<&String>) -> RequestUpdate {
        let request = &state.object;
        let old = request.status.clone().unwrap_or_default();
        let clock = Clock {
            now: self.snapshot.now,
            generation: request.metadata.generation,
        };
        let mut status = of_request(&old, clock, standing, &self.workflow(request));
        self.name_orders(request, order, &mut status.orders);
        let carrying = self.carrying(request);
        if let Some((newest, reference)) = carrying.last() {
            let attempts = i64::try_from(carrying.len()).unwrap_or(i64::MAX);
            status.attempts = Some(attempts.max(old.attempts.unwrap_or(0)));
            status.overridden.clone_from(&reference.overridden);
            status.resource.get_or_insert_with(|| newest.resource.clone());
            status.owner_username = status.owner_username.take().or_else(|| newest.owner.username.clone());
        }
        if !state.overridden.is_empty() {
            status.overridden.clone_from(&state.overridden);
        }
        if standing.state != ProvisioningState::Error
            && let Some(view) = &self.snapshot.resource_type
        {
            let username = status
                .owner_username
                .take()
                .or_else(|| owner_username(request, view).ok().flatten());
            status.resource.get_or_insert_with(|| ResourceRef {
                identifier: self.identifier(request, view, username.as_deref()),
            });
            status.owner_username = username;
        }
        RequestUpdate {
            request: Arc::clone(request),
            status,
        }
    }

    /// The orders that a request names: those that carry it, also one that came and went unseen, and last the one
    /// that it shows.
    fn name_orders(&self, request: &AssignmentRequest, shown: Option<&String>, orders: &mut Vec<String>) {
        let number = |name: &String| identity::sequence_in(name, &self.snapshot.type_name, &self.snapshot.identifier);
        let known = orders.iter().filter_map(number).max().unwrap_or(0);
        let carrying = self.carrying(request).into_iter().map(|(spec, _)| spec.sequence);
        let unseen = carrying
            .filter(|sequence| *sequence > known)
            .map(|sequence| self.order_name(sequence));
        for name in unseen.chain(shown.cloned()) {
            if orders.last() != Some(&name) {
                orders.retain(|known| *known != name);
                orders.push(name);
            }
        }
        let excess = orders.len().saturating_sub(names::REQUEST_ORDERS_LIMIT);
        orders.drain(..excess);
    }

    /// Every order that carries a request, the one being made included, by number.
    fn carrying(&self, request: &AssignmentRequest) -> Vec<(&ProvisioningOrderSpec, &RequestRef)> {
        let uid = request.metadata.uid.as_deref().unwrap_or_default();
        let new = self.new_order.as_ref().map(|(new, _)| &new.order.spec);
        self.orders
            .iter()
            .map(|order| &order.object.spec)
            .chain(new)
            .filter_map(|spec| {
                let reference = spec.request_refs.iter().find(|reference| reference.uid == uid)?;
                Some((spec, reference))
            })
            .collect()
    }
}

/// Whether the order still speaks for that request.
fn is_carried(reference: &RequestRef) -> bool {
    reference.superseded != Some(true)
}

fn order_report(name: &str, standing: &Standing) -> Report {
    Report {
        kind: ObjectKind::ProvisioningOrder,
        name: name.to_owned(),
        reason: standing.reason,
        action: standing.state.as_str(),
        message: standing.message.clone(),
        warning: matches!(standing.state, ProvisioningState::Error | ProvisioningState::Errored),
    }
}
