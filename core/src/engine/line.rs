//! One line: its orders advance, its requests are settled, and when it is free the next request becomes the next order.

use super::knowledge::{Knowledge, claim};
use super::plan::{Outcome, check, plan};
use super::problem::Problem;
use super::request::{in_error, is_done, is_ended, not_found, owner_username, report, type_problem};
use super::snapshot::{LineDecision, LineSnapshot, NewOrder, ObjectKind, OrderUpdate, Report, RequestUpdate};
use super::status::{Clock, Standing, of_order, of_request};
use super::types::{TypeView, policy};
use super::{context, identity, ticket};
use crate::api::common::ResourceRef;
use crate::api::provisioning_order::{
    DecisionResult, OrderOwner, Previous, ProvisioningOrderSpec, RecoveryAction, RequestRef, Ticket,
};
use crate::api::{
    Actor, AssignmentRequest, NamedRef, Operation, ProvisioningOrder, ProvisioningOrderStatus, ProvisioningState,
    names, reason,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Decides one line.
pub fn decide_line(snapshot: &LineSnapshot) -> LineDecision {
    let mut line = Line::open(snapshot);
    line.advance_orders();
    line.settle_requests();
    line.mark_recovery();
    line.next_order();
    line.close()
}

struct OrderState {
    object: Arc<ProvisioningOrder>,
    name: String,
    standing: Standing,
    moved: bool,
}

struct RequestState {
    object: Arc<AssignmentRequest>,
    place: Place,
}

/// Where a request is in the line.
enum Place {
    /// Its status stays as it is.
    Settled,
    /// It shows this; the order's name, if it is new to the request.
    Shows(Standing, Option<String>),
    /// It waits for its turn; the name of a live order that somebody deleted.
    Queued(Option<String>),
}

struct Line<'a> {
    snapshot: &'a LineSnapshot,
    orders: Vec<OrderState>,
    requests: Vec<RequestState>,
    new_order: Option<NewOrder>,
}

impl<'a> Line<'a> {
    fn open(snapshot: &'a LineSnapshot) -> Self {
        let mut orders: Vec<_> = snapshot.orders.clone();
        orders.sort_by_key(|order| order.spec.sequence);
        let mut requests: Vec<_> = snapshot.requests.clone();
        requests.sort_by_cached_key(|request| {
            (
                request.metadata.creation_timestamp.as_ref().map(|time| time.0),
                request.metadata.name.clone(),
            )
        });
        Self {
            snapshot,
            orders: orders.into_iter().map(advance).collect(),
            requests: requests
                .into_iter()
                .map(|object| RequestState {
                    object,
                    place: Place::Settled,
                })
                .collect(),
            new_order: None,
        }
    }

    /// A confirmation that is taken back although a later order was handed over strikes the claim and puts nothing back.
    fn advance_orders(&mut self) {
        let last = self.orders.len().saturating_sub(1);
        for order in self.orders.iter_mut().take(last) {
            if order.standing.state == ProvisioningState::Errored && order.object.spec.recovery.is_none() {
                order.standing.stalled = None;
            }
        }
    }

    fn settle_requests(&mut self) {
        for index in 0..self.requests.len() {
            let place = self.place(&self.requests[index].object);
            self.requests[index].place = place;
        }
    }

    /// The state a request shows, first that applies: its recorded end; the newest order that carries it; the queue.
    fn place(&self, request: &AssignmentRequest) -> Place {
        if is_ended(request) {
            return Place::Settled;
        }
        let uid = request.metadata.uid.as_deref().unwrap_or_default();
        let known = request
            .status
            .as_ref()
            .map(|status| status.orders.as_slice())
            .unwrap_or_default();
        let carries = |order: &&OrderState| order.object.spec.request_refs.iter().any(|r| r.uid == uid);
        let carrying = self.orders.iter().rev().find(carries);
        let followed = known
            .last()
            .and_then(|name| self.orders.iter().find(|order| order.name == *name));
        match (carrying, followed) {
            (Some(order), followed)
                if followed.is_none_or(|f| f.object.spec.sequence <= order.object.spec.sequence) =>
            {
                self.carried_by(order)
            }
            (_, Some(order)) => match order.standing.state {
                ProvisioningState::Executed | ProvisioningState::Verified => {
                    Place::Shows(already_claimed(&order.name), None)
                }
                ProvisioningState::None
                | ProvisioningState::AwaitingApproval
                | ProvisioningState::Pending
                | ProvisioningState::Transmitted
                | ProvisioningState::Errored
                | ProvisioningState::Inactive
                | ProvisioningState::Error => Place::Queued(None),
            },
            (_, None) if is_done(request) => Place::Settled,
            (_, None) => Place::Queued(known.last().cloned()),
        }
    }

    fn carried_by(&self, order: &OrderState) -> Place {
        let name = order.name.clone();
        let newest = self.orders.last().is_some_and(|last| last.name == name);
        let recovery = order.object.spec.recovery.as_ref();
        match (order.standing.state, recovery) {
            (ProvisioningState::Inactive, _) => Place::Queued(None),
            (ProvisioningState::Errored, Some(recovery)) => {
                let actor = actor(recovery.by.as_ref());
                let withdrawn = order.standing.reason == reason::CLAIM_WITHDRAWN;
                match recovery.action {
                    RecoveryAction::Retry
                        if withdrawn && !newest && self.handed_over_after(order, request_uids(order)) =>
                    {
                        Place::Shows(superseded(&name, actor), None)
                    }
                    RecoveryAction::Abandon if withdrawn && !newest => Place::Shows(superseded(&name, actor), None),
                    RecoveryAction::Retry => Place::Queued(None),
                    RecoveryAction::Abandon => {
                        let comment = recovery
                            .comment
                            .as_deref()
                            .map(|c| format!(": {c}"))
                            .unwrap_or_default();
                        let message =
                            format!("{actor} abandoned {name}{comment}; file a new request if it is still wished");
                        Place::Shows(
                            Standing::new(ProvisioningState::Inactive, reason::ABANDONED, message)
                                .finished()
                                .by(actor),
                            Some(name),
                        )
                    }
                }
            }
            (ProvisioningState::Errored, None) if !newest => {
                Place::Shows(superseded(&name, names::OPERATOR_ACTOR), Some(name))
            }
            (ProvisioningState::Executed, _)
                if order
                    .object
                    .spec
                    .decision
                    .as_ref()
                    .is_some_and(|d| !d.actual_values.is_empty()) =>
            {
                let mut standing = order.standing.clone();
                standing.reason = reason::DONE_WITH_DEVIATION;
                Place::Shows(standing, Some(name))
            }
            (
                ProvisioningState::None
                | ProvisioningState::AwaitingApproval
                | ProvisioningState::Pending
                | ProvisioningState::Transmitted
                | ProvisioningState::Executed
                | ProvisioningState::Verified
                | ProvisioningState::Errored
                | ProvisioningState::Error,
                _,
            ) => Place::Shows(order.standing.clone(), Some(name)),
        }
    }

    /// Whether an order after this one, not merely its own next attempt, was handed over.
    fn handed_over_after(&self, order: &OrderState, uids: Vec<String>) -> bool {
        self.orders.iter().any(|later| {
            later.object.spec.sequence > order.object.spec.sequence
                && !later.object.spec.request_refs.iter().any(|r| uids.contains(&r.uid))
        })
    }

    /// RecoveryNeeded: the newest order is Errored, has no recovery, and carries a request that is not ended.
    fn mark_recovery(&mut self) {
        let live: Vec<String> = self
            .requests
            .iter()
            .filter(|request| !is_ended(&request.object))
            .filter_map(|request| request.object.metadata.uid.clone())
            .collect();
        if let Some(newest) = self.orders.last_mut() {
            let carries_live = newest.object.spec.request_refs.iter().any(|r| live.contains(&r.uid));
            let needs = newest.standing.state == ProvisioningState::Errored
                && newest.object.spec.recovery.is_none()
                && carries_live;
            newest.standing.stalled = needs.then_some(reason::RECOVERY_NEEDED);
        }
        // The request shows the same need, so that it is not taken for finished.
        let needing = self
            .orders
            .last()
            .filter(|order| order.standing.stalled.is_some())
            .map(|order| order.name.clone());
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

    /// What holds the line: owner, and what those behind it show.
    fn holder(&self) -> Option<(OrderOwner, Standing)> {
        let held = |order: &OrderOwner, name: &str, recovery: bool| {
            let standing = if recovery {
                let message = format!(
                    "waits behind {name}, which ended in an error: kubectl patch porder {name} --type=merge -p '{{\"spec\":{{\"recovery\":{{\"action\":\"Retry\"}}}}}}' (or Abandon)"
                );
                Standing::new(ProvisioningState::Pending, reason::WAITING_FOR_RECOVERY, message)
            } else {
                let message = format!("waits behind {name}, which is with a person: kubectl describe porder {name}");
                Standing::new(ProvisioningState::Pending, reason::QUEUED, message)
            };
            (order.clone(), standing)
        };
        if let Some(new) = &self.new_order {
            return Some(held(
                &new.order.spec.owner,
                new.order.metadata.name.as_deref().unwrap_or_default(),
                false,
            ));
        }
        let newest = self.orders.last()?;
        let owner = &newest.object.spec.owner;
        match newest.standing.state {
            ProvisioningState::Errored if newest.standing.stalled.is_some() => Some(held(owner, &newest.name, true)),
            ProvisioningState::Executed
            | ProvisioningState::Verified
            | ProvisioningState::Errored
            | ProvisioningState::Inactive => None,
            ProvisioningState::None
            | ProvisioningState::AwaitingApproval
            | ProvisioningState::Pending
            | ProvisioningState::Transmitted
            | ProvisioningState::Error => Some(held(owner, &newest.name, false)),
        }
    }

    /// The queue in its order: each request ends, errs, waits, or becomes the next order.
    fn next_order(&mut self) {
        let knowledge = claim(
            self.orders
                .iter()
                .map(|order| (&order.object, Some(order.standing.state))),
        );
        let mut line_owner = match &knowledge {
            Knowledge::Present { owner, .. } => Some(owner.id.clone()),
            Knowledge::Unknown | Knowledge::Absent { .. } => None,
        };
        for index in 0..self.requests.len() {
            let Place::Queued(deleted) = &self.requests[index].place else {
                continue;
            };
            let deleted = deleted.clone();
            let request = Arc::clone(&self.requests[index].object);
            let holder = self.holder();
            let owner = holder
                .as_ref()
                .map(|(owner, _)| owner.id.clone())
                .or_else(|| line_owner.clone());
            let place = match self.turn(&request, owner.as_deref(), holder, &knowledge, deleted) {
                Ok(place) => {
                    line_owner.get_or_insert_with(|| request.spec.owner.id.clone());
                    place
                }
                Err(problems) => Place::Shows(in_error(&problems), None),
            };
            self.requests[index].place = place;
        }
    }

    fn turn(
        &mut self,
        request: &Arc<AssignmentRequest>,
        owner: Option<&str>,
        holder: Option<(OrderOwner, Standing)>,
        knowledge: &Knowledge,
        deleted: Option<String>,
    ) -> Result<Place, Vec<Problem>> {
        let view = self.snapshot.resource_type.clone();
        let view = view
            .as_deref()
            .ok_or_else(|| vec![not_found(&self.snapshot.type_name)])?;
        if !view.allows(request.spec.operation) {
            let message = format!(
                "the ResourceType {} does not allow {}",
                view.name(),
                request.spec.operation.as_str()
            );
            let standing = Standing::new(ProvisioningState::Inactive, reason::NOT_ALLOWED, message).finished();
            return Ok(Place::Shows(standing, None));
        }
        let mut problems: Vec<Problem> = view.usable().err().map(|p| type_problem(view, p)).into_iter().collect();
        problems.extend(check(request, view));
        if !problems.is_empty() {
            return Err(problems);
        }
        if let Some(owner) = owner.filter(|owner| *owner != request.spec.owner.id) {
            return Err(vec![someone_elses(request, &self.snapshot.identifier, owner)]);
        }
        if let Some((_, waiting)) = holder {
            return Ok(Place::Shows(waiting, None));
        }
        let compiled = view.usable().map_err(|p| vec![type_problem(view, p)])?;
        let username = owner_username(request, view)?;
        let identifier = self.identifier(request, view, username.as_deref(), knowledge);
        match plan(request, view, compiled, &identifier, username.as_deref(), knowledge)? {
            Outcome::AlreadyClaimed(order) => Ok(Place::Shows(already_claimed(&order), Some(order))),
            Outcome::ResourceNotFound => Err(vec![Problem::new(
                reason::RESOURCE_NOT_FOUND,
                format!("there is no {identifier} to update, the last order removed it: file a Create"),
            )]),
            Outcome::Work(work) => {
                if let Some(name) = &self.snapshot.name_conflict {
                    let message = format!(
                        "the order name {name} is held by another resource: an administrator must delete that order"
                    );
                    let standing = Standing::new(ProvisioningState::Error, reason::NAME_CONFLICT, message);
                    return Ok(Place::Shows(standing.stalled(reason::NAME_CONFLICT), None));
                }
                let sequence = self.next_sequence();
                let previous = self.previous(deleted);
                let mut spec = ProvisioningOrderSpec {
                    resource_type_ref: NamedRef {
                        name: view.name().to_owned(),
                    },
                    target_entity_type: view.object.spec.target_entity_type.clone(),
                    operation: work.operation,
                    resource: ResourceRef {
                        identifier: identifier.clone(),
                    },
                    sequence,
                    attempt: self.attempt(),
                    request_refs: vec![RequestRef {
                        name: request.metadata.name.clone().unwrap_or_default(),
                        uid: request.metadata.uid.clone().unwrap_or_default(),
                        superseded: None,
                        overridden: Vec::new(),
                    }],
                    requesters: vec![
                        request
                            .spec
                            .requested_by
                            .as_ref()
                            .map_or(names::UNKNOWN_ACTOR, |by| &by.username)
                            .to_owned(),
                    ],
                    owner: OrderOwner {
                        id: request.spec.owner.id.clone(),
                        username: username.clone(),
                        display_name: request.spec.owner.display_name.clone(),
                    },
                    changes: work.changes,
                    desired: work.desired,
                    ticket: Ticket::default(),
                    policy: policy(&view.object.spec),
                    review_of: None,
                    previous,
                    decision: None,
                    review: None,
                    recovery: None,
                    assignee: None,
                };
                let name = identity::order_name(view.name(), &self.snapshot.identifier, sequence);
                let context = context::of_request(request, view, username.as_deref());
                let context = context::with_resource(context, view, &identifier, knowledge);
                spec.ticket = ticket::render(compiled, context, &name, &spec)?;
                Ok(self.make(name, spec))
            }
        }
    }

    fn make(&mut self, name: String, spec: ProvisioningOrderSpec) -> Place {
        let mut order = ProvisioningOrder::new(&name, spec);
        order.metadata.labels = Some(BTreeMap::from([
            (names::LABEL_RESOURCE_TYPE.to_owned(), self.snapshot.type_name.clone()),
            (names::LABEL_LINE.to_owned(), identity::hash(&self.snapshot.identifier)),
        ]));
        let standing = handed_over(&order);
        let clock = Clock {
            now: self.snapshot.now,
            generation: Some(1),
        };
        let status = of_order(&ProvisioningOrderStatus::default(), clock, &standing);
        self.new_order = Some(NewOrder { order, status });
        Place::Shows(standing, Some(name))
    }

    /// The identifier as first spelled: that of the line's orders, else what the request says.
    fn identifier(
        &self,
        request: &AssignmentRequest,
        view: &TypeView,
        username: Option<&str>,
        knowledge: &Knowledge,
    ) -> String {
        if let Knowledge::Present { identifier, .. } = knowledge {
            return identifier.clone();
        }
        if let Some(first) = self.orders.first() {
            return first.object.spec.resource.identifier.clone();
        }
        let stored = request.status.as_ref().and_then(|status| status.resource.as_ref());
        let given = stored
            .or(request.spec.resource.as_ref())
            .map(|resource| resource.identifier.clone());
        let computed = || {
            let compiled = view.usable().ok()?;
            compiled
                .identifier
                .one(&context::of_request(request, view, username))
                .ok()
                .flatten()
        };
        let spelled = given.or_else(computed).map(|identifier| identity::shown(&identifier));
        spelled
            .filter(|spelled| identity::fold(spelled, view.case_insensitive()) == self.snapshot.identifier)
            .unwrap_or_else(|| self.snapshot.identifier.clone())
    }

    fn next_sequence(&self) -> i64 {
        let existing = self.orders.iter().map(|order| order.object.spec.sequence);
        let remembered = self.requests.iter().flat_map(|request| {
            let orders = request
                .object
                .status
                .as_ref()
                .map(|status| status.orders.as_slice())
                .unwrap_or_default();
            orders
                .iter()
                .filter_map(|name| identity::sequence_in(name, &self.snapshot.type_name, &self.snapshot.identifier))
        });
        1 + existing
            .chain(remembered)
            .max()
            .unwrap_or(0)
            .max(self.snapshot.highest_sequence)
    }

    fn attempt(&self) -> i64 {
        let errored = |order: &&OrderState| order.standing.state == ProvisioningState::Errored;
        self.orders
            .iter()
            .rev()
            .take_while(errored)
            .fold(1, |attempt, _| attempt + 1)
    }

    fn previous(&self, deleted: Option<String>) -> Option<Previous> {
        if let Some(name) = deleted {
            let message =
                Some("it was deleted before anyone answered it; check whether it was done already".to_owned());
            return Some(Previous {
                name,
                reason: reason::RECREATED.to_owned(),
                message,
            });
        }
        let newest = self
            .orders
            .last()
            .filter(|order| order.standing.state == ProvisioningState::Errored)?;
        let spec = &newest.object.spec;
        let said = match newest.standing.reason {
            reason::CLAIM_WITHDRAWN => spec.recovery.as_ref().and_then(|recovery| recovery.comment.clone()),
            _other => spec.decision.as_ref().and_then(|decision| decision.message.clone()),
        };
        Some(Previous {
            name: newest.name.clone(),
            reason: newest.standing.reason.to_owned(),
            message: said,
        })
    }

    fn close(self) -> LineDecision {
        let now = self.snapshot.now;
        let mut decision = LineDecision::default();
        for order in &self.orders {
            let old = order.object.status.clone().unwrap_or_default();
            let clock = Clock {
                now,
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
        if let Some(new) = &self.new_order {
            decision.reports.push(order_report(
                new.order.metadata.name.as_deref().unwrap_or_default(),
                &handed_over(&new.order),
            ));
        }
        for request in &self.requests {
            let Place::Shows(standing, order) = &request.place else {
                continue;
            };
            let update = self.request_status(&request.object, standing, order.as_ref());
            if request.object.status.as_ref() != Some(&update.status) {
                decision.reports.extend(report(&request.object, standing));
                decision.request_updates.push(update);
            }
        }
        decision.new_order = self.new_order;
        // A decided order may already carry its recovery: it moves once a pass, so that no state is jumped over.
        let unsettled = |order: &OrderState| {
            order.moved && order.standing.state == ProvisioningState::Executed && order.object.spec.recovery.is_some()
        };
        decision.wake_at = (self.orders.iter().any(unsettled)
            || self.orders.iter().any(|o| {
                o.moved && o.object.status.as_ref().and_then(|s| s.state).is_none() && o.object.spec.decision.is_some()
            }))
        .then_some(now);
        decision
    }

    fn request_status(
        &self,
        request: &Arc<AssignmentRequest>,
        standing: &Standing,
        order: Option<&String>,
    ) -> RequestUpdate {
        let old = request.status.clone().unwrap_or_default();
        let clock = Clock {
            now: self.snapshot.now,
            generation: request.metadata.generation,
        };
        let mut status = of_request(&old, clock, standing);
        if let Some(name) = order
            && !status.orders.contains(name)
        {
            status.orders.push(name.clone());
            let excess = status.orders.len().saturating_sub(names::REQUEST_ORDERS_LIMIT);
            status.orders.drain(..excess);
        }
        let uid = request.metadata.uid.as_deref().unwrap_or_default();
        let new = self.new_order.as_ref().map(|new| &new.order.spec);
        let specs = || self.orders.iter().map(|order| &order.object.spec).chain(new);
        let carrying: Vec<_> = specs()
            .filter(|spec| spec.request_refs.iter().any(|r| r.uid == uid))
            .collect();
        if !carrying.is_empty() {
            status.attempts = Some(
                i64::try_from(carrying.len())
                    .unwrap_or(i64::MAX)
                    .max(old.attempts.unwrap_or(0)),
            );
        }
        if standing.state != ProvisioningState::Error
            && let Some(view) = &self.snapshot.resource_type
        {
            let username = owner_username(request, view).ok().flatten();
            let knowledge = claim(
                self.orders
                    .iter()
                    .map(|order| (&order.object, Some(order.standing.state))),
            );
            let identifier = carrying
                .last()
                .map(|spec| spec.resource.identifier.clone())
                .unwrap_or_else(|| self.identifier(request, view, username.as_deref(), &knowledge));
            status.resource.get_or_insert(ResourceRef { identifier });
            status.owner_username = username;
        }
        RequestUpdate {
            request: Arc::clone(request),
            status,
        }
    }
}

/// One move at a time.
fn advance(object: Arc<ProvisioningOrder>) -> OrderState {
    let name = object.metadata.name.clone().unwrap_or_default();
    let stored = object.status.as_ref().and_then(|status| status.state);
    let next = match stored {
        None
        | Some(
            ProvisioningState::None
            | ProvisioningState::AwaitingApproval
            | ProvisioningState::Pending
            | ProvisioningState::Error,
        ) => Some(handed_over(&object)),
        Some(ProvisioningState::Transmitted) => object.spec.decision.as_ref().map(|decision| {
            let who = actor(decision.by.as_ref());
            match decision.result {
                DecisionResult::Confirmed => executed(&object, who),
                DecisionResult::Errored => {
                    let said = decision.message.as_deref().unwrap_or("no message");
                    errored(
                        &name,
                        reason::REPORTED_BY_PERSON,
                        &format!("{who} reported an error: {said}"),
                        who,
                    )
                }
            }
        }),
        Some(ProvisioningState::Executed) => object.spec.recovery.as_ref().map(|recovery| {
            let who = actor(recovery.by.as_ref());
            let said = recovery.comment.as_deref().unwrap_or("no comment");
            errored(
                &name,
                reason::CLAIM_WITHDRAWN,
                &format!("{who} took the confirmation back: {said}"),
                who,
            )
        }),
        Some(ProvisioningState::Verified | ProvisioningState::Errored | ProvisioningState::Inactive) => None,
    };
    match next {
        Some(standing) => OrderState {
            name,
            standing,
            moved: true,
            object,
        },
        None => OrderState {
            standing: stands(&object, stored.unwrap_or_default()),
            name,
            moved: false,
            object,
        },
    }
}

/// The standing that an order's status already says.
fn stands(object: &ProvisioningOrder, state: ProvisioningState) -> Standing {
    let status = object.status.clone().unwrap_or_default();
    let said = status.reason.unwrap_or_default();
    let reason = reason::ALL
        .iter()
        .find(|known| **known == said)
        .copied()
        .unwrap_or(reason::WAITING);
    let mut standing = Standing::new(state, reason, status.message.unwrap_or_default());
    standing.actor = status
        .history
        .last()
        .and_then(|entry| entry.actor.clone())
        .unwrap_or_default();
    standing.finished = match state {
        ProvisioningState::Verified | ProvisioningState::Errored | ProvisioningState::Inactive => true,
        ProvisioningState::Executed => executed_is_final(object),
        ProvisioningState::None
        | ProvisioningState::AwaitingApproval
        | ProvisioningState::Pending
        | ProvisioningState::Transmitted
        | ProvisioningState::Error => false,
    };
    standing
}

/// Where nothing can prove an order, the claim is its end.
fn executed_is_final(order: &ProvisioningOrder) -> bool {
    use crate::api::resource_type::{Package, VerificationMode};
    let policy = &order.spec.policy;
    policy.verification.mode == VerificationMode::None
        && policy.provisioning_connection.package == Package::ManualTicket
}

fn handed_over(order: &ProvisioningOrder) -> Standing {
    let name = order.metadata.name.as_deref().unwrap_or_default();
    let how = format!(
        "kubectl patch porder {name} --type=merge -p '{{\"spec\":{{\"decision\":{{\"result\":\"Confirmed\"}}}}}}', or \"Errored\" with a \"message\""
    );
    match order
        .spec
        .previous
        .as_ref()
        .filter(|previous| previous.reason == reason::RECREATED)
    {
        Some(previous) => {
            let message = format!(
                "with a person; replaces {}, which was deleted before anyone answered it. When it is done: {how}",
                previous.name
            );
            Standing::new(ProvisioningState::Transmitted, reason::RECREATED, message)
        }
        None => Standing::new(
            ProvisioningState::Transmitted,
            reason::HANDED_OVER,
            format!("with a person. When it is done: {how}"),
        ),
    }
}

fn executed(order: &ProvisioningOrder, who: &str) -> Standing {
    let message = format!("{who} confirmed that it is done");
    let standing = Standing::new(ProvisioningState::Executed, reason::CONFIRMED, message).by(who);
    if executed_is_final(order) {
        standing.finished()
    } else {
        standing
    }
}

fn errored(name: &str, reason: &'static str, what: &str, who: &str) -> Standing {
    let message = format!(
        "{what}. To try again: kubectl patch porder {name} --type=merge -p '{{\"spec\":{{\"recovery\":{{\"action\":\"Retry\"}}}}}}', or \"Abandon\""
    );
    Standing::new(ProvisioningState::Errored, reason, message)
        .finished()
        .by(who)
}

fn already_claimed(order: &str) -> Standing {
    let message = format!("nothing to do: {order} already did this, as a person says");
    Standing::new(ProvisioningState::Executed, reason::ALREADY_CLAIMED, message).finished()
}

fn superseded(order: &str, actor: &str) -> Standing {
    let message = format!(
        "the claim of {order} is struck, but a later order has been handed over since; file a new request if it is still wished"
    );
    Standing::new(ProvisioningState::Inactive, reason::SUPERSEDED, message)
        .finished()
        .by(actor)
}

fn someone_elses(request: &AssignmentRequest, identifier: &str, owner: &str) -> Problem {
    match request.spec.operation {
        Operation::Create => Problem::new(
            reason::IDENTIFIER_TAKEN,
            format!(
                "{identifier} belongs to {owner}: file a request with another spec.resource.identifier, or wait until it is free"
            ),
        ),
        Operation::Update | Operation::Delete => Problem::new(
            reason::NOT_THE_OWNER,
            format!(
                "{identifier} belongs to {owner}, not to {}: file the request for its owner",
                request.spec.owner.id
            ),
        ),
    }
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

fn request_uids(order: &OrderState) -> Vec<String> {
    order.object.spec.request_refs.iter().map(|r| r.uid.clone()).collect()
}

fn actor(by: Option<&Actor>) -> &str {
    by.map_or(names::UNKNOWN_ACTOR, |by| by.username.as_str())
}
