//! How the operator finds out that each policy acts: docs/security.md describes the probe.

use crate::STAMPED;
use crate::cluster::{self, create, dry_create};
use crate::objects::{ORDERS, REQUESTS, signed, transmitted, wish};
use rstest::rstest;
use serde_json::{Value, json};

fn probe(kind: &str, policy: &str) -> Value {
    let mut object = match kind {
        ORDERS => {
            let mut object = cluster::get(ORDERS, &transmitted().make());
            object.as_object_mut().unwrap().remove("status");
            object
        }
        _ => wish(json!({})),
    };
    object["metadata"] = json!({"name": "policy-probe", "annotations": {"handoff.dev/policy-probe": policy}});
    signed("operator", &object)
}

#[rstest]
#[case(ORDERS, "handoff-orders")]
#[case(ORDERS, "handoff-status")]
#[case(ORDERS, "handoff-inventory")]
#[case(REQUESTS, "handoff-requests")]
#[case(REQUESTS, "handoff-request-types")]
fn a_policy_that_refuses_answers_by_refusing(#[case] kind: &str, #[case] policy: &str) {
    let object = probe(kind, policy);
    let said = dry_create("operator", kind, &object).unwrap_err();
    assert!(said.contains(&format!("'{policy}'")), "{said}");
    assert!(
        said.contains(&format!("handoff-policy-probe: {policy} v1 is in force")),
        "{said}"
    );
    assert!(create("operator", kind, &object).is_err(), "a probe must not be stored");
}

#[rstest]
#[case(ORDERS, "handoff-stamp-orders")]
#[case(REQUESTS, "handoff-stamp-requests")]
fn a_policy_that_stamps_answers_in_the_object(#[case] kind: &str, #[case] policy: &str) {
    let object = probe(kind, policy);
    let answer = dry_create("operator", kind, &object).unwrap();
    let said = &answer["metadata"]["annotations"]["handoff.dev/policy-answer"];
    if STAMPED {
        assert_eq!(said, &json!(format!("{policy} v1 is in force")));
    } else {
        assert!(said.is_null(), "{said}");
    }
    assert!(
        create("operator", kind, &object)
            .unwrap_err()
            .contains("only for dry runs")
    );
}

/// The operator compares what is installed with what it was built with. The manifests spell out what the API server
/// would fill in, so that equal means equal.
#[test]
fn what_is_installed_is_what_is_shipped_word_by_word() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/charts/handoff/files");
    let mut compared = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let file = file.unwrap().path();
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        if !(name.starts_with("policy-") || (STAMPED && name.starts_with("stamp-"))) {
            continue;
        }
        let text = std::fs::read_to_string(&file).unwrap();
        for shipped in serde_saphyr::from_multiple::<Value>(&text).unwrap() {
            let kind = shipped["kind"].as_str().unwrap().to_lowercase();
            let plural = kind
                .strip_suffix('y')
                .map_or(format!("{kind}s"), |stem| format!("{stem}ies"));
            let name = shipped["metadata"]["name"].as_str().unwrap();
            let path = format!("/apis/admissionregistration.k8s.io/v1/{plural}/{name}");
            let installed = cluster::call("operator", "GET", &path, "application/json", &Value::Null).unwrap();
            assert_eq!(installed["spec"], shipped["spec"], "{path}");
            compared += 1;
        }
    }
    assert_eq!(compared, if STAMPED { 14 } else { 10 });
}
