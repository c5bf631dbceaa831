//! Reasons that a later version gave: this one does not know them, and leaves what people have or had as it is. What waits is
//! decided by the rules of this version.

use crate::pretend::{Line, badge_with};
use crate::trusting;
use handoff_core::api::ProvisioningState as State;
use handoff_core::engine::{LineDecision, Policies};
use rstest::rstest;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// The same status, as if a later version had written it: its state has another reason, wherever that stands.
fn of_a_later_version<S: Serialize + DeserializeOwned>(status: &S) -> S {
    let status = serde_json::to_value(status).unwrap();
    let known = format!("\"reason\":{}", status["reason"]);
    let later = status.to_string().replace(&known, "\"reason\":\"OfALaterVersion\"");
    assert!(later.contains("OfALaterVersion"));
    serde_json::from_str(&later).unwrap()
}

fn unchanged() -> (&'static str, Value) {
    ("/spec/displayName", json!("Badge"))
}

fn asks_for_a_review() -> (&'static str, Value) {
    ("/spec/provisioningReview", json!({"required": true}))
}

fn suspended() -> (&'static str, Value) {
    ("/spec/suspend", json!(true))
}

fn nothing(_: &mut Line) {}

fn confirmed(line: &mut Line) {
    line.decide(1, "Confirmed");
}

fn failed(line: &mut Line) {
    line.decide(1, "Errored");
}

fn declined(line: &mut Line) {
    line.review(1, "Declined");
}

#[rstest]
#[case(unchanged(), nothing, State::Transmitted)]
#[case(unchanged(), confirmed, State::Executed)]
#[case(trusting(), confirmed, State::Verified)]
#[case(unchanged(), failed, State::Errored)]
#[case(asks_for_a_review(), declined, State::Inactive)]
fn an_order_is_left_as_it_is(#[case] of: (&'static str, Value), #[case] happens: fn(&mut Line), #[case] state: State) {
    let mut line = seen_by_a_later_version(of, happens);
    assert_eq!(line.order(1).0, state);
    for policies in [
        Policies::InForce,
        Policies::NotInForce("the policy handoff-orders is absent".to_owned()),
    ] {
        line.policies = policies;
        assert_eq!(written(&line.decision()), [""; 0]);
    }
}

/// What a decision writes and tells, briefly.
fn written(decision: &LineDecision) -> Vec<String> {
    let orders = decision.order_updates.iter().map(|update| &update.status);
    let orders = orders.map(|status| format!("order {:?}/{:?}", status.state, status.reason));
    let requests = decision.request_updates.iter().map(|update| &update.status);
    let requests = requests.map(|status| format!("request {:?}/{:?}", status.provisioning_state, status.reason));
    let reports = decision.reports.iter().map(|report| format!("event {}", report.reason));
    let made = decision.new_order.iter().map(|_| "a new order".to_owned());
    let asked = decision.new_requests.iter().map(|_| "a new request".to_owned());
    let inventory = decision.resource.iter().map(|_| "the inventory".to_owned());
    orders
        .chain(requests)
        .chain(reports)
        .chain(made)
        .chain(asked)
        .chain(inventory)
        .collect()
}

fn seen_by_a_later_version(of: (&'static str, Value), happens: fn(&mut Line)) -> Line {
    let mut line = Line::new(badge_with(of.0, of.1));
    happens(line.create("hire"));
    line.orders[0].status = line.orders[0].status.as_ref().map(of_a_later_version);
    line.requests[0].status = line.requests[0].status.as_ref().map(of_a_later_version);
    line
}

fn released(line: &mut Line) {
    line.review(1, "Approved");
}

fn cancelled(line: &mut Line) {
    line.cancel(1);
}

/// What people say counts, whyever it is where it is.
#[rstest]
#[case(asks_for_a_review(), released, State::Transmitted, "HandedOver")]
#[case(asks_for_a_review(), declined, State::Inactive, "Declined")]
#[case(suspended(), cancelled, State::Inactive, "Cancelled")]
#[case(unchanged(), confirmed, State::Executed, "Confirmed")]
#[case(unchanged(), failed, State::Errored, "ReportedByPerson")]
fn people_move_it_on(
    #[case] of: (&'static str, Value),
    #[case] act: fn(&mut Line),
    #[case] state: State,
    #[case] reason: &str,
) {
    let mut line = seen_by_a_later_version(of, nothing);
    act(&mut line);
    assert_eq!(line.order(1), (state, reason));
    assert_eq!(line.shows(1), (state, reason));
}
