//! Types that trust what people confirm: the inventory is made of orders.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod pretend;

use handoff_core::api::ProvisioningState as State;
use pretend::{Line, badge, view};
use serde_json::{Value, json};

fn trusting() -> Value {
    let mut of = badge();
    of["spec"]["provisioningConnection"]["package"] = "ManualTicketAndResources".into();
    of
}

fn hired() -> Line {
    let mut line = Line::new(trusting());
    line.create("hire").decide(1, "Confirmed");
    line
}

#[test]
fn a_confirmed_order_is_executed_then_verified_and_in_the_inventory() {
    let line = hired();
    assert_eq!(line.order(1), (State::Verified, "Trusted"));
    assert_eq!(line.shows(1), (State::Verified, "Trusted"));
    assert!(line.finished(1));
    let states: Vec<_> = line.orders[0]
        .status
        .as_ref()
        .unwrap()
        .history
        .iter()
        .map(|entry| entry.state)
        .collect();
    assert_eq!(states, [State::Transmitted, State::Executed, State::Verified]);
    let entry = serde_json::to_value(line.resource.as_ref().unwrap()).unwrap();
    assert_eq!(entry["metadata"]["name"], "badge.e1");
    assert_eq!(entry["spec"]["source"], "Virtual");
    assert_eq!(entry["spec"]["owner"]["id"], "e1");
    assert_eq!(entry["spec"]["properties"]["zone"], "A");
}

#[test]
fn the_inventory_is_what_is_known() {
    let mut line = hired();
    line.create("again");
    assert_eq!(line.shows(2), (State::Verified, "AlreadyAsRequested"));
    line.ask(
        "move",
        json!({"operation": "Update", "properties": {"zone": "B"}, "values": {"doors": ["north"]}}),
    );
    line.decide(2, "Confirmed");
    let spec = &line.resource.as_ref().unwrap().spec;
    assert_eq!(spec.properties["zone"], "B");
    assert_eq!(spec.values["doors"], ["north"]);
    line.ask("leave", json!({"operation": "Delete"})).decide(3, "Confirmed");
    assert_eq!(line.resource, None);
    line.ask("twice", json!({"operation": "Delete"}));
    assert_eq!(line.shows(5), (State::Verified, "AlreadyAbsent"));
    assert_eq!(line.orders.len(), 3);
}

#[test]
fn an_entry_that_somebody_removed_is_not_brought_back_by_itself() {
    let mut line = hired();
    line.resource = None;
    line.settle();
    assert_eq!(line.resource, None);
    // What the order claimed still counts, since nothing was seen since.
    line.create("again");
    assert_eq!(line.shows(2), (State::Verified, "AlreadyAsRequested"));
}

#[test]
fn a_resource_of_nobody_may_be_adopted() {
    let mut line = hired();
    line.resource.as_mut().unwrap().spec.owner = None;
    line.ask(
        "adopt",
        json!({"operation": "Update", "owner": {"id": "e2"}, "properties": {"zone": "B"}}),
    );
    assert_eq!(line.shows(2), (State::Transmitted, "HandedOver"));
    assert_eq!(line.orders[1].spec.owner.id, "e2");
}

#[test]
fn a_claim_taken_back_before_it_was_trusted_leaves_no_entry() {
    let mut line = Line::new(trusting());
    line.create("hire");
    // The confirmation is written down, and taken back before the next pass; the entry had been made already.
    let confirmed = json!({"result": "Confirmed", "by": {"username": "bob"}});
    line.orders[0].spec.decision = serde_json::from_value(confirmed).unwrap();
    let executed = line.decision();
    line.apply(executed);
    assert_eq!(line.order(1), (State::Executed, "Confirmed"));
    let half = line.decision();
    line.apply(handoff_core::engine::LineDecision {
        resource: half.resource,
        ..Default::default()
    });
    assert!(line.resource.is_some());
    line.recover(1, "Abandon");
    assert_eq!(line.order(1), (State::Errored, "ClaimWithdrawn"));
    assert_eq!(line.shows(1), (State::Inactive, "Abandoned"));
    assert_eq!(line.resource, None);
}

#[test]
fn trust_and_an_inventory_of_the_system_contradict_each_other() {
    let mut of = trusting();
    of["spec"]["verification"] = json!({"mode": "Inventory"});
    let problems = view(of).usable().err().unwrap().to_vec();
    assert!(problems.iter().any(|problem| problem.message.contains("contradicts")));
}
