//! The index as data: what owners hold of other types, types in a circle, counts of orders.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod desk;

use desk::types::{a_desk, ask, finished, make, of, order, seen, wakes};
use desk::{Desk, NAMESPACE, guarded, key};
use handoff::operator::index::Key;
use handoff_core::api::reason;
use handoff_core::engine::Census;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashSet};

fn needs(names: &[&str]) -> Value {
    let names: Vec<Value> = names.iter().map(|name| json!({"name": name})).collect();
    json!({"dependsOn": names})
}

fn held(desk: &Desk, identifier: &str) -> BTreeSet<(String, String)> {
    seen(&desk.index, &of("locker", identifier), desk.now).held
}

#[test]
fn who_needs_a_resource_of_another_type_is_woken_when_the_owner_has_it_or_loses_it() {
    let mut desk = a_desk();
    desk.store_type("locker", &needs(&["badge", "key"]));
    for owner in ["anna", "boris"] {
        ask(&mut desk, "locker", &format!("locker-{owner}"), owner);
    }
    assert_eq!(held(&desk, "anna"), BTreeSet::new());
    let now = desk.now;
    let woken = make(&mut desk, "badge", "anna", 1, finished("Executed", now));
    assert!(woken.contains(&wakes("locker", "anna")), "{woken:?}");
    assert!(!woken.contains(&wakes("locker", "boris")), "{woken:?}");
    let badge = ("anna".to_owned(), "badge".to_owned());
    assert_eq!(held(&desk, "anna"), BTreeSet::from([badge]));
    assert_eq!(held(&desk, "boris"), BTreeSet::new());
    // What changes nothing of it wakes nobody.
    let woken = desk.observe("badge.x7", "x7", "clara");
    assert!(!woken.contains(&wakes("locker", "anna")), "{woken:?}");
    let woken = desk.lose_order("badge.anna.1");
    assert!(woken.contains(&wakes("locker", "anna")), "{woken:?}");
    assert_eq!(held(&desk, "anna"), BTreeSet::new());
    // The inventory counts as much as a claim.
    let woken = desk.observe("badge.anna", "anna", "anna");
    assert!(woken.contains(&wakes("locker", "anna")), "{woken:?}");
    // Who does not need it any more is not woken.
    desk.store_type("locker", &needs(&["key"]));
    assert_eq!(held(&desk, "anna"), BTreeSet::new());
    let woken = desk.lose_resource("badge.anna");
    assert!(!woken.contains(&wakes("locker", "anna")), "{woken:?}");
}

#[test]
fn what_somebody_has_elsewhere_does_not_count() {
    let mut desk = a_desk();
    desk.store_type("locker", &needs(&["badge"]));
    ask(&mut desk, "locker", "locker-anna", "anna");
    let now = desk.now;
    let mut elsewhere = order(&desk, "badge", "anna", 1, finished("Executed", now));
    desk.stamp(&mut elsewhere);
    elsewhere.metadata.namespace = Some("elsewhere".to_owned());
    let woken = desk.index.put_order(elsewhere);
    assert!(!woken.contains(&wakes("locker", "anna")), "{woken:?}");
    assert_eq!(held(&desk, "anna"), BTreeSet::new());
}

/// Why a type is not Ready, as far as circles are concerned.
fn circle(desk: &Desk, name: &str) -> Option<String> {
    let view = desk.index.type_snapshot(&key(name), desk.now).unwrap().resource_type;
    let problems = view.usable().err().unwrap_or_default();
    let of_circle = problems.iter().find(|problem| problem.message.contains(" depends on "));
    assert!(of_circle.is_none_or(|problem| problem.reason == reason::INVALID_RESOURCE_TYPE));
    of_circle.map(|problem| problem.message.split(':').next().unwrap().to_owned())
}

fn of_type(name: &str) -> Key {
    Key::Type(key(name))
}

#[test]
fn types_in_a_circle_are_not_ready_until_it_is_broken() {
    let mut desk = Desk::new();
    desk.store_type("a", &needs(&["b"]));
    desk.store_type("c", &needs(&["a"]));
    ask(&mut desk, "a", "waits", "anna");
    assert_eq!(circle(&desk, "a"), None, "what it needs is not there yet");
    let woken = desk.store_type("b", &needs(&["a"]));
    let expected = HashSet::from([of_type("b"), of_type("a"), wakes("a", "anna")]);
    assert_eq!(woken, expected);
    assert_eq!(circle(&desk, "a").as_deref(), Some("a depends on b depends on a"));
    assert_eq!(circle(&desk, "b").as_deref(), Some("b depends on a depends on b"));
    assert_eq!(circle(&desk, "c"), None, "it merely needs one of them");
    // An edit of something else does not hide it, and wakes nobody else.
    let mut renamed = needs(&["a"]);
    renamed["displayName"] = json!("B");
    assert_eq!(desk.store_type("b", &renamed), HashSet::from([of_type("b")]));
    assert_eq!(circle(&desk, "b").as_deref(), Some("b depends on a depends on b"));
    let woken = desk.lose_type("b");
    assert_eq!(woken, HashSet::from([of_type("a"), wakes("a", "anna")]));
    assert_eq!(circle(&desk, "a"), None);
    desk.store_type("a", &needs(&["a"]));
    assert_eq!(circle(&desk, "a").as_deref(), Some("a depends on a"));
    desk.store_type("a", &json!({}));
    assert_eq!(circle(&desk, "a"), None);
}

#[test]
fn a_circle_does_not_reach_into_another_namespace() {
    let mut desk = Desk::new();
    desk.store_type("a", &needs(&["b"]));
    let mut elsewhere = desk
        .index
        .type_snapshot(&key("a"), desk.now)
        .unwrap()
        .resource_type
        .object
        .as_ref()
        .clone();
    elsewhere.metadata.namespace = Some("elsewhere".to_owned());
    elsewhere.metadata.name = Some("b".to_owned());
    elsewhere.metadata.uid = None;
    elsewhere.spec.depends_on[0].name = "a".to_owned();
    assert_ne!(NAMESPACE, "elsewhere");
    desk.index.put_type(elsewhere);
    assert_eq!(circle(&desk, "a"), None);
}

fn census(desk: &Desk) -> (i64, i64) {
    let Census { open, overdue } = desk.index.type_snapshot(&key("badge"), desk.now).unwrap().census;
    (open, overdue)
}

fn overdue(now: Timestamp) -> Value {
    let late = json!({"type": "Overdue", "status": "True", "reason": "Overdue", "lastTransitionTime": now.to_string()});
    json!({"conditions": [late]})
}

#[test]
fn a_type_counts_its_open_orders_and_is_woken_when_that_changes() {
    let mut desk = Desk::new();
    assert_eq!(census(&desk), (0, 0));
    let woken = desk.hire("model", "model");
    assert!(!woken.contains(&of_type("badge")));
    desk.work(woken);
    assert_eq!(census(&desk), (1, 0));
    let now = desk.now;
    assert!(make(&mut desk, "badge", "anna", 1, json!({})).contains(&of_type("badge")));
    assert_eq!(census(&desk), (2, 0));
    let woken = make(&mut desk, "badge", "anna", 1, json!({"message": "another version"}));
    assert!(!woken.contains(&of_type("badge")), "nothing changed: {woken:?}");
    assert!(make(&mut desk, "badge", "anna", 1, overdue(now)).contains(&of_type("badge")));
    assert_eq!(census(&desk), (2, 1));
    assert!(make(&mut desk, "badge", "anna", 1, finished("Executed", now)).contains(&of_type("badge")));
    assert_eq!(census(&desk), (1, 0));
    let woken = desk.lose_order("badge.anna.1");
    assert!(!woken.contains(&of_type("badge")), "it was finished: {woken:?}");
    assert!(desk.lose_order("badge.model.1").contains(&of_type("badge")));
    assert_eq!(census(&desk), (0, 0));
}

#[test]
fn orders_count_that_were_listed_before_their_type() {
    let mut desk = a_desk();
    desk.index = guarded();
    let woken = desk.index.put_order(desk.orders["badge.model.1"].clone());
    assert_eq!(
        woken,
        HashSet::from([wakes("badge", "model")]),
        "there is no such type yet"
    );
    desk.index.put_type(desk.kind.clone());
    assert_eq!(census(&desk), (1, 0));
}

#[test]
fn when_counts_were_written_is_known_until_the_type_goes() {
    let mut desk = Desk::new();
    let counted_at = |desk: &Desk| desk.index.type_snapshot(&key("badge"), desk.now).unwrap().counted_at;
    assert_eq!(counted_at(&desk), None);
    desk.index.note_counted(&key("badge"), desk.now);
    desk.store_type("badge", &json!({}));
    assert_eq!(counted_at(&desk), Some(desk.now));
    desk.lose_type("badge");
    desk.index.note_counted(&key("badge"), desk.now);
    let mut again = desk.kind.clone();
    again.metadata.uid = Some("another".to_owned());
    desk.stamp(&mut again);
    desk.index.put_type(again);
    assert_eq!(counted_at(&desk), None);
}
