//! A value that is misspelt or wrong is refused, with its name.

use super::helm::{objects, read, template};
use rstest::rstest;
use serde_json::Value;

#[rstest]
#[case("crds.kepe=false", "kepe")]
#[case("watchNamespace=[\"identity\"]", "watchNamespace")]
#[case("watchNamespaces=\"identity\"", "watchNamespaces")]
#[case("watchNamespaces=[\"Not A Name\"]", "watchNamespaces")]
#[case("replicaCount=\"1\"", "replicaCount")]
#[case("log.format=\"xml\"", "format")]
#[case("policies.stamping=true", "stamping")]
#[case("listen.port=0", "port")]
#[case("image.digest=\"latest\"", "digest")]
#[case("bindings=[{\"role\":\"handoff-viewer\"}]", "subjects")]
#[case(
    "bindings=[{\"role\":\"handoff-viewer\",\"subjects\":[{\"kind\":\"ServiceAccount\",\"name\":\"portal\"}]}]",
    "namespace"
)]
#[case("metrics.podMonitor.interval=30", "interval")]
#[case("metrics.rules.oldestWaitingDays=0", "oldestWaitingDays")]
#[case("metrics.rules.disabled=[\"Oldest\"]", "disabled")]
fn what_is_wrong_is_refused_by_name(#[case] value: &str, #[case] named: &str) {
    let said = template(&["--set-json", value]).unwrap_err();
    assert!(said.contains(named), "{said}");
}

/// Else the table would not have it.
#[test]
fn every_value_that_is_allowed_is_in_the_values() {
    let schema: Value = serde_json::from_str(&read("values.schema.json")).unwrap();
    compare(&schema, &schema, &objects(&read("values.yaml"))[0], "");
}

fn compare(root: &Value, schema: &Value, value: &Value, path: &str) {
    let schema = match schema["$ref"].as_str() {
        Some(reference) => root.pointer(reference.trim_start_matches('#')).unwrap(),
        None => schema,
    };
    for (key, below) in schema["properties"].as_object().into_iter().flatten() {
        let path = format!("{path}.{key}");
        let value = value.get(key).unwrap_or_else(|| panic!("values.yaml has no {path}"));
        compare(root, below, value, &path);
    }
}
