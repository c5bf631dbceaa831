//! 4.2, 4.9 and 5.8: suspended types, types that vanish or fall ill, dependencies, what an owner lacks.

use super::{create, delete, edit, kind, review, update, with};
use crate::pretend::view;
use handoff_core::api::ProvisioningState as State;
use rstest::rstest;
use serde_json::{Value, json};

#[test]
fn a_suspended_type_hands_nothing_over() {
    let mut line = with(json!({"suspend": true}));
    line.ask("hire", create());
    assert_eq!(line.order(1), (State::Pending, "Suspended"));
    assert_eq!(line.shows(1), (State::Pending, "Suspended"));
    assert!(line.message(1).contains("spec.suspend"));
    line.ask("more", update(json!({"level": "3"})));
    assert_eq!(line.shows(2), (State::Pending, "Queued"));
    assert!(line.message(2).contains("badge.e1.1, which is not handed over yet"));
    edit(&mut line, json!({}));
    assert_eq!(line.order(1), (State::Transmitted, "HandedOver"));
}

#[test]
fn what_a_person_has_is_not_suspended() {
    let mut line = with(json!({}));
    line.ask("hire", create());
    edit(&mut line, json!({"suspend": true}));
    assert_eq!(line.order(1), (State::Transmitted, "HandedOver"));
    line.decide(1, "Confirmed");
    assert_eq!(line.shows(1), (State::Executed, "Confirmed"));
}

/// What is handed over is computed from what is known then.
#[test]
fn what_changed_meanwhile_makes_the_next_number() {
    let mut line = with(json!({"suspend": true}));
    line.ask("hire", create());
    let mut of = kind(json!({}));
    of["spec"]["properties"][3]["expression"] = json!("'Ms ' ~ owner.id");
    line.view = Some(view(of));
    line.settle();
    assert_eq!(line.order(1), (State::Inactive, "Recomputed"));
    assert_eq!(line.order(2), (State::Transmitted, "HandedOver"));
    assert_eq!(line.orders[1].spec.desired.properties["label"], "Ms e1");
    assert_eq!(line.orders[1].spec.attempt, 1);
    assert_eq!(line.shows(1), (State::Transmitted, "HandedOver"));
    assert_eq!(
        line.requests[0].status.as_ref().unwrap().orders,
        ["badge.e1.1", "badge.e1.2"]
    );
}

#[test]
fn what_is_as_requested_meanwhile_needs_no_order() {
    let mut line = with(json!({"suspend": true}));
    line.ask("move", update(json!({"zone": "B"})));
    let resource = json!({
        "apiVersion": "handoff.dev/v1alpha1", "kind": "ManagedResource", "metadata": {"name": "badge.e1"},
        "spec": {"resourceTypeRef": {"name": "badge"}, "identifier": "e1", "owner": {"id": "e1"},
                 "properties": {"zone": "B", "label": "e1/B"}, "source": "Virtual", "observedAt": "2026-03-01T09:00:00Z"},
    });
    line.resource = serde_json::from_value(resource).unwrap();
    edit(&mut line, json!({}));
    assert_eq!(line.order(1), (State::Inactive, "Recomputed"));
    assert_eq!(line.orders.len(), 1);
    assert_eq!(line.shows(1), (State::Verified, "AlreadyAsRequested"));
}

#[rstest]
#[case::gone(None, "ResourceTypeNotFound")]
#[case::without_connection(Some(json!({"provisioningConnection": null})), "NoProvisioningConnection")]
#[case::ill(Some(json!({"identifier": {"expression": "owner.id ~"}})), "ResourceTypeNotReady")]
fn a_type_that_vanishes_or_falls_ill(#[case] fields: Option<Value>, #[case] reason: &str) {
    let healthy = json!({"provisioningReview": {"required": true}});
    let mut line = with(healthy.clone());
    line.ask("hire", create());
    line.ask("more", update(json!({"level": "3"})));
    line.view = fields.map(|fields| view(kind(fields)));
    line.settle();
    assert_eq!(line.order(1), (State::Error, reason));
    assert_eq!(line.shows(1), (State::Error, reason));
    assert_eq!(line.shows(2), (State::Error, reason));
    edit(&mut line, healthy);
    assert_eq!(line.order(1), (State::AwaitingApproval, "ReviewRequired"));
    review(&mut line, 1, "Approved");
    assert_eq!(line.order(1), (State::Transmitted, "HandedOver"));
    assert_eq!(line.shows(2), (State::Pending, "Queued"));
}

#[test]
fn what_a_person_has_stays_and_says_so() {
    let mut line = with(json!({}));
    line.ask("hire", create());
    line.view = None;
    line.settle();
    assert_eq!(line.order(1), (State::Transmitted, "HandedOver"));
    assert_eq!(
        super::condition(&line.orders[0], "Stalled").unwrap().0,
        "ResourceTypeNotFound"
    );
    line.decide(1, "Confirmed");
    assert_eq!(line.shows(1), (State::Executed, "Confirmed"));
    assert_eq!(super::condition(&line.orders[0], "Stalled"), None);
}

#[test]
fn an_expression_that_fails_at_the_hand_over_is_an_error_that_heals() {
    let mut line = with(json!({"suspend": true}));
    line.ask("hire", create());
    let mut of = kind(json!({}));
    of["spec"]["properties"][3]["expression"] = json!("owner.properties.nothing");
    line.view = Some(view(of));
    line.settle();
    assert_eq!(line.order(1), (State::Error, "ExpressionFailed"));
    assert_eq!(line.shows(1), (State::Error, "ExpressionFailed"));
    edit(&mut line, json!({}));
    assert_eq!(line.order(1), (State::Transmitted, "HandedOver"));
}

#[test]
fn a_create_waits_for_what_the_type_depends_on() {
    let mut line = with(json!({"dependsOn": [{"name": "crm-account"}, {"name": "desk"}]}));
    line.ask("hire", create());
    assert_eq!(line.shows(1), (State::None, "WaitingForDependency"));
    assert!(
        line.message(1).contains("e1 has no crm-account and no desk yet"),
        "{}",
        line.message(1)
    );
    line.held.insert(("e1".to_owned(), "crm-account".to_owned()));
    line.held.insert(("e2".to_owned(), "desk".to_owned()));
    line.settle();
    assert!(line.message(1).contains("e1 has no desk yet"), "{}", line.message(1));
    line.held.insert(("e1".to_owned(), "desk".to_owned()));
    line.settle();
    assert_eq!(line.shows(1), (State::Transmitted, "HandedOver"));
}

#[test]
fn a_delete_depends_on_nothing() {
    let mut line = with(json!({"dependsOn": [{"name": "desk"}], "dependsOnOwnerProperties": ["costCenter"]}));
    line.ask("leave", delete());
    assert_eq!(line.shows(1), (State::Transmitted, "HandedOver"));
}

#[test]
fn what_the_type_must_know_of_the_owner_is_asked_for() {
    let mut line = with(json!({"dependsOnOwnerProperties": ["costCenter"]}));
    line.ask("hire", create());
    assert_eq!(line.shows(1), (State::Error, "InvalidRequest"));
    assert!(line.message(1).contains("costCenter") && line.message(1).contains("spec.owner.properties"));
    let owner = json!({"id": "e1", "properties": {"costCenter": "4711"}});
    line.ask(
        "again",
        json!({"operation": "Create", "properties": {"zone": "A"}, "owner": owner}),
    );
    assert_eq!(line.shows(2), (State::Transmitted, "HandedOver"));
}
