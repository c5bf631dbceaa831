//! Promises about a decision on a line, from what the operator knew when it was made: nothing is handed over too early,
//! unasked, or as it was computed long ago, and nothing is taken from whoever works on it.

use crate::knowledge::{Known, known, line_of, line_of_order, members, of_order, sorted};
use crate::promises::{Promise, request_of_snapshot, wishes_are_met};
use crate::proofs::reopens;
use crate::reviews::Reviews;
use crate::snapshots::Sight;
use crate::stops::is_wanted;
use crate::world::{order_state, request_state};
use handoff_core::api::resource_type::PropertyType;
use handoff_core::api::{
    AssignmentRequest, ConditionStatus, Operation, ProvisioningOrder, ProvisioningState as State, duration,
};
use handoff_core::engine::{LineDecision, LineSnapshot};
use jiff::Timestamp;
use kube::ResourceExt;
use std::sync::Arc;

pub fn may_be_decided(reviews: &Reviews, snapshot: &LineSnapshot, decision: &LineDecision) -> Promise {
    if decision.wake_at.is_some_and(|at| at <= snapshot.now) {
        return Err(format!("{} is to be woken in the past", snapshot.identifier));
    }
    let after = orders_after(snapshot, decision);
    for order in &handed_over(snapshot, decision) {
        is_not_suspended(snapshot, order)?;
        is_wished_now(snapshot, order)?;
        does_what_is_wished(reviews, snapshot, &after, order)?;
        reviews.is_released(order)?;
        is_current(snapshot, &after, order)?;
    }
    if let Some(new) = &decision.new_order {
        waits_for_a_recovery(snapshot, decision, &after, &new.order)?;
        has_waited_for_others(snapshot, &new.order)?;
        is_about_a_known_owner(snapshot, &new.order)?;
    }
    let withdrawn = after.iter().filter(|order| order_state(order) == Some(State::Inactive));
    for order in withdrawn.filter(|order| before(snapshot, order) == Some(State::Transmitted)) {
        may_be_withdrawn(snapshot, order)?;
    }
    Ok(())
}

/// Behind an error that nobody has answered only a Delete goes ahead, as long as somebody still wishes what failed.
fn waits_for_a_recovery(
    snapshot: &LineSnapshot,
    decision: &LineDecision,
    after: &[ProvisioningOrder],
    order: &ProvisioningOrder,
) -> Promise {
    let newest = after.iter().max_by_key(|order| order.spec.sequence);
    let failed = newest.filter(|failed| {
        let answered = failed.spec.recovery.is_some() || of_order(failed, "StopRequested").is_some();
        order_state(failed) == Some(State::Errored) && !answered && !reopens(failed)
    });
    let Some(failed) = failed.filter(|_| order.spec.operation != Operation::Delete) else {
        return Ok(());
    };
    let state_after = |request: &AssignmentRequest| {
        let mut updates = decision.request_updates.iter();
        let update = updates.find(|update| update.request.metadata.uid == request.metadata.uid);
        update.map_or_else(|| request_state(request), |update| update.status.provisioning_state)
    };
    let mut members = members(failed, requests(snapshot)).into_iter().flatten();
    match members.find(|request| state_after(request) != Some(State::Inactive)) {
        Some(request) => Err(format!(
            "{} is made, and {} failed for {} and waits for a recovery",
            order.name_any(),
            failed.name_any(),
            request.name_any()
        )),
        None => Ok(()),
    }
}

pub fn requests(snapshot: &LineSnapshot) -> impl Iterator<Item = &AssignmentRequest> + Clone {
    snapshot.requests.iter().map(AsRef::as_ref)
}

/// The orders that people get with this decision.
pub fn handed_over(snapshot: &LineSnapshot, decision: &LineDecision) -> Vec<ProvisioningOrder> {
    let moved = orders_after(snapshot, decision);
    let moved = moved
        .into_iter()
        .filter(|order| before(snapshot, order) != order_state(order));
    let new = decision.new_order.iter().map(|new| {
        let mut order = new.order.clone();
        order.status = Some(new.status.clone());
        order
    });
    let all = moved.chain(new);
    all.filter(|order| order_state(order) == Some(State::Transmitted))
        .collect()
}

/// The orders that were there, as they are after the decision.
pub fn orders_after(snapshot: &LineSnapshot, decision: &LineDecision) -> Vec<ProvisioningOrder> {
    let updated = |order: &ProvisioningOrder| {
        let mut updates = decision.order_updates.iter();
        updates.find(|update| update.order.metadata.uid == order.metadata.uid)
    };
    let orders = snapshot.orders.iter().map(|order| {
        let mut after = order.as_ref().clone();
        if let Some(update) = updated(order) {
            after.status = Some(update.status.clone());
        }
        after
    });
    orders.collect()
}

fn before(snapshot: &LineSnapshot, order: &ProvisioningOrder) -> Option<State> {
    let mut orders = snapshot.orders.iter();
    orders
        .find(|known| known.metadata.uid == order.metadata.uid)
        .and_then(|order| order_state(order))
}

fn is_not_suspended(snapshot: &LineSnapshot, order: &ProvisioningOrder) -> Promise {
    let suspended = snapshot
        .resource_type
        .as_ref()
        .is_some_and(|view| view.object.spec.suspend == Some(true));
    if suspended {
        return Err(format!(
            "{} is handed over while its type is suspended",
            order.name_any()
        ));
    }
    Ok(())
}

/// Each of its requests has started and is not over, and it does what they wish.
fn is_wished_now(snapshot: &LineSnapshot, order: &ProvisioningOrder) -> Promise {
    let name = order.name_any();
    for request in members(order, requests(snapshot)) {
        if !is_wanted(request, snapshot.now) {
            let of = request.map(ResourceExt::name_any);
            return Err(format!(
                "{name} is handed over for {of:?}, which nobody wishes any more"
            ));
        }
        let start = request
            .and_then(|request| request.spec.start_time.as_ref())
            .map(|start| start.0);
        if let Some(start) = start.filter(|start| *start > snapshot.now) {
            return Err(format!("{name} is handed over before {start}"));
        }
    }
    Ok(())
}

fn does_what_is_wished(
    reviews: &Reviews,
    snapshot: &LineSnapshot,
    after: &[ProvisioningOrder],
    order: &ProvisioningOrder,
) -> Promise {
    for reference in &order.spec.request_refs {
        if let Some(request) = request_of_snapshot(snapshot, reference) {
            let declined = reviews.declined_by(&reference.uid, after);
            wishes_are_met(request, reference, order, &declined)?;
        }
    }
    Ok(())
}

/// What it says about the present is what is known at this moment.
fn is_current(snapshot: &LineSnapshot, after: &[ProvisioningOrder], order: &ProvisioningOrder) -> Promise {
    let name = order.name_any();
    let known = known(after.iter(), snapshot.resource.as_deref(), Sight::of(snapshot));
    let stale = |what: &str| {
        Err(format!(
            "{name} is handed over as it was computed once: {what}, and known is {known:?}"
        ))
    };
    match (order.spec.operation, &known) {
        (Operation::Create, Known::Present { .. }) => return stale("it is to be made"),
        (Operation::Update | Operation::Delete, Known::Absent) => return stale("it is there"),
        (Operation::Create | Operation::Update | Operation::Delete, _) => {}
    }
    for change in order
        .spec
        .changes
        .iter()
        .filter(|change| change.type_ != PropertyType::Secret)
    {
        let current = match &known {
            Known::Unknown => None,
            Known::Absent => Some(Vec::new()),
            Known::Present { values, .. } => values.get(&change.property).cloned(),
        };
        if change.current_known != Some(current.is_some()) || change.current.as_deref().map(sorted) != current {
            return stale(&format!("{change:?}"));
        }
    }
    Ok(())
}

/// When a request entered its line: filed, agreed to, and started.
fn entered(request: &AssignmentRequest) -> Option<Timestamp> {
    let created = request.metadata.creation_timestamp.as_ref().map(|time| time.0);
    let started = request.spec.start_time.as_ref().map(|time| time.0);
    let conditions = request.status.iter().flat_map(|status| &status.conditions);
    let mut agreed = conditions.filter(|c| c.type_ == "Approved" && c.status == ConditionStatus::True);
    let agreed = agreed.next().map(|condition| condition.last_transition_time.0);
    created.max(started).max(agreed)
}

fn is_replaced(order: &ProvisioningOrder) -> bool {
    let reason = order.status.as_ref().and_then(|status| status.reason.as_deref());
    matches!(reason, Some("Recomputed" | "PartlyDeclined"))
}

fn has_waited_for_others(snapshot: &LineSnapshot, order: &ProvisioningOrder) -> Promise {
    let spec = snapshot.resource_type.as_ref().map(|view| &view.object.spec);
    let window = spec.and_then(|spec| duration::parse(spec.grouping_window.as_deref()?).ok());
    let carried = order
        .spec
        .request_refs
        .iter()
        .filter_map(|reference| request_of_snapshot(snapshot, reference));
    let first = carried.clone().map(entered).min().flatten();
    let (Some(window), Some(first)) = (window, first) else {
        return Ok(());
    };
    // Who was carried before has waited, and the end of a wish does not wait.
    let hurries = |request: &&AssignmentRequest| {
        let carried = request.status.as_ref().is_some_and(|status| !status.orders.is_empty());
        carried || request.spec.caused_by.is_some()
    };
    let before = carried.filter(hurries);
    // Who was put back into the queue has waited too, and the others with it, even if this order is not for it.
    let newest = snapshot.orders.iter().max_by_key(|known| known.spec.sequence);
    let ends = |request: &&Arc<AssignmentRequest>| {
        let waits = request.status.as_ref().is_none_or(|status| status.orders.is_empty());
        request.spec.caused_by.is_some() && waits
    };
    let put_back = newest.is_some_and(|known| known.spec.recovery.is_some() || is_replaced(known) || reopens(known))
        || snapshot.requests.iter().any(|request| ends(&request));
    let ready = first.checked_add(window).is_ok_and(|until| until <= snapshot.now);
    if !ready && !put_back && before.count() == 0 && !is_known_to(snapshot, order) {
        return Err(format!(
            "{} does not wait for others: the first of {:?} entered at {first}",
            order.name_any(),
            order.spec.request_refs
        ));
    }
    Ok(())
}

/// Whether an earlier order carried one of its requests, and a crash kept the request from saying so.
fn is_known_to(snapshot: &LineSnapshot, order: &ProvisioningOrder) -> bool {
    let mut before = snapshot.orders.iter().flat_map(|order| &order.spec.request_refs);
    before.any(|known| {
        order
            .spec
            .request_refs
            .iter()
            .any(|reference| reference.uid == known.uid)
    })
}

/// Whoever wishes says of the owner what the type needs to know.
fn is_about_a_known_owner(snapshot: &LineSnapshot, order: &ProvisioningOrder) -> Promise {
    let needed = snapshot
        .resource_type
        .iter()
        .flat_map(|view| &view.object.spec.depends_on_owner_properties);
    for request in members(order, requests(snapshot)).into_iter().flatten() {
        let lacks = |name: &&String| request.spec.owner.properties.get(*name).is_none_or(String::is_empty);
        if request.spec.operation != Operation::Delete
            && let Some(name) = needed.clone().find(lacks)
        {
            return Err(format!(
                "{} is made, and {} does not say {name}",
                order.name_any(),
                request.name_any()
            ));
        }
    }
    Ok(())
}

/// Only what nobody has claimed although its type asks for that, and nobody wishes any more, or a Delete waits behind.
fn may_be_withdrawn(snapshot: &LineSnapshot, order: &ProvisioningOrder) -> Promise {
    let name = order.name_any();
    let spec = &order.spec;
    let unclaimed = spec.policy.decision.claim_required && spec.assignee.is_none() && spec.decision.is_none();
    let wanted = members(order, requests(snapshot))
        .into_iter()
        .any(|request| is_wanted(request, snapshot.now));
    let live = |request: &&AssignmentRequest| request_state(request) != Some(State::Inactive);
    let mut deletes = requests(snapshot)
        .filter(|request| request.spec.operation == Operation::Delete)
        .filter(live);
    let behind = deletes.any(|request| line_of(request).is_none_or(|line| line == line_of_order(order)));
    if unclaimed && (!wanted || behind) {
        Ok(())
    } else {
        Err(format!("{name} is taken from whoever has it, and it is wished"))
    }
}
