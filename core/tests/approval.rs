//! The workflow: who agrees before a request enters its line.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod pretend;

use handoff_core::api::ProvisioningState as State;
use handoff_core::engine::Policies;
use pretend::{Line, badge, view};
use rstest::rstest;
use serde_json::{Value, json};

fn with(rules: Value) -> Line {
    let mut of = badge();
    of["spec"]["approval"] = rules;
    Line::new(of)
}

fn ask(line: &mut Line, name: &str, requested_by: Value) {
    line.ask(
        name,
        json!({"operation": "Create", "properties": {"zone": "A"}, "requestedBy": requested_by}),
    );
}

fn alice() -> Value {
    json!({"username": "alice"})
}

fn workflow(line: &Line, request: usize) -> Value {
    let status = serde_json::to_value(line.requests[request - 1].status.as_ref().unwrap()).unwrap();
    json!([status["workflowState"], status["approvals"], status["approvalSteps"]])
}

#[test]
fn two_people_have_to_agree() {
    let mut line = with(json!({"steps": 2}));
    ask(&mut line, "hire", alice());
    assert_eq!(line.shows(1), (State::None, "WaitingForApproval"));
    assert!(line.message(1).contains("0 of 2") && line.message(1).contains("kubectl patch areq hire"));
    assert_eq!(workflow(&line, 1), json!(["PendingApproval", "0/2", 2]));
    line.answer(1, "dave", "Approved");
    assert_eq!(workflow(&line, 1), json!(["PendingApproval", "1/2", 2]));
    assert!(line.orders.is_empty());
    line.answer(1, "erin", "Approved");
    assert_eq!(workflow(&line, 1), json!(["Approved", "2/2", 2]));
    assert_eq!(line.shows(1), (State::Transmitted, "HandedOver"));
}

#[test]
fn one_no_ends_it() {
    let mut line = with(json!({"steps": 2}));
    ask(&mut line, "hire", alice());
    line.answer(1, "dave", "Declined");
    assert_eq!(line.shows(1), (State::Inactive, "Declined"));
    assert!(line.message(1).contains("dave declined it: as agreed"));
    assert!(line.finished(1) && line.orders.is_empty());
}

/// Neither requester nor owner agrees to their own wish, whatever was stored.
#[rstest]
#[case("alice")]
#[case("e1")]
fn a_party_does_not_count(#[case] who: &str) {
    let mut line = with(json!({"steps": 1}));
    ask(&mut line, "hire", alice());
    line.answer(1, who, "Approved");
    assert_eq!(workflow(&line, 1), json!(["PendingApproval", "0/1", 1]));
}

/// A requester who may approve counts as the first, unless the type says no or they own it.
#[rstest]
#[case(json!({"steps": 1}), json!({"username": "dave", "mayApprove": true}), "Approved")]
#[case(json!({"steps": 2}), json!({"username": "dave", "mayApprove": true}), "PendingApproval")]
#[case(json!({"steps": 1, "implicit": false}), json!({"username": "dave", "mayApprove": true}), "PendingApproval")]
#[case(json!({"steps": 1}), json!({"username": "e1", "mayApprove": true}), "PendingApproval")]
#[case(json!({"steps": 1}), json!({"username": "alice"}), "PendingApproval")]
#[case(json!({"steps": 0}), json!({"username": "alice"}), "Approved")]
fn who_asks_may_count_as_the_first(#[case] rules: Value, #[case] by: Value, #[case] state: &str) {
    let mut line = with(rules);
    ask(&mut line, "hire", by);
    assert_eq!(workflow(&line, 1)[0], state);
}

#[test]
fn the_number_of_steps_is_frozen() {
    let mut line = with(json!({"steps": 1}));
    ask(&mut line, "hire", alice());
    let mut of = badge();
    of["spec"]["approval"] = json!({"steps": 3});
    line.view = Some(view(of));
    line.settle();
    line.answer(1, "dave", "Approved");
    assert_eq!(line.shows(1), (State::Transmitted, "HandedOver"));
}

#[test]
fn while_the_type_is_unknown_nobody_knows_how_many() {
    let mut line = with(json!({"steps": 1}));
    let known = line.view.take();
    ask(&mut line, "hire", alice());
    assert_eq!(workflow(&line, 1), json!(["Requested", null, null]));
    line.view = known;
    line.settle();
    assert_eq!(workflow(&line, 1), json!(["PendingApproval", "0/1", 1]));
}

#[test]
fn what_waits_for_approvers_holds_nobody_up_and_a_delete_ends_it() {
    let mut line = with(json!({"steps": 1}));
    ask(&mut line, "hire", alice());
    ask(&mut line, "again", json!({"username": "dave", "mayApprove": true}));
    assert_eq!(line.shows(2), (State::Transmitted, "HandedOver"));
    assert_eq!(line.shows(1), (State::None, "WaitingForApproval"));
    line.decide(1, "Confirmed");
    line.ask(
        "leave",
        json!({"operation": "Delete", "requestedBy": {"username": "dave", "mayApprove": true}}),
    );
    assert_eq!(line.shows(1), (State::Inactive, "Superseded"));
}

#[test]
fn a_bad_request_is_not_shown_to_approvers() {
    let mut line = with(json!({"steps": 1}));
    line.ask("hire", json!({"operation": "Create"}));
    assert_eq!(line.shows(1), (State::Error, "InvalidRequest"));
}

#[test]
fn an_answer_that_nobody_checked_is_not_believed() {
    let mut line = with(json!({"steps": 1}));
    ask(&mut line, "hire", alice());
    line.policies = Policies::NotInForce("the policy handoff-requests is absent".to_owned());
    line.settle();
    line.answer(1, "dave", "Approved");
    assert_eq!(line.shows(1), (State::Error, "RequestUntrusted"));
    line.policies = Policies::InForce;
    line.settle();
    assert_eq!(line.shows(1), (State::Error, "RequestUntrusted"));
    assert!(line.orders.is_empty());
}
