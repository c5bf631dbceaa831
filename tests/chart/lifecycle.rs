//! Install, upgrade, uninstall, and install again.

use super::cluster::{Cluster, PEOPLE, admin, kinds_are_served, kinds_go, lacks_no_right, release, start};
use super::helm::{HOME, RELEASE, chart, helm};
use super::place::Place;
use rstest::rstest;

const NEW: [&str; 3] = ["--create-namespace", "--set-json", PEOPLE];
const NOTHING_KEPT: [&str; 3] = ["--reuse-values", "--set", "crds.keep=false,policies.keep=false"];
const POLICIES: &str = "validatingadmissionpolicy,mutatingadmissionpolicy";

fn uninstall() {
    helm(&["uninstall", RELEASE, "--namespace", HOME]).unwrap();
}

/// A change of values, the release taken away, and back: nobody's record is lost.
#[test]
fn the_record_outlives_the_release() {
    let cluster = Cluster::empty();
    let notes = release("install", &NEW).unwrap();
    assert!(notes.contains("it works in all namespaces"), "{notes}");
    assert!(!notes.contains("WARNING"), "{notes}");
    kinds_are_served();
    let mut place = Place::without_operator("chart-record");
    start(&mut place);
    place.hire("hire-anna", "anna");
    place.done("hire-anna", "badge.anna.1");

    // The operator sees its own policies all the time.
    release("upgrade", &["--reuse-values", "--set", "log.level=debug"]).unwrap();
    let args = "jsonpath={.spec.template.spec.containers[0].args}";
    let args = admin(&["get", "deployment", "handoff", "-n", HOME, "-o", args]).unwrap();
    assert!(args.contains("--log-level=debug"), "{args}");
    place.hire("hire-bert", "bert");
    place.done("hire-bert", "badge.bert.1");
    lacks_no_right(&place);
    place.kill();

    uninstall();
    assert_eq!(
        cluster.holds("deployment,serviceaccount,clusterrole,clusterrolebinding"),
        [""; 0]
    );
    assert_eq!(cluster.holds("crd").len(), 5);
    assert_eq!(cluster.holds(POLICIES).len(), 7);
    let state = admin(&[
        "get",
        "porder",
        "badge.anna.1",
        "-n",
        "chart-record",
        "-o",
        "jsonpath={.status.state}",
    ]);
    assert_eq!(state.unwrap(), "Executed");

    release("install", &NEW).unwrap();
    start(&mut place);
    place.hire("hire-cara", "cara");
    place.done("hire-cara", "badge.cara.1");
    assert_eq!(place.read("areq/hire-anna", ".status.reason"), "Confirmed");
    lacks_no_right(&place);
}

/// As the operator says and the documentation: what is different is deleted first, since an upgrade leaves what others added.
#[rstest]
#[case::deleted(None)]
#[case::weakened(Some(r#"{"spec":{"validationActions":["Audit"]}}"#))]
fn an_upgrade_brings_the_policies_back(#[case] patch: Option<&str>) {
    let _cluster = Cluster::empty();
    release("install", &NEW).unwrap();
    kinds_are_served();
    let mut place = Place::without_operator(&format!("chart-mended-{}", patch.is_some()));
    start(&mut place);
    let in_force = r#".status.conditions[?(@.type=="PoliciesInForce")].status"#;
    place.wait("rtype/badge", in_force, "True");
    let binding = ["validatingadmissionpolicybinding", "handoff-orders"];
    if let Some(patch) = patch {
        admin(&[&["patch"], &binding[..], &["--type=merge", "-p", patch]].concat()).unwrap();
        place.wait("rtype/badge", in_force, "False");
    }
    admin(&[&["delete"], &binding[..]].concat()).unwrap();
    place.wait("rtype/badge", in_force, "False");
    release("upgrade", &["--reuse-values"]).unwrap();
    place.wait("rtype/badge", in_force, "True");
    place.hire("hire-anna", "anna");
    place.done("hire-anna", "badge.anna.1");
}

/// Who says so loses everything, live orders too.
#[test]
fn nothing_is_kept_where_that_is_asked() {
    let cluster = Cluster::empty();
    release("install", &NEW).unwrap();
    kinds_are_served();
    let mut place = Place::without_operator("chart-gone");
    start(&mut place);
    place.hire("hire-anna", "anna");
    place.wait("porder/badge.anna.1", ".status.state", "Transmitted");
    release("upgrade", &NOTHING_KEPT).unwrap();
    place.kill();
    uninstall();
    let kinds = [
        "get",
        "crd",
        "-o",
        "jsonpath={range .items[*]}[{.metadata.deletionTimestamp}]{end}",
    ];
    let kept = admin(&kinds).unwrap();
    assert!(!kept.contains("[]"), "{kept}");
    kinds_go();
    assert_eq!(cluster.holds("crd"), [""; 0]);
    assert_eq!(cluster.holds(POLICIES), [""; 0]);
    // And nothing is in the way of a new beginning.
    release("install", &NEW).unwrap();
    kinds_are_served();
    assert_eq!(admin(&["get", "porder", "-A", "-o", "name"]).unwrap(), "");
}

/// What somebody applied without Helm is not taken over unless they say so.
#[test]
fn what_kustomize_installed_becomes_a_release() {
    let cluster = Cluster::empty();
    cluster.namespace(HOME);
    let base = chart();
    admin(&["apply", "--server-side", "-k", base.to_str().unwrap()]).unwrap();
    kinds_are_served();
    let said = release("install", &[]).unwrap_err();
    assert!(said.contains("invalid ownership metadata"), "{said}");
    release("install", &["--take-ownership", "--set-json", PEOPLE]).unwrap();
    let mut place = Place::without_operator("chart-taken");
    start(&mut place);
    place.hire("hire-anna", "anna");
    place.done("hire-anna", "badge.anna.1");
    lacks_no_right(&place);
}
