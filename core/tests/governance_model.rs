//! What the model test found, each as the shortest story that shows it.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod pretend;

use handoff_core::api::ProvisioningState as State;
use jiff::ToSpan;
use pretend::{Line, badge};
use serde_json::{Value, json};

fn with(fields: &Value) -> Line {
    let mut of = badge();
    let spec = of["spec"].as_object_mut().unwrap();
    spec.extend(fields.as_object().unwrap().clone());
    Line::new(of)
}

fn later(line: &mut Line, minutes: i64) {
    line.now = line.now.checked_add(minutes.minutes()).unwrap();
    line.settle();
}

fn create_until(line: &mut Line, name: &str, minutes: i64) {
    let end = line.now.checked_add(minutes.minutes()).unwrap().to_string();
    line.ask(
        name,
        json!({"operation": "Create", "properties": {"zone": "A"}, "endTime": end}),
    );
}

fn cancel(line: &mut Line, request: usize) {
    let mut object = serde_json::to_value(&line.requests[request - 1]).unwrap();
    object["spec"]["cancel"] = json!({"reason": "no longer wanted", "by": {"username": "alice"}});
    line.requests[request - 1] = serde_json::from_value(object).unwrap();
    line.settle();
}

fn names(line: &Line) -> Vec<String> {
    line.requests
        .iter()
        .filter_map(|request| request.metadata.name.clone())
        .collect()
}

#[test]
fn an_access_that_was_cancelled_too_late_keeps_no_other_one_alive() {
    let mut line = with(&json!({}));
    line.create("hire");
    cancel(&mut line, 1);
    line.decide(1, "Confirmed");
    assert_eq!(line.shows(1), (State::Executed, "CancelledTooLate"));
    create_until(&mut line, "guest", 60);
    assert_eq!(line.shows(2), (State::Executed, "AlreadyClaimed"));
    later(&mut line, 90);
    assert_eq!(names(&line), ["hire", "guest", "guest-end"]);
    assert_eq!(line.shows(3).0, State::Transmitted);
}

#[test]
fn what_is_put_back_while_a_later_delete_is_open_does_not_come_to_life_after_it() {
    let mut line = with(&json!({}));
    line.create("hire").decide(1, "Confirmed");
    line.view = Some(pretend::view({
        let mut of = badge();
        of["spec"]["suspend"] = true.into();
        of
    }));
    line.ask("leave", json!({"operation": "Delete"}));
    assert_eq!(line.order(2), (State::Pending, "Suspended"));
    line.recover(1, "Retry");
    assert_eq!(line.order(1), (State::Errored, "ClaimWithdrawn"));
    assert_eq!(line.shows(1), (State::Inactive, "Superseded"));
    assert!(line.message(1).contains("leave"), "{}", line.message(1));
}

#[test]
fn what_is_taken_back_from_nobody_is_not_overdue() {
    let mut line = with(&json!({"dueAfter": "1h", "decision": {"claimRequired": true}}));
    line.create("hire");
    later(&mut line, 90);
    let overdue = |line: &Line| {
        let status = line.orders[0].status.as_ref().unwrap();
        status.conditions.iter().any(|condition| condition.type_ == "Overdue")
    };
    assert!(overdue(&line));
    cancel(&mut line, 1);
    assert_eq!(line.order(1), (State::Inactive, "Cancelled"));
    assert!(!overdue(&line));
}

#[test]
fn an_end_that_found_nothing_is_seen_to_when_the_delete_is_taken_back() {
    let mut line = with(&json!({}));
    create_until(&mut line, "guest", 60);
    line.decide(1, "Confirmed").ask("leave", json!({"operation": "Delete"}));
    line.decide(2, "Confirmed");
    later(&mut line, 90);
    assert_eq!(names(&line), ["guest", "leave"]);
    line.recover(2, "Abandon");
    assert_eq!(line.order(2), (State::Errored, "ClaimWithdrawn"));
    assert_eq!(names(&line), ["guest", "leave", "guest-end"]);
    assert_eq!(line.shows(3).0, State::Transmitted);
}

#[test]
fn an_answer_that_nobody_believes_does_not_say_that_there_is_nothing_to_delete() {
    let mut line = with(&json!({}));
    line.create("hire").ask("leave", json!({"operation": "Delete"}));
    assert_eq!(line.order(1), (State::Transmitted, "StopRequested"));
    line.people_write(
        1,
        "decision",
        json!({"result": "Confirmed", "by": {"username": "alice"}}),
    );
    assert_eq!(line.order(1), (State::Errored, "DecisionUntrusted"));
    assert_eq!(line.shows(1), (State::Inactive, "Superseded"));
    assert_eq!(line.shows(2), (State::Transmitted, "HandedOver"));
}

#[test]
fn nothing_is_handed_over_before_its_start_where_the_clock_was_set_back() {
    let mut line = with(&json!({"provisioningReview": {"required": true}}));
    let start = line.now.checked_add(60.minutes()).unwrap();
    let spec = json!({"operation": "Create", "properties": {"zone": "A"}, "startTime": start.to_string()});
    line.ask("hire", spec);
    later(&mut line, 60);
    assert_eq!(line.order(1).0, State::AwaitingApproval);
    line.now = start.checked_sub(30.minutes()).unwrap();
    line.people_write(1, "review", json!({"result": "Approved", "by": {"username": "dave"}}));
    assert_eq!(line.order(1), (State::Pending, "Scheduled"));
    assert_eq!(line.wake_at, Some(start));
    later(&mut line, 60);
    assert_eq!(line.order(1), (State::Transmitted, "HandedOver"));
}
