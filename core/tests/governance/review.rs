//! 4.9 and 5.7: reviews, thresholds, and what of an order carries over to the next.

use super::{create, delete, edit, kind, review, update, with};
use crate::pretend::{Line, view};
use handoff_core::api::{Operation, ProvisioningState as State};
use handoff_core::engine::{Policies, Room};
use rstest::rstest;
use serde_json::json;

fn reviewed() -> Line {
    with(json!({"provisioningReview": {"required": true}}))
}

#[test]
fn an_order_waits_for_a_review_and_is_handed_over() {
    let mut line = reviewed();
    line.ask("hire", create());
    assert_eq!(line.order(1), (State::AwaitingApproval, "ReviewRequired"));
    assert_eq!(line.shows(1), (State::AwaitingApproval, "ReviewRequired"));
    assert!(line.message(1).contains("kubectl patch porder badge.e1.1") && line.message(1).contains("reviewer"));
    review(&mut line, 1, "Approved");
    assert_eq!(line.order(1), (State::Transmitted, "HandedOver"));
    assert_eq!(line.shows(1), (State::Transmitted, "HandedOver"));
}

#[test]
fn a_no_ends_order_and_request() {
    let mut line = reviewed();
    line.ask("hire", create());
    review(&mut line, 1, "Declined");
    assert_eq!(line.order(1), (State::Inactive, "Declined"));
    assert_eq!(line.shows(1), (State::Inactive, "Declined"));
    assert!(line.message(1).contains("dave declined it: because"));
    assert!(line.finished(1) && line.orders.len() == 1);
}

#[test]
fn put_off_and_released_later() {
    let mut line = reviewed();
    line.ask("hire", create());
    review(&mut line, 1, "Postponed");
    assert_eq!(line.order(1), (State::AwaitingApproval, "Postponed"));
    assert!(line.message(1).contains("dave put it off: because"));
    review(&mut line, 1, "Approved");
    assert_eq!(line.order(1), (State::Transmitted, "HandedOver"));
}

#[test]
fn what_is_declined_is_left_out_of_the_next_order_and_remembered() {
    let mut line = reviewed();
    line.ask(
        "hire",
        json!({"operation": "Create", "properties": {"zone": "A", "level": "3"}}),
    );
    let partly = json!({"result": "Approved", "declinedProperties": ["level", "label"], "comment": "too high"});
    line.people_write(1, "review", partly);
    assert_eq!(line.order(1), (State::Inactive, "PartlyDeclined"));
    // The rest needs no second review.
    assert_eq!(line.order(2), (State::Transmitted, "HandedOver"));
    let next = &line.orders[1].spec;
    assert_eq!(next.review_of.as_deref(), Some("badge.e1.1"));
    let properties: Vec<_> = next.changes.iter().map(|change| change.property.as_str()).collect();
    assert_eq!(properties, ["pin", "zone"]);
    let status = line.requests[0].status.as_ref().unwrap();
    assert_eq!(status.declined_properties, ["label", "level"]);
    assert_eq!(status.orders, ["badge.e1.1", "badge.e1.2"]);
    // Another attempt does not ask for it again.
    line.decide(2, "Errored").recover(2, "Retry");
    assert!(
        line.orders[2]
            .spec
            .changes
            .iter()
            .all(|change| change.property != "level")
    );
}

#[test]
fn a_request_of_which_all_is_declined_ends() {
    let mut line = reviewed();
    line.file("more", update(json!({"level": "3"})))
        .file("move", update(json!({"zone": "B"})))
        .settle();
    line.people_write(
        1,
        "review",
        json!({"result": "Approved", "declinedProperties": ["level"]}),
    );
    assert_eq!(line.shows(1), (State::Inactive, "Declined"));
    assert!(
        line.message(1)
            .contains("a reviewer declined all that it asks for: level")
    );
    assert_eq!(line.shows(2), (State::Transmitted, "HandedOver"));
    assert_eq!(line.orders[1].spec.request_refs.len(), 1);
}

/// What admission refuses is asked again: such a review counts as none, and the next order waits for one.
#[rstest]
#[case(json!({"result": "Approved", "by": {"username": "alice"}}), "alice asked for this order")]
#[case(json!({"result": "Approved", "by": {"username": "e1"}}), "e1 asked for this order or owns")]
#[case(json!({"result": "Approved", "by": {"username": " "}}), "nobody has signed it")]
#[case(json!({"result": "Approved", "declinedProperties": ["zone"]}), "zone, which a new resource must have")]
#[case(json!({"result": "Approved", "declinedProperties": ["colour"]}), "colour, which is not among the changes")]
#[case(json!({"result": "Declined", "declinedProperties": ["label"]}), "not Approved")]
fn a_review_that_breaks_the_rules_counts_as_none(#[case] block: serde_json::Value, #[case] words: &str) {
    let mut line = reviewed();
    line.ask("hire", create());
    line.people_write(1, "review", block);
    assert_eq!(line.order(1), (State::Inactive, "Recomputed"));
    let status = line.orders[0].status.as_ref().unwrap();
    assert!(status.message.as_ref().unwrap().contains(words), "{:?}", status.message);
    assert_eq!(line.order(2), (State::AwaitingApproval, "ReviewRequired"));
    assert_eq!(line.shows(1), (State::AwaitingApproval, "ReviewRequired"));
}

#[test]
fn a_review_that_nobody_checked_counts_as_none() {
    let mut line = reviewed();
    line.ask("hire", create());
    line.policies = Policies::NotInForce("the policy handoff-orders is absent".to_owned());
    line.settle();
    review(&mut line, 1, "Approved");
    assert_eq!(line.order(1), (State::AwaitingApproval, "ReviewRequired"));
    line.policies = Policies::InForce;
    line.settle();
    assert_eq!(line.order(1), (State::Inactive, "Recomputed"));
    assert_eq!(line.order(2), (State::AwaitingApproval, "ReviewRequired"));
}

#[test]
fn each_attempt_after_an_error_may_need_a_review() {
    let mut line = with(json!({"provisioningReview": {"afterError": true}}));
    line.ask("hire", create());
    assert_eq!(line.order(1), (State::Transmitted, "HandedOver"));
    line.decide(1, "Errored").recover(1, "Retry");
    assert_eq!(line.order(2), (State::AwaitingApproval, "ReviewRequired"));
    review(&mut line, 2, "Approved");
    assert_eq!(line.order(2), (State::Transmitted, "HandedOver"));
}

/// Another attempt is one at the same request: what else comes after an error is new.
#[test]
fn a_new_request_after_an_error_is_no_attempt() {
    let mut line = with(json!({"provisioningReview": {"afterError": true}}));
    line.room = Room {
        deletion: Some(0),
        ..Room::default()
    };
    line.ask("hire", create()).decide(1, "Errored").recover(1, "Retry");
    assert_eq!(line.order(2), (State::AwaitingApproval, "ReviewRequired"));
    assert_eq!(line.orders[1].spec.attempt, 2);
    review(&mut line, 2, "Approved");
    line.decide(2, "Confirmed").ask("move", update(json!({"zone": "B"})));
    line.decide(3, "Errored").ask("leave", delete());
    assert_eq!(line.orders[3].spec.attempt, 1);
    assert_eq!(line.order(4), (State::AwaitingApproval, "ThresholdExceeded"));
}

fn only(creation: i64) -> Room {
    Room {
        creation: Some(creation),
        ..Room::default()
    }
}

#[test]
fn what_exceeds_the_threshold_is_released_by_a_review_only() {
    let mut line = with(json!({}));
    line.room = only(0);
    line.ask("hire", create());
    assert_eq!(line.order(1), (State::AwaitingApproval, "ThresholdExceeded"));
    line.room = only(5);
    line.settle();
    assert_eq!(line.order(1), (State::AwaitingApproval, "ThresholdExceeded"));
    review(&mut line, 1, "Approved");
    assert_eq!(line.order(1), (State::Transmitted, "HandedOver"));
    // A retry is no new order.
    line.room = only(0);
    line.decide(1, "Errored").recover(1, "Retry");
    assert_eq!(line.order(2), (State::Transmitted, "HandedOver"));
}

#[test]
fn an_order_that_goes_on_takes_a_slot_and_no_other_does() {
    let mut line = with(json!({}));
    line.room = only(1);
    line.file("hire", create());
    assert_eq!(line.decision().slot, Some(Operation::Create));
    line.room = only(0);
    assert_eq!(line.decision().slot, None);
    line.room = Room::default();
    assert_eq!(line.decision().slot, None);
    line.settle().decide(1, "Errored");
    line.room = only(1);
    line.recover(1, "Retry");
    assert_eq!(line.decision().slot, None);
}

/// The room of an order whose first status was lost is asked for again.
#[test]
fn an_order_without_a_state_asks_for_room_again() {
    let mut line = with(json!({}));
    line.room = only(1);
    line.ask("hire", create());
    line.orders[0].status = None;
    assert_eq!(line.decision().slot, Some(Operation::Create));
    line.room = only(0);
    line.settle();
    assert_eq!(line.order(1), (State::AwaitingApproval, "ThresholdExceeded"));
}

#[test]
fn what_changed_meanwhile_is_reviewed_again_only_where_it_is_new() {
    let mut line = reviewed();
    line.file("hire", create())
        .file("more", update(json!({"level": "3"})))
        .settle();
    // The reviewer has read both; one is taken back before the hand-over.
    super::write_cancel(&mut line, 2);
    review(&mut line, 1, "Approved");
    assert_eq!(line.order(1), (State::Inactive, "Recomputed"));
    assert_eq!(line.orders[1].spec.review_of.as_deref(), Some("badge.e1.1"));
    assert_eq!(line.order(2), (State::Transmitted, "HandedOver"));
    assert_eq!(line.shows(2), (State::Inactive, "Cancelled"));
}

#[test]
fn a_new_value_is_reviewed_again() {
    let mut line = reviewed();
    line.ask("hire", create());
    let mut of = kind(json!({"provisioningReview": {"required": true}, "suspend": true}));
    line.view = Some(view(of.clone()));
    review(&mut line, 1, "Approved");
    assert_eq!(line.order(1), (State::Pending, "Suspended"));
    of["spec"]["suspend"] = json!(false);
    of["spec"]["properties"][3]["expression"] = json!("'Ms ' ~ owner.id");
    line.view = Some(view(of));
    line.settle();
    assert_eq!(line.order(1), (State::Inactive, "Recomputed"));
    assert_eq!(line.order(2), (State::AwaitingApproval, "ReviewRequired"));
    assert_eq!(line.orders[1].spec.review_of, None);
}

#[test]
fn a_delete_is_reviewed_too() {
    let mut line = reviewed();
    line.ask("leave", delete());
    assert_eq!(line.order(1), (State::AwaitingApproval, "ReviewRequired"));
    review(&mut line, 1, "Approved");
    assert_eq!(line.order(1), (State::Transmitted, "HandedOver"));
}

#[test]
fn the_rules_of_the_type_at_the_time_of_the_order_count() {
    let mut line = reviewed();
    line.ask("hire", create());
    edit(&mut line, json!({}));
    assert_eq!(line.order(1), (State::AwaitingApproval, "ReviewRequired"));
}
