//! A table of the rules of a line with one request at a time, and of requests and types by themselves.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod pretend;

use handoff_core::api::ProvisioningState as State;
use handoff_core::engine::{Policies, RequestSnapshot, decide_request, decide_type, holding, locate};
use jiff::Timestamp;
use pretend::{Line, badge, view};
use rstest::rstest;
use serde_json::{Value, json};
use std::sync::Arc;

#[test]
fn a_create_is_handed_over_and_executed() {
    let mut line = Line::new(badge());
    line.create("hire");
    assert_eq!(line.shows(1), (State::Transmitted, "HandedOver"));
    assert_eq!(line.orders[0].metadata.name.as_deref(), Some("badge.e1.1"));
    let changes: Vec<_> = line.orders[0]
        .spec
        .changes
        .iter()
        .map(|c| (c.property.as_str(), c.proposed.clone()))
        .collect();
    let is = |value: &str| Some(vec![value.to_owned()]);
    assert_eq!(changes, [("label", is("e1/A")), ("pin", None), ("zone", is("A"))]);
    line.decide(1, "Confirmed");
    assert_eq!(line.shows(1), (State::Executed, "Confirmed"));
    assert!(line.finished(1));
    assert_eq!(
        holding(
            &[Arc::new(line.orders[0].clone())],
            None,
            &handoff_core::engine::observed::Inventory::default()
        ),
        Some(("e1".to_owned(), "e1".to_owned()))
    );
}

#[test]
fn an_error_waits_for_a_recovery_and_retry_quotes_it() {
    let mut line = Line::new(badge());
    line.create("hire").decide(1, "Errored");
    assert_eq!(line.shows(1), (State::Errored, "ReportedByPerson"));
    assert!(!line.finished(1));
    assert!(
        line.message(1).contains("the door is locked") && line.message(1).contains("Retry"),
        "{}",
        line.message(1)
    );
    line.recover(1, "Retry");
    assert_eq!(line.shows(1), (State::Transmitted, "HandedOver"));
    let second = &line.orders[1].spec;
    assert_eq!((second.sequence, second.attempt), (2, 2));
    assert!(
        second.ticket.instructions.contains("the door is locked"),
        "{}",
        second.ticket.instructions
    );
    line.decide(2, "Confirmed");
    assert_eq!(line.shows(1), (State::Executed, "Confirmed"));
    assert_eq!(
        line.requests[0].status.as_ref().unwrap().orders,
        ["badge.e1.1", "badge.e1.2"]
    );
}

#[test]
fn abandon_ends_the_request_and_frees_the_line() {
    let mut line = Line::new(badge());
    line.create("hire").create("again").decide(1, "Errored");
    assert_eq!(line.shows(2), (State::Pending, "WaitingForRecovery"));
    assert!(line.message(2).contains("badge.e1.1"), "{}", line.message(2));
    line.recover(1, "Abandon");
    assert_eq!(line.shows(1), (State::Inactive, "Abandoned"));
    assert_eq!(line.shows(2), (State::Transmitted, "HandedOver"));
}

#[test]
fn a_later_request_queues_and_says_behind_what() {
    let mut line = Line::new(badge());
    line.create("hire").ask("leave", json!({"operation": "Delete"}));
    assert_eq!(line.shows(2), (State::Pending, "Queued"));
    assert!(line.message(2).contains("badge.e1.1"));
    line.decide(1, "Confirmed");
    assert_eq!(line.shows(2), (State::Transmitted, "HandedOver"));
    assert!(line.orders[1].spec.changes.is_empty() && !line.orders[1].spec.desired.exists);
    line.decide(2, "Confirmed");
    assert_eq!((line.shows(1).0, line.shows(2).0), (State::Executed, State::Executed));
}

#[rstest]
#[case(json!({"operation": "Create", "properties": {"zone": "A"}}), State::Executed, "AlreadyClaimed")]
#[case(json!({"operation": "Update", "properties": {"zone": "A"}}), State::Executed, "AlreadyClaimed")]
#[case(json!({"operation": "Update", "properties": {"zone": "B"}}), State::Transmitted, "HandedOver")]
#[case(json!({"operation": "Create", "properties": {"zone": "B"}}), State::Transmitted, "HandedOver")]
fn what_a_person_says_is_there_counts(#[case] wish: Value, #[case] state: State, #[case] reason: &str) {
    let mut line = Line::new(badge());
    line.create("hire").decide(1, "Confirmed").ask("second", wish);
    assert_eq!(line.shows(2), (state, reason));
    if state == State::Transmitted {
        assert_eq!(line.orders[1].spec.operation.as_str(), "Update");
        let zone = line.orders[1]
            .spec
            .changes
            .iter()
            .find(|c| c.property == "zone")
            .unwrap();
        assert_eq!(zone.current.as_deref(), Some(["A".to_owned()].as_slice()));
    }
}

#[test]
fn an_update_of_what_was_removed_finds_nothing() {
    let mut line = Line::new(badge());
    line.create("hire")
        .decide(1, "Confirmed")
        .ask("leave", json!({"operation": "Delete"}))
        .decide(2, "Confirmed");
    line.ask("move", json!({"operation": "Update", "properties": {"level": "2"}}));
    assert_eq!(line.shows(3), (State::Error, "ResourceNotFound"));
    line.create("back");
    assert_eq!(line.orders[2].spec.desired.properties["level"], "2");
    line.decide(3, "Confirmed");
    assert_eq!(line.shows(3), (State::Executed, "Confirmed"));
    assert_eq!(line.shows(4), (State::Executed, "Confirmed"));
}

#[test]
fn a_taken_back_confirmation_puts_the_request_back() {
    let mut line = Line::new(badge());
    line.create("hire").decide(1, "Confirmed").recover(1, "Retry");
    assert_eq!(line.order(1), (State::Errored, "ClaimWithdrawn"));
    assert_eq!(line.shows(1), (State::Transmitted, "HandedOver"));
    assert_eq!(line.orders[1].spec.attempt, 2);
}

#[test]
fn a_claim_struck_after_a_later_order_puts_nothing_back() {
    let mut line = Line::new(badge());
    line.create("hire")
        .decide(1, "Confirmed")
        .ask("move", json!({"operation": "Update", "properties": {"zone": "B"}}));
    line.recover(1, "Retry");
    assert_eq!(line.order(1), (State::Errored, "ClaimWithdrawn"));
    assert_eq!(line.shows(1), (State::Inactive, "Superseded"));
    assert_eq!(line.shows(2), (State::Transmitted, "HandedOver"));
}

#[test]
fn a_deleted_live_order_is_replaced_under_the_next_number() {
    let mut line = Line::new(badge());
    line.create("hire");
    line.orders.clear();
    line.highest = 0;
    line.settle();
    assert_eq!(line.orders[0].metadata.name.as_deref(), Some("badge.e1.2"));
    assert_eq!(line.order(1), (State::Transmitted, "Recreated"));
}

#[test]
fn a_deleted_finished_order_is_not_ordered_again() {
    let mut line = Line::new(badge());
    line.create("hire").decide(1, "Confirmed");
    line.orders.clear();
    line.settle();
    assert!(line.orders.is_empty());
    assert_eq!(line.shows(1), (State::Executed, "Confirmed"));
}

#[test]
fn an_order_without_a_state_is_handed_over_after_a_crash() {
    let mut line = Line::new(badge());
    line.create("hire");
    line.orders[0].status = None;
    line.requests[0].status = None;
    line.settle();
    assert_eq!(
        (line.orders.len(), line.shows(1)),
        (1, (State::Transmitted, "HandedOver"))
    );
}

#[rstest]
#[case("Create", "IdentifierTaken")]
#[case("Delete", "NotTheOwner")]
fn anothers_resource_is_not_touched(#[case] operation: &str, #[case] reason: &str) {
    let mut line = Line::new(badge());
    line.create("hire").decide(1, "Confirmed");
    let mut wish = json!({"operation": operation, "owner": {"id": "e2"}, "resource": {"identifier": "e1"}});
    if operation == "Create" {
        wish["properties"] = json!({"zone": "A"});
    }
    line.ask("foreign", wish);
    assert_eq!(line.shows(2), (State::Error, reason));
    assert_eq!(line.orders.len(), 1);
}

#[test]
fn all_problems_are_told_at_once_and_no_secret_is_repeated() {
    let mut line = Line::new(badge());
    line.ask(
        "bad",
        json!({
            "operation": "Create",
            "properties": {"colour": "red", "level": "high", "doors": "x", "pin": "1234", "label": "mine"},
        }),
    );
    assert_eq!(line.shows(1), (State::Error, "InvalidRequest"));
    assert!(line.finished(1));
    for part in [
        "colour",
        "level",
        "whole number",
        "doors",
        "pin is a Secret",
        "label is computed",
    ] {
        assert!(line.message(1).contains(part), "{part} is not in: {}", line.message(1));
    }
    assert!(!line.message(1).contains("1234"));
}

#[test]
fn a_missing_required_property_is_named() {
    let mut kind = badge();
    kind["spec"]["properties"]
        .as_array_mut()
        .unwrap()
        .retain(|p| p["name"] != "label");
    let mut line = Line::new(kind);
    line.ask("bad", json!({"operation": "Create"}));
    assert_eq!(line.shows(1), (State::Error, "InvalidRequest"));
    assert!(line.message(1).contains("zone is required"));
}

#[test]
fn adds_and_removes_become_a_set() {
    let mut line = Line::new(badge());
    line.ask(
        "hire",
        json!({"operation": "Create", "properties": {"zone": "A"}, "values": {"doors": ["1", "2"]}}),
    )
    .decide(1, "Confirmed");
    line.ask(
        "move",
        json!({"operation": "Update", "addValues": {"doors": ["2", "3"]}, "removeValues": {"doors": ["1", "9"]}}),
    );
    let doors = line.orders[1]
        .spec
        .changes
        .iter()
        .find(|c| c.property == "doors")
        .unwrap();
    let set = |values: &[&str]| Some(values.iter().map(|v| (*v).to_owned()).collect::<Vec<_>>());
    assert_eq!(
        (doors.proposed.clone(), doors.added.clone(), doors.removed.clone()),
        (set(&["2", "3"]), set(&["3"]), set(&["1"]))
    );
}

#[test]
fn a_type_that_goes_bad_leaves_open_orders_alone_and_heals() {
    let mut line = Line::new(badge());
    line.create("hire");
    line.view = None;
    line.settle().ask("more", json!({"operation": "Delete"}));
    assert_eq!(line.order(1), (State::Transmitted, "HandedOver"));
    assert_eq!(line.shows(2), (State::Error, "ResourceTypeNotFound"));
    let mut bad = badge();
    bad["spec"]["identifier"]["expression"] = "owner.id ~".into();
    line.view = Some(view(bad));
    line.settle();
    assert_eq!(line.shows(2), (State::Error, "ResourceTypeNotReady"));
    line.view = Some(view(badge()));
    line.settle();
    assert_eq!(line.shows(2), (State::Pending, "Queued"));
}

#[rstest]
#[case(
    "/spec/provisioningConnection",
    Value::Null,
    "NoProvisioningConnection",
    "ManualTicket"
)]
#[case("/spec/identifier/expression", json!("owner.id ~"), "InvalidExpression", "spec.identifier.expression")]
#[case("/spec/properties/0/expression", json!("(("), "InvalidExpression", "spec.properties[zone].expression")]
#[case("/spec/ticket", json!({"title": "{{ owner.id "}), "InvalidExpression", "spec.ticket.title")]
fn a_type_says_what_keeps_it_from_ready(
    #[case] field: &str,
    #[case] value: Value,
    #[case] reason: &str,
    #[case] words: &str,
) {
    let mut kind = badge();
    let (parent, name) = field.rsplit_once('/').unwrap();
    kind.pointer_mut(parent).unwrap()[name] = value;
    let decision = decide_type(&handoff_core::engine::TypeSnapshot {
        policies: Arc::new(Policies::InForce),
        now: Timestamp::UNIX_EPOCH,
        resource_type: view(kind),
        census: handoff_core::engine::Census::default(),
        counted_at: None,
        resources: 0,
        inventory: Arc::default(),
    });
    let status = decision.status.unwrap();
    let ready = status.conditions.iter().find(|c| c.type_ == "Ready").unwrap();
    assert_eq!(ready.reason, reason);
    assert!(ready.message.contains(words), "{}", ready.message);
    assert_eq!(decision.reports.len(), 1);
}

fn which(operation: &str, holdings: &[&str]) -> RequestSnapshot {
    let request = json!({
        "apiVersion": "handoff.dev/v1alpha1", "kind": "AssignmentRequest",
        "metadata": {"name": "r", "uid": "u", "generation": 1},
        "spec": {"resourceTypeRef": {"name": "badge"}, "operation": operation, "owner": {"id": "E1"}, "requestedBy": {"username": "alice"}},
    });
    RequestSnapshot {
        policies: Arc::new(Policies::InForce),
        now: Timestamp::UNIX_EPOCH,
        request: Arc::new(serde_json::from_value(request).unwrap()),
        resource_type: Some(view(badge())),
        order: None,
        holdings: holdings.iter().map(|h| (*h).to_owned()).collect(),
    }
}

#[rstest]
#[case("Create", &["other"], Some("e1"))]
#[case("Update", &[], Some("e1"))]
#[case("Update", &["Other"], Some("other"))]
#[case("Delete", &["a", "b"], None)]
fn a_request_finds_its_line(#[case] operation: &str, #[case] holdings: &[&str], #[case] line: Option<&str>) {
    assert_eq!(locate(&which(operation, holdings)).as_deref(), line);
}

#[test]
fn several_resources_need_an_identifier() {
    let decision = decide_request(&which("Delete", &["a", "b"]));
    let status = decision.update.unwrap().status;
    assert_eq!(status.reason.as_deref(), Some("IdentifierNeeded"));
    assert!(status.message.unwrap().contains("a, b"));
}
