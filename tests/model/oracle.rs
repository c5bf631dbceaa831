//! The promises, checked from outside: on what is stored, after every write, at every rest, and at the end.

use crate::already;
use crate::dates::Dates;
use crate::handover;
use crate::knowledge::line_of_order;
use crate::promises::{
    Promise, is_about_the_type, is_agreed, is_backed, recovered, request_of, the_inventory_is_right, wishes_are_met,
};
use crate::proofs::Proofs;
use crate::reviews::Reviews;
use crate::room::Room;
use crate::snapshots::Snapshots;
use crate::stops::Stops;
use crate::waiting::waits_for_something;
use crate::world::{World, needs_recovery, order_state, request_state};
use handoff::operator::index::LineKey;
use handoff_core::api::provisioning_order::{DecisionResult, RecoveryAction};
use handoff_core::api::{AssignmentRequest, ProvisioningOrder, ProvisioningState as State};
use handoff_core::engine::{LineDecision, LineSnapshot, identity};
use kube::ResourceExt;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Default)]
pub struct Oracle {
    /// The last known state of each order, by uid.
    states: BTreeMap<String, Option<State>>,
    /// What people answered, by uid: it must be acted on.
    answers: BTreeMap<String, DecisionResult>,
    /// Answers that nobody may act on: given while the policies were away, or against the rules.
    unbelieved: BTreeSet<String>,
    /// Requests that were filed while the policies were away, by uid.
    unchecked: BTreeSet<String>,
    was_unguarded: bool,
    /// The last known state of each request, by uid.
    shown: BTreeMap<String, State>,
    pub reviews: Reviews,
    pub stops: Stops,
    pub dates: Dates,
    pub proofs: Proofs,
    pub snapshots: Snapshots,
    room: Room,
}

pub fn uid<K: ResourceExt>(object: &K) -> String {
    object.uid().unwrap_or_default()
}

/// The version as a number.
pub fn version<K: ResourceExt>(object: &K) -> u64 {
    object
        .resource_version()
        .and_then(|version| version.parse().ok())
        .unwrap_or(0)
}

pub fn is_open(order: &ProvisioningOrder) -> bool {
    match order_state(order) {
        None | Some(State::None | State::AwaitingApproval | State::Pending | State::Transmitted | State::Error) => true,
        Some(State::Executed | State::Verified | State::Errored | State::Inactive) => false,
    }
}

impl Oracle {
    /// After every write: legal moves, one open order a line.
    pub fn look(&mut self, world: &World) -> Promise {
        self.was_unguarded |= world.unguarded;
        self.reviews.look(world);
        self.room.look(world);
        self.proofs.look(world)?;
        let mut open: BTreeMap<(String, String), String> = BTreeMap::new();
        for order in world.orders.values() {
            let state = order_state(order);
            let before = self.states.insert(uid(order), state);
            let from = before.flatten().unwrap_or_default();
            let to = state.unwrap_or_default();
            if world.unguarded && before.is_some() && from != to {
                return Err(format!(
                    "{} went from {from} to {to} though nobody checks what people write",
                    order.name_any()
                ));
            }
            if !from.may_become(to) {
                return Err(format!("{} went from {from} to {to}", order.name_any()));
            }
            if is_open(order)
                && let Some(other) = open.insert(line_of_order(order), order.name_any())
            {
                return Err(format!("{other} and {} are open on one line", order.name_any()));
            }
        }
        for request in world.requests.values() {
            let known = self.shown.contains_key(&uid(request));
            let state = request_state(request);
            if !known && state.is_none() && world.unguarded {
                self.unchecked.insert(uid(request));
            }
            let now = state.unwrap_or_default();
            if self.shown.insert(uid(request), now) == Some(State::Inactive) && now != State::Inactive {
                return Err(format!("{} had ended and is {now} again", request.name_any()));
            }
        }
        Ok(())
    }

    /// Before an order is made: its number is new, it speaks for requests of its line, it says what they wish.
    pub fn may_be_made(&self, world: &World, line: &LineKey, order: &ProvisioningOrder) -> Promise {
        let name = order.name_any();
        let remembered = world
            .requests
            .values()
            .flat_map(|request| request.status.iter().flat_map(|s| &s.orders));
        let used = remembered
            .filter_map(|known| identity::sequence_in(known, &line.type_name, &line.identifier))
            .max()
            .unwrap_or(0);
        if order.spec.sequence <= used {
            return Err(format!("{name} uses a number again: {used} was used"));
        }
        let of_line = |other: &&ProvisioningOrder| {
            other.spec.resource_type_ref.name == line.type_name && identity::line_of(other) == line.identifier
        };
        if let Some(holder) = world
            .orders
            .values()
            .filter(of_line)
            .find(|other| is_open(other) || needs_recovery(other))
        {
            return Err(format!("{name} is made while {} holds the line", holder.name_any()));
        }
        if order.spec.request_refs.is_empty() {
            return Err(format!("{name} answers nobody"));
        }
        for reference in &order.spec.request_refs {
            let Some(request) = request_of(world, reference) else {
                continue;
            };
            let declined = self.reviews.declined_by(&reference.uid, &[]);
            wishes_are_met(request, reference, order, &declined)?;
            is_agreed(request)?;
        }
        self.reviews.may_be_made(order)?;
        self.stops.may_be_made(world, order)
    }

    /// What was decided about a line may be decided, as far as the operator knew.
    pub fn may_be_decided(&self, world: &World, snapshot: &LineSnapshot, decision: &LineDecision) -> Promise {
        handover::may_be_decided(&self.reviews, snapshot, decision)?;
        already::may_be_said(world, snapshot, decision)?;
        self.room.may_be_decided(world, snapshot, decision)
    }

    pub fn answered(&mut self, world: &World, name: &str) {
        if let Some(order) = world.orders.get(name)
            && let Some(decision) = &order.spec.decision
        {
            self.answers.insert(uid(order), decision.result);
            self.stops.answered(order);
            let by = decision.by.as_ref().map(|by| by.username.as_str());
            let confirmed = decision.result == DecisionResult::Confirmed;
            if world.unguarded || (confirmed && order.spec.requesters.iter().any(|r| Some(r.as_str()) == by)) {
                self.unbelieved.insert(uid(order));
            }
        }
    }

    /// An approver answered; while nobody checks who writes, that must not count. What requester or owner say never does.
    pub fn agreed(&mut self, world: &World, name: &str, who: &str) {
        let request = world.requests.get(name).filter(|_| world.unguarded);
        let is_party = |request: &AssignmentRequest| {
            let by = request.spec.requested_by.as_ref().map(|by| by.username.as_str());
            by == Some(who) || request.spec.owner.id == who
        };
        if let Some(request) = request.filter(|request| !is_party(request)) {
            self.unchecked.insert(uid(request));
        }
    }

    /// When the operator has nothing to do: answers are acted on, and who waits says for what.
    pub fn at_rest(&self, world: &World) -> Promise {
        if world.unguarded {
            return Ok(());
        }
        for order in world.orders.values() {
            self.is_acted_on(world, order)?;
        }
        for request in world
            .requests
            .values()
            .filter(|request| self.unchecked.contains(&uid(*request)))
        {
            let reason = request.status.as_ref().and_then(|status| status.reason.clone());
            if reason.as_deref() != Some("RequestUntrusted") {
                return Err(format!("{} was filed unchecked and is {reason:?}", request.name_any()));
            }
        }
        for request in world.requests.values() {
            waits_for_something(world, request)?;
        }
        self.reviews.at_rest(world)?;
        self.stops.at_rest(world)?;
        self.dates.at_rest(world)?;
        self.snapshots.at_rest(world)?;
        self.proofs.at_rest(world)?;
        the_inventory_is_right(world)
    }

    fn is_acted_on(&self, world: &World, order: &ProvisioningOrder) -> Promise {
        let name = order.name_any();
        let state = order_state(order);
        if state.is_none() {
            return Err(format!("{name} never got a state"));
        }
        let status = order.status.clone().unwrap_or_default();
        let was = |state: State| status.history.iter().any(|entry| entry.state == state);
        if self.unbelieved.contains(&uid(order)) {
            let reason = status
                .history
                .iter()
                .map(|entry| entry.reason.as_str())
                .collect::<Vec<_>>();
            return if reason.contains(&"DecisionUntrusted") && state == Some(State::Errored) {
                Ok(())
            } else {
                Err(format!(
                    "{name} has an answer that nobody may believe, and it went {reason:?}"
                ))
            };
        }
        // Given in time, but first seen while the policies were away: nobody can tell the difference.
        if self.was_unguarded && status.history.iter().any(|entry| entry.reason == "DecisionUntrusted") {
            return Ok(());
        }
        match self.answers.get(&uid(order)) {
            Some(DecisionResult::Confirmed) if !was(State::Executed) => {
                return Err(format!("{name} was confirmed and is {state:?}"));
            }
            Some(DecisionResult::Errored) if state != Some(State::Errored) => {
                return Err(format!("{name} was answered Errored and is {state:?}"));
            }
            Some(_) | None => {}
        }
        if state == Some(State::Verified) && !was(State::Executed) {
            return Err(format!("{name} is Verified and never was Executed"));
        }
        let Some(recovery) = &order.spec.recovery else {
            return Ok(());
        };
        if state == Some(State::Executed) {
            return Err(format!("{name} was taken back and is still Executed"));
        }
        if state == Some(State::Verified) {
            return Ok(());
        }
        for reference in order.spec.request_refs.iter().filter(|r| r.superseded != Some(true)) {
            let Some(request) = request_of(world, reference) else {
                continue;
            };
            // One that nobody checked counts as a Retry.
            let unchecked = status
                .conditions
                .iter()
                .any(|condition| condition.reason == "RecoveryUntrusted");
            let action = if unchecked {
                RecoveryAction::Retry
            } else {
                recovery.action
            };
            recovered(request, order, action)?;
        }
        Ok(())
    }

    /// When nobody has anything left to answer: every request has ended, and what is called done was done.
    pub fn ended(&self, world: &World) -> Promise {
        for request in world.requests.values() {
            let name = request.name_any();
            let status = request.status.clone().unwrap_or_default();
            let state = status.provisioning_state.unwrap_or_default();
            match state {
                State::Executed | State::Verified => is_backed(world, request)?,
                State::Error if is_about_the_type(status.reason.as_deref().unwrap_or_default()) => {
                    return Err(format!("{name} does not heal: {:?}", status.message));
                }
                State::Inactive | State::Error => {}
                State::None | State::AwaitingApproval | State::Pending | State::Transmitted | State::Errored => {
                    return Err(format!("{name} is {state} for ever: {:?}", status.message));
                }
            }
            if status.message.as_deref().unwrap_or_default().is_empty() {
                return Err(format!("{name} is {state} and says nothing"));
            }
        }
        self.proofs.ended(world)
    }
}
