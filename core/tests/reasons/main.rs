//! Every reason is reached: scenarios are driven, and what their objects show is compared with the table of reasons.
//! A new scenario is a function that drives lines, shows them to `Seen`, and stands in `ALL` of its file.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod answers;
mod later;
#[path = "../pretend/mod.rs"]
mod pretend;
mod proof;
mod requests;
mod reviews;
mod seen;
mod stops;
mod times;
mod trust;
mod types;

use handoff_core::api::ProvisioningState as State;
use handoff_core::api::condition::{EXECUTED, FINISHED, PROVISIONED, RECONCILING, SUCCEEDED, TRANSMITTED, VERIFIED};
use handoff_core::api::reason::{self, Kind, Reason};
use handoff_core::engine::Policies;
use seen::{Place, Seen};
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn of_all() -> Seen {
    let mut seen = Seen::default();
    let all = [
        answers::ALL,
        proof::ALL,
        requests::ALL,
        reviews::ALL,
        stops::ALL,
        times::ALL,
        trust::ALL,
        types::ALL,
    ];
    all.concat().iter().for_each(|scenario| scenario(&mut seen));
    seen
}

/// Reasons that stand nowhere are in the list for other uses.
fn standing() -> impl Iterator<Item = &'static Reason> {
    reason::TABLE.iter().filter(|reason| !reason.kinds.is_empty())
}

#[test]
fn scenarios_produce_every_reason() {
    let seen = of_all();
    let produced: BTreeSet<&str> = seen.0.iter().map(|(reason, _, _)| reason.as_str()).collect();
    let standing: BTreeSet<&str> = standing().map(|reason| reason.name).collect();
    let missing: Vec<_> = standing.difference(&produced).collect();
    let unknown: Vec<_> = produced.difference(&standing).collect();
    assert!(
        missing.is_empty() && unknown.is_empty(),
        "no scenario produces {missing:?}; produced, and standing nowhere as their table says: {unknown:?}"
    );
}

#[test]
fn every_reason_stands_where_its_table_says() {
    for (name, kind, place) in of_all().0 {
        let known = reason::TABLE.iter().find(|known| known.name == name);
        let known = known.unwrap_or_else(|| panic!("{name} is no known reason"));
        let of_kind = known.kinds.contains(&kind);
        let fits = match &place {
            Place::State(state) => known.states.contains(state),
            Place::Status => kind == Kind::Snapshot,
            Place::Condition(condition) if known.conditions.contains(&condition.as_str()) => true,
            // The other conditions have the reason of the state.
            Place::Condition(condition) => !known.states.is_empty() && has_reason_of_state(condition),
        };
        assert!(
            of_kind && fits,
            "{name} was seen on a {} in {place:?}, and its table does not say so",
            kind.as_str()
        );
    }
}

/// What people are told of a reason is not about places where nobody ever sees it.
#[test]
fn a_table_names_no_place_where_its_reason_never_stands() {
    let seen = of_all();
    let mut never = Vec::new();
    for known in standing() {
        let name = known.name;
        let places: Vec<_> = seen.0.iter().filter(|(reason, _, _)| reason == name).collect();
        for kind in known.kinds {
            // A type and a snapshot have no state.
            let states = known.states.iter().filter(|_| kind.has_state());
            // An order is never None.
            let states = states.filter(|state| *kind != Kind::Order || **state != State::None);
            let shows = |place: Option<Place>| {
                let mut places = places.iter().filter(|(_, of, _)| of == kind);
                places.any(|(_, _, seen)| place.as_ref().is_none_or(|place| place == seen))
            };
            if !shows(None) {
                never.push(format!("{name} on a {}", kind.as_str()));
            }
            let unseen = states.filter(|state| !shows(Some(Place::State(**state))));
            never.extend(unseen.map(|state| format!("{name} on a {} in {state}", kind.as_str())));
        }
        let shows = |condition: &str| places.iter().any(|(_, _, seen)| seen.is_condition(condition));
        let unseen = known.conditions.iter().filter(|condition| !shows(condition));
        never.extend(unseen.map(|condition| format!("{name} in the condition {condition}")));
    }
    assert!(never.is_empty(), "no scenario shows {never:#?}");
}

/// Whoever waits is told what for, and the command that helps.
#[test]
fn every_request_that_waits_is_told_a_command() {
    let silent: Vec<String> = of_all()
        .1
        .into_iter()
        .filter(|message| !message.contains("kubectl "))
        .collect();
    assert!(silent.is_empty(), "{silent:#?}");
}

/// What tools go by that know nothing of Handoff (kstatus): Stalled is a failure, Reconciling is not ready yet, and what
/// says neither is done with. So an order or a request that waits says that it does, and what ended does not.
#[test]
fn what_is_to_come_is_reconciling_unless_it_is_stalled() {
    let (finished, stalled, reconciling) = (true, true, true);
    let all = BTreeSet::from([
        [!finished, !stalled, reconciling],
        [!finished, stalled, !reconciling],
        [finished, !stalled, !reconciling],
        [finished, stalled, !reconciling],
    ]);
    assert_eq!(of_all().2, all);
}

fn has_reason_of_state(condition: &str) -> bool {
    let all = [
        FINISHED,
        SUCCEEDED,
        RECONCILING,
        TRANSMITTED,
        EXECUTED,
        PROVISIONED,
        VERIFIED,
    ];
    all.contains(&condition)
}

fn create() -> Value {
    json!({"operation": "Create", "properties": {"zone": "A"}})
}

fn delete() -> Value {
    json!({"operation": "Delete"})
}

fn move_to(zone: &str) -> Value {
    json!({"operation": "Update", "properties": {"zone": zone}})
}

/// The field of a type that makes it believe what people confirm, and its value.
fn trusting() -> (&'static str, Value) {
    let package = json!({"package": "ManualTicketAndResources"});
    ("/spec/provisioningConnection", package)
}

fn unchecked() -> Policies {
    Policies::NotInForce("the policy handoff-orders is absent".to_owned())
}
