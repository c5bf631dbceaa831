//! 5.6: what has been kept long enough goes, and what is still needed stays.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod pretend;

use handoff_core::engine::LineSnapshot;
use handoff_core::engine::Policies;
use handoff_core::engine::dormant::{OrderFacts, RequestFacts};
use handoff_core::engine::retention::{decide_retention, old_order, old_request, request_goes_at};
use jiff::ToSpan;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use pretend::{Line, badge};
use serde_json::{Value, json};
use std::sync::Arc;

fn create() -> Value {
    json!({"operation": "Create", "properties": {"zone": "A"}})
}

fn delete() -> Value {
    json!({"operation": "Delete"})
}

fn update(zone: &str) -> Value {
    json!({"operation": "Update", "properties": {"zone": zone}})
}

/// Names of what goes after so many days.
fn gone(line: &Line, days: i64) -> Vec<String> {
    let removals = decide_retention(&LineSnapshot {
        now: line.now.checked_add((24 * days).hours()).unwrap(),
        policies: Arc::new(line.policies.clone()),
        type_name: "badge".to_owned(),
        identifier: "e1".to_owned(),
        resource_type: line.view.clone(),
        orders: line.orders.iter().cloned().map(Arc::new).collect(),
        requests: line.requests.iter().cloned().map(Arc::new).collect(),
        resource: None,
        inventory: Arc::default(),
        highest_sequence: 0,
        name_conflict: None,
        held: std::collections::BTreeSet::new(),
        room: handoff_core::engine::Room::default(),
    });
    let orders = removals.orders.iter().map(|order| order.metadata.name.clone().unwrap());
    let requests = removals
        .requests
        .iter()
        .map(|request| request.metadata.name.clone().unwrap());
    orders.chain(requests).collect()
}

fn hired() -> Line {
    let mut line = Line::new(badge());
    line.ask("hire", create()).decide(1, "Confirmed");
    line
}

#[test]
fn the_create_under_a_living_access_stays() {
    let mut line = hired();
    assert_eq!(gone(&line, 3_000), [""; 0]);
    line.ask("move", update("B")).decide(2, "Confirmed");
    line.ask("again", update("C")).decide(3, "Confirmed");
    assert_eq!(gone(&line, 29), [""; 0]);
    assert_eq!(gone(&line, 31), ["badge.e1.2", "move", "again"]);
}

#[test]
fn a_line_goes_as_a_whole_when_its_last_delete_is_over() {
    let mut line = hired();
    line.ask("leave", delete()).decide(2, "Confirmed");
    assert_eq!(gone(&line, 29), [""; 0]);
    assert_eq!(gone(&line, 31), ["badge.e1.1", "badge.e1.2", "hire", "leave"]);
}

#[test]
fn a_new_access_after_a_delete_has_its_own_create() {
    let mut line = hired();
    line.ask("leave", delete()).decide(2, "Confirmed");
    line.ask("back", create()).decide(3, "Confirmed");
    assert_eq!(gone(&line, 31), ["badge.e1.1", "badge.e1.2", "hire", "leave"]);
}

/// The few facts that are kept of a line at rest say the same as its objects.
#[test]
fn facts_say_as_much_as_the_objects() {
    let mut line = hired();
    line.ask("move", update("B")).decide(2, "Errored").recover(2, "Abandon");
    line.ask("again", update("C")).decide(3, "Confirmed");
    line.ask("leave", delete()).decide(4, "Confirmed");
    for order in &line.orders {
        assert_eq!(OrderFacts::of(order).unwrap().old(), old_order(order));
    }
    for (request, last) in line.requests.iter().zip([1, 2, 3, 4]) {
        let facts = RequestFacts::of(request, "badge", "e1").unwrap().old();
        let whole = old_request(request, last);
        assert_eq!(facts.finished, whole.finished);
        assert_eq!((facts.created, facts.succeeded), (whole.created, whole.succeeded));
        // Who ended without a resource is under none.
        assert_eq!(facts.last, if whole.succeeded { last } else { 0 });
    }
}

#[test]
fn what_failed_is_kept_longer_and_the_newest_order_for_ever() {
    let mut line = Line::new(badge());
    line.ask("hire", create()).decide(1, "Errored").recover(1, "Abandon");
    assert_eq!(gone(&line, 89), [""; 0]);
    assert_eq!(gone(&line, 91), ["hire"]);
}

/// What came after it and was not done says nothing of the resource.
#[test]
fn the_newest_order_that_was_done_stays() {
    let mut line = hired();
    line.ask("move", update("B")).decide(2, "Confirmed");
    line.ask("again", update("C"))
        .decide(3, "Errored")
        .recover(3, "Abandon");
    assert_eq!(gone(&line, 91), ["move", "again"]);
}

/// Without its line nobody knows whether the resource lives.
#[test]
fn a_create_on_no_line_stays() {
    let mut line = hired();
    line.ask("leave", delete()).decide(2, "Confirmed");
    let at = |request: usize| request_goes_at(&line.requests[request], None);
    assert_eq!(at(0), None);
    assert!(at(1).is_some());
}

/// Nobody waits for a request that is wrong in itself, though it is stalled.
#[test]
fn a_request_that_is_wrong_goes() {
    let mut line = Line::new(badge());
    line.ask("wrong", json!({"operation": "Create", "properties": {"size": "1"}}));
    assert_eq!(line.shows(1).1, "InvalidRequest");
    assert_eq!(gone(&line, 89), [""; 0]);
    assert_eq!(gone(&line, 91), ["wrong"]);
}

#[test]
fn an_order_that_waits_for_a_recovery_stays() {
    let mut line = Line::new(badge());
    line.ask("hire", create()).decide(1, "Errored");
    assert_eq!(gone(&line, 3_000), [""; 0]);
}

#[test]
fn what_is_open_stays() {
    let mut line = hired();
    line.ask("move", update("B"));
    assert_eq!(gone(&line, 3_000), [""; 0]);
}

#[test]
fn a_request_with_an_end_to_come_stays() {
    let mut line = Line::new(badge());
    let mut spec = create();
    spec["endTime"] = json!("2036-01-01T00:00:00Z");
    line.ask("hire", spec).decide(1, "Confirmed");
    line.ask("leave", delete()).decide(2, "Confirmed");
    assert_eq!(gone(&line, 31), ["leave"]);
}

#[test]
fn what_somebody_keeps_stays_and_so_does_the_memory_of_its_line() {
    let mut line = hired();
    line.ask("leave", delete()).decide(2, "Confirmed");
    let labels = std::collections::BTreeMap::from([("handoff.dev/keep".to_owned(), "true".to_owned())]);
    line.requests[0].metadata.labels = Some(labels);
    assert_eq!(gone(&line, 3_000), ["leave"]);
}

/// With a finalizer it stays for a while: it is not removed twice, and its line not as a whole.
#[test]
fn what_is_being_deleted_is_left_to_whoever_holds_it() {
    let mut line = hired();
    line.ask("leave", delete()).decide(2, "Confirmed");
    line.requests[0].metadata.deletion_timestamp = Some(Time(line.now));
    assert_eq!(gone(&line, 31), ["leave"]);
}

/// Orders go by the rules of their time, requests by those of their type today.
#[test]
fn orders_and_requests_have_clocks_of_their_own() {
    let mut line = hired();
    line.ask("move", update("B")).decide(2, "Confirmed");
    line.ask("again", update("C")).decide(3, "Confirmed");
    let mut of = badge();
    of["spec"]["retention"] = json!({"completed": "24h"});
    let object = serde_json::from_value(of).unwrap();
    line.view = Some(Arc::new(line.view.take().unwrap().with_object(Arc::new(object))));
    assert_eq!(gone(&line, 2), ["move", "again"]);
}

#[test]
fn nothing_goes_while_nobody_checks_who_writes() {
    let mut line = hired();
    line.ask("leave", delete()).decide(2, "Confirmed");
    line.policies = Policies::NotInForce("gone".to_owned());
    assert_eq!(gone(&line, 3_000), [""; 0]);
}
