//! What every GitOps tool does all the time: the same is applied again. Nothing changes, however it is applied.

use crate::files;
use crate::place::Place;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The account of `samples/gitops/account.yaml` in this namespace.
pub fn account(place: &Place) -> String {
    let text = files::read("samples/gitops/account.yaml");
    let file = file(place, "account", &[text]);
    place.run("admin", &["apply", "-f", &file]).unwrap();
    format!("system:serviceaccount:{}:handoff-gitops", place.namespace)
}

/// A file with these texts, where they say `identity` for this namespace.
fn file(place: &Place, name: &str, texts: &[String]) -> String {
    let folder = std::env::var("HANDOFF_TEST_DIR").unwrap();
    let path = PathBuf::from(folder).join(format!("{}-{name}.yaml", place.namespace));
    let of_namespace = format!("namespace: {}", place.namespace);
    let texts: Vec<_> = texts
        .iter()
        .map(|text| text.replace("namespace: identity", &of_namespace))
        .collect();
    std::fs::write(&path, texts.join("---\n")).unwrap();
    path.to_str().unwrap().to_owned()
}

/// What kustomize makes of a folder.
pub fn kustomize(folder: &Path) -> String {
    let output = Command::new(std::env::var("KUBECTL").unwrap())
        .arg("kustomize")
        .arg(folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Every type and request that is shown to those who keep them in Git.
fn samples(place: &Place) -> String {
    let folder = files::path("samples/types");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    let mut texts: Vec<_> = paths
        .iter()
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
    for folder in ["types/production", "requests"] {
        texts.push(kustomize(&files::path(&format!("samples/gitops/{folder}"))));
    }
    file(place, "samples", &texts)
}

/// The version and the generation of every type and request.
fn versions(place: &Place) -> BTreeMap<String, [String; 2]> {
    let list = place.run("alice", &["get", "rtype,areq", "-o", "json"]).unwrap();
    let list: Value = serde_json::from_str(&list).unwrap();
    let items = list["items"].as_array().unwrap().iter();
    let version = |object: &Value| {
        let meta = &object["metadata"];
        let name = format!("{} {}", object["kind"], meta["name"]);
        (
            name,
            ["resourceVersion", "generation"].map(|field| meta[field].to_string()),
        )
    };
    items.map(version).collect()
}

fn applied_twice(namespace: &str, how: &[&str]) {
    let mut place = Place::without_operator(namespace);
    place.start();
    let account = account(&place);
    let samples = samples(&place);
    let run = |verb: &str| {
        let args = [&[verb, "--as", &account, "-f", &samples][..], how].concat();
        place.run("admin", &args).unwrap()
    };
    run("apply");
    let args = ["wait", "--for=condition=Ready", "rtype", "--all", "--timeout=60s"];
    place.run("alice", &args).unwrap();
    place.shows("aberg-vpn", "None", "WaitingForApproval");
    let first = versions(&place);
    assert_eq!(first.len(), 9, "{first:#?}");
    for _ in 0..2 {
        run("apply");
    }
    assert_eq!(run("diff"), "");
    // Whatever the operator would make of it, it has seen: it has read a type that was made later.
    place.apply(
        "gita",
        serde_json::json!({
            "apiVersion": "handoff.dev/v1alpha1", "kind": "ResourceType", "metadata": {"name": "last"},
            "spec": {"provisioningConnection": {"package": "ManualTicket"}},
        }),
    );
    place.wait("rtype/last", ".status.observedGeneration", "1");
    let mut second = versions(&place);
    second.remove("\"ResourceType\" \"last\"").unwrap();
    assert_eq!(first, second);

    // What a person wrote into what came from Git is no drift, and stays.
    let approve = r#"{"spec":{"approvals":{"dave":{"result":"Approved"}}}}"#;
    let args = ["patch", "areq", "aberg-vpn", "--type=merge", "-p", approve];
    place.run("dave", &args).unwrap();
    place.shows("aberg-vpn", "Transmitted", "HandedOver");
    assert_eq!(run("diff"), "");
    run("apply");
    let approved = place.read("areq/aberg-vpn", ".spec.approvals.dave.result");
    assert_eq!(approved, "Approved");
}

#[test]
fn nothing_changes_when_the_same_is_applied_client_side() {
    applied_twice("gitops-client", &[]);
}

#[test]
fn nothing_changes_when_the_same_is_applied_server_side() {
    applied_twice("gitops-server", &["--server-side"]);
}

/// What is taken out of Git is pruned: not so a request that people work on, by an account that may not do everything.
#[test]
fn a_request_that_leaves_git_is_not_pruned_under_peoples_hands() {
    let place = Place::new("gitops-prune");
    let account = account(&place);
    let samples = samples(&place);
    let args = ["apply", "--as", &account, "-f", &samples, "--server-side"];
    place.run("admin", &args).unwrap();
    place.shows("aberg-vpn", "None", "WaitingForApproval");
    let said = place
        .run("admin", &["delete", "--as", &account, "areq", "aberg-vpn"])
        .unwrap_err();
    assert!(said.contains("cancel"), "{said}");
    // It is the requester, and has to say so like everybody else.
    let by = place.read("areq/aberg-vpn", ".spec.requestedBy.username");
    assert_eq!(by, account);
    let args = ["auth", "can-i", "approve", "resourcetypes.handoff.dev/vpn-access"];
    let args = [&args[..], &["--as", &account]].concat();
    assert!(place.run("admin", &args).is_err(), "it could agree to what it asks for");
}
