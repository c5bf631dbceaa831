//! The promises by themselves: each looks at the stored objects and says what is broken.

use crate::knowledge::{line_of_order, orders_of};
use crate::oracle::uid;
use crate::world::{World, order_state};
use handoff_core::api::assignment_request::ApprovalResult;
use handoff_core::api::provisioning_order::{RecoveryAction, RequestRef};
use handoff_core::api::{AssignmentRequest, Operation, ProvisioningOrder, ProvisioningState as State};
use handoff_core::engine::{LineSnapshot, identity};
use kube::ResourceExt;
use std::collections::{BTreeMap, BTreeSet};

/// What is broken, if anything is.
pub type Promise = Result<(), String>;

pub fn is_about_the_type(reason: &str) -> bool {
    matches!(
        reason,
        "ResourceTypeNotFound" | "ResourceTypeNotReady" | "NoProvisioningConnection" | "ExpressionFailed"
    )
}

pub fn request_of<'a>(world: &'a World, reference: &RequestRef) -> Option<&'a AssignmentRequest> {
    world
        .requests
        .get(&reference.name)
        .filter(|request| uid(*request) == reference.uid)
}

/// The same, as far as the operator knew.
pub fn request_of_snapshot<'a>(snapshot: &'a LineSnapshot, reference: &RequestRef) -> Option<&'a AssignmentRequest> {
    let mut requests = snapshot.requests.iter().map(AsRef::as_ref);
    requests.find(|request| uid(*request) == reference.uid)
}

/// What a request wishes and no later one of the order overrides, the order plans.
/// `declined`: its properties that a reviewer declined.
pub fn wishes_are_met(
    request: &AssignmentRequest,
    reference: &RequestRef,
    order: &ProvisioningOrder,
    declined: &BTreeSet<String>,
) -> Promise {
    let (spec, desired) = (&request.spec, &order.spec.desired);
    let broken = |what: &str| {
        Err(format!(
            "{} does not do what {} wishes: {what}",
            order.name_any(),
            request.name_any()
        ))
    };
    if spec.owner.id != order.spec.owner.id {
        return broken("it is for another owner");
    }
    if (spec.operation == Operation::Delete) == desired.exists {
        return broken("existence");
    }
    let mine = |name: &&String| !reference.overridden.contains(*name) && !declined.contains(*name);
    for (name, value) in spec.properties.iter().filter(|(name, _)| mine(name)) {
        if desired.properties.get(name) != Some(value) {
            return broken(name);
        }
    }
    for (name, values) in spec.values.iter().filter(|(name, _)| mine(name)) {
        let planned: BTreeSet<_> = desired.values.get(name).into_iter().flatten().collect();
        if !values.iter().any(|value| planned.contains(value)) {
            return broken(name);
        }
    }
    for (name, added) in spec.add_values.iter().filter(|(name, _)| mine(name)) {
        let change = order.spec.changes.iter().find(|change| change.property == *name);
        let planned = desired
            .values
            .get(name)
            .cloned()
            .or_else(|| change.and_then(|c| c.added.clone()));
        let removed = spec.remove_values.contains_key(name);
        if !removed
            && !added
                .iter()
                .any(|value| planned.iter().flatten().any(|planned| planned == value))
        {
            return broken(name);
        }
    }
    for name in spec.secrets.iter().filter(mine) {
        let listed = order.spec.changes.iter().any(|change| change.property == *name);
        if !listed {
            return broken(name);
        }
    }
    if order
        .spec
        .changes
        .iter()
        .any(|change| change.property == "pin" && change.proposed.is_some())
    {
        return broken("a secret has a value");
    }
    Ok(())
}

/// As many as have to have agreed, none of them requester or owner, and nobody has said no.
pub fn is_agreed(request: &AssignmentRequest) -> Promise {
    let spec = &request.spec;
    // What is filed at an end time was agreed to with what it undoes.
    if spec.caused_by.is_some() {
        return Ok(());
    }
    let needed = request
        .status
        .as_ref()
        .and_then(|status| status.approval_steps)
        .unwrap_or(0);
    let by = spec.requested_by.clone().unwrap_or_default().username;
    let valid = || {
        spec.approvals
            .iter()
            .filter(|(who, _)| **who != by && **who != spec.owner.id)
    };
    let yes = valid()
        .filter(|(_, answer)| answer.result == ApprovalResult::Approved)
        .count();
    let enough = i32::try_from(yes).unwrap() >= needed;
    if enough && (needed == 0 || yes == valid().count()) {
        Ok(())
    } else {
        Err(format!(
            "{} becomes an order, and {yes} of {needed} have agreed",
            request.name_any()
        ))
    }
}

/// What the newest trusted order of a line says is what the inventory has, unless somebody removed the entry.
pub fn the_inventory_is_right(world: &World) -> Promise {
    let mut newest: BTreeMap<(String, String), &ProvisioningOrder> = BTreeMap::new();
    for order in world
        .orders
        .values()
        .filter(|order| order_state(order) == Some(State::Verified))
    {
        let line = newest.entry(line_of_order(order)).or_insert(order);
        if line.spec.sequence < order.spec.sequence {
            *line = order;
        }
    }
    for (line, order) in newest {
        // Somebody removed the record of a later one: the inventory still says what that did.
        let remembered = world
            .requests
            .values()
            .flat_map(|request| request.status.iter().flat_map(|s| &s.orders));
        let mut later = remembered.filter_map(|name| identity::sequence_in(name, &line.0, &line.1));
        if later.any(|number| {
            number > order.spec.sequence && !orders_of(world, &line).iter().any(|o| o.spec.sequence == number)
        }) {
            continue;
        }
        // What snapshots prove is another promise.
        let trusted = order.status.as_ref().and_then(|status| status.reason.as_deref()) == Some("Trusted");
        let entry = world.resources.get(&identity::line_name(&line.0, &line.1));
        let Some(entry) = entry.filter(|_| trusted) else {
            continue;
        };
        let claimed = order.status.as_ref().and_then(|status| status.executed_at.clone());
        if !order.spec.desired.exists && Some(&entry.spec.observed_at) <= claimed.as_ref() {
            return Err(format!(
                "{} removed it, and the inventory still has it",
                order.name_any()
            ));
        }
        let actual = order
            .spec
            .decision
            .as_ref()
            .and_then(|decision| decision.actual_values.get("zone")?.first().cloned());
        let zone = actual.or_else(|| order.spec.desired.properties.get("zone").cloned());
        let seen = Some(&entry.spec.observed_at) == claimed.as_ref();
        if seen && order.spec.desired.exists && entry.spec.properties.get("zone") != zone.as_ref() {
            return Err(format!(
                "{} is Verified, and the inventory has another zone",
                order.name_any()
            ));
        }
    }
    Ok(())
}

/// Done is said only where an order was done, or the inventory was seen so.
pub fn is_backed(world: &World, request: &AssignmentRequest) -> Promise {
    let name = request.name_any();
    let status = request.status.clone().unwrap_or_default();
    let reason = status.reason.unwrap_or_default();
    let Some(newest) = status.orders.last() else {
        return if reason.starts_with("Already") {
            Ok(())
        } else {
            Err(format!("{name} is done by no order"))
        };
    };
    match world.orders.get(newest).map(order_state) {
        // Somebody removed the record; the request keeps what it said.
        None => Ok(()),
        Some(Some(State::Executed | State::Verified)) => Ok(()),
        Some(_) if matches!(reason.as_str(), "AlreadyAsRequested" | "AlreadyAbsent") => Ok(()),
        Some(state) => Err(format!("{name} is done, and {newest} is {state:?}")),
    }
}

/// What became of a request whose order was answered with a recovery.
pub fn recovered(request: &AssignmentRequest, order: &ProvisioningOrder, action: RecoveryAction) -> Promise {
    let status = request.status.clone().unwrap_or_default();
    let mine = status.orders.last() == Some(&order.name_any());
    let state = status.provisioning_state.unwrap_or_default();
    let gone_on = !mine
        || matches!(
            state,
            State::None | State::Inactive | State::Error | State::Pending | State::Verified | State::Executed
        );
    match action {
        RecoveryAction::Abandon if mine && state != State::Inactive => Err(format!(
            "{} was abandoned by {} and is {state}: {:?}",
            request.name_any(),
            order.name_any(),
            status.message
        )),
        RecoveryAction::Retry if !gone_on => {
            Err(format!("{} was to be tried again and is {state}", request.name_any()))
        }
        RecoveryAction::Retry if mine && state == State::Inactive && status.reason.as_deref() == Some("Abandoned") => {
            Err(format!(
                "{} was to be tried again and was abandoned",
                request.name_any()
            ))
        }
        RecoveryAction::Retry | RecoveryAction::Abandon => Ok(()),
    }
}
