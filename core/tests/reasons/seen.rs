//! What is collected from the objects of scenarios: each reason, the kind of object, and where on it.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, unreachable_pub)]

use crate::pretend::{Line, view};
use handoff_core::api::condition::{FINISHED, RECONCILING, STALLED, holds};
use handoff_core::api::reason::Kind;
use handoff_core::api::{Condition, HistoryEntry, ProvisioningState as State, Synchronization};
use handoff_core::engine::observed::Inventory;
use handoff_core::engine::{
    Census, Policies, Proved, SynchronizationSnapshot, TypeSnapshot, decide_synchronization, decide_type,
};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Where a reason was seen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    State(State),
    Condition(String),
    /// In the status itself: a snapshot has no state.
    Status,
}

impl Place {
    pub fn is_condition(&self, name: &str) -> bool {
        *self == Self::Condition(name.to_owned())
    }
}

/// Every reason that objects of scenarios have shown, and where; what those said that wait; and every way in which
/// Finished, Stalled and Reconciling stood together.
#[derive(Default)]
pub struct Seen(
    pub BTreeSet<(String, Kind, Place)>,
    pub Vec<String>,
    pub BTreeSet<[bool; 3]>,
);

impl Seen {
    /// Everything that the orders and requests of a line show now or remember.
    pub fn line(&mut self, line: &Line) {
        for status in line.orders.iter().filter_map(|order| order.status.as_ref()) {
            self.standing(
                Kind::Order,
                status.state,
                status.reason.as_deref(),
                &status.history,
                &status.conditions,
            );
        }
        for status in line.requests.iter().filter_map(|request| request.status.as_ref()) {
            let (state, reason) = (status.provisioning_state, status.reason.as_deref());
            if let Some(State::None | State::AwaitingApproval | State::Pending | State::Transmitted) = state {
                self.1.extend(status.message.clone());
            }
            self.standing(Kind::Request, state, reason, &status.history, &status.conditions);
        }
    }

    /// What a type says of itself.
    pub fn kind(&mut self, of: Value, policies: Policies) {
        let decision = decide_type(&TypeSnapshot {
            policies: Arc::new(policies),
            now: "2026-03-01T08:00:00Z".parse().unwrap(),
            resource_type: view(of),
            census: Census::default(),
            counted_at: None,
            resources: 0,
            inventory: Arc::default(),
        });
        self.conditions(Kind::Type, &decision.status.unwrap().conditions);
    }

    /// What a snapshot says of itself, after those before it.
    pub fn snapshot(&mut self, of: Option<Value>, before: &[Value], object: &Value) {
        let read = |object: &Value| -> Synchronization { serde_json::from_value(object.clone()).unwrap() };
        let before: Vec<Synchronization> = before.iter().map(read).collect();
        let decision = decide_synchronization(&SynchronizationSnapshot {
            now: "2026-03-01T08:00:00Z".parse().unwrap(),
            policies: Arc::new(Policies::InForce),
            synchronization: Arc::new(read(object)),
            resource_type: of.map(view),
            inventory: Arc::new(Inventory::of(&before)),
            proved: Proved::default(),
        });
        let reason = decision.status.unwrap().reason.unwrap();
        self.note(Kind::Snapshot, &reason, Place::Status);
    }

    fn standing(
        &mut self,
        kind: Kind,
        state: Option<State>,
        reason: Option<&str>,
        history: &[HistoryEntry],
        conditions: &[Condition],
    ) {
        if let (Some(state), Some(reason)) = (state, reason) {
            self.note(kind, reason, Place::State(state));
        }
        for entry in history {
            self.note(kind, &entry.reason, Place::State(entry.state));
        }
        self.conditions(kind, conditions);
        self.2
            .insert([FINISHED, STALLED, RECONCILING].map(|type_| holds(conditions, type_)));
    }

    fn conditions(&mut self, kind: Kind, conditions: &[Condition]) {
        for condition in conditions {
            self.note(kind, &condition.reason, Place::Condition(condition.type_.clone()));
        }
    }

    fn note(&mut self, kind: Kind, reason: &str, place: Place) {
        self.0.insert((reason.to_owned(), kind, place));
    }
}
