//! Promises about what waits: it names what it waits for, and that is there.

use crate::knowledge::{Known, known_in, line_of, line_of_order};
use crate::oracle::{is_open, uid};
use crate::promises::{Promise, is_backed};
use crate::reviews::says_how_to_review;
use crate::world::{World, is_pending, needs_recovery, order_state, request_state};
use handoff_core::api::{AssignmentRequest, Operation, ProvisioningOrder, ProvisioningState as State};
use handoff_core::engine::identity;
use kube::ResourceExt;

/// A request that is not at its end names what it waits for, and that is there.
pub fn waits_for_something(world: &World, request: &AssignmentRequest) -> Promise {
    let name = request.name_any();
    let Some(state) = request_state(request) else {
        return Err(format!("{name} shows nothing at all"));
    };
    let status = request.status.clone().unwrap_or_default();
    let message = status.message.unwrap_or_default();
    let newest = status.orders.last().and_then(|order| world.orders.get(order));
    let carries = |order: &ProvisioningOrder| order.spec.request_refs.iter().any(|r| r.uid == uid(request));
    let finished = status
        .conditions
        .iter()
        .any(|c| c.type_ == "Finished" && c.status == handoff_core::api::ConditionStatus::True);
    match state {
        State::Transmitted => match newest {
            Some(order) if order_state(order) == Some(State::Transmitted) && carries(order) => Ok(()),
            Some(_) | None => Err(format!("{name} is Transmitted and no open order carries it")),
        },
        State::Pending => is_pending_for(world, request, newest, &message),
        State::Errored => match newest {
            Some(order) if needs_recovery(order) && carries(order) && !finished => Ok(()),
            Some(_) | None => Err(format!(
                "{name} is Errored, and nobody is asked for a recovery: {message}"
            )),
        },
        State::Error if message.is_empty() => Err(format!("{name} is in Error and does not say why")),
        State::Executed | State::Verified => is_backed(world, request),
        State::None if is_pending(request) => Ok(()),
        State::None => waits_for_a_time_or_a_resource(world, request, &message),
        State::AwaitingApproval => match newest {
            Some(order) if order_state(order) == Some(State::AwaitingApproval) && carries(order) => {
                let says = says_how_to_review(world, &order.name_any()) && message.contains("kubectl patch porder");
                says.then_some(())
                    .ok_or_else(|| format!("{name} waits for a review and does not say how: {message}"))
            }
            Some(_) | None => Err(format!("{name} waits for a review, and no order does: {message}")),
        },
        State::Error | State::Inactive => Ok(()),
    }
}

/// What a later Delete of the same owner and resource takes the place of does not wait any more.
fn no_later_delete(world: &World, request: &AssignmentRequest) -> Promise {
    if request.spec.operation == Operation::Delete {
        return Ok(());
    }
    let age = |request: &AssignmentRequest| {
        (
            request.metadata.creation_timestamp.clone().map(|time| time.0),
            request.name_any(),
        )
    };
    let later = world.requests.values().find(|other| {
        other.spec.operation == Operation::Delete
            && other.spec.owner.id == request.spec.owner.id
            && line_of(other) == line_of(request)
            && age(other) > age(request)
            && matches!(request_state(other), Some(State::Pending))
    });
    match later {
        Some(delete) => Err(format!(
            "{} waits although {} asks to delete it",
            request.name_any(),
            delete.name_any()
        )),
        None => Ok(()),
    }
}

fn is_pending_for(
    world: &World,
    request: &AssignmentRequest,
    newest: Option<&ProvisioningOrder>,
    message: &str,
) -> Promise {
    let name = request.name_any();
    let reason = request
        .status
        .as_ref()
        .and_then(|status| status.reason.as_deref())
        .unwrap_or_default();
    no_later_delete(world, request)?;
    match reason {
        "Queued" | "WaitingForRecovery" => {}
        // The order of one that was Scheduled waits where the clock was set back.
        "Grouping" | "Scheduled" => return is_time_to_come(world, request, message),
        "Suspended" => {
            let waits = newest.is_some_and(|order| order_state(order) == Some(State::Pending));
            let suspended = world
                .types
                .get(&request.spec.resource_type_ref.name)
                .is_some_and(|of| of.spec.suspend == Some(true));
            return (waits && suspended && message.contains("suspend"))
                .then_some(())
                .ok_or_else(|| format!("{name} is Suspended, and neither its order nor its type is: {message}"));
        }
        other => return Err(format!("{name} is Pending for {other}, which is no reason to wait")),
    }
    let holder = world
        .orders
        .values()
        .find(|order| message.contains(&format!(" {}", order.name_any())) && (is_open(order) || needs_recovery(order)));
    let Some(holder) = holder else {
        return Err(format!(
            "{name} waits, and not for an order that holds the line: {message}"
        ));
    };
    if !message.contains("kubectl") {
        return Err(format!("{name} waits and names no command: {message}"));
    }
    let with_a_person = order_state(holder) == Some(State::Transmitted);
    if request.spec.operation == Operation::Delete && holder.spec.operation != Operation::Delete && !with_a_person {
        return Err(format!(
            "{name} waits behind {}, which nobody works on",
            holder.name_any()
        ));
    }
    Ok(())
}

/// A time stands in the message, and it is not over.
fn is_time_to_come(world: &World, request: &AssignmentRequest, message: &str) -> Promise {
    let times: Vec<jiff::Timestamp> = message
        .split_whitespace()
        .filter_map(|word| word.trim_end_matches(',').parse().ok())
        .collect();
    times
        .iter()
        .any(|time| *time > world.now)
        .then_some(())
        .ok_or_else(|| format!("{} waits, and names no time to come: {message}", request.name_any()))
}

fn waits_for_a_time_or_a_resource(world: &World, request: &AssignmentRequest, message: &str) -> Promise {
    let name = request.name_any();
    let reason = request
        .status
        .as_ref()
        .and_then(|status| status.reason.as_deref())
        .unwrap_or_default();
    match reason {
        "Scheduled" => is_time_to_come(world, request, message),
        "WaitingForDependency" => {
            let of_type = world.types.get(&request.spec.resource_type_ref.name);
            let needed: Vec<String> = of_type
                .map(|of| of.spec.depends_on.iter().map(|on| on.name.clone()).collect())
                .unwrap_or_default();
            let lacks = |on: &&String| !holds(world, &request.spec.owner.id, on) && message.contains(on.as_str());
            needed
                .iter()
                .any(|on| lacks(&on))
                .then_some(())
                .ok_or_else(|| format!("{name} waits for what its owner has, or does not say for what: {message}"))
        }
        other => Err(format!("{name} is None for {other:?}: {message}")),
    }
}

/// Whether an owner is known to have a resource of a type.
fn holds(world: &World, owner: &str, of_type: &str) -> bool {
    let of_orders = world.orders.values().map(line_of_order);
    let of_entries = world.resources.values().map(|entry| {
        (
            entry.spec.resource_type_ref.name.clone(),
            identity::fold(&entry.spec.identifier, true),
        )
    });
    let mut lines = of_orders.chain(of_entries).filter(|line| line.0 == of_type);
    lines.any(|line| matches!(known_in(world, &line), Some(Known::Present { owner: Some(of), .. }) if of == owner))
}
