//! What a history says of objects, by table.

use super::super::screen::Screen;
use super::event::Event;
use super::table::{Look, table};
use super::timeline::{Detail, events, of_one};
use handoff_core::api::{AssignmentRequest, ProvisioningOrder};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

fn entry(time: &str, state: &str, reason: &str, actor: &str) -> Value {
    json!({"time": format!("2026-03-01T{time}:00Z"), "state": state, "reason": reason, "actor": actor})
}

fn order(sequence: i64, spec: &Value, status: &Value) -> ProvisioningOrder {
    let mut order = json!({
        "apiVersion": "handoff.dev/v1alpha1", "kind": "ProvisioningOrder",
        "metadata": {"name": format!("badge.anna.{sequence}"), "creationTimestamp": "2026-03-01T10:00:00Z"},
        "spec": {
            "resourceTypeRef": {"name": "badge"}, "operation": "Create", "resource": {"identifier": "Anna"},
            "sequence": sequence, "attempt": 1, "owner": {"id": "anna"}, "ticket": {"title": "", "instructions": ""},
            "desired": {"exists": true}, "requestRefs": [{"name": "hire", "uid": "uid-hire"}],
            "policy": {
                "provisioningConnection": {"package": "ManualTicket"}, "identifier": {"caseInsensitive": true},
                "provisioningReview": {"required": false, "afterError": false},
                "decision": {"allowSelfConfirmation": false, "evidence": "Optional", "claimRequired": false},
                "verification": {"mode": "Inventory", "lag": "0s", "onRefuted": "Error", "maxAttempts": 3},
                "retention": {"completed": "1h", "failed": "1h"},
            },
        },
        "status": status,
    });
    for (field, value) in spec.as_object().unwrap() {
        order["spec"][field] = value.clone();
    }
    serde_json::from_value(order).unwrap()
}

fn request(spec: &Value, status: &Value) -> AssignmentRequest {
    let mut request = json!({
        "apiVersion": "handoff.dev/v1alpha1", "kind": "AssignmentRequest",
        "metadata": {"name": "hire", "uid": "uid-hire", "creationTimestamp": "2026-03-01T09:00:00Z"},
        "spec": {"resourceTypeRef": {"name": "badge"}, "operation": "Create", "owner": {"id": "anna"},
            "requestedBy": {"username": "alice"}, "justification": "starts in March"},
        "status": status,
    });
    for (field, value) in spec.as_object().unwrap() {
        request["spec"][field] = value.clone();
    }
    serde_json::from_value(request).unwrap()
}

fn text(events: &[Event], width: Option<u16>, wide: bool) -> String {
    let look = Look {
        now: "2026-03-01T20:00:00Z".parse().unwrap(),
        zone: TimeZone::UTC,
        wide,
        objects: true,
    };
    table(events, &look).text(Screen { width, colour: false })
}

/// Released by a reviewer, claimed, confirmed with evidence and refuted by the data; then tried again.
fn refuted() -> ProvisioningOrder {
    let spec = json!({
        "review": {"result": "Approved", "comment": "go", "by": {"username": "dave"}},
        "assignee": {"username": "bob", "by": {"username": "erin"}},
        "decision": {"result": "Confirmed", "message": "printed", "evidence": "photo 12", "ticketRef": "T-7",
            "actualValues": {"zone": ["LAB"]}, "by": {"username": "bob"}},
        "recovery": {"action": "Retry", "comment": "once more", "by": {"username": "carol"}},
    });
    let status = json!({
        "state": "Errored", "reason": "Refuted", "message": "not so", "decidedAt": "2026-03-01T12:00:00Z",
        "verification": {"verdict": "Refuted", "synchronization": "night",
            "differences": [{"property": "zone", "expected": ["HQ"], "observed": ["LAB"]}, {"property": "exists", "expected": ["true"]}]},
        "conditions": [{"type": "Overdue", "status": "True", "reason": "Overdue", "message": "it was due",
            "lastTransitionTime": "2026-03-01T11:30:00Z"}],
        "history": [
            entry("10:00", "AwaitingApproval", "ReviewRequired", "operator"),
            entry("11:00", "Transmitted", "HandedOver", "operator"),
            entry("12:00", "Executed", "Confirmed", "bob"),
            entry("13:00", "Errored", "Refuted", "operator"),
        ],
    });
    order(1, &spec, &status)
}

fn again() -> ProvisioningOrder {
    let mut next = order(
        2,
        &json!({"attempt": 2, "previous": {"name": "badge.anna.1", "reason": "Refuted"}}),
        &json!({}),
    );
    next.metadata.creation_timestamp = serde_json::from_value(json!("2026-03-01T14:00:00Z")).unwrap();
    next
}

#[test]
fn the_story_of_an_order_in_the_order_of_its_events() {
    let hire = request(
        &json!({"approvals": {"dave": {"result": "Approved", "comment": "welcome"}}}),
        &json!({"history": [entry("09:00", "None", "WaitingForApproval", "operator"), entry("09:30", "Pending", "Approved", "operator")]}),
    );
    let events = of_one(&refuted(), &[again()], &[hire]);
    assert_eq!(
        text(&events, None, false),
        "TIME    OBJECT                EVENT                             ACTOR      SAID
09:00   areq/hire             requested                         alice      starts in March
-       areq/hire             approved                          dave       welcome
10:00   porder/badge.anna.1   created                           operator   for areq/hire
10:00   porder/badge.anna.1   AwaitingApproval/ReviewRequired   operator
-       porder/badge.anna.1   released                          dave       go
11:00   porder/badge.anna.1   Transmitted/HandedOver            operator
11:30   porder/badge.anna.1   Overdue                           operator   it was due
-       porder/badge.anna.1   assigned                          erin       to bob
12:00   porder/badge.anna.1   Executed/Confirmed                bob        printed; evidence: photo 12; ticket: T-7; really set: zone=LAB
13:00   porder/badge.anna.1   Errored/Refuted                   operator   zone: ordered HQ, seen LAB; exists: ordered true, seen nothing; snapshot night
-       porder/badge.anna.1   retry                             carol      once more
"
    );
}

#[test]
fn exact_times_and_everything_that_was_said_when_wide() {
    let events = of_one(&refuted(), &[], &[]);
    let narrow = text(&events, Some(90), false);
    assert!(
        narrow.lines().all(|line| line.chars().count() <= 90) && narrow.contains('…'),
        "{narrow}"
    );
    let wide = text(&events, Some(90), true);
    let confirmed = wide.lines().find(|line| line.contains("Executed/Confirmed")).unwrap();
    assert!(
        confirmed.starts_with("2026-03-01T12:00:00Z ") && confirmed.ends_with("zone=LAB"),
        "{wide}"
    );
}

#[test]
fn a_request_with_its_orders_and_what_became_of_them() {
    let hire = request(
        &json!({"cancel": {"reason": "left", "by": {"username": "alice"}}}),
        &json!({"provisioningState": "Inactive", "reason": "Cancelled", "message": "alice cancelled it: left", "history": [
            entry("10:00", "Transmitted", "HandedOver", "operator"),
            entry("15:00", "Inactive", "Cancelled", "operator"),
        ]}),
    );
    let next = order(
        1,
        &json!({}),
        &json!({"history": [entry("10:00", "Transmitted", "HandedOver", "operator")], "conditions": [{"type": "StopRequested",
            "status": "True", "reason": "Cancelled", "message": "stop if you can", "lastTransitionTime": "2026-03-01T14:00:00Z"}]}),
    );
    assert_eq!(
        text(&events(&[next], &[hire], Detail::Whole), None, false),
        "TIME    OBJECT                EVENT                     ACTOR      SAID
09:00   areq/hire             requested                 alice      starts in March
10:00   porder/badge.anna.1   created                   operator   for areq/hire
10:00   porder/badge.anna.1   Transmitted/HandedOver    operator
10:00   areq/hire             Transmitted/HandedOver    operator
14:00   porder/badge.anna.1   StopRequested/Cancelled   operator   stop if you can
-       areq/hire             cancelled                 alice      left
15:00   areq/hire             Inactive/Cancelled        operator   alice cancelled it: left
"
    );
}

#[test]
fn no_state_of_an_object_comes_before_the_object() {
    let early = json!({"history": [entry("09:59", "Transmitted", "HandedOver", "operator")]});
    let told = of_one(&order(1, &json!({}), &early), &[], &[]);
    let told: Vec<_> = told.iter().map(|event| event.event.as_str()).collect();
    assert_eq!(told, ["created", "Transmitted/HandedOver"]);
}

#[test]
fn what_happens_in_one_second_is_told_by_cause_and_effect() {
    let entry = |state: &str, reason: &str| entry("10:00", state, reason, "operator");
    let (handed, failed) = (entry("Transmitted", "HandedOver"), entry("Errored", "ReportedByPerson"));
    let retry = json!({"recovery": {"action": "Retry", "by": {"username": "carol"}}});
    let first = order(1, &retry, &json!({"history": [handed, failed]}));
    let mut second = order(
        2,
        &json!({"previous": {"name": "badge.anna.1", "reason": "ReportedByPerson"}}),
        &json!({"history": [handed]}),
    );
    second.metadata.creation_timestamp = first.metadata.creation_timestamp.clone();
    let mut asked = request(
        &json!({"approvals": {"dave": {"result": "Approved"}}}),
        &json!({"history": [entry("None", "WaitingForApproval"), entry("Pending", "Approved"), handed, failed, handed]}),
    );
    asked.metadata.creation_timestamp = first.metadata.creation_timestamp.clone();
    let told = events(&[first, second], &[asked], Detail::Whole);
    let told: Vec<_> = told
        .iter()
        .map(|event| format!("{} {}", event.object, event.event))
        .collect();
    assert_eq!(
        told,
        [
            "areq/hire requested",
            "areq/hire None/WaitingForApproval",
            "areq/hire approved",
            "areq/hire Pending/Approved",
            "porder/badge.anna.1 created",
            "porder/badge.anna.1 Transmitted/HandedOver",
            "areq/hire Transmitted/HandedOver",
            "porder/badge.anna.1 Errored/ReportedByPerson",
            "areq/hire Errored/ReportedByPerson",
            "porder/badge.anna.1 retry",
            "porder/badge.anna.2 created",
            "porder/badge.anna.2 Transmitted/HandedOver",
            "areq/hire Transmitted/HandedOver",
        ]
    );
}

/// The API server's clock is ahead: the next order says when it was made and, earlier, when it was handed over.
#[test]
fn who_tried_again_did_so_before_anything_came_of_it() {
    let failed = entry("13:00", "Errored", "ReportedByPerson", "bob");
    let retry = json!({"recovery": {"action": "Retry", "by": {"username": "carol"}}});
    let first = order(1, &retry, &json!({"history": [failed]}));
    let handed = entry("13:59", "Transmitted", "HandedOver", "operator");
    let second = ProvisioningOrder {
        status: order(2, &json!({}), &json!({"history": [handed]})).status,
        ..again()
    };
    let told = events(&[first, second], &[], Detail::Whole);
    let told: Vec<_> = told.iter().map(|event| event.event.as_str()).collect();
    assert_eq!(
        told,
        [
            "created",
            "Errored/ReportedByPerson",
            "retry",
            "created",
            "Transmitted/HandedOver"
        ]
    );
}

#[test]
fn who_declined_is_said_once() {
    let declined = request(
        &json!({"approvals": {"dave": {"result": "Declined", "comment": "no desk"}}}),
        &json!({"provisioningState": "Inactive", "reason": "Declined", "message": "dave declined it: no desk", "history": [
            entry("10:00", "Inactive", "Declined", "dave"),
        ]}),
    );
    let events = events(&[], &[declined], Detail::Whole);
    assert_eq!(events.len(), 2, "{events:?}");
    assert_eq!(events[1].said.line(), "no desk");
}

#[test]
fn an_answer_that_is_not_believed_is_still_told() {
    let spec = json!({"decision": {"result": "Confirmed", "by": {"username": "mallory"}}});
    let status = json!({"state": "Errored", "reason": "DecisionUntrusted", "message": "not believed", "decidedAt": "2026-03-01T12:00:00Z",
        "history": [entry("12:00", "Errored", "DecisionUntrusted", "operator")]});
    assert_eq!(
        text(&of_one(&order(1, &spec, &status), &[], &[]), None, false),
        "TIME    OBJECT                EVENT                       ACTOR      SAID
10:00   porder/badge.anna.1   created                     operator   for areq/hire
12:00   porder/badge.anna.1   confirmed                   mallory
12:00   porder/badge.anna.1   Errored/DecisionUntrusted   operator   not believed
"
    );
}
