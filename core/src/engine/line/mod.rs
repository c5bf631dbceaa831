//! One line: its orders advance, its requests are settled, and when it is free the queue becomes the next order.

mod alarms;
mod close;
mod delete;
mod draft;
mod ends;
mod gate;
mod inventory;
mod make;
mod order;
mod order_words;
mod place;
mod preview;
mod proof;
mod queue;
mod release;
mod review;
mod stop;
mod words;

pub use preview::{Foreseen, Preview, Shown, preview};

use super::fault::{self, Fault};
use super::knowledge::{self, Fact, Knowledge};
use super::observed::seen;
use super::over::{Over, over};
use super::request::{doubt, owner_username, unchecked_cancel, untrusted};
use super::snapshot::{Filing, LineDecision, LineSnapshot, NewOrder, ObjectKind, Policies, Report, ResourceChange};
use super::status::Standing;
use super::workflow::Workflow;
use crate::api::provisioning_order::{ProvisioningOrderSpec, RequestRef};
use crate::api::{AssignmentRequest, Operation, ProvisioningOrder, ProvisioningState, WorkflowState, reason};
use jiff::Timestamp;
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
    line.gate();
    line.place_requests();
    line.mark_recovery();
    line.work_the_queue();
    line.release();
    line.mark_stops();
    line.mark_recovery();
    line.see_to_ends();
    line.keep_inventory();
    line.close()
}

struct RequestState {
    object: Arc<AssignmentRequest>,
    place: Place,
    /// Its properties that later requests wish otherwise, where no order says so.
    overridden: Vec<String>,
    /// Whether anybody still wishes it.
    over: Option<Over>,
    /// A condition that it gets beside its state: type, reason and message.
    mark: Option<(&'static str, &'static str, String)>,
}

impl RequestState {
    fn name(&self) -> &str {
        self.object.metadata.name.as_deref().unwrap_or_default()
    }
}

struct Line<'a> {
    snapshot: &'a LineSnapshot,
    /// By number.
    orders: Vec<OrderState>,
    /// Oldest first.
    requests: Vec<RequestState>,
    knowledge: Knowledge,
    new_order: Option<(NewOrder, Standing)>,
    /// The operation of an order that uses up room of the type's threshold.
    slot: Option<Operation>,
    new_requests: Vec<Filing>,
    /// Until when the first of the queue waits for others.
    grouping_until: Option<Timestamp>,
    resource: Option<ResourceChange>,
}

impl<'a> Line<'a> {
    /// Every order one move on; what is known after that.
    fn open(snapshot: &'a LineSnapshot) -> Self {
        let mut line = Self::of(snapshot, |order| order::advance(order, snapshot.now));
        line.prove();
        let seen = seen(snapshot.resource.as_deref(), &snapshot.inventory);
        line.knowledge = knowledge::known(line.claim(), seen);
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
            line.requests[index].mark = unchecked_cancel(&line.requests[index].object, why);
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
        let place = |object: Arc<AssignmentRequest>| RequestState {
            over: over(&object, snapshot.now),
            object,
            place: Place::Settled,
            overridden: Vec::new(),
            mark: None,
        };
        Self {
            snapshot,
            orders,
            requests: requests.into_iter().map(place).collect(),
            knowledge: Knowledge::Unknown,
            new_order: None,
            slot: None,
            new_requests: Vec::new(),
            grouping_until: None,
            resource: None,
        }
    }

    fn claim(&self) -> Option<Fact<'_>> {
        knowledge::claim(self.orders.iter().map(|order| order.fact(self.snapshot.now)))
    }

    fn place_requests(&mut self) {
        for index in 0..self.requests.len() {
            let place = self.place(&self.requests[index]);
            self.requests[index].place = place;
        }
    }

    /// RecoveryNeeded: the newest order is Errored, has no recovery, and a request that nobody ended shows it.
    fn mark_recovery(&mut self) {
        let shown: Vec<String> = self.requests.iter().filter_map(errored_with).collect();
        let last = self.orders.len().saturating_sub(1);
        let free = self.new_order.is_none() && !fault::is(Fault::RecoveryNeverNeeded);
        for (place, order) in self.orders.iter_mut().enumerate() {
            if order.standing.state != ProvisioningState::Errored {
                continue;
            }
            order.standing.stalled = None;
            let open = order.object.spec.recovery.is_none() && !order.reopens();
            if free && place == last && open && shown.contains(&order.name) {
                order.standing = order.standing.clone().stalled(reason::RECOVERY_NEEDED);
            }
        }
        // The request shows the same need, so that it is not taken for finished.
        let needing = self.orders.last().filter(|order| order.needs_recovery());
        let needing = needing.map(|order| order.name.clone());
        for request in &mut self.requests {
            if let Place::Shows(standing, Some(name)) = &mut request.place
                && standing.state == ProvisioningState::Errored
            {
                let needs = needing.as_ref() == Some(name);
                standing.finished = !needs;
                let stalled = (reason::RECOVERY_NEEDED, standing.message.clone());
                standing.stalled = needs.then_some(stalled);
            }
        }
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

/// The order that a request shows as Errored.
fn errored_with(request: &RequestState) -> Option<String> {
    match &request.place {
        Place::Shows(standing, order) if standing.state == ProvisioningState::Errored => order.clone(),
        Place::Shows(..) | Place::Settled | Place::Queued(_) | Place::With(_) => None,
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
