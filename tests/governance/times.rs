//! Time on orders: when they are due, and how long a person may have one.

use crate::{condition, edit, message, with};
use serde_json::json;

#[test]
fn what_is_overdue_says_so_and_is_counted() {
    let place = with("overdue", &json!({"dueAfter": "3s"}));
    place.hire("hire", "anna");
    let order = "porder/badge.anna.1";
    place.wait(order, ".status.conditions[?(@.type==\"Overdue\")].status", "True");
    let due = place.read(order, ".status.dueAt");
    place.told(
        "badge.anna.1",
        "Overdue",
        &format!("it was due at {due}, and nobody has answered"),
    );
    place.shows("hire", "Transmitted", "HandedOver");
    place.wait("rtype/badge", ".status.overdueOrders", "1");
    assert_eq!(place.read("rtype/badge", ".status.openOrders"), "1");
    place.confirm("badge.anna.1");
    place.shows("hire", "Executed", "Confirmed");
    assert_eq!(condition(&place, order, "Overdue"), "");
}

#[test]
fn what_nobody_answers_in_time_counts_as_failed() {
    let place = with("validity", &json!({"transmittedStateValidity": "3s"}));
    place.hire("hire", "anna");
    place.shows("hire", "Errored", "ValidityExpired");
    message(&place, "areq/hire", "nobody answered until ");
    message(&place, "areq/hire", "To try again: kubectl patch porder badge.anna.1");
    assert_eq!(condition(&place, "porder/badge.anna.1", "Stalled"), "RecoveryNeeded");
    let late = place.answer("bob", "badge.anna.1", json!({"decision": {"result": "Confirmed"}}));
    crate::refused(late, &["Errored"]);
    edit(&place, &json!({}));
    let retry = json!({"recovery": {"action": "Retry", "comment": "bob was ill"}});
    place.answer("dave", "badge.anna.1", retry).unwrap();
    place.confirm("badge.anna.2");
    place.shows("hire", "Executed", "Confirmed");
    assert_eq!(place.read("porder/badge.anna.2", ".spec.attempt"), "2");
    assert_eq!(
        place.read("porder/badge.anna.2", ".spec.previous.reason"),
        "ValidityExpired"
    );
}
