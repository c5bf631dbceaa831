//! A namespace of its own with an operator of its own in it, on the control plane that `make test` starts.
#![allow(dead_code, unreachable_pub)]

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

pub struct Place {
    pub namespace: String,
    pub operator: Option<Child>,
    /// Port of the operator's probes.
    pub port: u16,
}

/// The five kinds, as kubectl takes them.
pub const KINDS: &str = "rtype,areq,porder,mres,sync";

/// A port of this machine that was free a moment ago.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn kubectl() -> Command {
    Command::new(std::env::var("KUBECTL").expect("no control plane: run `make test`, which starts one"))
}

fn said(mut command: Command) -> Result<String, String> {
    answer(&command.stdin(Stdio::null()).output().unwrap())
}

fn answer(output: &Output) -> Result<String, String> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        Err(text(&output.stderr))
    }
}

impl Place {
    /// A namespace with a type `badge` and an operator.
    pub fn new(namespace: &str) -> Self {
        let mut place = Self::without_operator(namespace);
        place.start();
        place
    }

    /// A namespace with a type `badge`.
    pub fn without_operator(namespace: &str) -> Self {
        let mut command = kubectl();
        command.args(["create", "namespace", namespace]);
        said(command).unwrap();
        let place = Self {
            namespace: namespace.to_owned(),
            operator: None,
            port: 0,
        };
        place.apply("gita", badge());
        place
    }

    pub fn start(&mut self) {
        let folder = std::env::var("HANDOFF_TEST_DIR").unwrap();
        self.start_with(Path::new(&folder).join("operator.kubeconfig").as_path(), &[]);
    }

    /// An operator that reaches its API server as this kubeconfig says, with these environment variables.
    pub fn start_with(&mut self, kubeconfig: &Path, environment: &[(&str, &str)]) {
        let port = free_port();
        let child = Command::new(env!("CARGO_BIN_EXE_handoff"))
            .args(["--namespace", &self.namespace, "--log-format", "json"])
            .args(["--listen", &format!("127.0.0.1:{port}")])
            .env("KUBECONFIG", kubeconfig)
            .envs(environment.iter().copied())
            // Nothing is written there; it closes when the operator ends.
            .stdout(Stdio::piped())
            .stderr(
                std::fs::File::options()
                    .create(true)
                    .append(true)
                    .open(self.log())
                    .unwrap(),
            )
            .spawn()
            .unwrap();
        self.operator = Some(child);
        self.port = port;
    }

    /// Where the operator logs.
    pub fn log(&self) -> String {
        let folder = std::env::var("HANDOFF_TEST_DIR").unwrap();
        format!("{folder}/operator-{}.log", self.namespace)
    }

    /// Waits until an event says this about an object.
    pub fn told(&self, object: &str, reason: &str, words: &str) {
        let selector = format!("--field-selector=regarding.name={object},reason={reason}");
        let args = ["get", "events.events.k8s.io", &selector, "--watch", "-o", "json"];
        let mut watch = kubectl()
            .args(["--context", "admin", "-n", &self.namespace, "--request-timeout=60s"])
            .args(args)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let objects = serde_json::Deserializer::from_reader(watch.stdout.take().unwrap()).into_iter::<Value>();
        let found = objects
            .map_while(Result::ok)
            .any(|event| event["note"].as_str().is_some_and(|note| note.contains(words)));
        watch.kill().unwrap();
        watch.wait().unwrap();
        assert!(found, "no event {reason} of {object} says {words:?}");
    }

    /// What the operator answers on a path of its own port.
    pub fn ask_operator(&self, path: &str) -> String {
        self.answers(path).unwrap()
    }

    /// The same where it may not listen yet.
    pub fn answers(&self, path: &str) -> std::io::Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        let host = "Host: localhost\r\nConnection: close";
        write!(stream, "GET {path} HTTP/1.1\r\n{host}\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }

    pub fn kill(&mut self) {
        if let Some(mut operator) = self.operator.take() {
            operator.kill().unwrap();
            operator.wait().unwrap();
        }
    }

    pub fn run(&self, who: &str, args: &[&str]) -> Result<String, String> {
        let mut command = kubectl();
        command.args(["--context", who, "-n", &self.namespace]).args(args);
        said(command)
    }

    /// Every object of Handoff's that there is here.
    pub fn everything(&self) -> Vec<Value> {
        let list = self.run("admin", &["get", KINDS, "-o", "json"]).unwrap();
        let mut list: Value = serde_json::from_str(&list).unwrap();
        list["items"].as_array_mut().unwrap().drain(..).collect()
    }

    pub fn apply(&self, who: &str, object: Value) {
        self.write(who, "apply", &object).unwrap();
    }

    /// Creates an object, or says why it was refused.
    pub fn create(&self, who: &str, object: &Value) -> Result<String, String> {
        self.write(who, "create", object)
    }

    fn write(&self, who: &str, how: &str, object: &Value) -> Result<String, String> {
        let mut child = kubectl()
            .args(["--context", who, "-n", &self.namespace, how, "-f", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(object.to_string().as_bytes())
            .unwrap();
        answer(&child.wait_with_output().unwrap())
    }

    pub fn ask(&self, name: &str, owner: &str, spec: Value) {
        let mut full = json!({"resourceTypeRef": {"name": "badge"}, "owner": {"id": owner}});
        full.as_object_mut().unwrap().extend(spec.as_object().unwrap().clone());
        self.apply("alice", json!({"apiVersion": "handoff.dev/v1alpha1", "kind": "AssignmentRequest", "metadata": {"name": name}, "spec": full}));
    }

    pub fn hire(&self, name: &str, owner: &str) {
        self.ask(
            name,
            owner,
            json!({"operation": "Create", "properties": {"zone": "HQ"}}),
        );
    }

    /// Waits until a thing has this value; one that does not exist yet is waited for, too.
    pub fn wait(&self, what: &str, path: &str, value: &str) {
        let condition = format!("--for=jsonpath={{{path}}}={value}");
        let args = ["wait", &condition, what, "--timeout=60s"];
        let waited = self.run("alice", &args).or_else(|error| {
            if !error.contains("NotFound") {
                return Err(error);
            }
            self.run("alice", &["wait", "--for=create", what, "--timeout=60s"])?;
            self.run("alice", &args)
        });
        if let Err(error) = waited {
            panic!(
                "{error}\n{}",
                self.run("alice", &["get", what, "-o", "yaml"])
                    .unwrap_or_else(|error| error)
            );
        }
    }

    pub fn shows(&self, request: &str, state: &str, reason: &str) {
        self.wait(&format!("areq/{request}"), ".status.provisioningState", state);
        self.wait(&format!("areq/{request}"), ".status.reason", reason);
    }

    pub fn read(&self, what: &str, path: &str) -> String {
        self.run("alice", &["get", what, "-o", &format!("jsonpath={{{path}}}")])
            .unwrap()
    }

    pub fn answer(&self, who: &str, order: &str, spec: Value) -> Result<String, String> {
        self.run(
            who,
            &[
                "patch",
                "porder",
                order,
                "--type=merge",
                "-p",
                &json!({"spec": spec}).to_string(),
            ],
        )
    }

    pub fn confirm(&self, order: &str) {
        self.wait(&format!("porder/{order}"), ".status.state", "Transmitted");
        self.answer("bob", order, json!({"decision": {"result": "Confirmed"}}))
            .unwrap();
    }

    /// Bob confirms the order, and the request shows it.
    pub fn done(&self, request: &str, order: &str) {
        self.confirm(order);
        self.shows(request, "Executed", "Confirmed");
    }

    pub fn fail(&self, order: &str) {
        self.wait(&format!("porder/{order}"), ".status.state", "Transmitted");
        self.answer(
            "carol",
            order,
            json!({"decision": {"result": "Errored", "message": "the printer is broken"}}),
        )
        .unwrap();
        self.wait(&format!("porder/{order}"), ".status.state", "Errored");
    }

    /// Somebody takes a request back.
    pub fn cancel(&self, who: &str, request: &str) -> Result<String, String> {
        let cancel = json!({"spec": {"cancel": {"reason": "no longer wanted"}}});
        self.run(
            who,
            &["patch", "areq", request, "--type=merge", "-p", &cancel.to_string()],
        )
    }

    /// The operator's writes of requests and orders in this namespace, from the API server's audit log.
    pub fn writes(&self) -> usize {
        self.writes_of(&["assignmentrequests", "provisioningorders"])
    }

    /// The operator's writes of objects of these kinds in this namespace.
    pub fn writes_of(&self, kinds: &[&str]) -> usize {
        let log = std::fs::File::open(std::env::var("HANDOFF_AUDIT_LOG").unwrap()).unwrap();
        let lines = BufReader::new(log).lines();
        lines
            .filter_map(|line| serde_json::from_str::<Value>(&line.unwrap()).ok())
            .filter(|event| event["objectRef"]["namespace"] == self.namespace.as_str())
            .filter(|event| event["user"]["username"] == "system:serviceaccount:handoff-system:handoff")
            .filter(|event| matches!(event["verb"].as_str(), Some("create" | "update" | "patch" | "delete")))
            // The questions to the admission policies store nothing.
            .filter(|event| !event["requestURI"].as_str().unwrap().contains("dryRun=All"))
            .filter(|event| {
                let kind = event["objectRef"]["resource"].as_str();
                kind.is_some_and(|kind| kinds.contains(&kind))
            })
            .count()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A small type.
pub fn badge() -> Value {
    json!({
        "apiVersion": "handoff.dev/v1alpha1", "kind": "ResourceType", "metadata": {"name": "badge"},
        "spec": {
            "targetEntityType": "Badge",
            "provisioningConnection": {"package": "ManualTicket"},
            "properties": [{"name": "zone", "type": "String", "required": true}, {"name": "level", "type": "Integer"}],
        },
    })
}
