//! What is in files/ arrives as it is there: the operator compares the policies with its own, word by word.

use super::helm::{Rendered, chart, helm, name, objects, read};
use serde_json::Value;
use std::path::Path;

/// With the kind of the stamps, which helm does not know without a cluster.
pub const STAMPS: [&str; 2] = [
    "--api-versions",
    "admissionregistration.k8s.io/v1/MutatingAdmissionPolicy",
];

/// Every object of a folder of the chart.
pub fn shipped(folder: &str) -> Vec<Value> {
    let path = chart().join(folder);
    let entries = std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries
        .filter(|path| path.extension().is_some_and(|end| end == "yaml"))
        .collect();
    files.sort();
    files
        .iter()
        .flat_map(|file| objects(&std::fs::read_to_string(file).unwrap()))
        .collect()
}

#[test]
fn what_is_shipped_arrives_word_by_word() {
    let rendered = Rendered::with(&STAMPS);
    let all = [shipped("files"), shipped("files/crds")].concat();
    assert_eq!(all.len(), 14 + 10 + 5);
    for mut one in all {
        let there = rendered.named(one["kind"].as_str().unwrap(), &name(&one));
        let mut without = there.clone();
        for (key, value) in one["metadata"]["labels"].as_object().into_iter().flatten() {
            assert_eq!(there["metadata"]["labels"][key], *value, "{}", name(&one));
        }
        for object in [&mut one, &mut without] {
            object.as_object_mut().unwrap().remove("metadata");
        }
        assert_eq!(one, without, "{}", name(there));
    }
}

#[test]
fn the_crds_of_the_chart_are_those_of_the_code() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("crds");
    let mut compared = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let file = file.unwrap();
        let name = file.file_name().into_string().unwrap();
        let here = std::fs::read_to_string(file.path()).unwrap();
        assert!(
            read(&format!("files/crds/{name}")) == here,
            "{name} differs: run make gen"
        );
        compared += 1;
    }
    assert_eq!(compared, 5);
}

/// What is outside of the folder, or a link, would be missing in the package.
#[test]
fn a_package_has_everything() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("chart-{}", std::process::id()));
    let (chart, to) = (chart(), folder.to_str().unwrap().to_owned());
    helm(&["package", chart.to_str().unwrap(), "--destination", &to]).unwrap();
    let package = format!("{to}/handoff-{}.tgz", env!("CARGO_PKG_VERSION"));
    let arguments = [
        &["template", "handoff", &package, "--namespace", "handoff-system"],
        &STAMPS[..],
    ]
    .concat();
    let packaged = objects(&helm(&arguments).unwrap());
    std::fs::remove_dir_all(folder).unwrap();
    assert_eq!(packaged, Rendered::with(&STAMPS).0);
}

/// An operator stops when the policies are not those that it was built with.
#[test]
fn chart_and_operator_have_one_version() {
    let [about] = &objects(&read("Chart.yaml"))[..] else {
        panic!("Chart.yaml is not one object");
    };
    assert_eq!(about["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(about["appVersion"], env!("CARGO_PKG_VERSION"));
}

#[test]
fn helm_finds_nothing_to_complain_about() {
    helm(&["lint", "--strict", chart().to_str().unwrap()]).unwrap();
}
