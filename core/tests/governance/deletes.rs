//! 4.7, 4.8 and 5.3: a Delete and what is before it.

use super::{condition, create, delete, edit, review, update, with};
use crate::pretend::Line;
use handoff_core::api::{Operation, ProvisioningState as State};
use rstest::rstest;
use serde_json::{Value, json};

#[rstest]
#[case::review(json!({"provisioningReview": {"required": true}}))]
#[case::suspended(json!({"suspend": true}))]
fn a_create_that_nobody_has_goes_with_its_delete(#[case] fields: Value) {
    let mut line = with(fields);
    line.ask("hire", create());
    line.ask("leave", delete());
    assert_eq!(line.order(1), (State::Inactive, "Superseded"));
    assert_eq!(line.shows(1), (State::Inactive, "Superseded"));
    assert_eq!(line.shows(2), (State::Inactive, "Superseded"));
    assert!(line.message(1).contains("leave") && line.message(2).contains("hire"));
    assert_eq!(line.orders.len(), 1);
}

#[test]
fn an_update_that_nobody_has_gives_way_to_the_delete() {
    let mut line = with(json!({}));
    line.ask("hire", create()).decide(1, "Confirmed");
    edit(&mut line, json!({"provisioningReview": {"required": true}}));
    line.ask("move", update(json!({"zone": "B"})));
    line.ask("leave", delete());
    assert_eq!(line.order(2), (State::Inactive, "Superseded"));
    assert_eq!(line.shows(2), (State::Inactive, "Superseded"));
    assert_eq!(line.order(3), (State::AwaitingApproval, "ReviewRequired"));
    assert_eq!(line.orders[2].spec.operation, Operation::Delete);
    review(&mut line, 3, "Approved");
    assert_eq!(line.shows(3), (State::Transmitted, "HandedOver"));
}

#[test]
fn an_order_whose_type_has_a_fault_gives_way_when_it_is_mended() {
    let mut line = with(json!({"suspend": true}));
    line.ask("hire", create());
    line.view = None;
    line.settle().ask("leave", delete());
    assert_eq!(line.shows(2), (State::Error, "ResourceTypeNotFound"));
    edit(&mut line, json!({}));
    assert_eq!(line.shows(1), (State::Inactive, "Superseded"));
    assert_eq!(line.shows(2), (State::Inactive, "Superseded"));
}

/// It was tried, so nobody knows what is there.
#[test]
fn behind_a_failed_create_the_delete_goes_ahead() {
    let mut line = with(json!({}));
    line.ask("hire", create()).decide(1, "Errored");
    line.ask("leave", delete());
    assert_eq!(line.shows(1), (State::Inactive, "Superseded"));
    assert_eq!(condition(&line.orders[0], "Stalled"), None);
    assert_eq!(line.orders[1].spec.operation, Operation::Delete);
    assert_eq!(line.shows(2), (State::Transmitted, "HandedOver"));
}

fn behind_a_person() -> Line {
    let mut line = with(json!({}));
    line.ask("hire", create());
    line.ask("leave", delete());
    assert_eq!(line.order(1), (State::Transmitted, "StopRequested"));
    let (reason, message) = condition(&line.orders[0], "StopRequested").unwrap();
    assert_eq!(reason, "Superseded");
    assert!(message.contains("the request leave asks to delete the resource"));
    assert_eq!(line.shows(2), (State::Pending, "Queued"));
    line
}

#[test]
fn not_done_after_the_stop_there_is_nothing_to_delete() {
    let mut line = behind_a_person();
    line.decide(1, "Errored");
    assert_eq!(line.shows(1), (State::Inactive, "Superseded"));
    assert_eq!(line.shows(2), (State::Inactive, "Superseded"));
    assert!(line.message(2).contains("hire"));
    assert_eq!(line.orders.len(), 1);
}

#[test]
fn done_after_the_stop_it_is_deleted() {
    let mut line = behind_a_person();
    line.decide(1, "Confirmed");
    assert_eq!(line.shows(1), (State::Executed, "Confirmed"));
    assert_eq!(line.orders[1].spec.operation, Operation::Delete);
    assert_eq!(line.shows(2), (State::Transmitted, "HandedOver"));
}

#[test]
fn a_delete_that_is_taken_back_asks_nobody_to_stop() {
    let mut line = behind_a_person();
    super::cancel(&mut line, 2);
    assert_eq!(line.order(1), (State::Transmitted, "HandedOver"));
    assert_eq!(condition(&line.orders[0], "StopRequested"), None);
    assert_eq!(line.shows(1), (State::Transmitted, "HandedOver"));
}

#[test]
fn a_mere_later_update_queues() {
    let mut line = with(json!({}));
    line.ask("hire", create());
    line.ask("move", update(json!({"zone": "B"})));
    assert_eq!(line.order(1), (State::Transmitted, "HandedOver"));
    assert_eq!(line.shows(2), (State::Pending, "Queued"));
}

#[test]
fn an_unclaimed_order_gives_way_where_work_must_be_claimed() {
    let mut line = with(json!({"decision": {"claimRequired": true}}));
    line.ask("hire", create());
    line.ask("leave", delete());
    assert_eq!(line.order(1), (State::Inactive, "Superseded"));
    assert_eq!(line.shows(1), (State::Inactive, "Superseded"));
    assert_eq!(line.shows(2), (State::Inactive, "Superseded"));
}

#[test]
fn four_deletes_at_once_are_one_order() {
    let mut line = with(json!({}));
    line.ask("hire", create()).decide(1, "Confirmed");
    for name in ["a", "b", "c", "d"] {
        line.file(name, delete());
    }
    line.settle();
    assert_eq!(line.orders.len(), 2);
    assert_eq!(line.orders[1].spec.request_refs.len(), 4);
    line.decide(2, "Confirmed");
    for request in 2..=5 {
        assert_eq!(line.shows(request), (State::Executed, "Confirmed"));
    }
}

#[test]
fn behind_another_delete_it_queues() {
    let mut line = with(json!({"provisioningReview": {"required": true}}));
    line.ask("leave", delete());
    line.ask("again", delete());
    assert_eq!(line.order(1), (State::AwaitingApproval, "ReviewRequired"));
    assert_eq!(line.shows(2), (State::Pending, "Queued"));
}

/// The Delete was filed first and agreed to last: what came after it goes on after it.
#[test]
fn what_came_after_the_delete_goes_on() {
    let mut line = with(json!({"suspend": true}));
    line.file(
        "leave",
        json!({"operation": "Delete", "startTime": super::in_minutes(&line, 30)}),
    );
    line.ask("back", create());
    assert_eq!(line.order(1), (State::Pending, "Suspended"));
    super::later(&mut line, 31);
    assert_eq!(line.order(1), (State::Inactive, "Recomputed"));
    assert_eq!(line.orders[1].spec.operation, Operation::Delete);
    assert_eq!(line.shows(2), (State::Pending, "Queued"));
}
