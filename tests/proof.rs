//! Claims against what is seen, end to end: a real API server, the real operator, and plain kubectl as who reads the
//! managed system and writes what is there.
//!
//! Needs a control plane: `make test` starts one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod place;

use jiff::{Timestamp, ToSpan};
use place::{Place, badge};
use serde_json::{Value, json};

/// A type whose orders are proven by the inventory.
fn proven(verification: Value) -> Value {
    let mut kind = badge();
    kind["spec"]["verification"] = json!({"mode": "Inventory"});
    for (field, value) in verification.as_object().unwrap() {
        kind["spec"]["verification"][field] = value.clone();
    }
    kind
}

fn place(namespace: &str, verification: Value) -> Place {
    let mut place = Place::without_operator(namespace);
    place.apply("gita", proven(verification));
    place.start();
    place
}

/// So many minutes from now: within five, an export may be ahead of the operator's clock.
#[expect(clippy::disallowed_methods, reason = "the clock of who exports")]
fn minutes(many: i64) -> Timestamp {
    let now = Timestamp::from_second(Timestamp::now().as_second()).unwrap();
    now.checked_add(many.minutes()).unwrap()
}

/// The second after a person's word on an order.
fn after_the_claim(place: &Place, order: &str) -> Timestamp {
    place.wait(
        &format!("porder/{order}"),
        ".status.conditions[?(@.type==\"Executed\")].status",
        "True",
    );
    let claimed: Timestamp = place
        .read(&format!("porder/{order}"), ".status.executedAt")
        .parse()
        .unwrap();
    claimed.checked_add(1.second()).unwrap()
}

/// What is in the managed system, as ivan's export writes it.
fn entry(place: &Place, owner: &str, zone: &str, at: Timestamp) {
    place.apply(
        "ivan",
        json!({
            "apiVersion": "handoff.dev/v1alpha1", "kind": "ManagedResource", "metadata": {"name": format!("badge.{owner}")},
            "spec": {"resourceTypeRef": {"name": "badge"}, "identifier": owner, "owner": {"id": owner},
                "properties": {"zone": zone}, "source": "Synchronized", "observedAt": at.to_string()},
        }),
    );
}

/// The export's last word.
fn export(place: &Place, name: &str, taken: Timestamp, complete: bool, count: i64) {
    place.apply(
        "ivan",
        json!({
            "apiVersion": "handoff.dev/v1alpha1", "kind": "Synchronization", "metadata": {"name": name},
            "spec": {"resourceTypeRef": {"name": "badge"}, "takenAt": taken.to_string(), "complete": complete, "count": count},
        }),
    );
}

/// 4.9: of what the last snapshot holds, a share of the orders goes on without a review.
#[test]
fn a_share_of_what_is_there_is_a_limit() {
    let mut place = Place::without_operator("proof-percent");
    let mut kind = proven(json!({}));
    kind["spec"]["thresholds"] = json!({"deletion": {"percent": 10}});
    place.apply("gita", kind);
    place.start();
    let taken = minutes(0);
    let owners: Vec<String> = (0..10).map(|number| format!("o{number}")).collect();
    owners.iter().for_each(|owner| entry(&place, owner, "HQ", taken));
    export(&place, "night", taken, true, 10);
    judged(&place, "night", "true", "Complete");
    place.ask("leave-o0", "o0", json!({"operation": "Delete"}));
    place.shows("leave-o0", "Transmitted", "HandedOver");
    place.ask("leave-o1", "o1", json!({"operation": "Delete"}));
    place.shows("leave-o1", "AwaitingApproval", "ThresholdExceeded");
    let review = json!({"review": {"result": "Approved"}});
    place.answer("dave", "badge.o1.1", review).unwrap();
    place.shows("leave-o1", "Transmitted", "HandedOver");
}

fn judged(place: &Place, name: &str, accepted: &str, reason: &str) {
    place.wait(&format!("sync/{name}"), ".status.reason", reason);
    assert_eq!(
        place.read(&format!("sync/{name}"), ".status.accepted"),
        accepted,
        "{name}"
    );
}

#[test]
fn a_claim_is_proven_by_what_was_seen_and_a_forgotten_one_is_refuted() {
    let place = place("proof-plain", json!({}));
    for owner in ["anna", "boris", "clara"] {
        place.hire(&format!("hire-{owner}"), owner);
        place.confirm(&format!("badge.{owner}.1"));
        place.shows(&format!("hire-{owner}"), "Executed", "Confirmed");
    }
    // All at once, as an export does: nothing of it counts before its last word, and then all of it does.
    let taken = minutes(1);
    entry(&place, "anna", "HQ", taken);
    entry(&place, "clara", "LAB", taken);
    export(&place, "night", taken, true, 2);
    judged(&place, "night", "true", "Complete");

    place.shows("hire-anna", "Verified", "Observed");
    let verification = |owner: &str, path: &str| {
        place.read(
            &format!("porder/badge.{owner}.1"),
            &format!(".status.verification{path}"),
        )
    };
    assert_eq!(verification("anna", ".verdict"), "Verified");
    assert_eq!(verification("anna", ".synchronization"), "night");
    let succeeded = ["wait", "areq/hire-anna", "--for=condition=Succeeded", "--timeout=30s"];
    place.run("alice", &succeeded).unwrap();

    place.shows("hire-boris", "Errored", "Refuted");
    assert_eq!(
        verification("boris", ".differences"),
        r#"[{"expected":["true"],"observed":["false"],"property":"exists"}]"#
    );
    place.shows("hire-clara", "Errored", "Refuted");
    assert_eq!(
        verification("clara", ".differences"),
        r#"[{"expected":["HQ"],"observed":["LAB"],"property":"zone"}]"#
    );
    place.told("badge.boris.1", "Refuted", "night");

    place.wait("sync/night", ".status.verified", "1");
    place.wait("sync/night", ".status.refuted", "2");
    place.wait("rtype/badge", ".status.lastSynchronization.name", "night");
    assert_eq!(place.read("rtype/badge", ".status.lastSynchronization.count"), "2");
    place.wait("rtype/badge", ".status.resources", "2");
}

#[test]
fn what_was_refuted_is_tried_again_by_itself() {
    let place = place("proof-reopen", json!({"onRefuted": "Reopen"}));
    place.hire("hire", "anna");
    place.confirm("badge.anna.1");
    let first = after_the_claim(&place, "badge.anna.1");
    export(&place, "first", first, true, 0);
    place.wait("porder/badge.anna.1", ".status.reason", "Refuted");
    place.wait("porder/badge.anna.2", ".status.state", "Transmitted");
    assert_eq!(place.read("porder/badge.anna.2", ".spec.attempt"), "2");
    assert_eq!(place.read("porder/badge.anna.2", ".spec.previous.reason"), "Refuted");
    place.shows("hire", "Transmitted", "HandedOver");
    // Times are whole seconds: the second claim is to be later than the first export.
    std::thread::sleep(std::time::Duration::from_secs(2));
    place.confirm("badge.anna.2");
    let second = after_the_claim(&place, "badge.anna.2");
    entry(&place, "anna", "HQ", second);
    export(&place, "second", second, true, 1);
    place.shows("hire", "Verified", "Observed");
    assert_eq!(
        place.read("areq/hire", ".status.orders"),
        r#"["badge.anna.1","badge.anna.2"]"#
    );
    place.wait("sync/first", ".status.refuted", "1");
    place.wait("sync/second", ".status.verified", "1");
}

#[test]
fn an_export_from_before_a_delete_does_not_refute_it() {
    let place = place("proof-delete", json!({}));
    let before = minutes(-60);
    entry(&place, "anna", "HQ", before);
    export(&place, "before", before, true, 1);
    judged(&place, "before", "true", "Complete");
    place.ask("leave", "anna", json!({"operation": "Delete"}));
    place.confirm("badge.anna.1");
    place.shows("leave", "Executed", "Confirmed");
    // Written after the claim, and taken before it: she is still in it.
    let late = minutes(-30);
    entry(&place, "anna", "HQ", late);
    export(&place, "late", late, true, 1);
    judged(&place, "late", "true", "Complete");
    // One that is taken later knows.
    place.run("ivan", &["delete", "mres", "badge.anna"]).unwrap();
    export(&place, "after", minutes(1), true, 0);
    judged(&place, "after", "true", "Complete");
    place.shows("leave", "Verified", "Observed");
    let reasons = place.read("porder/badge.anna.1", ".status.history[*].reason");
    assert!(!reasons.contains("Refuted"), "{reasons}");
}

#[test]
fn snapshots_that_do_not_count_say_why() {
    let place = place("proof-verdicts", json!({}));
    place.hire("hire", "anna");
    place.confirm("badge.anna.1");
    place.shows("hire", "Executed", "Confirmed");

    export(&place, "ahead", minutes(10), true, 1);
    judged(&place, "ahead", "false", "InTheFuture");
    place.told("ahead", "InTheFuture", "mind the clock");
    export(&place, "full", minutes(-60), true, 20);
    judged(&place, "full", "true", "Complete");
    // Made in the same second, they count by their names: this one must not come after "few".
    export(&place, "early", minutes(-120), true, 20);
    judged(&place, "early", "false", "OlderThanTheLast");
    export(&place, "part", minutes(1), false, 3);
    judged(&place, "part", "true", "Incomplete");
    export(&place, "few", minutes(2), true, 13);
    judged(&place, "few", "true", "Suspicious");
    place.told("few", "Suspicious", "handoff.dev/accept=true");
    // None of them speaks against anna's badge, which none of them has.
    assert_eq!(place.read("areq/hire", ".status.reason"), "Confirmed");
    assert_eq!(place.read("rtype/badge", ".status.lastSynchronization.name"), "few");

    // Who wrote it does not vouch for it.
    let vouch = ["annotate", "sync", "few", "handoff.dev/accept=true"];
    assert!(
        place
            .run("ivan", &vouch)
            .unwrap_err()
            .contains("accepted by a reviewer")
    );
    place.run("dave", &vouch).unwrap();
    judged(&place, "few", "true", "Complete");
    place.shows("hire", "Errored", "Refuted");
    place.wait("sync/few", ".status.refuted", "1");
}

#[test]
fn the_last_ten_are_kept() {
    let place = place("proof-ten", json!({}));
    for number in 1..=12 {
        let name = format!("night-{number:02}");
        export(&place, &name, minutes(number - 30), true, 0);
        judged(&place, &name, "true", "Complete");
    }
    let gone = [
        "wait",
        "--for=delete",
        "sync/night-01",
        "sync/night-02",
        "--timeout=30s",
    ];
    place.run("ivan", &gone).unwrap();
    let left: Vec<String> = (3..=12).map(|number| format!("night-{number:02}")).collect();
    assert_eq!(place.read("sync", ".items[*].metadata.name"), left.join(" "));
}

/// What the operator read of the inventory in this namespace, from the API server's audit log.
fn bodies_read(place: &Place) -> Vec<String> {
    let log = std::fs::read_to_string(std::env::var("HANDOFF_AUDIT_LOG").unwrap()).unwrap();
    let events = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let of_operator = events.filter(|event| {
        event["objectRef"]["namespace"] == place.namespace.as_str()
            && event["objectRef"]["resource"] == "managedresources"
            && event["user"]["username"] == "system:serviceaccount:handoff-system:handoff"
            && event["verb"] == "get"
    });
    of_operator
        .map(|event| event["objectRef"]["name"].to_string())
        .collect()
}

#[test]
fn after_a_restart_what_was_accepted_counts_and_nothing_is_written() {
    let mut place = place("proof-restart", json!({}));
    place.hire("hire", "anna");
    place.confirm("badge.anna.1");
    place.shows("hire", "Executed", "Confirmed");
    let taken = minutes(1);
    entry(&place, "anna", "HQ", taken);
    export(&place, "night", taken, true, 1);
    place.shows("hire", "Verified", "Observed");
    place.wait("sync/night", ".status.verified", "1");
    place.wait("rtype/badge", ".status.lastSynchronization.name", "night");
    let versions = |place: &Place| {
        let version = ".metadata.resourceVersion";
        [
            place.read("sync/night", version),
            place.read("areq/hire", version),
            place.read("porder/badge.anna.1", version),
        ]
    };
    let before = versions(&place);
    place.kill();
    place.start();
    // The restarted operator has caught up when it has answered something new from what was seen before.
    place.hire("again", "anna");
    place.shows("again", "Verified", "AlreadyAsRequested");
    // And an export without news reads no entry anew.
    let known = bodies_read(&place);
    export(&place, "next", minutes(2), true, 1);
    judged(&place, "next", "true", "Complete");
    assert_eq!(versions(&place), before);
    assert_eq!(bodies_read(&place), known);
}
