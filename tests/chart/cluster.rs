//! One cluster, which every story finds empty and has for itself; and the operator in it with the rights of its service
//! account.

use super::helm::{HOME, RELEASE, chart, helm, kubectl, run};
use super::place::{Place, free_port};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The people of the stories, each with the roles they need in every namespace.
pub const PEOPLE: &str = r#"bindings=[
    {"role":"handoff-requester","subjects":[{"kind":"User","name":"alice"}]},
    {"role":"handoff-fulfiller","subjects":[{"kind":"User","name":"bob"}]},
    {"role":"handoff-resourcetype-admin","subjects":[{"kind":"User","name":"gita"}]}]"#;

const PAUSE: Duration = Duration::from_millis(50);
const TRIES: u32 = 600;
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
        kinds_go();
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
    release_of(&chart(), how, args)
}

/// The same of this chart.
pub fn release_of(chart: &Path, how: &str, args: &[&str]) -> Result<String, String> {
    let start = [how, RELEASE, chart.to_str().unwrap(), "--namespace", HOME];
    helm(&[&start, args].concat())
}

/// Deletes our kinds until they are gone. The API server can lose its own write about a deletion to a conflict, and goes on
/// only when it is asked again.
pub fn kinds_go() {
    let mut tries = 0..12;
    while let Err(said) = admin(&["delete", "crd", "-l", OURS, "--timeout=5s"]) {
        assert!(tries.next().is_some(), "{said}");
    }
}

/// Until the API server takes objects of our kinds. It establishes a kind before the policies that fill in know it.
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
    for (file, text) in [
        (
            "order.json",
            include_str!("../../src/operator/policies/probe-order.json"),
        ),
        (
            "request.json",
            include_str!("../../src/operator/policies/probe-request.json"),
        ),
    ] {
        let path = std::env::var("HANDOFF_TEST_DIR").unwrap() + "/" + file;
        std::fs::write(&path, text).unwrap();
        let mut tries = 0..TRIES;
        while let Err(said) = admin(&["create", "--dry-run=server", "-n", "default", "-f", &path]) {
            if !["There can be a delay", "no matches for kind", "could not find"]
                .iter()
                .any(|not_yet| said.contains(not_yet))
            {
                break;
            }
            assert!(tries.next().is_some(), "{said}");
            std::thread::sleep(PAUSE);
        }
    }
}

/// Starts the operator as its Deployment says, with a token of its service account.
pub fn start(place: &mut Place) {
    start_as(place, env!("CARGO_BIN_EXE_handoff").as_ref());
}

/// The same for this program.
pub fn start_as(place: &mut Place, program: &Path) {
    let deployment = ["get", "deployment", "handoff", "-n", HOME, "-o", "json"];
    let deployment: Value = serde_json::from_str(&admin(&deployment).unwrap()).unwrap();
    let args = deployment["spec"]["template"]["spec"]["containers"][0]["args"].clone();
    let port = free_port();
    let args = args.as_array().unwrap().iter().map(|arg| match arg.as_str().unwrap() {
        listen if listen.starts_with("--listen=") => format!("--listen=127.0.0.1:{port}"),
        other => other.to_owned(),
    });
    let log = std::fs::File::options()
        .create(true)
        .append(true)
        .open(place.log())
        .unwrap();
    let child = Command::new(program)
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
