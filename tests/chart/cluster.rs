//! One cluster, which every story finds empty and has for itself; and the operator in it with the rights of its service
//! account.

use super::helm::{HOME, RELEASE, chart, helm, run};
use super::kustomize::kubectl;
use super::place::Place;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The people of the stories, each with the roles they need in every namespace.
pub const PEOPLE: &str = r#"bindings=[
    {"role":"handoff-requester","subjects":[{"kind":"User","name":"alice"}]},
    {"role":"handoff-fulfiller","subjects":[{"kind":"User","name":"bob"}]},
    {"role":"handoff-resourcetype-admin","subjects":[{"kind":"User","name":"gita"}]}]"#;

const OURS: &str = "app.kubernetes.io/part-of=handoff";
const CLUSTER_WIDE: &str = "crd,validatingadmissionpolicy,validatingadmissionpolicybinding,mutatingadmissionpolicy,mutatingadmissionpolicybinding,clusterrole,clusterrolebinding";

/// The cluster, empty.
pub struct Cluster(#[expect(dead_code, reason = "held, not read")] MutexGuard<'static, ()>);

impl Cluster {
    pub fn empty() -> Self {
        static TURN: Mutex<()> = Mutex::new(());
        let cluster = Self(TURN.lock().unwrap_or_else(PoisonError::into_inner));
        // What the story before left, also if it failed.
        let _none = helm(&["uninstall", RELEASE, "--namespace", HOME]);
        admin(&["delete", "crd", "-l", OURS, "--timeout=60s"]).unwrap();
        admin(&["delete", CLUSTER_WIDE, "-l", OURS]).unwrap();
        admin(&["delete", "serviceaccount,deployment", "-n", HOME, "-l", OURS]).unwrap();
        cluster
    }

    /// What there is of Handoff, by kind and name.
    pub fn holds(&self, kind: &str) -> Vec<String> {
        let names = admin(&["get", kind, "-A", "-l", OURS, "-o", "name"]).unwrap();
        names.lines().map(str::to_owned).collect()
    }

    pub fn namespace(&self, name: &str) {
        let _there = admin(&["create", "namespace", name]);
    }
}

/// As somebody who may do everything.
pub fn admin(args: &[&str]) -> Result<String, String> {
    run(kubectl().args(["--context", "admin"]).args(args))
}

/// `helm install` or `helm upgrade` of the chart.
pub fn release(how: &str, args: &[&str]) -> Result<String, String> {
    let chart = chart();
    let start = [how, RELEASE, chart.to_str().unwrap(), "--namespace", HOME];
    helm(&[&start, args].concat())
}

/// Until the API server accepts objects of our kinds.
pub fn kinds_are_served() {
    admin(&[
        "wait",
        "--for=condition=Established",
        "crd",
        "-l",
        OURS,
        "--timeout=60s",
    ])
    .unwrap();
}

/// Starts the operator as its Deployment says, with a token of its service account.
pub fn start(place: &mut Place) {
    let deployment = ["get", "deployment", "handoff", "-n", HOME, "-o", "json"];
    let deployment: Value = serde_json::from_str(&admin(&deployment).unwrap()).unwrap();
    let args = deployment["spec"]["template"]["spec"]["containers"][0]["args"].clone();
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let args = args.as_array().unwrap().iter().map(|arg| match arg.as_str().unwrap() {
        listen if listen.starts_with("--listen=") => format!("--listen=127.0.0.1:{port}"),
        other => other.to_owned(),
    });
    let log = std::fs::File::options()
        .create(true)
        .append(true)
        .open(place.log())
        .unwrap();
    let child = Command::new(env!("CARGO_BIN_EXE_handoff"))
        .args(args)
        .env("KUBECONFIG", kubeconfig())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap();
    place.operator = Some(child);
    place.port = port;
}

/// A kubeconfig with a token of the operator's service account, in its namespace, as in its pod.
fn kubeconfig() -> PathBuf {
    let token = admin(&["create", "token", "handoff", "-n", HOME]).unwrap();
    let config = admin(&["config", "view", "--raw", "--minify", "-o", "json"]).unwrap();
    let mut config: Value = serde_json::from_str(&config).unwrap();
    config["users"][0]["user"] = json!({"token": token.trim()});
    config["contexts"][0]["context"]["namespace"] = HOME.into();
    let path = PathBuf::from(std::env::var("HANDOFF_TEST_DIR").unwrap()).join("chart.kubeconfig");
    std::fs::write(&path, config.to_string()).unwrap();
    path
}

/// The operator's log has no word of a right that it lacks.
#[track_caller]
pub fn lacks_no_right(place: &Place) {
    let log = std::fs::read_to_string(place.log()).unwrap();
    assert!(log.contains("handoff started"), "{log}");
    assert!(!log.to_lowercase().contains("forbidden"), "{log}");
}
