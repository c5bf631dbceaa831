//! From objects to a timeline. Pure.

use super::chain::merged;
use super::event::Event;
use super::{order, request};
use handoff_core::api::{AssignmentRequest, ProvisioningOrder, reason};
use jiff::Timestamp;
use kube::ResourceExt;
use serde::Serialize;

/// Everything that happened to something.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Timeline {
    /// An order, a request (as kubectl names them) or `owner ID`.
    pub subject: String,
    pub namespace: String,
    /// The oldest first.
    pub events: Vec<Event>,
}

/// Whose events are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Detail {
    /// Of a request everything.
    Whole,
    /// Of a request only what people did.
    Acts,
}

/// The events of these objects.
pub(in crate::cli) fn events(
    orders: &[ProvisioningOrder],
    requests: &[AssignmentRequest],
    detail: Detail,
) -> Vec<Event> {
    let of_orders = orders.iter().map(|one| {
        let mut events = order::events(one);
        recovered(one, orders, requests, &mut events);
        events
    });
    let whole = detail == Detail::Whole;
    let of_requests = requests.iter().map(|one| request::events(one, whole));
    let mut events = merged(of_orders.collect(), of_requests.collect());
    events.retain(|event| whole || !event.is_state || event.object.starts_with("porder/"));
    events
}

/// The events of one order, and what people did to its requests. `line`: the other orders of its resource, which tell when
/// it was answered after an error.
pub(in crate::cli) fn of_one(
    order: &ProvisioningOrder,
    line: &[ProvisioningOrder],
    requests: &[AssignmentRequest],
) -> Vec<Event> {
    let others: Vec<String> = line
        .iter()
        .map(|other| format!("porder/{}", other.name_any()))
        .collect();
    let all = [std::slice::from_ref(order), line].concat();
    let mut events = events(&all, requests, Detail::Acts);
    events.retain(|event| !others.contains(&event.object));
    events
}

/// Since when an order is there. The API server and the operator read two clocks: the earlier one is meant.
fn begin(order: &ProvisioningOrder) -> Option<Timestamp> {
    let created = order.creation_timestamp().map(|time| time.0);
    let status = order.status.as_ref();
    let first = status
        .and_then(|status| status.history.first())
        .map(|entry| entry.time.0);
    created.into_iter().chain(first).min()
}

/// Nothing keeps when somebody went on after an error; what came of it was later.
fn recovered(
    order: &ProvisioningOrder,
    orders: &[ProvisioningOrder],
    requests: &[AssignmentRequest],
    events: &mut [Event],
) {
    if order.spec.recovery.is_none() {
        return;
    }
    let name = order.name_any();
    let next = orders
        .iter()
        .filter(|other| {
            other
                .spec
                .previous
                .as_ref()
                .is_some_and(|previous| previous.name == name)
        })
        .filter_map(begin);
    let carried = |request: &&AssignmentRequest| {
        let uid = request.metadata.uid.as_deref();
        order.spec.request_refs.iter().any(|one| Some(one.uid.as_str()) == uid)
    };
    let abandoned = requests
        .iter()
        .filter(carried)
        .filter_map(|request| request.status.as_ref())
        .flat_map(|status| &status.history)
        .filter(|entry| entry.reason == reason::ABANDONED)
        .map(|entry| entry.time.0);
    let later = next.chain(abandoned).min();
    for event in events
        .iter_mut()
        .filter(|event| ["retry", "abandon"].contains(&event.event.as_str()))
    {
        event.not_after = event.not_after.or(later);
    }
}
