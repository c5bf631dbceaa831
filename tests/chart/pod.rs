//! The operator's pod.

use super::helm::Rendered;
use rstest::rstest;
use serde_json::{Value, json};

fn pod(rendered: &Rendered) -> Value {
    rendered.one("Deployment")["spec"]["template"]["spec"].clone()
}

fn container(rendered: &Rendered) -> Value {
    pod(rendered)["containers"][0].clone()
}

#[test]
fn it_may_do_nothing_on_its_node() {
    let rendered = Rendered::with(&[]);
    let (pod, container) = (pod(&rendered), container(&rendered));
    let of_pod = json!({"runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}});
    assert_eq!(pod["securityContext"], of_pod);
    let of_container = json!({
        "allowPrivilegeEscalation": false,
        "readOnlyRootFilesystem": true,
        "capabilities": {"drop": ["ALL"]},
    });
    assert_eq!(container["securityContext"], of_container);
}

#[test]
fn there_are_two_that_share_a_lease_and_a_new_one_is_ready_before_an_old_one_goes() {
    let rendered = Rendered::with(&[]);
    let deployment = rendered.one("Deployment");
    assert_eq!(deployment["spec"]["replicas"], 2);
    let rolling = json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}});
    assert_eq!(deployment["spec"]["strategy"], rolling);
    let other = Rendered::with(&["--set", "strategy.type=Recreate"]);
    assert_eq!(other.one("Deployment")["spec"]["strategy"], json!({"type": "Recreate"}));
    assert_eq!(rendered.one("PodDisruptionBudget")["spec"]["maxUnavailable"], 1);
}

/// Also when there is one: while it is replaced there are two.
#[rstest]
#[case("replicaCount=1", "handoff")]
#[case("fullnameOverride=\"operators\"", "operators")]
fn who_works_is_agreed_by_a_lease_of_the_release(#[case] value: &str, #[case] lease: &str) {
    let args = container(&Rendered::set(value))["args"].to_string();
    assert!(args.contains("\"--leader-election\""), "{args}");
    assert!(args.contains(&format!("\"--lease-name={lease}\"")), "{args}");
}

#[test]
fn one_alone_is_not_spread() {
    let rendered = Rendered::set("replicaCount=1");
    assert_eq!(pod(&rendered)["topologySpreadConstraints"], Value::Null);
}

#[test]
fn several_are_spread_and_not_drained_at_once() {
    let rendered = Rendered::with(&[]);
    let selector =
        json!({"matchLabels": {"app.kubernetes.io/name": "handoff", "app.kubernetes.io/instance": "handoff"}});
    let spread = &pod(&rendered)["topologySpreadConstraints"];
    assert_eq!(spread[0]["labelSelector"], selector);
    assert_eq!(spread[0]["topologyKey"], "kubernetes.io/hostname");
    let budget = &rendered.one("PodDisruptionBudget")["spec"];
    assert_eq!(*budget, json!({"maxUnavailable": 1, "selector": selector}));
    let half = Rendered::with(&[
        "--set-json",
        r#"podDisruptionBudget.minAvailable="50%""#,
        "--set",
        "replicaCount=2",
    ]);
    assert_eq!(half.one("PodDisruptionBudget")["spec"]["minAvailable"], "50%");
}

#[test]
fn its_labels_are_those_that_it_is_selected_by() {
    let rendered = Rendered::set(r#"podLabels={"cost":"hr"}"#);
    let spec = &rendered.one("Deployment")["spec"];
    let labels = spec["template"]["metadata"]["labels"].as_object().unwrap();
    for (key, value) in spec["selector"]["matchLabels"].as_object().unwrap() {
        assert_eq!(labels.get(key), Some(value), "{key}");
    }
    assert_eq!(labels["cost"], "hr");
}

#[rstest]
#[case(
    r#"image={"repository":"mirror/handoff","registry":"registry.example.org","tag":"1.2.3"}"#,
    "registry.example.org/mirror/handoff:1.2.3"
)]
#[case(r#"image={"digest":"sha256:0000000000000000000000000000000000000000000000000000000000000000"}"#, concat!("handoff.dev/handoff:", env!("CARGO_PKG_VERSION"), "@sha256:0000000000000000000000000000000000000000000000000000000000000000"))]
#[case("image.tag=\"\"", concat!("handoff.dev/handoff:", env!("CARGO_PKG_VERSION")))]
fn the_image(#[case] value: &str, #[case] image: &str) {
    assert_eq!(container(&Rendered::set(value))["image"], image);
}

#[test]
fn what_the_operator_is_told() {
    let rendered = Rendered::with(&[
        "--set-json",
        r#"watchNamespaces=["hr","identity"]"#,
        "--set-json",
        r#"extraEnv=[{"name":"HTTPS_PROXY","value":"http://proxy:3128"}]"#,
        "--set",
        "log.level=handoff=debug,log.format=text,listen.address=[::],listen.port=9090",
    ]);
    let container = container(&rendered);
    let args = [
        "run",
        "--listen=[::]:9090",
        "--log-format=text",
        "--log-level=handoff=debug",
        "--leader-election",
        "--lease-name=handoff",
        "--namespace=hr",
        "--namespace=identity",
    ];
    assert_eq!(container["args"], json!(args));
    assert_eq!(container["env"][0]["name"], "HTTPS_PROXY");
    assert_eq!(container["ports"][0]["containerPort"], 9090);
    assert_eq!(
        container["livenessProbe"]["httpGet"],
        json!({"path": "/livez", "port": "http"})
    );
    assert_eq!(
        container["readinessProbe"]["httpGet"],
        json!({"path": "/readyz", "port": "http"})
    );
}

#[rstest]
#[case(r#"nodeSelector={"disk":"ssd"}"#, "/nodeSelector/disk", json!("ssd"))]
#[case(r#"tolerations=[{"key":"infra","operator":"Exists"}]"#, "/tolerations/0/key", json!("infra"))]
#[case(r#"affinity={"nodeAffinity":{"a":"b"}}"#, "/affinity/nodeAffinity/a", json!("b"))]
#[case(r#"priorityClassName="system-cluster-critical""#, "/priorityClassName", json!("system-cluster-critical"))]
#[case(r#"imagePullSecrets=[{"name":"registry"}]"#, "/imagePullSecrets/0/name", json!("registry"))]
#[case("terminationGracePeriodSeconds=60", "/terminationGracePeriodSeconds", json!(60))]
#[case("serviceAccount.automount=false", "/automountServiceAccountToken", json!(false))]
#[case(r#"resources={"limits":{"memory":"1Gi"}}"#, "/containers/0/resources/limits/memory", json!("1Gi"))]
#[case(r#"livenessProbe={"periodSeconds":7}"#, "/containers/0/livenessProbe/periodSeconds", json!(7))]
#[case(r#"readinessProbe={"periodSeconds":7}"#, "/containers/0/readinessProbe/periodSeconds", json!(7))]
fn what_is_said_of_the_pod(#[case] value: &str, #[case] path: &str, #[case] expected: Value) {
    let pod = pod(&Rendered::set(value));
    assert_eq!(pod.pointer(path), Some(&expected), "{pod}");
}
