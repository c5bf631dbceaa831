//! What each switch adds and takes away.

use super::files::STAMPS;
use super::helm::{HOME, Rendered, read, template};
use rstest::rstest;
use serde_json::{Value, json};

const STAMP: &str = "MutatingAdmissionPolicy";
const RULES: &str = "ValidatingAdmissionPolicy";
const CRD: &str = "CustomResourceDefinition";

#[test]
fn by_default_everything_that_the_operator_needs_and_nothing_else() {
    let rendered = Rendered::with(&[]);
    let mut kinds: Vec<(String, usize)> = Vec::new();
    for object in &rendered.0 {
        let kind = object["kind"].as_str().unwrap();
        match kinds.iter_mut().find(|(known, _)| known == kind) {
            Some((_, count)) => *count += 1,
            None => kinds.push((kind.to_owned(), 1)),
        }
    }
    kinds.sort();
    let expected = [
        ("ClusterRole", 10),
        ("ClusterRoleBinding", 1),
        (CRD, 5),
        ("Deployment", 1),
        ("PodDisruptionBudget", 1),
        ("RoleBinding", 1),
        ("ServiceAccount", 1),
        (RULES, 5),
        ("ValidatingAdmissionPolicyBinding", 5),
    ];
    assert_eq!(kinds, expected.map(|(kind, count)| (kind.to_owned(), count)));
}

/// How many objects of a kind there are with a value, and with another.
#[rstest]
#[case("crds.enabled=true", CRD, 5)]
#[case("crds.enabled=false", CRD, 0)]
#[case("policies.enabled=false", RULES, 0)]
#[case("policies.enabled=false", "ValidatingAdmissionPolicyBinding", 0)]
#[case("policies={\"enabled\":false,\"stamping\":\"always\"}", STAMP, 0)]
#[case("policies.stamping=\"always\"", STAMP, 2)]
#[case("policies.stamping=\"always\"", "MutatingAdmissionPolicyBinding", 2)]
#[case("policies.stamping=\"auto\"", STAMP, 0)]
#[case("rbac.roles=false", "ClusterRole", 0)]
#[case("rbac.roles=false", "ClusterRoleBinding", 1)]
#[case("rbac.create=false", "ClusterRoleBinding", 0)]
#[case("rbac.create=false", "ClusterRole", 10)]
#[case("rbac.create=false", "RoleBinding", 0)]
#[case("serviceAccount={\"create\":false,\"name\":\"mine\"}", "ServiceAccount", 0)]
#[case("replicaCount=2", "PodDisruptionBudget", 1)]
#[case("replicaCount=1", "PodDisruptionBudget", 0)]
#[case("networkPolicy.enabled=true", "NetworkPolicy", 1)]
#[case("metrics.podMonitor.enabled=true", "PodMonitor", 1)]
#[case("metrics.rules.enabled=true", "PrometheusRule", 1)]
#[case("metrics.dashboard.enabled=true", "ConfigMap", 1)]
fn a_switch(#[case] value: &str, #[case] kind: &str, #[case] count: usize) {
    let rendered = Rendered::set(value);
    assert_eq!(rendered.all(kind).len(), count, "{:?}", rendered.names(kind));
}

#[test]
fn names_are_filled_in_where_the_cluster_can() {
    assert_eq!(Rendered::with(&STAMPS).all(STAMP).len(), 2);
    let never = [&STAMPS[..], &["--set", "policies.stamping=never"]].concat();
    assert_eq!(Rendered::with(&never).all(STAMP).len(), 0);
}

/// Nothing that somebody asked for or decided is lost by `helm uninstall`, and nobody changes it meanwhile.
#[rstest]
#[case(CRD, "crds.keep=false")]
#[case(RULES, "policies.keep=false")]
#[case("ValidatingAdmissionPolicyBinding", "policies.keep=false")]
fn what_holds_the_record_is_kept_unless_told_otherwise(#[case] kind: &str, #[case] otherwise: &str) {
    let keeps = |object: &Value| object["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep";
    assert!(Rendered::with(&[]).all(kind).into_iter().all(keeps));
    assert!(!Rendered::set(otherwise).all(kind).into_iter().any(keeps));
}

#[test]
fn the_viewers_of_the_cluster_see_handoff_or_not() {
    let label = |rendered: &Rendered| {
        let role = rendered.named("ClusterRole", "handoff-viewer");
        role["metadata"]["labels"]["rbac.authorization.k8s.io/aggregate-to-view"].clone()
    };
    assert_eq!(label(&Rendered::with(&[])), "true");
    assert_eq!(label(&Rendered::set("rbac.aggregateToView=false")), Value::Null);
}

#[test]
fn the_metrics_are_found_where_the_pods_have_them() {
    let monitor = Rendered::set(
        r#"metrics.podMonitor={"enabled":true,"namespace":"monitoring","labels":{"release":"prometheus"},"endpoint":{"scheme":"http"}}"#,
    );
    let monitor = monitor.one("PodMonitor");
    assert_eq!(monitor["metadata"]["namespace"], "monitoring");
    assert_eq!(monitor["metadata"]["labels"]["release"], "prometheus");
    let expected = json!({
        "namespaceSelector": {"matchNames": [HOME]},
        "selector": {"matchLabels": {"app.kubernetes.io/name": "handoff", "app.kubernetes.io/instance": "handoff"}},
        "podMetricsEndpoints": [
            {"port": "http", "path": "/metrics", "interval": "30s", "scrapeTimeout": "10s", "honorLabels": true, "scheme": "http"},
        ],
    });
    assert_eq!(monitor["spec"], expected);
}

/// Their own braces are none of Helm's.
#[test]
fn alerts_and_dashboard_arrive_as_they_are() {
    let rendered = Rendered::with(&[
        "--set",
        "metrics.rules.enabled=true,metrics.dashboard.enabled=true,metrics.dashboard.namespace=grafana",
    ]);
    let alerts = &super::helm::objects(&read("files/metrics/alerts.yaml"))[0];
    assert_eq!(rendered.one("PrometheusRule")["spec"], *alerts);
    let dashboard = rendered.one("ConfigMap");
    assert_eq!(dashboard["metadata"]["namespace"], "grafana");
    assert_eq!(dashboard["metadata"]["labels"]["grafana_dashboard"], "1");
    let text: Value = serde_json::from_str(dashboard["data"]["handoff.json"].as_str().unwrap()).unwrap();
    assert_eq!(
        text,
        serde_json::from_str::<Value>(&read("files/metrics/dashboard.json")).unwrap()
    );
}

/// What the alerts link to, when one of them fires, and which there are.
#[test]
fn alerts_can_be_changed_and_left_out() {
    let rendered = Rendered::set(
        r#"metrics.rules={"enabled":true,"runbookUrl":"https://wiki.example.com/handoff","disabled":["HandoffOrdersRefuted"],"oldestWaitingDays":2.5}"#,
    );
    let changed = rules(&rendered.one("PrometheusRule")["spec"]);
    let shipped = rules(&super::helm::objects(&read("files/metrics/alerts.yaml"))[0]);
    assert_eq!(changed.len(), shipped.len() - 1);
    let named = |all: &[Value], name: &str| all.iter().find(|rule| rule["alert"] == name).cloned();
    assert_eq!(named(&changed, "HandoffOrdersRefuted"), None);
    let oldest = named(&changed, "HandoffOldestOrderWaiting").unwrap();
    assert!(oldest["expr"].as_str().unwrap().ends_with("> 2.5 * 86400"), "{oldest}");
    for rule in changed.iter().filter(|rule| rule["alert"].is_string()) {
        let name = rule["alert"].as_str().unwrap().to_lowercase();
        let runbook = format!("https://wiki.example.com/handoff#{name}");
        assert_eq!(rule["annotations"]["runbook_url"], runbook.as_str());
    }
}

fn rules(file: &Value) -> Vec<Value> {
    let groups = file["groups"].as_array().unwrap();
    let rules = groups.iter().flat_map(|group| group["rules"].as_array().unwrap());
    rules.cloned().collect()
}

#[test]
fn common_labels_and_annotations_are_on_everything() {
    let all = [
        &STAMPS[..],
        &["--set-json", r#"commonLabels={"team":"identity"}"#],
        &["--set-json", r#"commonAnnotations={"owner":"helpdesk"}"#],
        &["--set-json", r#"watchNamespaces=["identity"]"#],
        &[
            "--set-json",
            r#"bindings=[{"role":"handoff-viewer","subjects":[{"kind":"Group","name":"audit"}]}]"#,
        ],
        &[
            "--set",
            "replicaCount=2,networkPolicy.enabled=true,metrics.podMonitor.enabled=true",
        ],
        &["--set", "metrics.rules.enabled=true,metrics.dashboard.enabled=true"],
    ]
    .concat();
    for object in Rendered::with(&all).0 {
        let metadata = &object["metadata"];
        assert_eq!(metadata["labels"]["team"], "identity", "{metadata}");
        assert_eq!(metadata["annotations"]["owner"], "helpdesk", "{metadata}");
        assert_eq!(metadata["labels"]["app.kubernetes.io/part-of"], "handoff", "{metadata}");
    }
}

#[test]
fn more_objects_are_templates_or_objects() {
    let object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "identity"}});
    let text = "{apiVersion: v1, kind: ConfigMap, metadata: {name: '{{ .Release.Name }}-more'}}";
    let value = format!("extraObjects={}", json!([object, text]));
    let rendered = Rendered::set(&value);
    assert_eq!(rendered.names("Namespace"), ["identity"]);
    assert_eq!(rendered.names("ConfigMap"), ["handoff-more"]);
}

#[test]
fn a_release_of_another_name_has_objects_of_its_own() {
    let chart = super::helm::chart();
    let second = [
        "template",
        "second",
        chart.to_str().unwrap(),
        "--namespace",
        "elsewhere",
    ];
    let alone = ["--set", "crds.enabled=false,policies.enabled=false,rbac.roles=false"];
    let text = super::helm::helm(&[&second[..], &alone].concat()).unwrap();
    let second = Rendered(super::helm::objects(&text));
    assert_eq!(second.names("Deployment"), ["elsewhere/second-handoff"]);
    assert_eq!(second.names("ClusterRoleBinding"), ["second-handoff-operator"]);
    assert!(template(&[]).is_ok());
}
