//! What waits for whom, and how it looks, by table.

use super::super::choice::At;
use super::super::facts::WaitsFor;
use super::super::screen::Screen;
use super::gather::Objects;
use super::page::{Filter, Work, page};
use super::tables::{Look, lists, overview};
use handoff_core::api::{AssignmentRequest, ProvisioningOrder};
use jiff::Timestamp;
use rstest::rstest;
use serde_json::{Value, json};

fn now() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

/// An order of Anna's; `spec` and `status` over it.
fn order(name: &str, state: &str, reason: &str, spec: &Value, status: &Value) -> ProvisioningOrder {
    let mut order = json!({
        "apiVersion": "handoff.dev/v1alpha1", "kind": "ProvisioningOrder",
        "metadata": {"name": name, "namespace": "identity", "creationTimestamp": "2026-03-01T10:00:00Z"},
        "spec": {
            "resourceTypeRef": {"name": "badge"}, "targetEntityType": "Badge", "operation": "Create",
            "resource": {"identifier": "Anna"}, "sequence": 1, "attempt": 1, "owner": {"id": "anna"},
            "ticket": {"title": "Create badge Anna for Anna Adams", "instructions": ""}, "desired": {"exists": true},
            "policy": {
                "provisioningConnection": {"package": "ManualTicket"}, "identifier": {"caseInsensitive": true},
                "provisioningReview": {"required": false, "afterError": false},
                "decision": {"allowSelfConfirmation": false, "evidence": "Optional", "claimRequired": false},
                "verification": {"mode": "None", "lag": "0s", "onRefuted": "Error", "maxAttempts": 3},
                "retention": {"completed": "1h", "failed": "1h"},
            },
        },
        "status": {"state": state, "reason": reason, "history": [{"state": state, "reason": reason, "time": "2026-03-01T10:00:00Z"}]},
    });
    for (block, more) in [("spec", spec), ("status", status)] {
        for (field, value) in more.as_object().unwrap() {
            order[block][field] = value.clone();
        }
    }
    serde_json::from_value(order).unwrap()
}

fn request(name: &str, kind: &str) -> AssignmentRequest {
    let request = json!({
        "apiVersion": "handoff.dev/v1alpha1", "kind": "AssignmentRequest",
        "metadata": {"name": name, "namespace": "identity", "creationTimestamp": "2026-03-01T09:00:00Z"},
        "spec": {"resourceTypeRef": {"name": kind}, "operation": "Create", "owner": {"id": "boris"},
            "requestedBy": {"username": "alice"}, "justification": "new\nin the team"},
        "status": {"workflowState": "PendingApproval", "approvals": "1/2", "provisioningState": "None"},
    });
    serde_json::from_value(request).unwrap()
}

fn claimed_by(who: &str) -> Value {
    json!({"assignee": {"username": who}})
}

fn recovery_needed() -> Value {
    json!({"conditions": [{"type": "Stalled", "status": "True", "reason": "RecoveryNeeded", "message": "",
        "lastTransitionTime": "2026-03-01T10:00:00Z"}]})
}

/// One of each kind.
fn all_sorts() -> Objects {
    let nothing = json!({});
    let orders = vec![
        order(
            "badge.anna.1",
            "Transmitted",
            "HandedOver",
            &claimed_by("bob"),
            &json!({"dueAt": "2026-03-01T15:30:00Z"}),
        ),
        order(
            "badge.late.1",
            "Transmitted",
            "StopRequested",
            &nothing,
            &json!({"dueAt": "2026-03-01T11:00:00Z"}),
        ),
        order(
            "badge.later.1",
            "Transmitted",
            "HandedOver",
            &nothing,
            &json!({"dueAt": "2026-03-01T10:30:00Z"}),
        ),
        order("badge.new.1", "AwaitingApproval", "ReviewRequired", &nothing, &nothing),
        order(
            "badge.bad.1",
            "Errored",
            "ReportedByPerson",
            &nothing,
            &recovery_needed(),
        ),
        order(
            "door.x.1",
            "Transmitted",
            "HandedOver",
            &json!({"targetEntityType": null, "resourceTypeRef": {"name": "door"}}),
            &nothing,
        ),
    ];
    let at = |name: &str| At {
        namespace: "identity".to_owned(),
        name: name.to_owned(),
    };
    Objects {
        orders,
        requests: vec![request("hire", "badge")],
        entities: [(at("badge"), Some("Badge".to_owned())), (at("door"), None)].into(),
    }
}

fn filter<'a>(entity_type: Option<&'a str>, mine: bool, unclaimed: bool) -> Filter<'a> {
    Filter {
        entity_type,
        mine,
        unclaimed,
        me: Some("bob"),
    }
}

fn look(width: Option<u16>, wide: bool, namespaces: bool) -> Look {
    Look {
        screen: Screen { width, colour: false },
        wide,
        namespaces,
    }
}

fn badges() -> Work {
    page(
        Some("identity"),
        &all_sorts(),
        &filter(Some("bADGE"), false, false),
        now(),
    )
}

#[rstest]
#[case::with_a_fulfiller("Transmitted", "HandedOver", json!({}), json!({}), Some(WaitsFor::Fulfiller))]
#[case::answered("Transmitted", "HandedOver", json!({"decision": {"result": "Confirmed"}}), json!({}), None)]
#[case::to_be_reviewed("AwaitingApproval", "ReviewRequired", json!({}), json!({}), Some(WaitsFor::Reviewer))]
#[case::postponed("AwaitingApproval", "Postponed", json!({"review": {"result": "Postponed"}}), json!({}), Some(WaitsFor::Reviewer))]
#[case::released("AwaitingApproval", "ReviewRequired", json!({"review": {"result": "Approved"}}), json!({}), None)]
#[case::an_error("Errored", "ReportedByPerson", json!({}), recovery_needed(), Some(WaitsFor::Recovery))]
#[case::an_error_of_the_past("Errored", "ReportedByPerson", json!({}), json!({}), None)]
#[case::an_error_answered("Errored", "ReportedByPerson", json!({"recovery": {"action": "Retry"}}), recovery_needed(), None)]
#[case::not_handed_over("Pending", "Suspended", json!({}), json!({}), None)]
#[case::done("Executed", "Confirmed", json!({}), json!({}), None)]
fn whom_an_order_waits_for(
    #[case] state: &str,
    #[case] reason: &str,
    #[case] spec: Value,
    #[case] status: Value,
    #[case] wanted: Option<WaitsFor>,
) {
    let objects = Objects {
        orders: vec![order("badge.anna.1", state, reason, &spec, &status)],
        ..Objects::default()
    };
    let work = page(None, &objects, &filter(None, false, false), now());
    assert_eq!(work.orders.first().map(|order| order.waits_for), wanted);
}

#[test]
fn a_line_for_each_kind_of_thing() {
    let work = page(Some("identity"), &all_sorts(), &filter(None, false, false), now());
    assert_eq!(
        overview(&work, look(None, false, false), now()),
        "ENTITY   TRANSMITTED   UNCLAIMED   MINE   REVIEW   RECOVERY   APPROVAL   OVERDUE   OLDEST
-        1             1           0      0        0          0          0         120m
Badge    3             2           1      1        1          1          2         3h
"
    );
    assert_eq!(
        overview(&work, look(None, true, true), now()),
        "NAMESPACE   ENTITY   TRANSMITTED   UNCLAIMED   MINE   REVIEW   RECOVERY   APPROVAL   OVERDUE   OLDEST   NEXT DUE   TYPES
identity    -        1             1           0      0        0          0          0         120m     -          door
identity    Badge    3             2           1      1        1          1          2         3h       in 3h30m   badge
"
    );
}

#[test]
fn nobody_says_who_asks() {
    let mut unknown = filter(None, false, false);
    unknown.me = None;
    let work = page(Some("identity"), &all_sorts(), &unknown, now());
    let text = overview(&work, look(None, false, false), now());
    assert!(text.contains("Badge    3             2           ?      1"), "{text}");
}

#[test]
fn overdue_orders_come_first_then_the_oldest_and_then_the_requests() {
    assert_eq!(
        lists(&badges(), look(None, false, false), now()),
        "ORDER           OPERATION   OWNER   STATE                             ASSIGNEE   DUE           AGE    TITLE
badge.later.1   Create      anna    Transmitted/HandedOver            -          90m overdue   120m   Create badge Anna for Anna Adams
badge.late.1    Create      anna    Transmitted/StopRequested         -          60m overdue   120m   Create badge Anna for Anna Adams
badge.anna.1    Create      anna    Transmitted/HandedOver            bob        in 3h30m      120m   Create badge Anna for Anna Adams
badge.bad.1     Create      anna    Errored/ReportedByPerson          -          -             120m   Create badge Anna for Anna Adams
badge.new.1     Create      anna    AwaitingApproval/ReviewRequired   -          -             120m   Create badge Anna for Anna Adams

REQUEST   TYPE    OPERATION   OWNER   APPROVALS   REQUESTED BY   AGE   JUSTIFICATION
hire      badge   Create      boris   1/2         alice          3h    new\\nin the team
"
    );
}

#[test]
fn a_narrow_screen_has_fewer_columns_and_whole_names() {
    assert_eq!(
        lists(&badges(), look(Some(90), false, false), now()),
        "ORDER           STATE              ASSIGNEE   DUE           AGE    TITLE
badge.later.1   Transmitted        -          90m overdue   120m   Create badge Anna for…
badge.late.1    Transmitted        -          60m overdue   120m   Create badge Anna for…
badge.anna.1    Transmitted        bob        in 3h30m      120m   Create badge Anna for…
badge.bad.1     Errored            -          -             120m   Create badge Anna for…
badge.new.1     AwaitingApproval   -          -             120m   Create badge Anna for…

REQUEST   TYPE    OPERATION   OWNER   APPROVALS   REQUESTED BY   AGE   JUSTIFICATION
hire      badge   Create      boris   1/2         alice          3h    new\\nin the team
"
    );
    assert_eq!(
        lists(&badges(), look(Some(72), false, false), now()),
        "ORDER           STATE              ASSIGNEE   DUE           AGE
badge.later.1   Transmitted        -          90m overdue   120m
badge.late.1    Transmitted        -          60m overdue   120m
badge.anna.1    Transmitted        bob        in 3h30m      120m
badge.bad.1     Errored            -          -             120m
badge.new.1     AwaitingApproval   -          -             120m

REQUEST   TYPE    OWNER   APPROVALS   AGE   JUSTIFICATION
hire      badge   boris   1/2         3h    new\\nin the team
"
    );
}

#[rstest]
#[case::mine(true, false, &["badge.anna.1"])]
#[case::unclaimed(false, true, &["badge.later.1", "badge.late.1"])]
fn of_some_of_them(#[case] mine: bool, #[case] unclaimed: bool, #[case] wanted: &[&str]) {
    let work = page(
        Some("identity"),
        &all_sorts(),
        &filter(Some("Badge"), mine, unclaimed),
        now(),
    );
    let names: Vec<_> = work.orders.iter().map(|order| order.name.as_str()).collect();
    assert_eq!(names, wanted);
}

#[test]
fn what_was_not_asked_for_is_named() {
    let work = page(
        Some("identity"),
        &all_sorts(),
        &filter(Some("Account"), false, false),
        now(),
    );
    assert!(work.orders.is_empty() && work.entities.is_empty());
    assert_eq!(work.others.into_iter().collect::<Vec<_>>(), ["-", "Badge"]);
}

#[test]
fn those_without_an_entity_type_can_be_asked_for() {
    let work = page(Some("identity"), &all_sorts(), &filter(Some("-"), false, false), now());
    assert_eq!(work.orders.len(), 1);
    assert_eq!(work.orders[0].name, "door.x.1");
}
