//! Rows for the inventory: who writes it, and who accepts a suspicious snapshot.

use crate::cluster::{self, ALL, Way, call, create, delete, path, write};
use serde_json::{Value, json};

const JSON: &str = "application/json";
const RESOURCES: &str = "managedresources";
const SNAPSHOTS: &str = "synchronizations";

fn number() -> u32 {
    static NUMBER: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(1);
    NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
}

fn resource(source: &str) -> Value {
    json!({
        "apiVersion": cluster::API, "kind": "ManagedResource", "metadata": {"name": format!("badge.m{}", number())},
        "spec": {"resourceTypeRef": {"name": "badge"}, "identifier": "e1", "source": source, "observedAt": "2026-01-01T00:00:00Z"},
    })
}

fn snapshot() -> Value {
    json!({
        "apiVersion": cluster::API, "kind": "Synchronization", "metadata": {"name": format!("night-{}", number())},
        "spec": {"resourceTypeRef": {"name": "badge"}, "takenAt": "2026-01-01T00:00:00Z", "complete": true, "count": 1},
    })
}

const VIRTUAL: &[&str] = &["written by the operator alone", "write source Synchronized"];

#[track_caller]
fn says(answer: Result<Value, String>, words: &[&str]) {
    let said = answer.expect_err("this had to be refused");
    for part in words {
        assert!(said.contains(part), "{part:?} is not in: {said}");
    }
}

#[test]
fn the_inventory_is_for_its_writers() {
    for who in ["bob", "dave", "mallory", "alice"] {
        says(create(who, RESOURCES, &resource("Synchronized")), &["forbidden: User"]);
        says(create(who, SNAPSHOTS, &snapshot()), &["forbidden: User"]);
    }
    for who in ["ivan", "quentin", "oscar"] {
        create(who, RESOURCES, &resource("Synchronized")).unwrap();
        create(who, SNAPSHOTS, &snapshot()).unwrap();
    }
}

#[test]
fn virtual_resources_are_the_operators() {
    says(create("ivan", RESOURCES, &resource("Virtual")), VIRTUAL);
    let mut seen = resource("Synchronized");
    create("ivan", RESOURCES, &seen).unwrap();
    let seen = seen["metadata"]["name"].take();
    let mut made = resource("Virtual");
    create("operator", RESOURCES, &made).unwrap();
    let made = made["metadata"]["name"].take();
    let (seen, made) = (seen.as_str().unwrap(), made.as_str().unwrap());
    for way in ALL {
        says(
            write(
                *way,
                "ivan",
                RESOURCES,
                seen,
                "",
                &json!({"spec": {"source": "Virtual"}}),
            ),
            VIRTUAL,
        );
        says(
            write(
                *way,
                "ivan",
                RESOURCES,
                made,
                "",
                &json!({"spec": {"identifier": "e2"}}),
            ),
            VIRTUAL,
        );
        says(
            write(
                *way,
                "ivan",
                RESOURCES,
                made,
                "",
                &json!({"spec": {"source": "Synchronized"}}),
            ),
            VIRTUAL,
        );
        says(
            write(
                *way,
                "ivan",
                RESOURCES,
                seen,
                "",
                &json!({"metadata": {"labels": {"handoff.dev/line": "x"}}}),
            ),
            &["\"handoff.dev/line\" is reserved", "as they are"],
        );
    }
    says(delete("ivan", RESOURCES, made), VIRTUAL);
    says(
        call("ivan", "DELETE", &path(RESOURCES, made), JSON, &Value::Null),
        VIRTUAL,
    );
    write(
        Way::Merge,
        "ivan",
        RESOURCES,
        seen,
        "",
        &json!({"spec": {"identifier": "e2"}}),
    )
    .unwrap();
    delete("ivan", RESOURCES, seen).unwrap();
    delete("operator", RESOURCES, made).unwrap();
}

#[test]
fn a_suspicious_snapshot_is_accepted_by_a_reviewer() {
    let mut object = snapshot();
    create("ivan", SNAPSHOTS, &object).unwrap();
    let name = object["metadata"]["name"].take();
    let name = name.as_str().unwrap();
    let accept = json!({"metadata": {"annotations": {"handoff.dev/accept": "true"}}});
    let words = [
        "accepted by a reviewer",
        "\"review\" on ResourceType \"badge\"",
        "ask somebody who has it",
    ];
    for way in ALL {
        for who in ["ivan", "oscar", "operator"] {
            let answer = write(*way, who, SNAPSHOTS, name, "", &accept);
            // The operator has no right to change a snapshot at all.
            says(answer, if who == "operator" { &["forbidden"] } else { &words });
        }
    }
    let mut born = snapshot();
    born["metadata"]["annotations"] = accept["metadata"]["annotations"].clone();
    says(create("ivan", SNAPSHOTS, &born), &words);
    for way in ALL {
        write(*way, "dave", SNAPSHOTS, name, "", &accept).unwrap();
    }
    says(
        write(
            Way::Merge,
            "ivan",
            SNAPSHOTS,
            name,
            "",
            &json!({"metadata": {"annotations": null}}),
        ),
        &words,
    );
    says(
        write(
            Way::Merge,
            "oscar",
            SNAPSHOTS,
            name,
            "/status",
            &json!({"status": {"accepted": true}}),
        ),
        &["the status is written by the operator alone"],
    );
}

#[test]
fn a_snapshot_is_not_changed_afterwards() {
    let mut object = snapshot();
    create("ivan", SNAPSHOTS, &object).unwrap();
    let name = object["metadata"]["name"].take();
    let name = name.as_str().unwrap();
    for way in ALL {
        let change = json!({"spec": {"resourceTypeRef": {"name": "badge"}, "takenAt": "2026-01-01T00:00:00Z", "complete": true, "count": 2}});
        says(
            write(*way, "ivan", SNAPSHOTS, name, "", &change),
            &["a Synchronization is immutable: make a new one"],
        );
    }
}
