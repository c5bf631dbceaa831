//! The operator has what it needs where it works, and nothing elsewhere; its pod is accepted where pods are restricted.

use super::cluster::{Cluster, PEOPLE, admin, kinds_are_served, lacks_no_right, release, start};
use super::helm::HOME;
use super::place::{Place, badge};
use serde_json::{Value, json};

const MINE: &str = "chart-mine";
const OTHER: &str = "chart-other";

fn may(verb: &str, what: &str, namespace: &str) -> bool {
    let account = format!("system:serviceaccount:{HOME}:handoff");
    admin(&["auth", "can-i", verb, what, "-n", namespace, "--as", &account]).is_ok()
}

#[test]
fn in_some_namespaces_it_works_and_elsewhere_it_may_do_nothing() {
    let cluster = Cluster::empty();
    cluster.namespace(MINE);
    cluster.namespace(OTHER);
    let only = format!("watchNamespaces={}", json!([MINE]));
    release(
        "install",
        &["--create-namespace", "--set-json", PEOPLE, "--set-json", &only],
    )
    .unwrap();
    kinds_are_served();
    let mut place = Place {
        namespace: MINE.to_owned(),
        operator: None,
        port: 0,
    };
    place.apply("gita", badge());
    start(&mut place);
    place.hire("hire-anna", "anna");
    place.done("hire-anna", "badge.anna.1");
    lacks_no_right(&place);
    for (verb, what) in [
        ("list", "provisioningorders.handoff.dev"),
        ("manage", "resourcetypes.handoff.dev/badge"),
        ("create", "events.events.k8s.io"),
    ] {
        assert!(may(verb, what, MINE), "{verb} {what}");
        assert!(!may(verb, what, OTHER), "{verb} {what}");
    }
    only_its_own_lease();
}

/// A lease of somebody else, such as the scheduler's, is nothing for it.
fn only_its_own_lease() {
    assert!(may("patch", "leases.coordination.k8s.io", HOME));
    for verb in ["patch", "update", "create", "get"] {
        assert!(!may(verb, "leases.coordination.k8s.io", "kube-system"), "{verb}");
    }
}

#[test]
fn in_all_namespaces_it_has_the_lease_of_its_own_only() {
    let _cluster = Cluster::empty();
    release("install", &["--create-namespace"]).unwrap();
    assert!(may("create", "events.events.k8s.io", OTHER));
    only_its_own_lease();
}

/// As the standard "restricted" demands: the API server looks at the pod that the Deployment would make.
#[test]
fn its_pod_is_accepted_where_pods_are_restricted() {
    let cluster = Cluster::empty();
    release("install", &["--create-namespace"]).unwrap();
    cluster.namespace("chart-restricted");
    let label = "pod-security.kubernetes.io/enforce=restricted";
    admin(&["label", "namespace", "chart-restricted", label, "--overwrite"]).unwrap();
    let deployment = admin(&["get", "deployment", "handoff", "-n", HOME, "-o", "json"]).unwrap();
    let deployment: Value = serde_json::from_str(&deployment).unwrap();
    let create = |spec: &Value| {
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "handoff"}, "spec": spec});
        let file = std::env::var("HANDOFF_TEST_DIR").unwrap() + "/pod.json";
        std::fs::write(&file, pod.to_string()).unwrap();
        admin(&["create", "--dry-run=server", "-n", "chart-restricted", "-f", &file])
    };
    let mut spec = deployment["spec"]["template"]["spec"].clone();
    create(&spec).unwrap();
    spec["containers"][0]["securityContext"]["allowPrivilegeEscalation"] = true.into();
    let said = create(&spec).unwrap_err();
    assert!(said.contains("violates PodSecurity"), "{said}");
}
