//! Promises about wishes that are taken back, or over, and about whoever has the work at that time.

use crate::knowledge::{Known, known_in, line_of, line_of_order, members, of_order, of_request, orders_of};
use crate::oracle::uid;
use crate::promises::Promise;
use crate::world::{World, needs_recovery, order_state, request_state};
use handoff_core::api::provisioning_order::DecisionResult;
use handoff_core::api::{AssignmentRequest, Operation, ProvisioningOrder, ProvisioningState as State, WorkflowState};
use jiff::Timestamp;
use kube::ResourceExt;
use std::collections::BTreeSet;

#[derive(Default)]
pub struct Stops {
    /// Requests with a cancel that was written while nobody checked who writes, by uid.
    unbelieved: BTreeSet<String>,
    /// Orders that were answered Errored after their fulfiller had been asked to stop, by uid.
    stopped: BTreeSet<String>,
    /// Those of them that were stopped since a Delete waited, by uid.
    for_a_delete: BTreeSet<String>,
}

/// Whether nobody wishes it any more: it was taken back, believed, or its end time came.
pub fn is_over(request: &AssignmentRequest, now: Timestamp) -> bool {
    is_cancelled(request) || request.spec.end_time.as_ref().is_some_and(|end| end.0 <= now)
}

fn is_cancelled(request: &AssignmentRequest) -> bool {
    let marked = of_request(request, "DecisionUntrusted").is_some_and(|(reason, _)| reason == "CancelUntrusted");
    request.spec.cancel.is_some() && !marked
}

/// Whether a request still wishes anything of an order that carries it.
pub fn is_wanted(request: Option<&AssignmentRequest>, now: Timestamp) -> bool {
    request.is_some_and(|request| !is_over(request, now) && request_state(request) != Some(State::Inactive))
}

impl Stops {
    /// Somebody took a request back.
    pub fn cancelled(&mut self, world: &World, name: &str) {
        let request = world.requests.get(name).filter(|_| world.unguarded);
        self.unbelieved.extend(request.map(uid));
    }

    /// Somebody answered an order.
    pub fn answered(&mut self, order: &ProvisioningOrder) {
        let errored = order
            .spec
            .decision
            .as_ref()
            .is_some_and(|decision| decision.result == DecisionResult::Errored);
        if let Some((reason, _)) = of_order(order, "StopRequested").filter(|_| errored) {
            self.stopped.insert(uid(order));
            if reason == "Superseded" {
                self.for_a_delete.insert(uid(order));
            }
        }
    }

    /// Before an order is made: none of its requests was taken back and ended, and there is something to do.
    pub fn may_be_made(&self, world: &World, order: &ProvisioningOrder) -> Promise {
        for request in members(order, world.requests.values()).into_iter().flatten() {
            if request_state(request) == Some(State::Inactive) {
                return Err(format!(
                    "{} speaks for {}, which has ended",
                    order.name_any(),
                    request.name_any()
                ));
            }
        }
        if order.spec.operation == Operation::Delete && self.is_needless(world, order) {
            return Err(format!(
                "{} deletes what was stopped before it was there",
                order.name_any()
            ));
        }
        Ok(())
    }

    /// Whether the Create before it was stopped because of it, and answered Errored, with nothing known of the resource.
    fn is_needless(&self, world: &World, delete: &ProvisioningOrder) -> bool {
        let line = line_of_order(delete);
        let before = orders_of(world, &line)
            .into_iter()
            .max_by_key(|order| order.spec.sequence);
        let Some(create) = before.filter(|order| self.for_a_delete.contains(&uid(*order))) else {
            return false;
        };
        let decided = create.status.as_ref().and_then(|status| status.decided_at.as_ref());
        let waited = |request: &AssignmentRequest| {
            let had_none = request.status.as_ref().is_some_and(|status| status.orders.is_empty());
            had_none && request.metadata.creation_timestamp.as_ref() <= decided
        };
        let mut members = members(delete, world.requests.values()).into_iter().flatten();
        let done = order_state(create) == Some(State::Errored) && create.spec.operation == Operation::Create;
        done && members.all(waited) && matches!(known_in(world, &line), Some(Known::Unknown))
    }

    pub fn at_rest(&self, world: &World) -> Promise {
        for order in world.orders.values() {
            asked_to_stop(world, order)?;
            if self.stopped.contains(&uid(order)) {
                stopped_for_good(world, order)?;
            }
        }
        for request in world.requests.values().filter(|request| request.spec.cancel.is_some()) {
            self.is_taken_back(world, request)?;
        }
        Ok(())
    }

    fn is_taken_back(&self, world: &World, request: &AssignmentRequest) -> Promise {
        let name = request.name_any();
        let status = request.status.clone().unwrap_or_default();
        let state = status.provisioning_state.unwrap_or_default();
        let reason = status.reason.unwrap_or_default();
        if self.unbelieved.contains(&uid(request)) && is_cancelled(request) && state != State::Error {
            let done = matches!(state, State::Inactive | State::Executed | State::Verified);
            let counts = reason == "Cancelled" || reason == "CancelledTooLate";
            return if done && !counts {
                Ok(())
            } else {
                Err(format!(
                    "{name} has a cancel that nobody may believe, and is {state}/{reason}"
                ))
            };
        }
        if !is_cancelled(request) {
            return Ok(());
        }
        let carried = status
            .orders
            .last()
            .and_then(|order| world.orders.get(order))
            .and_then(order_state);
        match state {
            State::Inactive => Ok(()),
            State::Executed | State::Verified => {
                // Nothing had to be done for it, or that was settled before the cancel was seen.
                let fine = matches!(
                    reason.as_str(),
                    "CancelledTooLate" | "AlreadyAsRequested" | "AlreadyAbsent"
                );
                fine.then_some(())
                    .ok_or_else(|| format!("{name} was cancelled, is done, and says {reason}"))
            }
            State::Transmitted if carried == Some(State::Transmitted) => {
                let says = status.workflow_state == Some(WorkflowState::Cancelled) && reason == "StopRequested";
                says.then_some(())
                    .ok_or_else(|| format!("{name} was cancelled and does not say so: {reason}"))
            }
            State::Error if reason == "RequestUntrusted" => Ok(()),
            State::None
            | State::AwaitingApproval
            | State::Pending
            | State::Transmitted
            | State::Errored
            | State::Error => Err(format!("{name} was cancelled and is {state}/{reason}")),
        }
    }
}

/// Whoever has an order is asked to stop when nobody wishes it any more or a Delete waits behind it, and only then.
fn asked_to_stop(world: &World, order: &ProvisioningOrder) -> Promise {
    if order_state(order) != Some(State::Transmitted) {
        return Ok(());
    }
    let name = order.name_any();
    let wanted = members(order, world.requests.values())
        .into_iter()
        .any(|request| is_wanted(request, world.now));
    let waits = |request: &&AssignmentRequest| {
        let status = request.status.clone().unwrap_or_default();
        request.spec.operation == Operation::Delete
            && line_of(request) == Some(line_of_order(order))
            && status.provisioning_state == Some(State::Pending)
            && status.reason.as_deref() == Some("Queued")
    };
    let delete = world
        .requests
        .values()
        .find(waits)
        .filter(|_| order.spec.operation != Operation::Delete);
    let stop = of_order(order, "StopRequested");
    match (wanted && delete.is_none(), stop) {
        (true, Some((_, why))) => Err(format!("{name} is wished, and whoever has it is asked to stop: {why}")),
        (false, None) => Err(format!(
            "nobody wishes {name} any more, and whoever has it is not asked to stop"
        )),
        (false, Some((_, why))) if why.is_empty() => Err(format!("{name}: stop, and it does not say why")),
        (false, Some((_, why))) => {
            let says = order
                .status
                .as_ref()
                .and_then(|status| status.message.clone())
                .unwrap_or_default();
            let helps = says.contains(&why) && says.contains("kubectl patch porder");
            helps
                .then_some(())
                .ok_or_else(|| format!("{name} is to be stopped, and does not say what to do: {says}"))
        }
        (true, None) => Ok(()),
    }
}

/// An error after a stop: nobody has to try again.
fn stopped_for_good(world: &World, order: &ProvisioningOrder) -> Promise {
    let name = order.name_any();
    if needs_recovery(order) {
        return Err(format!("{name} errored after a stop, and a recovery is asked for"));
    }
    for request in members(order, world.requests.values()).into_iter().flatten() {
        let newest = request.status.as_ref().and_then(|status| status.orders.last());
        if newest == Some(&name) && request_state(request) != Some(State::Inactive) {
            return Err(format!(
                "{name} errored after a stop, and {} goes on",
                request.name_any()
            ));
        }
    }
    Ok(())
}
