//! 4.2: start and end of a wish, and the window in which several become one order.

use super::{create, delete, edit, in_minutes, later, review, update, with};
use handoff_core::api::ProvisioningState as State;
use rstest::rstest;
use serde_json::{Value, json};

fn from(line: &crate::pretend::Line, minutes: i64) -> Value {
    json!({"operation": "Create", "properties": {"zone": "A"}, "startTime": in_minutes(line, minutes)})
}

fn until(line: &crate::pretend::Line, minutes: i64) -> Value {
    json!({"operation": "Create", "properties": {"zone": "A"}, "endTime": in_minutes(line, minutes)})
}

#[test]
fn before_its_start_it_waits_and_holds_nobody_up() {
    let mut line = with(json!({}));
    let spec = from(&line, 60);
    let start = spec["startTime"].as_str().unwrap().to_owned();
    line.ask("hire", spec);
    assert_eq!(line.shows(1), (State::None, "Scheduled"));
    assert!(line.message(1).contains(&start));
    assert_eq!(line.wake_at, Some(start.parse().unwrap()));
    line.create("now");
    assert_eq!(line.shows(2), (State::Transmitted, "HandedOver"));
    line.decide(1, "Confirmed");
    later(&mut line, 90);
    assert_eq!(line.shows(1), (State::Executed, "AlreadyClaimed"));
}

#[test]
fn at_its_start_it_goes_on() {
    let mut line = with(json!({}));
    let spec = from(&line, 60);
    line.ask("hire", spec);
    later(&mut line, 60);
    assert_eq!(line.shows(1), (State::Transmitted, "HandedOver"));
    assert_eq!(line.wake_at, None);
}

#[rstest]
#[case::approval(json!({"approval": {"steps": 1}}))]
#[case::dependency(json!({"dependsOn": [{"name": "desk"}]}))]
#[case::review(json!({"provisioningReview": {"required": true}}))]
#[case::suspended(json!({"suspend": true}))]
#[case::claim(json!({"decision": {"claimRequired": true}}))]
fn what_nobody_started_until_its_end_expires(#[case] fields: Value) {
    let mut line = with(fields);
    let spec = until(&line, 60);
    line.ask("hire", spec);
    assert!(line.wake_at.is_some());
    later(&mut line, 61);
    assert_eq!(line.shows(1), (State::Inactive, "Expired"));
    assert!(line.finished(1));
    for order in 1..=line.orders.len() {
        assert_eq!(line.order(order), (State::Inactive, "Expired"));
    }
    assert_eq!(line.requests.len(), 1, "there is nothing to undo");
}

#[test]
fn whoever_has_it_at_its_end_is_asked_to_stop() {
    let mut line = with(json!({}));
    let spec = until(&line, 60);
    line.ask("hire", spec);
    later(&mut line, 61);
    assert_eq!(line.order(1), (State::Transmitted, "StopRequested"));
    assert_eq!(super::condition(&line.orders[0], "StopRequested").unwrap().0, "Expired");
    line.decide(1, "Errored");
    assert_eq!(line.shows(1), (State::Inactive, "Expired"));
}

/// The clock stepped back: what was said stays, what is open is looked at again.
#[test]
fn a_clock_that_steps_back_brings_nothing_back() {
    let mut line = with(json!({"provisioningReview": {"required": true}}));
    let spec = until(&line, 60);
    line.ask("hire", spec);
    later(&mut line, 61);
    later(&mut line, -100);
    assert_eq!(line.shows(1), (State::Inactive, "Expired"));
    assert_eq!(line.order(1), (State::Inactive, "Expired"));
}

#[test]
fn the_first_request_waits_for_others() {
    let mut line = with(json!({"groupingWindow": "30m"}));
    line.ask("hire", create());
    assert_eq!(line.shows(1), (State::Pending, "Grouping"));
    assert!(line.message(1).contains("spec.groupingWindow"));
    let until = line.wake_at.unwrap();
    line.ask("more", update(json!({"level": "3"})));
    assert_eq!(line.shows(2), (State::Pending, "Grouping"));
    assert_eq!(line.wake_at, Some(until), "the first of them begins the window");
    later(&mut line, 30);
    assert_eq!(line.orders.len(), 1);
    assert_eq!(line.orders[0].spec.request_refs.len(), 2);
    assert_eq!(line.shows(2), (State::Transmitted, "HandedOver"));
}

#[test]
fn the_window_begins_when_it_is_agreed_to() {
    let mut line = with(json!({"groupingWindow": "30m", "approval": {"steps": 1}}));
    line.ask("hire", create());
    later(&mut line, 60);
    let mut object = serde_json::to_value(&line.requests[0]).unwrap();
    object["spec"]["approvals"]["dave"] = json!({"result": "Approved"});
    line.requests[0] = serde_json::from_value(object).unwrap();
    line.settle();
    assert_eq!(line.shows(1), (State::Pending, "Grouping"));
    later(&mut line, 30);
    assert_eq!(line.shows(1), (State::Transmitted, "HandedOver"));
}

#[test]
fn another_attempt_does_not_wait_again() {
    let mut line = with(json!({"groupingWindow": "30m"}));
    line.ask("hire", create());
    later(&mut line, 30);
    line.decide(1, "Errored").recover(1, "Retry");
    assert_eq!(line.shows(1), (State::Transmitted, "HandedOver"));
}

#[test]
fn create_delete_create_in_one_window() {
    let mut line = with(json!({"groupingWindow": "30m"}));
    line.ask("hire", create());
    line.ask("leave", delete());
    assert_eq!(line.shows(1), (State::Inactive, "Superseded"));
    assert_eq!(line.shows(2), (State::Inactive, "Superseded"));
    assert!(line.message(1).contains("leave") && line.message(2).contains("hire"));
    line.ask("back", json!({"operation": "Create", "properties": {"zone": "B"}}));
    later(&mut line, 31);
    assert_eq!(line.orders.len(), 1);
    assert_eq!(line.orders[0].spec.desired.properties["zone"], "B");
    assert_eq!(line.shows(3), (State::Transmitted, "HandedOver"));
}

#[test]
fn the_window_is_that_of_the_type_today() {
    let mut line = with(json!({"groupingWindow": "30m"}));
    line.ask("hire", create());
    edit(&mut line, json!({"provisioningReview": {"required": true}}));
    assert_eq!(line.shows(1), (State::AwaitingApproval, "ReviewRequired"));
    review(&mut line, 1, "Approved");
    assert_eq!(line.shows(1), (State::Transmitted, "HandedOver"));
}
