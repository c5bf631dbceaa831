//! What is shown of orders and requests, by table.

use super::super::history;
use super::super::screen::Screen;
use super::order::Look;
use super::page;
use super::{order, request};
use handoff_core::api::{AssignmentRequest, ProvisioningOrder};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use rstest::rstest;
use serde_json::{Value, json};

fn now() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

fn look() -> Look {
    Look {
        screen: Screen::default(),
        times: history::Look {
            now: now(),
            zone: TimeZone::UTC,
            wide: false,
            objects: false,
        },
    }
}

fn an_order(sequence: i64, state: &str, reason: &str, spec: &Value, status: &Value) -> ProvisioningOrder {
    let mut order = json!({
        "apiVersion": "handoff.dev/v1alpha1", "kind": "ProvisioningOrder",
        "metadata": {"name": format!("badge.anna.{sequence}"), "namespace": "identity", "creationTimestamp": "2026-03-01T10:00:00Z"},
        "spec": {
            "resourceTypeRef": {"name": "badge"}, "operation": "Update", "resource": {"identifier": "Anna"},
            "sequence": sequence, "attempt": 1, "owner": {"id": "e1", "displayName": "Anna Adams", "username": "anna"},
            "ticket": {"title": "Change badge Anna", "instructions": ""}, "requesters": ["alice"],
            "desired": {"exists": true}, "requestRefs": [{"name": "move", "uid": "uid-move"}, {"name": "gone", "uid": "uid-gone"}],
            "policy": {
                "provisioningConnection": {"package": "ManualTicket"}, "identifier": {"caseInsensitive": true},
                "provisioningReview": {"required": false, "afterError": false},
                "decision": {"allowSelfConfirmation": false, "evidence": "Optional", "claimRequired": false},
                "verification": {"mode": "None", "lag": "0s", "onRefuted": "Error", "maxAttempts": 3},
                "retention": {"completed": "1h", "failed": "1h"},
            },
        },
        "status": {"state": state, "reason": reason, "message": "as it is", "history": [{"state": state, "reason": reason, "time": "2026-03-01T10:00:00Z", "actor": "operator"}]},
    });
    for (block, more) in [("spec", spec), ("status", status)] {
        for (field, value) in more.as_object().unwrap() {
            order[block][field] = value.clone();
        }
    }
    serde_json::from_value(order).unwrap()
}

fn a_request(spec: &Value, status: &Value) -> AssignmentRequest {
    let mut request = json!({
        "apiVersion": "handoff.dev/v1alpha1", "kind": "AssignmentRequest",
        "metadata": {"name": "move", "namespace": "identity", "uid": "uid-move", "creationTimestamp": "2026-03-01T09:00:00Z"},
        "spec": {"resourceTypeRef": {"name": "badge"}, "operation": "Update", "owner": {"id": "e1"},
            "requestedBy": {"username": "alice"}, "justification": "moves to\nthe laboratory"},
        "status": status,
    });
    for (field, value) in spec.as_object().unwrap() {
        request["spec"][field] = value.clone();
    }
    serde_json::from_value(request).unwrap()
}

fn text(one: ProvisioningOrder, requests: Vec<AssignmentRequest>, line: Vec<ProvisioningOrder>) -> String {
    order::text(&page::of_order(one, requests, line, " -n identity", now()), &look())
}

#[test]
fn everything_to_do_the_work() {
    let spec = json!({
        "ticket": {"title": "Change badge\u{1b}[2J Anna", "instructions": "1. Open the system.\n\n2.\tSet the zones.", "url": "https://doors.example/Anna"},
        "changes": [
            {"property": "doors", "type": "String", "currentKnown": false, "added": ["north", "south"], "removed": ["west"]},
            {"property": "level", "type": "Integer", "currentKnown": true, "current": ["2"], "proposed": []},
            {"property": "pin", "type": "Secret"},
            {"property": "zone", "type": "String", "currentKnown": true, "current": ["HQ"], "proposed": ["LAB"]},
        ],
        "policy": {
            "provisioningConnection": {"package": "ManualTicket"}, "identifier": {"caseInsensitive": true},
            "provisioningReview": {"required": false, "afterError": false}, "transmittedStateValidity": "4h",
            "decision": {"allowSelfConfirmation": false, "evidence": "Required", "claimRequired": true},
            "verification": {"mode": "None", "lag": "0s", "onRefuted": "Error", "maxAttempts": 3},
            "retention": {"completed": "1h", "failed": "1h"},
        },
        "attempt": 2,
        "previous": {"name": "badge.anna.1", "reason": "ReportedByPerson", "message": "no paper"},
    });
    let status = json!({"dueAt": "2026-03-01T11:00:00Z", "transmittedAt": "2026-03-01T10:00:00Z"});
    let moved = a_request(
        &json!({"approvals": {"dave": {"result": "Approved", "comment": "fine"}}, "cancel": {"reason": "stays", "by": {"username": "alice"}}}),
        &json!({}),
    );
    let before = an_order(1, "Errored", "ReportedByPerson", &json!({}), &json!({}));
    assert_eq!(
        text(
            an_order(2, "Transmitted", "HandedOver", &spec, &status),
            vec![moved],
            vec![before]
        ),
        "Order:      badge.anna.2 in identity
Title:      Change badge\\u{1b}[2J Anna
State:      Transmitted/HandedOver, 10:00 (120m ago)
            as it is
Next:       The fulfiller: does the work, then confirms it or reports an error.
              kubectl handoff claim badge.anna.2 -n identity
              kubectl handoff confirm badge.anna.2 --evidence \"WHAT SHOWS IT\" -n identity
              kubectl handoff error badge.anna.2 -m \"WHY\" -n identity
Due:        60m overdue, it was due 11:00
Assignee:   nobody
Owner:      e1 (Anna Adams), user anna
What:       Update badge Anna
For:        areq/move, asked by alice 09:00 (3h ago)
              moves to
              the laboratory
              approved by dave: fine
              cancelled by alice: stays
            areq/gone, which is gone
Where:      https://doors.example/Anna

Instructions:
  1. Open the system.

  2.    Set the zones.

PROPERTY   CURRENT   PROPOSED
doors      ?         + north
                     + south
                     - west
level      2         (clear it)
pin                  (you set it)
zone       HQ        LAB

Answer:           a confirmation needs evidence
                  only who has claimed it may answer
                  neither requester nor owner may confirm: alice, anna
                  without one it counts as failed, in 120m (14:00)
Tried before:     badge.anna.1 ReportedByPerson: no paper
Earlier orders:   badge.anna.1 Update Errored/ReportedByPerson, 10:00 (120m ago)

TIME    EVENT                    ACTOR      SAID
10:00   created                  operator   for areq/move, areq/gone, attempt 2 after porder/badge.anna.1
10:00   Transmitted/HandedOver   operator
"
    );
}

/// The commands that are shown.
fn commands(text: &str) -> Vec<&str> {
    text.lines()
        .filter_map(|line| line.split_once("kubectl ").map(|(_, command)| command))
        .collect()
}

fn recovery_needed() -> Value {
    json!({"conditions": [{"type": "Stalled", "status": "True", "reason": "RecoveryNeeded", "message": "",
        "lastTransitionTime": "2026-03-01T10:00:00Z"}]})
}

#[rstest]
#[case::review("AwaitingApproval", "ReviewRequired", json!({}), json!({}), &[
    "handoff review badge.anna.2 --approve -n identity",
    "handoff review badge.anna.2 --decline -m \"WHY\" -n identity",
    "handoff review badge.anna.2 --postpone -n identity",
])]
#[case::reviewed("AwaitingApproval", "ReviewRequired", json!({"review": {"result": "Approved"}}), json!({}), &[])]
#[case::claimed("Transmitted", "HandedOver", json!({"assignee": {"username": "bob"}}), json!({}), &[
    "handoff confirm badge.anna.2 -n identity",
    "handoff error badge.anna.2 -m \"WHY\" -n identity",
])]
#[case::answered("Transmitted", "HandedOver", json!({"decision": {"result": "Confirmed"}}), json!({}), &[])]
#[case::done("Executed", "Confirmed", json!({"decision": {"result": "Confirmed"}}), json!({}), &[
    "handoff takeback badge.anna.2 -m \"WHAT WAS WRONG\" -n identity",
])]
#[case::an_error("Errored", "ReportedByPerson", json!({}), recovery_needed(), &[
    "handoff retry badge.anna.2 -n identity",
    "handoff abandon badge.anna.2 -m \"WHY\" -n identity",
])]
#[case::an_error_that_needs_nothing("Errored", "ReportedByPerson", json!({}), json!({}), &[])]
#[case::suspended("Pending", "Suspended", json!({}), json!({}), &[
    "patch rtype badge --type=merge -p '{\"spec\":{\"suspend\":false}}'",
])]
#[case::not_ready("Error", "ResourceTypeNotReady", json!({}), json!({}), &["describe rtype badge"])]
#[case::proven("Verified", "Observed", json!({}), json!({}), &[])]
fn the_commands_of_a_state(
    #[case] state: &str,
    #[case] reason: &str,
    #[case] spec: Value,
    #[case] status: Value,
    #[case] wanted: &[&str],
) {
    let shown = text(an_order(2, state, reason, &spec, &status), Vec::new(), Vec::new());
    assert_eq!(commands(&shown), wanted, "{shown}");
}

#[test]
fn what_came_after_an_order_is_where_it_goes_on() {
    let later = an_order(3, "Transmitted", "HandedOver", &json!({}), &json!({}));
    let shown = text(
        an_order(2, "Inactive", "Recomputed", &json!({}), &json!({})),
        Vec::new(),
        vec![later],
    );
    assert_eq!(commands(&shown), ["handoff show badge.anna.3 -n identity"], "{shown}");
    assert!(
        shown.contains("Later orders:   badge.anna.3 Update Transmitted/HandedOver"),
        "{shown}"
    );
}

#[test]
fn what_was_really_set_and_what_was_seen() {
    let spec = json!({
        "changes": [{"property": "zone", "type": "String", "currentKnown": true, "proposed": ["LAB"]}],
        "decision": {"result": "Confirmed", "actualValues": {"zone": ["HQ", "LAB"]}},
    });
    let status = json!({"verification": {"verdict": "Refuted", "synchronization": "night",
        "differences": [{"property": "zone", "expected": ["LAB"], "observed": ["HQ"]}]}});
    let shown = text(
        an_order(2, "Errored", "Refuted", &spec, &status),
        Vec::new(),
        Vec::new(),
    );
    for lines in [
        "PROPERTY   CURRENT   PROPOSED   REALLY SET\nzone       -         LAB        HQ\n                                LAB\n",
        "Data:   Refuted: zone: ordered LAB, seen HQ; snapshot night\n",
    ] {
        assert!(shown.contains(lines), "{shown}");
    }
}

#[test]
fn a_request_says_what_it_waits_for() {
    let asked = a_request(
        &json!({
            "requestedBy": {"username": "alice", "mayApprove": true}, "properties": {"zone": "LAB", "level": ""},
            "addValues": {"doors": ["north"]}, "removeValues": {"doors": ["west"]}, "secrets": ["pin"],
            "endTime": "2026-09-30T18:00:00Z",
        }),
        &json!({"workflowState": "PendingApproval", "approvals": "1/2", "provisioningState": "None", "reason": "WaitingForApproval",
            "message": "1 more has to agree", "resource": {"identifier": "Anna"},
            "history": [{"state": "None", "reason": "WaitingForApproval", "time": "2026-03-01T09:00:00Z", "actor": "operator"}]}),
    );
    let page = page::of_request(asked, Vec::new(), "");
    assert_eq!(
        request::text(&page, &look()),
        "Request:     move in identity
State:       None/WaitingForApproval, 09:00 (3h ago)
             1 more has to agree
Next:        The approver: answers, under their own user name; neither requester nor owner.
             The requester: may cancel it.
               kubectl handoff approve move
               kubectl handoff decline move -m \"WHY\"
               kubectl handoff cancel move -m \"WHY\"
Owner:       e1
What:        Update badge Anna
Until:       2026-09-30T18:00:00Z
Asked by:    alice 09:00 (3h ago)
Why:         moves to
             the laboratory
Approvals:   1/2 by alice
               alice asked for it, and may approve

PROPERTY   WISHED
doors      + north
doors      - west
level      (clear it)
pin        (the fulfiller sets it)
zone       LAB

TIME    EVENT                     ACTOR      SAID
09:00   requested                 alice      moves to\\nthe laboratory
09:00   None/WaitingForApproval   operator
"
    );
}

#[test]
fn a_request_leads_to_its_order_until_it_is_finished() {
    let state = |finished: &str| {
        a_request(
            &json!({}),
            &json!({"provisioningState": "Transmitted", "reason": "HandedOver", "orders": ["badge.anna.2"],
                "conditions": [{"type": "Finished", "status": finished, "reason": "HandedOver", "message": "",
                    "lastTransitionTime": "2026-03-01T10:00:00Z"}]}),
        )
    };
    let order = an_order(2, "Transmitted", "HandedOver", &json!({}), &json!({}));
    let open = request::text(&page::of_request(state("False"), vec![order.clone()], ""), &look());
    assert_eq!(
        commands(&open),
        ["handoff show badge.anna.2", "handoff cancel move -m \"WHY\""],
        "{open}"
    );
    assert!(open.contains("\nORDER          OPERATION   STATE "), "{open}");
    let done = request::text(&page::of_request(state("True"), vec![order], ""), &look());
    assert!(
        commands(&done).is_empty() && done.contains("Nobody: it is final."),
        "{done}"
    );
}
