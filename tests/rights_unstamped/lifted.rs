//! Rows for what the CRDs of this version refuse altogether: cancelling, and the inventory. The refusal is taken out of
//! the CRDs here, so that the policies behind it are shown before the day when it goes.

use crate::cluster::{self, ALL, Way, call, create, delete, eventually, kubectl, path, path_in, write};
use crate::objects::{Plan, REQUESTS, accepted, assert_stamp, refused, refused_unsigned, request_of, wish};
use rstest::rstest;
use serde_json::{Value, json};
use std::sync::LazyLock;

const JSON: &str = "application/json";
const RESOURCES: &str = "managedresources";
const SNAPSHOTS: &str = "synchronizations";

/// Takes the rules away that say "not yet supported", once.
static LIFTED: LazyLock<()> = LazyLock::new(|| {
    for plural in [REQUESTS, RESOURCES, SNAPSHOTS] {
        let path = format!("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{plural}.handoff.dev");
        let mut crd = call("admin", "GET", &path, JSON, &Value::Null).unwrap();
        let schema = crd.pointer_mut("/spec/versions/0/schema/openAPIV3Schema").unwrap();
        let mut taken = 0;
        for rules in ["/x-kubernetes-validations", "/properties/spec/x-kubernetes-validations"] {
            if let Some(rules) = schema.pointer_mut(rules).and_then(Value::as_array_mut) {
                let before = rules.len();
                rules.retain(|rule| !rule["message"].as_str().unwrap().contains("not yet supported"));
                taken += before - rules.len();
            }
        }
        assert!(
            taken > 0,
            "nothing refuses {plural} any more: move these rows to tests/rights"
        );
        call("admin", "PUT", &path, JSON, &crd).unwrap();
    }
    eventually("the CRDs are lifted", || {
        let cancelled = json!({"spec": {"cancel": {"reason": "x", "by": {"username": "alice"}}}});
        let name = request_of("alice").make();
        let probes = [
            create("ivan", RESOURCES, &resource("Synchronized")),
            create("ivan", SNAPSHOTS, &snapshot()),
        ];
        probes.iter().all(Result::is_ok) && write(Way::Merge, "alice", REQUESTS, &name, "", &cancelled).is_ok()
    });
});

fn lifted(plan: Plan) -> Plan {
    LazyLock::force(&LIFTED);
    plan
}

fn cancel() -> Value {
    json!({"spec": {"cancel": {"reason": "no longer wanted"}}})
}

fn of_erin(state: &str) -> Plan {
    request_of("alice")
        .status(json!({"workflowState": "Approved", "ownerUsername": "erin", "provisioningState": state}))
}

fn owned_by_quentin() -> Plan {
    of_erin("Transmitted").status(json!({"ownerUsername": "quentin"}))
}

#[rstest]
#[case::another("quentin", of_erin("Transmitted"), cancel(), &["cancelled by who made it (alice) or by its owner", "ask them"])]
#[case::rbac_is_not_enough("oscar", of_erin("None"), cancel(), &["cancelled by who made it (alice)", "ask them"])]
#[case::forged("quentin", of_erin("None"), json!({"spec": {"cancel": {"reason": "x", "by": {"username": "alice"}}}}), &["nobody writes in the name of another", "Name yourself"])]
#[case::forged_uid("alice", of_erin("None"), json!({"spec": {"cancel": {"reason": "x", "by": {"username": "alice", "uid": "uid-bob"}}}}), &["nobody writes in the name of another", "Name yourself"])]
#[case::forged_by_the_operator("operator", of_erin("None"), json!({"spec": {"cancel": {"reason": "x", "by": {"username": "alice"}}}}), &["nobody writes in the name of another"])]
#[case::done("alice", of_erin("Executed"), cancel(), &["too late to cancel: this request is Executed", "file a request with operation Delete"])]
#[case::proven("alice", of_erin("Verified"), cancel(), &["too late to cancel: this request is Verified", "file a request with operation Delete"])]
#[case::twice("alice", of_erin("None").then("alice", json!({"cancel": {"reason": "x"}})), cancel(), &["the request is cancelled, and that is final", "file a new one"])]
fn a_cancel_is_refused(#[case] who: &str, #[case] plan: Plan, #[case] change: Value, #[case] words: &[&str]) {
    refused(ALL, who, &lifted(plan), &change, words);
}

#[test]
fn a_cancel_is_not_taken_back_and_not_filed() {
    let cancelled = lifted(of_erin("None")).then("alice", json!({"cancel": {"reason": "x"}}));
    let gone = json!({"spec": {"cancel": null}});
    refused(
        cluster::TAKING,
        "alice",
        &cancelled,
        &gone,
        &["the request is cancelled, and that is final"],
    );
    let born = wish(
        json!({"spec": {"requestedBy": {"username": "alice"}, "cancel": {"reason": "x", "by": {"username": "alice"}}}}),
    );
    assert!(
        create("alice", REQUESTS, &born)
            .unwrap_err()
            .contains("leave cancel out, or do not file it")
    );
}

#[rstest]
#[case::requester("alice", of_erin("Transmitted"))]
#[case::requester_early("alice", request_of("alice"))]
#[case::after_an_error("alice", of_erin("Errored"))]
#[case::owner("quentin", owned_by_quentin())]
#[case::operator("operator", of_erin("None"))]
fn a_cancel_is_accepted_and_says_who(#[case] who: &str, #[case] plan: Plan) {
    for stored in accepted(ALL, who, &lifted(plan), &cancel()) {
        assert_stamp(&stored["spec"]["cancel"]["by"], who);
    }
}

#[test]
fn without_stamping_a_plain_cancel_is_refused_with_the_fix() {
    let words = [
        "spec.cancel.by is missing",
        "\"cancel\":{\"by\":{\"username\":\"alice\"}",
    ];
    refused_unsigned(ALL, "alice", &lifted(of_erin("None")), &cancel(), &words);
}

/// The policy that stamps, bound to one namespace of this control plane only.
#[test]
fn a_cancel_is_stamped_and_the_stamp_stays() {
    let name = lifted(of_erin("None")).make();
    let namespace = format!("{}-stamped", *cluster::NAMESPACE);
    let labels = json!({"metadata": {"name": namespace, "labels": {"stamped": "yes"}}});
    call("admin", "POST", "/api/v1/namespaces", JSON, &labels).unwrap();
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/charts/handoff/files/stamp-requests.yaml");
    let mut list: Value = serde_json::from_str(&dry_run(manifest)).unwrap();
    for item in list["items"].as_array_mut().unwrap() {
        if item["kind"] == "MutatingAdmissionPolicyBinding" {
            item["spec"]["matchResources"] = json!({"namespaceSelector": {"matchLabels": {"stamped": "yes"}}});
        }
    }
    kubectl("admin", &["apply", "-f", "-"], Some(&list.to_string())).unwrap();
    let mut object = cluster::get(REQUESTS, &name);
    object["metadata"] = json!({"name": "wish"});
    object["spec"].as_object_mut().unwrap().remove("requestedBy");
    let requests = path_in(&namespace, REQUESTS, "");
    eventually("the stamp is in force", || {
        call("alice", "POST", &requests, JSON, &object).is_ok()
    });
    let wish = path_in(&namespace, REQUESTS, "wish");
    let stored = call("alice", "PATCH", &wish, "application/merge-patch+json", &cancel()).unwrap();
    assert_eq!(
        stored["spec"]["cancel"]["by"],
        json!({"username": "alice", "uid": "uid-alice"})
    );
    let mut edited = stored;
    edited["metadata"]["labels"] = json!({"seen": "yes"});
    edited["spec"]["cancel"].as_object_mut().unwrap().remove("by");
    let stored = call("dave", "PUT", &wish, JSON, &edited).unwrap();
    assert_eq!(
        stored["spec"]["cancel"]["by"],
        json!({"username": "alice", "uid": "uid-alice"})
    );
}

/// The manifest as JSON.
fn dry_run(manifest: &str) -> String {
    kubectl(
        "admin",
        &["create", "--dry-run=client", "-o", "json", "-f", manifest],
        None,
    )
    .map_or_else(
        |said| panic!("{said}"),
        |text| {
            let items: Vec<Value> = serde_json::Deserializer::from_str(&text)
                .into_iter()
                .map(Result::unwrap)
                .collect();
            let items = if items.len() == 1 {
                items[0]["items"].clone()
            } else {
                items.into()
            };
            json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string()
        },
    )
}

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
    LazyLock::force(&LIFTED);
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
    LazyLock::force(&LIFTED);
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
    LazyLock::force(&LIFTED);
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
