//! The index as data: room that thresholds leave, what owners hold of other types, types in a circle, counts of orders.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod desk;

use desk::{Desk, NAMESPACE, guarded, key, line};
use handoff::operator::index::{Gathered, Index, Key, LineKey};
use handoff_core::api::{Operation, ProvisioningOrder, reason};
use handoff_core::engine::{Census, LineSnapshot};
use jiff::{Timestamp, ToSpan};
use rstest::rstest;
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashSet};
use std::sync::Mutex;

const CREATE: Operation = Operation::Create;

fn of(kind: &str, identifier: &str) -> LineKey {
    LineKey {
        type_name: kind.to_owned(),
        ..line(identifier)
    }
}

fn wakes(kind: &str, identifier: &str) -> Key {
    Key::Line(of(kind, identifier))
}

fn changed(value: &mut Value, changes: Value) {
    for (field, new) in changes.as_object().unwrap() {
        value[field] = new.clone();
    }
}

/// A desk at which an order was handed over, to make others of.
fn a_desk() -> Desk {
    let mut desk = Desk::new();
    let woken = desk.hire("model", "model");
    desk.work(woken);
    desk
}

/// An order of any type that was just handed over, with these changes to its status.
fn order(desk: &Desk, kind: &str, identifier: &str, sequence: i64, status: Value) -> ProvisioningOrder {
    let name = format!("{kind}.{identifier}.{sequence}");
    let mut order = serde_json::to_value(&desk.orders["badge.model.1"]).unwrap();
    order["metadata"] = json!({"name": name, "creationTimestamp": desk.now.to_string()});
    if let Some(known) = desk.orders.get(&name) {
        order["metadata"] = serde_json::to_value(&known.metadata).unwrap();
    }
    let spec = json!({
        "resourceTypeRef": {"name": kind}, "resource": {"identifier": identifier}, "sequence": sequence,
        "owner": {"id": identifier}, "requestRefs": [],
    });
    changed(&mut order["spec"], spec);
    changed(&mut order["status"], status);
    serde_json::from_value(order).unwrap()
}

fn make(desk: &mut Desk, kind: &str, identifier: &str, sequence: i64, status: Value) -> HashSet<Key> {
    let order = order(desk, kind, identifier, sequence, status);
    desk.store_order(order)
}

fn finished(state: &str, now: Timestamp) -> Value {
    json!({
        "state": state, "reason": "Confirmed", "executedAt": now.to_string(),
        "conditions": [{"type": "Finished", "status": "True", "reason": "Confirmed", "lastTransitionTime": now.to_string()}],
    })
}

/// A request that says which resource it means: its line is known whatever its type is.
fn ask(desk: &mut Desk, kind: &str, name: &str, identifier: &str) -> HashSet<Key> {
    let wish = json!({
        "resourceTypeRef": {"name": kind}, "operation": "Create", "resource": {"identifier": identifier},
        "properties": {"zone": "HQ"},
    });
    desk.ask(name, identifier, wish)
}

fn seen(index: &Index, line: &LineKey, now: Timestamp) -> LineSnapshot {
    let Gathered::Whole(snapshot) = index.gather(line, now) else {
        panic!("{line:?} is not open");
    };
    *snapshot
}

/// What thresholds leave for a line on which nothing was ordered yet.
fn room(desk: &mut Desk, kind: &str) -> Option<i64> {
    if !desk.requests.contains_key("looks") {
        ask(desk, kind, "looks", "looks");
    }
    seen(&desk.index, &of(kind, "looks"), desk.now).room.creation
}

fn limited(max: i64) -> Value {
    json!({"thresholds": {"creation": {"max": max}}})
}

#[test]
fn room_is_what_the_orders_of_the_last_hour_leave() {
    let mut desk = a_desk();
    desk.store_type("locker", &limited(3));
    assert_eq!(room(&mut desk, "locker"), Some(3));
    make(&mut desk, "locker", "anna", 1, json!({}));
    let first = desk.now;
    make(&mut desk, "badge", "boris", 1, json!({}));
    assert_eq!(room(&mut desk, "locker"), Some(2), "another type's orders do not count");
    make(&mut desk, "locker", "boris", 1, json!({"state": null}));
    assert_eq!(room(&mut desk, "locker"), Some(2), "it has no state yet");
    make(&mut desk, "locker", "boris", 1, json!({}));
    make(&mut desk, "locker", "boris", 1, json!({"message": "another version"}));
    assert_eq!(room(&mut desk, "locker"), Some(1), "an order counts once");
    let now = desk.now;
    make(&mut desk, "locker", "boris", 1, finished("Executed", now));
    assert!(desk.index.is_dormant(&of("locker", "boris")));
    assert_eq!(room(&mut desk, "locker"), Some(1), "only its facts are kept");
    desk.lose_order("locker.boris.1");
    assert_eq!(room(&mut desk, "locker"), Some(2));
    desk.now = first.checked_add(59.minutes()).unwrap();
    assert_eq!(room(&mut desk, "locker"), Some(2));
    desk.now = first.checked_add(60.minutes()).unwrap();
    assert_eq!(room(&mut desk, "locker"), Some(3));
}

#[test]
fn a_limit_counts_what_was_there_before_it() {
    let mut desk = a_desk();
    for owner in ["anna", "boris"] {
        let now = desk.now;
        make(&mut desk, "locker", owner, 1, finished("Executed", now));
    }
    desk.store_type("locker", &json!({}));
    assert_eq!(room(&mut desk, "locker"), None);
    desk.store_type("locker", &limited(5));
    assert_eq!(room(&mut desk, "locker"), Some(3));
    desk.store_type("locker", &limited(1));
    assert_eq!(room(&mut desk, "locker"), Some(0));
    desk.store_type("locker", &json!({}));
    assert_eq!(room(&mut desk, "locker"), None);
}

#[test]
fn who_reserves_the_last_room_has_it() {
    let mut desk = a_desk();
    desk.store_type("locker", &limited(1));
    ask(&mut desk, "locker", "looks", "looks");
    let (anna, boris, now) = (of("locker", "anna"), of("locker", "boris"), desk.now);
    assert!(desk.index.reserve(&anna, CREATE, now));
    assert_eq!(room(&mut desk, "locker"), Some(0));
    assert!(!desk.index.reserve(&boris, CREATE, now));
    assert!(desk.index.reserve(&anna, CREATE, now), "what is its own is free for it");
    assert!(
        desk.index.reserve(&boris, Operation::Delete, now),
        "a Delete has no limit"
    );
    desk.index.release(&anna);
    assert!(desk.index.reserve(&boris, CREATE, now));
}

#[test]
fn a_reservation_lasts_until_the_order_counts_by_itself() {
    let mut desk = a_desk();
    desk.store_type("locker", &limited(2));
    make(
        &mut desk,
        "locker",
        "anna",
        1,
        json!({"state": "Pending", "transmittedAt": null}),
    );
    let anna = of("locker", "anna");
    assert_eq!(room(&mut desk, "locker"), Some(1));
    assert!(desk.index.reserve(&anna, CREATE, desk.now));
    // The order before ends for the one that is being made.
    make(
        &mut desk,
        "locker",
        "anna",
        1,
        json!({"state": "Inactive", "transmittedAt": null}),
    );
    assert_eq!(room(&mut desk, "locker"), Some(1), "reserved still");
    make(&mut desk, "locker", "anna", 2, json!({"state": null}));
    assert_eq!(room(&mut desk, "locker"), Some(1), "reserved still");
    make(&mut desk, "locker", "anna", 2, json!({}));
    assert_eq!(room(&mut desk, "locker"), Some(1), "counted, and not twice");
    desk.lose_order("locker.anna.2");
    assert_eq!(room(&mut desk, "locker"), Some(2), "nothing is reserved any more");
}

#[test]
fn a_line_that_is_forgotten_gives_its_reservation_back() {
    let mut desk = a_desk();
    desk.store_type("locker", &limited(1));
    ask(&mut desk, "locker", "hire", "anna");
    assert!(desk.index.reserve(&of("locker", "anna"), CREATE, desk.now));
    assert_eq!(room(&mut desk, "locker"), Some(0));
    desk.lose_request("hire");
    assert_eq!(room(&mut desk, "locker"), Some(1));
}

#[rstest]
#[case::nobody_had_it(json!({"state": "Pending", "transmittedAt": null}), Some(1))]
#[case::a_person_has_it(json!({}), Some(0))]
fn an_own_order_leaves_its_place_only_while_nobody_had_it(#[case] status: Value, #[case] left: Option<i64>) {
    let mut desk = a_desk();
    desk.store_type("locker", &limited(1));
    make(&mut desk, "locker", "anna", 1, status);
    assert_eq!(room(&mut desk, "locker"), Some(0));
    assert_eq!(seen(&desk.index, &of("locker", "anna"), desk.now).room.creation, left);
}

#[test]
fn lines_that_are_worked_on_at_the_same_time_never_share_the_last_room() {
    for _ in 0..200 {
        let mut desk = a_desk_of_eight();
        let now = desk.now;
        let index = Mutex::new(std::mem::take(&mut desk.index));
        let took = Mutex::new(0);
        std::thread::scope(|scope| {
            for number in 0..8 {
                let (index, took) = (&index, &took);
                scope.spawn(move || {
                    let line = of("locker", &format!("e{number}"));
                    // As a pass does: what it saw, and what it takes because of that, are two looks at the index.
                    while seen(&index.lock().unwrap(), &line, now).room.creation > Some(0) {
                        if index.lock().unwrap().reserve(&line, CREATE, now) {
                            *took.lock().unwrap() += 1;
                            return;
                        }
                    }
                });
            }
        });
        assert_eq!(took.into_inner().unwrap(), 3);
    }
}

/// Eight lines that want an order, and room for three.
fn a_desk_of_eight() -> Desk {
    let mut desk = Desk::new();
    desk.store_type("locker", &limited(3));
    for number in 0..8 {
        ask(&mut desk, "locker", &format!("hire-{number}"), &format!("e{number}"));
    }
    desk
}

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
