//! 2.2, 5.3 and 5.4: a request is taken back before, while and after a person has the work.

use super::{cancel, condition, create, in_minutes, review, update, with, workflow, write_cancel};
use handoff_core::api::ProvisioningState as State;
use handoff_core::engine::Policies;
use rstest::rstest;
use serde_json::{Value, json};

#[rstest]
#[case::approval(json!({"approval": {"steps": 1}}))]
#[case::dependency(json!({"dependsOn": [{"name": "desk"}]}))]
#[case::grouping(json!({"groupingWindow": "1h"}))]
#[case::review(json!({"provisioningReview": {"required": true}}))]
#[case::suspended(json!({"suspend": true}))]
#[case::ill(json!({"identifier": {"expression": "owner.id ~"}}))]
fn before_anyone_has_it_it_ends(#[case] fields: Value) {
    let mut line = with(fields);
    line.ask("hire", create());
    cancel(&mut line, 1);
    assert_eq!(line.shows(1), (State::Inactive, "Cancelled"));
    assert!(line.message(1).contains("alice cancelled it: no longer wanted"));
    assert_eq!(workflow(&line, 1), "Cancelled");
    assert!(line.finished(1));
    for order in 1..=line.orders.len() {
        assert_eq!(line.order(order), (State::Inactive, "Cancelled"));
    }
}

#[test]
fn while_a_person_has_it_they_are_asked_to_stop() {
    let mut line = with(json!({}));
    line.ask("hire", create());
    cancel(&mut line, 1);
    assert_eq!(line.order(1), (State::Transmitted, "StopRequested"));
    let (reason, message) = condition(&line.orders[0], "StopRequested").unwrap();
    assert_eq!(reason, "Cancelled");
    assert!(message.contains("hire: alice cancelled it: no longer wanted"));
    assert_eq!(line.shows(1), (State::Transmitted, "StopRequested"));
    assert!(line.message(1).contains("Done already? Confirm it") && line.message(1).contains("Not done?"));
    assert_eq!(workflow(&line, 1), "Cancelled");
    assert!(!line.finished(1));
}

#[test]
fn not_done_after_the_stop_ends_it_without_a_recovery() {
    let mut line = with(json!({}));
    line.ask("hire", create());
    cancel(&mut line, 1);
    line.decide(1, "Errored");
    assert_eq!(line.order(1), (State::Errored, "ReportedByPerson"));
    assert_eq!(condition(&line.orders[0], "Stalled"), None);
    assert_eq!(line.shows(1), (State::Inactive, "Cancelled"));
    assert!(line.finished(1));
}

#[test]
fn done_after_the_stop_is_done() {
    let mut line = with(json!({}));
    line.ask("hire", create());
    cancel(&mut line, 1);
    line.decide(1, "Confirmed");
    assert_eq!(line.order(1), (State::Executed, "Confirmed"));
    assert_eq!(condition(&line.orders[0], "StopRequested"), None);
    assert_eq!(line.shows(1), (State::Executed, "CancelledTooLate"));
    assert!(line.message(1).contains("file a Delete"));
    // The claim counts.
    line.ask("leave", json!({"operation": "Delete"}));
    assert_eq!(line.shows(2), (State::Transmitted, "HandedOver"));
}

#[test]
fn after_an_error_nobody_has_to_try_again() {
    let mut line = with(json!({}));
    line.ask("hire", create());
    line.decide(1, "Errored");
    assert!(condition(&line.orders[0], "Stalled").is_some());
    cancel(&mut line, 1);
    assert_eq!(line.shows(1), (State::Inactive, "Cancelled"));
    assert_eq!(condition(&line.orders[0], "Stalled"), None);
    // The line is free.
    line.create("again");
    assert_eq!(line.shows(2), (State::Transmitted, "HandedOver"));
}

#[test]
fn nothing_is_put_back_that_was_taken_back() {
    let mut line = with(json!({}));
    line.file("hire", create())
        .file("more", update(json!({"level": "3"})))
        .settle();
    line.decide(1, "Errored");
    write_cancel(&mut line, 2);
    line.recover(1, "Retry");
    assert_eq!(line.shows(2), (State::Inactive, "Cancelled"));
    assert_eq!(line.orders[1].spec.request_refs.len(), 1);
    assert!(
        line.orders[1]
            .spec
            .changes
            .iter()
            .all(|change| change.property != "level")
    );
}

#[test]
fn one_of_several_ends_with_the_order_that_a_person_has() {
    let mut line = with(json!({}));
    line.file("hire", create())
        .file("more", update(json!({"level": "3"})))
        .settle();
    cancel(&mut line, 2);
    assert_eq!(line.order(1), (State::Transmitted, "HandedOver"));
    assert_eq!(condition(&line.orders[0], "StopRequested"), None);
    assert_eq!(line.shows(1), (State::Transmitted, "HandedOver"));
    assert_eq!(line.shows(2), (State::Transmitted, "StopRequested"));
    assert!(line.message(2).contains("goes on for others"));
    line.decide(1, "Errored");
    assert_eq!(line.shows(1), (State::Errored, "ReportedByPerson"));
    assert_eq!(line.shows(2), (State::Inactive, "Cancelled"));
}

#[test]
fn one_of_several_leaves_an_order_that_nobody_has() {
    let mut line = with(json!({"provisioningReview": {"required": true}}));
    line.file("hire", create())
        .file("more", update(json!({"level": "3"})))
        .settle();
    cancel(&mut line, 2);
    assert_eq!(line.order(1), (State::Inactive, "Recomputed"));
    assert_eq!(line.order(2), (State::AwaitingApproval, "ReviewRequired"));
    assert_eq!(line.orders[1].spec.request_refs.len(), 1);
    assert_eq!(line.shows(2), (State::Inactive, "Cancelled"));
    review(&mut line, 2, "Approved");
    assert_eq!(line.shows(1), (State::Transmitted, "HandedOver"));
}

/// Nobody has said that they work on it, so nothing is taken from anybody.
#[test]
fn where_work_must_be_claimed_an_unclaimed_order_is_withdrawn() {
    let claim = json!({"decision": {"claimRequired": true}});
    let mut line = with(claim.clone());
    line.ask("hire", create());
    cancel(&mut line, 1);
    assert_eq!(line.order(1), (State::Inactive, "Cancelled"));
    assert_eq!(line.shows(1), (State::Inactive, "Cancelled"));

    let mut claimed = with(claim);
    claimed.ask("hire", create());
    claimed.people_write(1, "assignee", json!({"username": "bob"}));
    cancel(&mut claimed, 1);
    assert_eq!(claimed.order(1), (State::Transmitted, "StopRequested"));
}

#[test]
fn a_cancel_that_nobody_checked_counts_as_none() {
    let mut line = with(json!({}));
    line.ask("hire", create());
    line.policies = Policies::NotInForce("the policy handoff-requests is absent".to_owned());
    line.settle();
    cancel(&mut line, 1);
    line.policies = Policies::InForce;
    line.settle();
    assert_eq!(line.shows(1), (State::Transmitted, "HandedOver"));
    let conditions = &line.requests[0].status.as_ref().unwrap().conditions;
    let mark = conditions
        .iter()
        .find(|condition| condition.type_ == "DecisionUntrusted")
        .unwrap();
    assert_eq!(mark.reason, "CancelUntrusted");
    line.decide(1, "Confirmed");
    assert_eq!(line.shows(1), (State::Executed, "Confirmed"));
}

#[test]
fn what_waits_behind_work_that_is_taken_back_goes_on() {
    let mut line = with(json!({"suspend": true}));
    line.ask("hire", create());
    line.ask(
        "late",
        json!({"operation": "Create", "properties": {"zone": "B"}, "startTime": in_minutes(&line, -60)}),
    );
    assert_eq!(line.shows(2), (State::Pending, "Queued"));
    cancel(&mut line, 1);
    assert_eq!(line.shows(2), (State::Pending, "Suspended"));
    assert_eq!(line.orders[1].spec.desired.properties["zone"], "B");
}
