//! Promises about time: what ends is undone once, what is due is said, what stays too long has failed.

use crate::knowledge::{Known, is_done, known_in, line_of, of_order, of_request, orders_of};
use crate::oracle::uid;
use crate::promises::Promise;
use crate::stops::is_over;
use crate::world::{World, order_state, request_state};
use handoff_core::api::{AssignmentRequest, Operation, ProvisioningOrder, ProvisioningState as State, duration};
use handoff_core::engine::RequestUpdate;
use jiff::Timestamp;
use kube::ResourceExt;
use std::collections::BTreeSet;

#[derive(Default)]
pub struct Dates {
    /// What the operator filed, by the uid of the request that ended.
    filed: BTreeSet<String>,
}

fn ended(request: &AssignmentRequest, now: Timestamp) -> bool {
    request.spec.end_time.as_ref().is_some_and(|end| end.0 <= now)
}

fn is_provisioned(request: &AssignmentRequest) -> bool {
    matches!(request_state(request), Some(State::Executed | State::Verified))
}

impl Dates {
    /// Before the operator files a request: its cause has ended, nobody has seen to that, and nobody else wishes longer.
    /// `updates`: what becomes of other requests with the same decision.
    pub fn may_be_filed(&mut self, world: &World, request: &AssignmentRequest, updates: &[RequestUpdate]) -> Promise {
        let name = request.name_any();
        let cause = request
            .spec
            .caused_by
            .as_ref()
            .and_then(|cause| world.requests.get(&cause.name));
        let Some(cause) = cause else {
            // It was deleted since the operator last looked.
            return Ok(());
        };
        let (spec, of) = (&request.spec, &cause.spec);
        if name != format!("{}-end", cause.name_any()) || !ended(cause, world.now) {
            return Err(format!(
                "{name} is filed, and the end of {} has not come",
                cause.name_any()
            ));
        }
        if of_request(cause, "EndRequested").is_some_and(|(reason, _)| reason == "EndFiled") {
            return Err(format!("{name} is filed once more"));
        }
        if spec.owner.id != of.owner.id || spec.resource_type_ref != of.resource_type_ref {
            return Err(format!("{name} is about something else than {}", cause.name_any()));
        }
        let undoes = match of.operation {
            Operation::Create => spec.operation == Operation::Delete,
            Operation::Update => {
                let within = |part: &handoff_core::api::Values, whole: &handoff_core::api::Values| {
                    let has = |name: &String, value: &String| whole.get(name).is_some_and(|all| all.contains(value));
                    part.iter()
                        .all(|(name, values)| values.iter().all(|value| has(name, value)))
                };
                spec.operation == Operation::Update
                    && within(&spec.add_values, &of.remove_values)
                    && within(&spec.remove_values, &of.add_values)
            }
            Operation::Delete => false,
        };
        if !undoes {
            return Err(format!("{name} is not what undoes {}: {spec:?}", cause.name_any()));
        }
        if let Some(longer) = lasting_longer(world, cause, updates).filter(|_| of.operation == Operation::Create) {
            return Err(format!("{name} is filed, and {} lasts longer", longer.name_any()));
        }
        self.filed.insert(uid(cause));
        Ok(())
    }

    pub fn at_rest(&self, world: &World) -> Promise {
        for request in world.requests.values().filter(|request| ended(request, world.now)) {
            if is_provisioned(request) {
                self.is_seen_to(world, request)?;
            } else if matches!(
                request_state(request),
                Some(State::None | State::Pending | State::AwaitingApproval)
            ) {
                return Err(format!("{} goes on although its end has come", request.name_any()));
            }
        }
        for order in world.orders.values() {
            is_in_time(world, order)?;
        }
        Ok(())
    }

    fn is_seen_to(&self, world: &World, request: &AssignmentRequest) -> Promise {
        let name = request.name_any();
        match of_request(request, "EndRequested") {
            Some((reason, _)) if reason == "NothingToUndo" => {
                let there = line_of(request).and_then(|line| known_in(world, &line));
                let owner = &request.spec.owner.id;
                match there {
                    Some(Known::Present { owner: Some(of), .. })
                        if of == *owner
                            && request.spec.operation == Operation::Create
                            && lasting_longer(world, request, &[]).is_none()
                            && !self.filed_since(world, request) =>
                    {
                        Err(format!(
                            "{name} has ended, its resource is there, and nobody asks to remove it"
                        ))
                    }
                    Some(_) | None => Ok(()),
                }
            }
            Some(_) if self.filed.contains(&uid(request)) => Ok(()),
            Some((reason, message)) => Err(format!("{name} says {reason}, and nothing was filed: {message}")),
            None if lasting_longer(world, request, &[]).is_some() => Ok(()),
            None => Err(format!("the end of {name} has come, and nobody has seen to that")),
        }
    }

    /// Whether the resource came anew after this request had ended.
    fn filed_since(&self, world: &World, request: &AssignmentRequest) -> bool {
        let Some(line) = line_of(request) else { return false };
        let known = request
            .status
            .iter()
            .flat_map(|status| &status.orders)
            .next_back()
            .cloned();
        let orders = orders_of(world, &line);
        let last = known.map_or(0, |name| number_in(&name));
        orders.iter().any(|order| is_done(order) && order.spec.sequence > last)
    }
}

fn number_in(order: &str) -> i64 {
    order
        .rsplit('.')
        .next()
        .and_then(|number| number.parse().ok())
        .unwrap_or(0)
}

/// Another Create of the same owner and resource that lives and lasts longer.
fn lasting_longer<'a>(
    world: &'a World,
    request: &AssignmentRequest,
    updates: &[RequestUpdate],
) -> Option<&'a AssignmentRequest> {
    let state_of = |other: &AssignmentRequest| {
        let update = updates
            .iter()
            .find(|update| update.request.metadata.uid == other.metadata.uid);
        update.map_or_else(|| request_state(other), |update| update.status.provisioning_state)
    };
    let line = line_of(request)?;
    let longer = |other: &&AssignmentRequest| {
        let end = other.spec.end_time.as_ref().map(|end| end.0);
        let mine = request.spec.end_time.as_ref().map(|end| end.0);
        other.spec.operation == Operation::Create
            && uid(*other) != uid(request)
            && other.spec.owner.id == request.spec.owner.id
            && line_of(other).as_ref() == Some(&line)
            && !is_over(other, world.now)
            && end.is_none_or(|end| Some(end) > mine && end > world.now)
    };
    let lives = |other: &&AssignmentRequest| match state_of(other) {
        Some(State::Executed | State::Verified) => {
            let newest = other.status.as_ref().and_then(|status| status.orders.last());
            let filed = other.metadata.creation_timestamp.as_ref();
            // Somebody may have removed the record: its name still has its number.
            let came_before = |order: &ProvisioningOrder| match newest {
                Some(name) => number_in(name) < order.spec.sequence,
                None => filed <= order.status.as_ref().and_then(|status| status.executed_at.as_ref()),
            };
            let orders = orders_of(world, &line);
            let mut deletes = orders.iter().filter(|order| order.spec.operation == Operation::Delete);
            !deletes.any(|order| is_done(order) && came_before(order))
        }
        Some(State::AwaitingApproval | State::Pending | State::Transmitted) => true,
        Some(State::None | State::Errored | State::Error | State::Inactive) | None => false,
    };
    world.requests.values().filter(longer).find(lives)
}

/// Overdue when it is, and only then; failed when it stays longer than its policy lets it.
fn is_in_time(world: &World, order: &ProvisioningOrder) -> Promise {
    let name = order.name_any();
    let policy = &order.spec.policy;
    let transmitted = order_state(order) == Some(State::Transmitted);
    let since = order
        .status
        .as_ref()
        .and_then(|status| status.transmitted_at.as_ref())
        .map(|at| at.0);
    let after = |text: &Option<String>| {
        let after = duration::parse(text.as_deref()?).ok()?;
        since?.checked_add(after).ok()
    };
    if transmitted && after(&policy.transmitted_state_validity).is_some_and(|until| until <= world.now) {
        return Err(format!("{name} is with a person for longer than its type lets it"));
    }
    let due = after(&policy.due_after).filter(|due| transmitted && *due <= world.now);
    match (due, of_order(order, "Overdue")) {
        (Some(due), None) => Err(format!("{name} was due at {due}, and nobody is told")),
        (None, Some((_, why))) => Err(format!("{name} is not due and says: {why}")),
        (Some(_), Some(_)) | (None, None) => Ok(()),
    }
}
