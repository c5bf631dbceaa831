//! What waits for whom, as data: `-o json` and `-o yaml` print it as it is. Pure: `now` comes in.

use super::super::choice::At;
use super::super::facts::{self, WaitsFor};
use super::args::WorkArgs;
use super::gather::Objects;
use handoff_core::api::{AssignmentRequest, Operation, ProvisioningOrder, ProvisioningState};
use jiff::Timestamp;
use kube::ResourceExt;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// All of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Work {
    /// Where it was looked for; none: everywhere.
    pub namespace: Option<String>,
    /// By namespace and name.
    pub entities: Vec<Entity>,
    /// Overdue ones first, then the oldest.
    pub orders: Vec<Order>,
    /// The oldest first.
    pub requests: Vec<Request>,
    /// Entity types that were not asked for, for which there is work.
    #[serde(skip)]
    pub others: BTreeSet<String>,
}

/// One kind of thing.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Entity {
    pub namespace: String,
    /// None: the types do not say it.
    pub entity_type: Option<String>,
    pub resource_types: BTreeSet<String>,
    /// With a fulfiller.
    pub transmitted: usize,
    /// Of these, claimed by nobody.
    pub unclaimed: usize,
    /// Of these, claimed by whoever asks; none: the API server does not say who that is.
    pub mine: Option<usize>,
    /// Orders that wait for a reviewer.
    pub review: usize,
    /// Orders that wait for retry or abandon.
    pub recovery: usize,
    /// Requests that wait for approvers.
    pub approval: usize,
    pub overdue: usize,
    /// When the oldest of all was made.
    pub oldest: Option<Timestamp>,
    /// When the next is due, of those that are not overdue.
    pub next_due: Option<Timestamp>,
}

/// An order that waits.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Order {
    pub namespace: String,
    pub name: String,
    pub entity_type: Option<String>,
    pub resource_type: String,
    pub identifier: String,
    pub operation: Operation,
    pub owner: String,
    pub owner_name: Option<String>,
    pub waits_for: WaitsFor,
    pub state: Option<ProvisioningState>,
    pub reason: Option<String>,
    pub message: Option<String>,
    pub assignee: Option<String>,
    pub due_at: Option<Timestamp>,
    pub overdue: bool,
    pub attempt: i64,
    pub created_at: Option<Timestamp>,
    /// When the state was reached.
    pub since: Option<Timestamp>,
    pub title: String,
    pub url: Option<String>,
}

/// A request that waits for approvers.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Request {
    pub namespace: String,
    pub name: String,
    pub entity_type: Option<String>,
    pub resource_type: String,
    pub operation: Operation,
    pub owner: String,
    pub owner_name: Option<String>,
    /// Given and needed, for example 1/2.
    pub approvals: Option<String>,
    pub requested_by: Option<String>,
    pub created_at: Option<Timestamp>,
    pub justification: Option<String>,
}

/// What of it is wanted.
pub(super) struct Filter<'a> {
    pub entity_type: Option<&'a str>,
    pub mine: bool,
    pub unclaimed: bool,
    /// User name of whoever asks.
    pub me: Option<&'a str>,
}

impl<'a> Filter<'a> {
    /// What the flags say.
    pub(super) fn of(args: &'a WorkArgs, me: Option<&'a str>) -> Self {
        Self {
            entity_type: args.entity_type.as_deref(),
            mine: args.mine,
            unclaimed: args.unclaimed,
            me,
        }
    }

    fn wants(&self, entity: Option<&str>) -> bool {
        self.entity_type
            .is_none_or(|wanted| wanted.eq_ignore_ascii_case(entity.unwrap_or("-")))
    }

    fn wants_order(&self, order: &Order) -> bool {
        let mine = order.assignee.is_some() && order.assignee.as_deref() == self.me;
        let unclaimed = order.assignee.is_none() && order.waits_for == WaitsFor::Fulfiller;
        (!self.mine || mine) && (!self.unclaimed || unclaimed)
    }
}

/// What waits of these objects.
pub(super) fn page(namespace: Option<&str>, objects: &Objects, filter: &Filter<'_>, now: Timestamp) -> Work {
    let orders = objects.orders.iter().filter_map(|object| order(object, now));
    let orders = orders.filter(|order| filter.wants_order(order));
    let requests = objects.requests.iter().map(|object| request(object, &objects.entities));
    let (mut orders, other_orders): (Vec<_>, Vec<_>) =
        orders.partition(|order| filter.wants(order.entity_type.as_deref()));
    let (mut requests, other_requests): (Vec<_>, Vec<_>) =
        requests.partition(|request| filter.wants(request.entity_type.as_deref()));
    let place = |namespace: &str, name: &str| (namespace.to_owned(), name.to_owned());
    orders.sort_by_cached_key(|one| {
        let due = one.due_at.filter(|_| one.overdue);
        (!one.overdue, due, one.created_at, place(&one.namespace, &one.name))
    });
    requests.sort_by_cached_key(|one| (one.created_at, place(&one.namespace, &one.name)));
    let others = other_orders.into_iter().map(|order| order.entity_type);
    let others = others.chain(other_requests.into_iter().map(|request| request.entity_type));
    Work {
        namespace: namespace.map(ToOwned::to_owned),
        entities: entities(&orders, &requests, filter.me),
        orders,
        requests,
        others: others.map(|entity| entity.unwrap_or_else(|| "-".to_owned())).collect(),
    }
}

fn order(object: &ProvisioningOrder, now: Timestamp) -> Option<Order> {
    let waits_for = facts::waits_for(object)?;
    let spec = &object.spec;
    let status = object.status.clone().unwrap_or_default();
    let due_at = facts::at(status.due_at.as_ref());
    Some(Order {
        namespace: object.namespace().unwrap_or_default(),
        name: object.name_any(),
        entity_type: spec.target_entity_type.clone(),
        resource_type: spec.resource_type_ref.name.clone(),
        identifier: spec.resource.identifier.clone(),
        operation: spec.operation,
        owner: spec.owner.id.clone(),
        owner_name: spec.owner.display_name.clone(),
        waits_for,
        since: facts::since(&status.history),
        state: status.state,
        reason: status.reason,
        message: status.message,
        assignee: spec.assignee.as_ref().map(|assignee| assignee.username.clone()),
        due_at,
        overdue: waits_for == WaitsFor::Fulfiller && due_at.is_some_and(|due| due <= now),
        attempt: spec.attempt,
        created_at: facts::at(object.creation_timestamp().as_ref()),
        title: spec.ticket.title.clone(),
        url: spec.ticket.url.clone(),
    })
}

fn request(object: &AssignmentRequest, entities: &BTreeMap<At, Option<String>>) -> Request {
    let spec = &object.spec;
    let namespace = object.namespace().unwrap_or_default();
    let kind = At {
        namespace: namespace.clone(),
        name: spec.resource_type_ref.name.clone(),
    };
    Request {
        namespace,
        name: object.name_any(),
        entity_type: entities.get(&kind).cloned().flatten(),
        resource_type: kind.name,
        operation: spec.operation,
        owner: spec.owner.id.clone(),
        owner_name: spec.owner.display_name.clone(),
        approvals: object.status.as_ref().and_then(|status| status.approvals.clone()),
        requested_by: spec.requested_by.as_ref().map(|by| by.username.clone()),
        created_at: facts::at(object.creation_timestamp().as_ref()),
        justification: spec.justification.clone(),
    }
}

fn entities(orders: &[Order], requests: &[Request], me: Option<&str>) -> Vec<Entity> {
    let mut all: BTreeMap<(String, Option<String>), Entity> = BTreeMap::new();
    for order in orders {
        let key = (order.namespace.clone(), order.entity_type.clone());
        let entity = all.entry(key).or_insert_with_key(|key| Entity::new(key, me));
        entity.add_order(order, me);
    }
    for request in requests {
        let key = (request.namespace.clone(), request.entity_type.clone());
        let entity = all.entry(key).or_insert_with_key(|key| Entity::new(key, me));
        entity.approval += 1;
        entity.add(&request.resource_type, request.created_at);
    }
    all.into_values().collect()
}

impl Entity {
    fn new(key: &(String, Option<String>), me: Option<&str>) -> Self {
        Self {
            namespace: key.0.clone(),
            entity_type: key.1.clone(),
            mine: me.map(|_| 0),
            ..Self::default()
        }
    }

    fn add(&mut self, resource_type: &str, created: Option<Timestamp>) {
        self.resource_types.insert(resource_type.to_owned());
        self.oldest = [self.oldest, created].into_iter().flatten().min();
    }

    fn add_order(&mut self, order: &Order, me: Option<&str>) {
        self.add(&order.resource_type, order.created_at);
        match order.waits_for {
            WaitsFor::Fulfiller => {
                self.transmitted += 1;
                self.unclaimed += usize::from(order.assignee.is_none());
                let is_mine = order.assignee.is_some() && order.assignee.as_deref() == me;
                self.mine = self.mine.map(|mine| mine + usize::from(is_mine));
                self.overdue += usize::from(order.overdue);
                let next = order.due_at.filter(|_| !order.overdue);
                self.next_due = [self.next_due, next].into_iter().flatten().min();
            }
            WaitsFor::Reviewer => self.review += 1,
            WaitsFor::Recovery => self.recovery += 1,
        }
    }
}
