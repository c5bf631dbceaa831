//! The rules of sections 4 and 5 of the contract on a real API server: everybody does their part with plain kubectl, and reads
//! what the objects say.
//!
//! Needs a control plane: `make test` starts one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod attempts;
mod cancels;
mod claims;
#[path = "../crowd/mod.rs"]
mod crowd;
mod dates;
mod deletes;
mod dependencies;
mod ends;
mod held_back;
#[path = "../place/mod.rs"]
mod place;
mod record;
mod reviews;
mod thresholds;
mod times;
mod vanished;
mod windows;

use jiff::{SignedDuration, Timestamp, Unit};
use place::{Place, badge};
use serde_json::{Value, json};

/// A type `badge` with these fields.
fn kind(fields: &Value) -> Value {
    let mut of = badge();
    let doors = json!({"name": "doors", "type": "String", "multiValued": true});
    of["spec"]["properties"].as_array_mut().unwrap().push(doors);
    of["spec"]
        .as_object_mut()
        .unwrap()
        .extend(fields.as_object().unwrap().clone());
    of
}

/// A namespace with such a type, and an operator that knows it.
fn with(namespace: &str, fields: &Value) -> Place {
    let mut place = Place::without_operator(namespace);
    place.apply("gita", kind(fields));
    place.start();
    place
}

/// The administrator makes the type another; returns when the operator has read it.
fn edit(place: &Place, fields: &Value) {
    place.apply("gita", kind(fields));
    let generation = place.read("rtype/badge", ".metadata.generation");
    place.wait("rtype/badge", ".status.observedGeneration", &generation);
}

/// Requests of alice for one owner, filed by one `kubectl apply`; each a name and the fields of its spec.
fn file(place: &Place, owner: &str, wishes: &[(&str, Value)]) {
    let request = |(name, fields): &(&str, Value)| {
        let mut spec = json!({"resourceTypeRef": {"name": "badge"}, "owner": {"id": owner}});
        spec.as_object_mut()
            .unwrap()
            .extend(fields.as_object().unwrap().clone());
        json!({"apiVersion": "handoff.dev/v1alpha1", "kind": "AssignmentRequest", "metadata": {"name": name}, "spec": spec})
    };
    let items: Vec<_> = wishes.iter().map(request).collect();
    place.apply("alice", json!({"apiVersion": "v1", "kind": "List", "items": items}));
}

fn create() -> Value {
    json!({"operation": "Create", "properties": {"zone": "HQ"}})
}

fn update(properties: &Value) -> Value {
    json!({"operation": "Update", "properties": properties})
}

fn delete() -> Value {
    json!({"operation": "Delete"})
}

/// A wish with one field more.
fn but(mut wish: Value, field: &str, value: Value) -> Value {
    wish[field] = value;
    wish
}

/// The one clock of these tests: dates have to lie ahead of the operator's.
#[allow(clippy::disallowed_methods)]
fn now() -> Timestamp {
    Timestamp::now()
}

fn in_seconds(seconds: i64) -> Timestamp {
    let at = now() + SignedDuration::from_secs(seconds);
    at.round(Unit::Second).unwrap()
}

/// An object says these words in its message.
fn message(place: &Place, what: &str, words: &str) {
    let message = place.read(what, ".status.message");
    assert!(message.contains(words), "{what} does not say {words:?} but: {message}");
}

/// A condition's reason; empty where it is absent.
fn condition(place: &Place, what: &str, type_: &str) -> String {
    place.read(what, &format!(".status.conditions[?(@.type==\"{type_}\")].reason"))
}

/// Every reason that a thing has shown so far, the oldest first.
fn reasons(place: &Place, what: &str) -> String {
    place.read(what, ".status.history[*].reason")
}

fn orders(place: &Place) -> Vec<String> {
    let names = place.read("porder", ".items[*].metadata.name");
    names.split_whitespace().map(str::to_owned).collect()
}

fn review(place: &Place, who: &str, order: &str, fields: &Value) -> Result<String, String> {
    place.wait(&format!("porder/{order}"), ".status.state", "AwaitingApproval");
    place.answer(who, order, json!({"review": fields}))
}

fn release(place: &Place, order: &str) {
    review(place, "dave", order, &json!({"result": "Approved"})).unwrap();
    place.wait(&format!("porder/{order}"), ".status.state", "Transmitted");
}

/// Carol says that she has not done it.
fn not_done(place: &Place, order: &str) {
    let decision = json!({"result": "Errored", "message": "not done"});
    place.answer("carol", order, json!({"decision": decision})).unwrap();
}

/// Whoever was refused is told this.
fn refused(said: Result<String, String>, words: &[&str]) {
    let said = said.unwrap_err();
    for words in words {
        assert!(said.contains(words), "not said: {words:?}, but {said}");
    }
}
