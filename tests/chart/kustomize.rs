//! The base for kustomize says what the files of the chart say, and its operator is that of the chart.
//!
//! Kustomize writes YAML anew, and adds line breaks to folded texts with indented lines, as the policies have them. An
//! operator would take such policies for foreign ones. So the base has them as Helm writes them, which it leaves as they are.

use super::files::shipped;
use super::golden;
use super::helm::{chart, kubectl, objects, read, run, template};
use rstest::rstest;
use serde_json::Value;
use std::collections::BTreeSet;

const HEADER: &str =
    "# Generated from templates/ by the test of the chart; do not edit: HANDOFF_WRITE_GOLDEN=1 writes it anew.\n";
const POLICIES: &str = "policies.enabled=true,policies.keep=false,policies.stamping=always,crds.enabled=false,rbac.create=false,rbac.roles=false";
const OPERATOR: &str = "policies.enabled=false,crds.enabled=false,rbac.roles=false";

/// What a file of the base has: objects of the chart, without what says that Helm made them.
#[rstest]
#[case("policies", POLICIES, "kind: Validating")]
#[case("stamps", POLICIES, "kind: Mutating")]
#[case("operator", OPERATOR, "kind: ")]
fn a_file_is_as_the_chart_has_it(#[case] file: &str, #[case] values: &str, #[case] kinds: &str) {
    let text = template(&["--set", values]).unwrap();
    let of_helm = ["# Source:", "helm.sh/chart:", "app.kubernetes.io/managed-by:"];
    let mut plain = HEADER.to_owned();
    for object in text
        .split("---\n")
        .filter(|object| object.contains(&format!("\n{kinds}")))
    {
        plain += "---\n";
        let lines = object.lines().filter(|line| !line.is_empty());
        for line in lines.filter(|line| !of_helm.iter().any(|start| line.trim_start().starts_with(start))) {
            plain += &format!("{line}\n");
        }
    }
    golden::check_file(&chart().join(format!("kustomize/{file}.yaml")), &plain);
}

#[test]
fn it_says_word_by_word_what_the_files_say() {
    let text = run(kubectl().arg("kustomize").arg(chart())).unwrap();
    let base = objects(&text);
    let said: BTreeSet<String> = base.iter().map(content).collect();
    assert_eq!(said.len(), base.len());
    let files = ["files", "files/crds"].map(shipped).concat();
    let own = ["namespace", "operator"].map(|file| objects(&read(&format!("kustomize/{file}.yaml"))));
    let expected: BTreeSet<String> = [files, own.concat()].concat().iter().map(content).collect();
    assert_eq!(said, expected);
}

/// Everything but labels.
fn content(object: &Value) -> String {
    let mut object = object.clone();
    object["metadata"].as_object_mut().unwrap().remove("labels");
    object.to_string()
}
