//! What the page says of objects, by table.

use super::super::screen::Screen;
use super::line::{Known, page};
use super::page::Page;
use super::table::table;
use handoff_core::api::{AssignmentRequest, ManagedResource, ProvisioningOrder, Synchronization};
use jiff::Timestamp;
use rstest::rstest;
use serde_json::{Value, json};

fn order(state: &str, reason: &str, operation: &str, sequence: i64, more: &Value) -> ProvisioningOrder {
    let exists = operation != "Delete";
    let mut order = json!({
        "apiVersion": "handoff.dev/v1alpha1", "kind": "ProvisioningOrder",
        "metadata": {"name": format!("badge.anna.{sequence}")},
        "spec": {
            "resourceTypeRef": {"name": "badge"}, "operation": operation, "resource": {"identifier": "Anna"},
            "sequence": sequence, "attempt": 1, "owner": {"id": "anna"}, "ticket": {"title": "", "instructions": ""},
            "desired": {"exists": exists, "properties": if exists { json!({"zone": "HQ"}) } else { json!({}) }},
            "requestRefs": [{"name": "hire", "uid": "uid-hire"}],
            "policy": {
                "provisioningConnection": {"package": "ManualTicket"}, "identifier": {"caseInsensitive": true},
                "provisioningReview": {"required": false, "afterError": false},
                "decision": {"allowSelfConfirmation": false, "evidence": "Optional", "claimRequired": false},
                "verification": {"mode": "Inventory", "lag": "1h", "onRefuted": "Error", "maxAttempts": 3},
                "retention": {"completed": "1h", "failed": "1h"},
            },
        },
        "status": {"state": state, "reason": reason, "history": [{"state": state, "reason": reason, "time": "2026-03-01T10:00:00Z"}]},
    });
    if matches!(state, "Executed" | "Verified") {
        order["status"]["executedAt"] = json!("2026-03-01T10:00:00Z");
    }
    for (field, value) in more.as_object().unwrap() {
        order["status"][field] = value.clone();
    }
    serde_json::from_value(order).unwrap()
}

fn request(name: &str, operation: &str, state: &str, reason: &str) -> AssignmentRequest {
    let request = json!({
        "apiVersion": "handoff.dev/v1alpha1", "kind": "AssignmentRequest",
        "metadata": {"name": name, "uid": format!("uid-{name}"), "creationTimestamp": "2026-03-01T09:00:00Z"},
        "spec": {"resourceTypeRef": {"name": "badge"}, "operation": operation, "owner": {"id": "anna"},
            "resource": {"identifier": "ANNA"}, "properties": {"zone": "HQ"}},
        "status": {"provisioningState": state, "reason": reason},
    });
    serde_json::from_value(request).unwrap()
}

fn entry(owner: &str, zone: &str, at: &str) -> ManagedResource {
    let entry = json!({
        "apiVersion": "handoff.dev/v1alpha1", "kind": "ManagedResource", "metadata": {"name": "badge.anna"},
        "spec": {"resourceTypeRef": {"name": "badge"}, "identifier": "Anna", "owner": {"id": owner},
            "properties": {"zone": zone}, "source": "Synchronized", "observedAt": at},
    });
    serde_json::from_value(entry).unwrap()
}

fn snapshot(at: &str) -> Synchronization {
    let snapshot = json!({
        "apiVersion": "handoff.dev/v1alpha1", "kind": "Synchronization", "metadata": {"name": "night"},
        "spec": {"resourceTypeRef": {"name": "badge"}, "takenAt": at, "complete": true, "count": 1},
        "status": {"accepted": true, "reason": "Complete"},
    });
    serde_json::from_value(snapshot).unwrap()
}

fn seen_at(
    requests: Vec<AssignmentRequest>,
    orders: &[ProvisioningOrder],
    entries: Vec<ManagedResource>,
    snapshot_at: Option<&str>,
) -> Page {
    let snapshots: Vec<_> = snapshot_at.map(snapshot).into_iter().collect();
    page(
        "anna",
        "identity",
        &Known::of(&[], requests, orders, entries, &snapshots),
    )
}

/// The only row, its cells joined by ` | `.
fn row(page: &Page, wide: bool) -> String {
    let now: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
    let text = table(page, now, wide).text(Screen::default());
    let rows: Vec<&str> = text.lines().skip(1).collect();
    assert_eq!(rows.len(), 1, "{text}");
    let cells = rows[0].split("   ").map(str::trim).filter(|cell| !cell.is_empty());
    cells.collect::<Vec<_>>().join(" | ")
}

const BEFORE: &str = "2026-03-01T09:30:00Z";
const AFTER: &str = "2026-03-01T11:30:00Z";

#[rstest]
#[case::claimed(
    order("Executed", "Confirmed", "Create", 1, &json!({})), None, None,
    "badge | Anna | present | present | unknown | Executed/Confirmed | badge.anna.1 | 120m | claimed, not seen: waits for a snapshot taken after 2026-03-01T11:00:00Z"
)]
#[case::seen_before(
    order("Executed", "Confirmed", "Create", 1, &json!({})), None, Some(BEFORE),
    "badge | Anna | present | present | absent (150m ago) | Executed/Confirmed | badge.anna.1 | 120m | claimed after it was seen otherwise: waits for a snapshot taken after 2026-03-01T11:00:00Z"
)]
#[case::verified(
    order("Verified", "Observed", "Create", 1, &json!({})), Some(entry("anna", "HQ", AFTER)), Some(AFTER),
    "badge | Anna | present | present | present (30m ago) | Verified/Observed | badge.anna.1 | 120m"
)]
#[case::changed_since(
    order("Verified", "Observed", "Create", 1, &json!({})), Some(entry("anna", "LAB", AFTER)), Some(AFTER),
    "badge | Anna | present | present | present (30m ago) | Verified/Observed | badge.anna.1 | 120m | seen otherwise after it was claimed"
)]
#[case::somebody_elses(
    order("Verified", "Observed", "Create", 1, &json!({})), Some(entry("boris", "HQ", AFTER)), Some(AFTER),
    "badge | Anna | present | present | present (30m ago) | Verified/Observed | badge.anna.1 | 120m | belongs to boris"
)]
#[case::handed_over(
    order("Transmitted", "HandedOver", "Create", 1, &json!({})), None, None,
    "badge | Anna | present | - | unknown | Transmitted/HandedOver | badge.anna.1 | 120m | not done yet: nobody has answered"
)]
#[case::refuted(
    order("Errored", "Refuted", "Create", 1, &json!({"verification": {"verdict": "Refuted", "synchronization": "night",
        "differences": [{"property": "exists", "expected": ["true"], "observed": ["false"]}]}})), None, Some(AFTER),
    "badge | Anna | present | - | absent (30m ago) | Errored/Refuted | badge.anna.1 | 120m | refuted by night: exists is false, not true"
)]
#[case::given_up(
    order("Inactive", "Cancelled", "Create", 1, &json!({})), Some(entry("anna", "HQ", AFTER)), Some(AFTER),
    "badge | Anna | - | - | present (30m ago) | Inactive/Cancelled | badge.anna.1 | 120m | seen, but nobody asked for it"
)]
fn one_order(
    #[case] order: ProvisioningOrder,
    #[case] entry: Option<ManagedResource>,
    #[case] snapshot: Option<&str>,
    #[case] wanted: &str,
) {
    let page = seen_at(Vec::new(), &[order], entry.into_iter().collect(), snapshot);
    assert_eq!(row(&page, false), wanted);
}

#[test]
fn a_request_without_an_order_shows_its_own_state() {
    let page = seen_at(
        vec![request("hire", "Create", "None", "Scheduled")],
        &[],
        Vec::new(),
        None,
    );
    assert_eq!(
        row(&page, true),
        "badge | ANNA | present zone=HQ | - | unknown | None/Scheduled | - | 3h | request hire waits: Scheduled"
    );
}

#[test]
fn a_declined_end_leaves_what_was_wished_before_and_spelling_does_not_make_two_rows() {
    let orders = [
        order("Inactive", "Declined", "Delete", 2, &json!({})),
        order("Verified", "Observed", "Create", 1, &json!({})),
    ];
    let requests = vec![
        request("leave", "Delete", "Pending", "Queued"),
        request("hire", "Create", "Verified", "Observed"),
    ];
    let page = seen_at(requests, &orders, vec![entry("anna", "HQ", AFTER)], Some(AFTER));
    assert_eq!(
        row(&page, true),
        "badge | Anna | present zone=HQ | present zone=HQ | present zone=HQ (30m ago) | Inactive/Declined | badge.anna.2 | 120m | request leave waits: Queued"
    );
}
