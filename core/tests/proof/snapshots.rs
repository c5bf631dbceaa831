//! 2.5: which snapshots count, and for how much.

use crate::pretend::{badge, view};
use handoff_core::api::Synchronization;
use handoff_core::engine::observed::Inventory;
use handoff_core::engine::{Policies, Proved, SynchronizationSnapshot, decide_synchronization, surplus};
use rstest::rstest;
use serde_json::{Value, json};
use std::sync::Arc;

const NOW: &str = "2026-03-01T08:00:00Z";

fn snapshot(name: &str, taken_at: &str, count: i64) -> Value {
    json!({
        "apiVersion": "handoff.dev/v1alpha1", "kind": "Synchronization",
        "metadata": {"name": name, "namespace": "identity", "uid": name, "generation": 1, "creationTimestamp": taken_at},
        "spec": {"resourceTypeRef": {"name": "badge"}, "takenAt": taken_at, "complete": true, "count": count},
    })
}

fn accepted(name: &str, taken_at: &str, count: i64, reason: &str) -> Synchronization {
    let mut object = snapshot(name, taken_at, count);
    object["status"] = json!({"accepted": true, "reason": reason});
    serde_json::from_value(object).unwrap()
}

fn read(object: Value) -> Synchronization {
    serde_json::from_value(object).unwrap()
}

fn decide_with(
    object: Value,
    before: &[Synchronization],
    change: impl FnOnce(&mut SynchronizationSnapshot),
) -> Option<Value> {
    let mut seen = SynchronizationSnapshot {
        now: NOW.parse().unwrap(),
        policies: Arc::new(Policies::InForce),
        synchronization: Arc::new(read(object)),
        resource_type: Some(view(badge())),
        inventory: Arc::new(Inventory::of(before)),
        proved: Proved::default(),
    };
    change(&mut seen);
    let decision = decide_synchronization(&seen);
    decision.status.map(|status| serde_json::to_value(status).unwrap())
}

fn decide(object: Value, before: &[Synchronization]) -> Value {
    let status = decide_with(object, before, |_| {}).unwrap();
    json!([status["accepted"], status["reason"]])
}

#[rstest]
#[case::first("2026-03-01T07:00:00Z", 3, json!([true, "Complete"]))]
#[case::clocks_differ("2026-03-01T08:05:00Z", 3, json!([true, "Complete"]))]
#[case::future("2026-03-01T08:05:01Z", 3, json!([false, "InTheFuture"]))]
#[case::older("2026-03-01T05:59:59Z", 100, json!([false, "OlderThanTheLast"]))]
#[case::repeated("2026-03-01T06:00:00Z", 100, json!([true, "Complete"]))]
#[case::enough("2026-03-01T07:00:00Z", 70, json!([true, "Complete"]))]
#[case::too_few("2026-03-01T07:00:00Z", 69, json!([true, "Suspicious"]))]
fn a_snapshot_counts_or_not(#[case] taken_at: &str, #[case] count: i64, #[case] says: Value) {
    let last = accepted(
        "last",
        "2026-03-01T06:00:00Z",
        if count == 3 { 3 } else { 100 },
        "Complete",
    );
    assert_eq!(decide(snapshot("new", taken_at, count), &[last]), says);
}

#[test]
fn a_part_is_never_suspicious() {
    let mut part = snapshot("part", "2026-03-01T07:00:00Z", 1);
    part["spec"]["complete"] = json!(false);
    let last = accepted("last", "2026-03-01T06:00:00Z", 100, "Complete");
    assert_eq!(decide(part, &[last]), json!([true, "Incomplete"]));
}

#[test]
fn of_few_resources_any_number_may_go() {
    let last = accepted("last", "2026-03-01T06:00:00Z", 9, "Complete");
    assert_eq!(
        decide(snapshot("new", "2026-03-01T07:00:00Z", 0), &[last]),
        json!([true, "Complete"])
    );
}

#[test]
fn somebody_vouches_for_what_looked_wrong() {
    let last = accepted("last", "2026-03-01T06:00:00Z", 100, "Complete");
    let mut few = serde_json::to_value(accepted("few", "2026-03-01T07:00:00Z", 5, "Suspicious")).unwrap();
    few["status"]["observedGeneration"] = json!(1);
    let known = read(few.clone());
    assert!(Inventory::of([&last, &known]).doubtful);
    assert_eq!(decide_with(few.clone(), &[last.clone(), known.clone()], |_| {}), None);
    few["metadata"]["annotations"] = json!({"handoff.dev/accept": "true"});
    assert_eq!(decide(few, &[last.clone(), known]), json!([true, "Complete"]));
    let vouched = accepted("few", "2026-03-01T07:00:00Z", 5, "Complete");
    let inventory = Inventory::of([&last, &vouched]);
    assert!(!inventory.doubtful);
    assert_eq!(inventory.complete.unwrap().count, 5);
}

#[test]
fn a_type_that_trusts_people_looks_at_none() {
    let mut of = badge();
    of["spec"]["provisioningConnection"]["package"] = json!("ManualTicketAndResources");
    let status = decide_with(snapshot("new", NOW, 1), &[], |seen| seen.resource_type = Some(view(of))).unwrap();
    assert_eq!(status["reason"], "TrustedByType");
}

#[test]
fn without_its_type_it_waits_for_it() {
    let status = decide_with(snapshot("new", NOW, 1), &[], |seen| seen.resource_type = None).unwrap();
    assert_eq!(
        json!([status["accepted"], status["reason"]]),
        json!([false, "ResourceTypeNotFound"])
    );
    let mut waiting = snapshot("new", NOW, 1);
    waiting["status"] = status;
    assert_eq!(decide(waiting, &[]), json!([true, "Complete"]));
}

#[test]
fn what_was_decided_stays() {
    let mut known = serde_json::to_value(accepted("old", "2026-03-01T06:00:00Z", 3, "Complete")).unwrap();
    known["status"]["observedGeneration"] = json!(1);
    let newer = accepted("newer", "2026-03-01T07:00:00Z", 100, "Complete");
    assert_eq!(decide_with(known, &[newer], |_| {}), None);
}

fn while_out(object: Value, before: &[Synchronization]) -> Option<Value> {
    let out = Policies::NotInForce("the policy handoff-inventory is absent".to_owned());
    decide_with(object, before, |seen| seen.policies = Arc::new(out))
}

#[test]
fn nothing_counts_while_nobody_checks_who_writes() {
    assert_eq!(while_out(snapshot("new", NOW, 1), &[]), None);
}

/// Who vouched while nobody checked who writes is not believed once somebody does.
#[rstest]
#[case::new(Value::Null)]
#[case::looked_wrong(json!({"accepted": true, "reason": "Suspicious"}))]
#[case::without_its_type(json!({"accepted": false, "reason": "ResourceTypeNotFound"}))]
fn who_vouches_while_nobody_checks_is_never_believed(#[case] status: Value) {
    let last = accepted("last", "2026-03-01T06:00:00Z", 100, "Complete");
    let mut few = snapshot("few", "2026-03-01T07:00:00Z", 5);
    few["metadata"]["annotations"] = json!({"handoff.dev/accept": "true"});
    if !status.is_null() {
        few["status"] = status;
    }
    few["status"] = while_out(few.clone(), std::slice::from_ref(&last)).unwrap();
    assert_eq!(few["status"]["reason"], "AcceptUntrusted");
    assert_eq!(while_out(few.clone(), std::slice::from_ref(&last)), None);
    let known = read(few.clone());
    if let Some(status) = decide_with(few.clone(), &[last.clone(), known], |_| {}) {
        few["status"] = status;
    }
    assert_eq!(
        json!([few["status"]["accepted"], few["status"]["reason"]]),
        json!([true, "AcceptUntrusted"])
    );
    let inventory = Inventory::of([&last, &read(few)]);
    assert!(inventory.doubtful);
    assert_eq!(inventory.complete.unwrap().count, 100);
}

/// One that looks right counts, whoever vouched for it.
#[test]
fn what_looks_right_needs_nobody_to_vouch_for_it() {
    let last = accepted("last", "2026-03-01T06:00:00Z", 100, "Complete");
    let mut all = snapshot("all", "2026-03-01T07:00:00Z", 99);
    all["metadata"]["annotations"] = json!({"handoff.dev/accept": "true"});
    all["status"] = while_out(all.clone(), std::slice::from_ref(&last)).unwrap();
    assert_eq!(decide(all, &[last]), json!([true, "Complete"]));
}

/// Its entries are written already, and they may be gone since the last complete one had them.
#[rstest]
#[case::nobody_has_looked_yet(json!(null), true)]
#[case::of_a_time_to_come(json!({"accepted": false, "reason": "InTheFuture"}), true)]
#[case::older(json!({"accepted": false, "reason": "OlderThanTheLast"}), true)]
#[case::it_counts(json!({"accepted": true, "reason": "Complete"}), false)]
#[case::it_removes_nothing(json!({"accepted": true, "reason": "Incomplete"}), false)]
fn what_may_have_removed_entries_and_does_not_count_makes_absence_doubtful(
    #[case] status: Value,
    #[case] doubtful: bool,
) {
    let last = accepted("last", "2026-03-01T06:00:00Z", 20, "Complete");
    let mut next = snapshot("next", "2026-03-01T07:00:00Z", 20);
    next["spec"]["complete"] = json!(status["reason"] != "Incomplete");
    next["status"] = status;
    let next = read(next);
    assert_eq!(Inventory::of([&last, &next]).doubtful, doubtful);
    assert_eq!(Inventory::of([&next, &last]).doubtful, doubtful);
    // One that was made before the last complete one was looked at before it.
    let mut before = next.clone();
    before.metadata.name = Some("before".to_owned());
    before.metadata.creation_timestamp = Some(k8s_openapi::apimachinery::pkg::apis::meta::v1::Time(
        "2026-03-01T05:00:00Z".parse().unwrap(),
    ));
    before.spec.taken_at.0 = "2026-03-01T05:00:00Z".parse().unwrap();
    assert!(!Inventory::of([&before, &last]).doubtful);
}

#[test]
fn what_it_proved_is_added_up() {
    let mut known = serde_json::to_value(accepted("one", "2026-03-01T06:00:00Z", 3, "Complete")).unwrap();
    known["status"]["verified"] = json!(2);
    let proved = Proved {
        verified: 3,
        refuted: 1,
    };
    let status = decide_with(known, &[], |seen| seen.proved = proved).unwrap();
    assert_eq!(json!([status["verified"], status["refuted"]]), json!([5, 1]));
}

#[test]
fn the_last_ten_are_kept_and_what_the_inventory_speaks_of() {
    let all: Vec<Arc<Synchronization>> = (0..14)
        .map(|hour| {
            let reason = if hour == 1 { "Complete" } else { "Incomplete" };
            Arc::new(accepted(
                &format!("s{hour:02}"),
                &format!("2026-03-01T{hour:02}:00:00Z"),
                3,
                reason,
            ))
        })
        .collect();
    let mut gone: Vec<_> = surplus(&all)
        .iter()
        .map(|one| one.metadata.name.clone().unwrap())
        .collect();
    gone.sort();
    assert_eq!(gone, ["s00", "s02", "s03"]);
}
