//! Time on orders: due, overdue, and how long a person may have one.

use super::{condition, create, later, with};
use handoff_core::api::ProvisioningState as State;
use serde_json::json;

#[test]
fn an_order_is_overdue_after_its_due_time_and_nothing_else_changes() {
    let mut line = with(json!({"dueAfter": "1h"}));
    line.ask("hire", create());
    let due = line.orders[0].status.as_ref().unwrap().due_at.clone().unwrap().0;
    assert_eq!(line.wake_at, Some(due));
    assert_eq!(condition(&line.orders[0], "Overdue"), None);
    line.now = due;
    let decision = line.decision();
    let told = decision
        .reports
        .iter()
        .find(|report| report.reason == "Overdue")
        .unwrap();
    assert!(told.warning && told.message.contains(&due.to_string()));
    line.settle();
    assert_eq!(line.order(1), (State::Transmitted, "HandedOver"));
    assert_eq!(condition(&line.orders[0], "Overdue").unwrap().0, "Overdue");
    assert_eq!(line.wake_at, None);
    line.decide(1, "Confirmed");
    assert_eq!(condition(&line.orders[0], "Overdue"), None);
}

#[test]
fn nobody_is_told_twice() {
    let mut line = with(json!({"dueAfter": "1h"}));
    line.ask("hire", create());
    later(&mut line, 60);
    later(&mut line, 60);
    assert!(line.decision().reports.is_empty());
}

#[test]
fn an_order_that_nobody_answers_in_time_counts_as_failed() {
    let mut line = with(json!({"transmittedStateValidity": "2h"}));
    line.ask("hire", create());
    assert!(line.wake_at.is_some());
    later(&mut line, 119);
    assert_eq!(line.order(1), (State::Errored, "ValidityExpired"));
    assert_eq!(condition(&line.orders[0], "Stalled").unwrap().0, "RecoveryNeeded");
    assert!(line.message(1).contains("Retry"));
    line.recover(1, "Retry");
    assert_eq!(line.order(2), (State::Transmitted, "HandedOver"));
    assert_eq!(line.orders[1].spec.attempt, 2);
}

/// An answer that was given in time counts, whenever it is seen.
#[test]
fn an_answer_goes_before_the_clock() {
    let mut line = with(json!({"transmittedStateValidity": "2h"}));
    line.ask("hire", create());
    let mut object = serde_json::to_value(&line.orders[0]).unwrap();
    object["spec"]["decision"] = json!({"result": "Confirmed", "by": {"username": "bob"}});
    line.orders[0] = serde_json::from_value(object).unwrap();
    later(&mut line, 500);
    assert_eq!(line.shows(1), (State::Executed, "Confirmed"));
}

#[test]
fn what_is_claimed_is_not_overtaken_by_the_clock() {
    let mut line = with(json!({"transmittedStateValidity": "2h", "dueAfter": "1h"}));
    line.ask("hire", create()).decide(1, "Confirmed");
    later(&mut line, 500);
    assert_eq!(line.shows(1), (State::Executed, "Confirmed"));
    assert_eq!(line.wake_at, None);
}
