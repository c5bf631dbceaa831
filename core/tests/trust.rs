//! The second check, and what happens while nobody checks: a hole in admission is not a hole in the product.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod pretend;

use handoff_core::api::ProvisioningState as State;
use handoff_core::engine::{Policies, TypeSnapshot, decide_type};
use pretend::{Line, badge, view};
use rstest::rstest;
use serde_json::{Value, json};
use std::sync::Arc;

fn create() -> Value {
    json!({"operation": "Create", "properties": {"zone": "A"}})
}

fn asked_by(who: &str, rules: Value) -> Line {
    let mut of = badge();
    of["spec"]["decision"] = rules;
    let mut line = Line::new(of);
    let mut wish = create();
    wish["requestedBy"] = json!({"username": who});
    line.ask("hire", wish);
    line
}

fn unchecked() -> Policies {
    Policies::NotInForce("the policy handoff-orders is absent: apply the chart's policies".to_owned())
}

fn distrusted(line: &Line, order: usize) -> Value {
    let status = serde_json::to_value(line.orders[order - 1].status.as_ref().unwrap()).unwrap();
    let conditions = status["conditions"].as_array().unwrap().clone();
    conditions
        .into_iter()
        .find(|c| c["type"] == "DecisionUntrusted")
        .unwrap_or_default()
}

/// A decision that the admission policies would have refused, and what the message says.
#[rstest]
#[case(json!({"result": "Confirmed", "by": {"username": "alice"}}), "may not confirm")]
#[case(json!({"result": "Confirmed", "by": {"username": "e1"}}), "may not confirm")]
#[case(json!({"result": "Confirmed", "by": {"username": " "}}), "signed")]
#[case(json!({"result": "Errored", "by": {"username": "bob"}}), "does not say why")]
#[case(json!({"result": "Errored", "message": "no", "actualValues": {"zone": ["B"]}, "by": {"username": "bob"}}), "actualValues")]
#[case(json!({"result": "Confirmed", "actualValues": {"pin": ["1234"]}, "by": {"username": "bob"}}), "a Secret")]
#[case(json!({"result": "Confirmed", "actualValues": {"level": ["1"]}, "by": {"username": "bob"}}), "level")]
fn a_decision_that_breaks_the_rules_is_not_believed(#[case] decision: Value, #[case] words: &str) {
    let mut line = asked_by("alice", Value::Null);
    line.people_write(1, "decision", decision);
    assert_eq!(line.order(1), (State::Errored, "DecisionUntrusted"));
    assert_eq!(line.shows(1), (State::Errored, "DecisionUntrusted"));
    assert!(
        line.message(1).contains(words) && !line.message(1).contains("1234"),
        "{}",
        line.message(1)
    );
    assert_eq!(distrusted(&line, 1)["reason"], "DecisionUntrusted");
    line.recover(1, "Retry");
    assert_eq!(line.shows(1), (State::Transmitted, "HandedOver"));
    assert_eq!(
        line.orders[1].spec.previous.as_ref().unwrap().reason,
        "DecisionUntrusted"
    );
}

#[rstest]
#[case(json!({"result": "Errored", "message": "I am away", "by": {"username": "alice"}}), Value::Null, "ReportedByPerson")]
#[case(json!({"result": "Confirmed", "by": {"username": "alice"}}), json!({"allowSelfConfirmation": true}), "Confirmed")]
#[case(json!({"result": "Confirmed", "by": {"username": "bob"}}), Value::Null, "Confirmed")]
fn what_the_type_allows_is_believed(#[case] decision: Value, #[case] rules: Value, #[case] reason: &str) {
    let mut line = asked_by("alice", rules);
    line.people_write(1, "decision", decision);
    assert_eq!(line.order(1).1, reason);
}

#[test]
fn evidence_and_a_claim_are_asked_for_again() {
    let rules = json!({"evidence": "Required", "claimRequired": true});
    let mut line = asked_by("alice", rules.clone());
    line.people_write(1, "decision", json!({"result": "Confirmed", "by": {"username": "bob"}}));
    assert!(line.message(1).contains("evidence"), "{}", line.message(1));
    let shown = json!({"result": "Confirmed", "evidence": "a picture", "by": {"username": "bob"}});
    let mut line = asked_by("alice", rules.clone());
    line.people_write(1, "decision", shown.clone());
    assert!(line.message(1).contains("claimed"), "{}", line.message(1));
    let mut line = asked_by("alice", rules);
    line.people_write(1, "assignee", json!({"username": "bob"}));
    line.people_write(1, "decision", shown);
    assert_eq!(line.order(1), (State::Executed, "Confirmed"));
}

#[test]
fn an_unsigned_request_makes_no_order() {
    let mut line = Line::new(badge());
    let mut wish = create();
    wish["requestedBy"] = Value::Null;
    line.ask("hire", wish);
    assert_eq!(line.shows(1), (State::Error, "RequestUntrusted"));
    assert!(line.finished(1) && line.orders.is_empty());
}

#[test]
fn while_nobody_checks_nothing_moves_and_what_comes_is_never_believed() {
    let mut line = asked_by("alice", Value::Null);
    line.policies = unchecked();
    line.settle();
    line.people_write(1, "decision", json!({"result": "Confirmed", "by": {"username": "bob"}}));
    line.ask("late", create());
    assert_eq!(line.order(1), (State::Transmitted, "HandedOver"));
    assert_eq!(distrusted(&line, 1)["reason"], "DecisionUntrusted");
    assert_eq!(line.shows(2), (State::Error, "RequestUntrusted"));
    assert!(line.message(2).contains("file a new one"));
    line.policies = Policies::InForce;
    line.settle();
    assert_eq!(line.order(1), (State::Errored, "DecisionUntrusted"));
    assert_eq!(line.shows(2), (State::Error, "RequestUntrusted"));
    // What comes now counts, also on that order.
    line.recover(1, "Abandon");
    assert_eq!(line.shows(1), (State::Inactive, "Abandoned"));
}

#[test]
fn a_recovery_that_nobody_checked_is_a_retry() {
    let mut line = asked_by("alice", Value::Null);
    line.decide(1, "Errored");
    line.policies = unchecked();
    line.recover(1, "Abandon");
    assert_eq!(line.shows(1), (State::Errored, "ReportedByPerson"));
    assert_eq!(distrusted(&line, 1)["reason"], "RecoveryUntrusted");
    line.policies = Policies::InForce;
    line.settle();
    assert_eq!(line.shows(1), (State::Transmitted, "HandedOver"));
    assert_eq!(line.orders.len(), 2);
}

#[test]
fn a_confirmation_that_somebody_struck_unchecked_is_done_again() {
    let mut line = asked_by("alice", Value::Null);
    line.decide(1, "Confirmed");
    line.policies = unchecked();
    line.recover(1, "Abandon");
    assert_eq!(line.order(1), (State::Executed, "Confirmed"));
    line.policies = Policies::InForce;
    line.settle();
    assert_eq!(line.order(1), (State::Errored, "ClaimWithdrawn"));
    assert_eq!(line.shows(1), (State::Transmitted, "HandedOver"));
}

#[test]
fn a_type_says_whether_the_policies_are_in_force() {
    let say = |policies: Policies| {
        let snapshot = TypeSnapshot {
            policies: Arc::new(policies),
            now: "2026-03-01T08:00:00Z".parse().unwrap(),
            resource_type: view(badge()),
            census: handoff_core::engine::Census::default(),
            counted_at: None,
            resources: 0,
            inventory: Arc::default(),
        };
        let decision = decide_type(&snapshot);
        let status = serde_json::to_value(decision.status.unwrap()).unwrap();
        let conditions = status["conditions"].as_array().unwrap().clone();
        let found = conditions.into_iter().find(|c| c["type"] == "PoliciesInForce").unwrap();
        (found["status"].clone(), found["message"].clone(), decision.reports)
    };
    let (status, _, _) = say(Policies::InForce);
    assert_eq!(status, "True");
    let (status, message, reports) = say(unchecked());
    assert_eq!(status, "False");
    assert!(message.as_str().unwrap().contains("handoff-orders"));
    assert!(
        reports
            .iter()
            .any(|report| report.warning && report.message.contains("handoff-orders"))
    );
}
