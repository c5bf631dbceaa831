//! Operators that share a lease, each behind a proxy of its own; what each asks of the API server is recorded, and so is
//! every version of the lease.
#![allow(dead_code, unreachable_pub)]

pub mod lease;
pub mod record;

use crate::place::{Place, free_port};
use crate::proxy::{Call, Fault, Proxy};
use record::Record;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

/// Longer than any wait that ends well.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// In seconds: the lease's duration, after what time its holder ends, and how often it is renewed.
pub const TERMS: [u64; 3] = [5, 4, 1];

/// How an operator is started.
#[derive(Clone, Copy)]
pub struct Start {
    /// As [`TERMS`].
    pub terms: [u64; 3],
    /// More environment variables.
    pub environment: &'static [(&'static str, &'static str)],
}

const USUAL: Start = Start {
    terms: TERMS,
    environment: &[],
};

/// One of the operators; a new process takes the place of one that ended, under another name.
pub struct Replica {
    /// Name of the process, which its identity begins with.
    pub process: String,
    letter: &'static str,
    starts: usize,
    child: Child,
    port: u16,
    proxy: Proxy,
    record: Arc<Record>,
    namespace: String,
    start: Start,
}

impl Replica {
    pub async fn start(place: &Place, letter: &'static str, record: &Arc<Record>) -> Self {
        Self::start_as(USUAL, place, letter, record).await
    }

    pub async fn start_as(start: Start, place: &Place, letter: &'static str, record: &Arc<Record>) -> Self {
        let proxy = Proxy::start(&format!("{}-{letter}", place.namespace), |_| None).await;
        let process = format!("{letter}1");
        proxy.follow(recorded(record, &process, |_| None));
        let (child, port) = spawn(&place.namespace, &proxy, &process, start);
        Self {
            process,
            letter,
            starts: 1,
            child,
            port,
            proxy,
            record: Arc::clone(record),
            namespace: place.namespace.clone(),
            start,
        }
    }

    /// Another process, once this one has ended.
    pub fn start_again(&mut self) {
        self.starts += 1;
        self.process = format!("{}{}", self.letter, self.starts);
        self.proxy.follow(recorded(&self.record, &self.process, |_| None));
        (self.child, self.port) = spawn(&self.namespace, &self.proxy, &self.process, self.start);
    }

    /// Kills it with -9.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// From now on every call of it meets this.
    pub fn cut(&self, fault: Fault) {
        self.meets(move |_| Some(fault));
    }

    /// From now on each call of it meets what this says.
    pub fn meets(&self, rule: impl Fn(&Call) -> Option<Fault> + Send + 'static) {
        self.proxy.follow(recorded(&self.record, &self.process, rule));
    }

    /// The port that it answers on.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Asks it to stop.
    pub fn terminate(&self) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    }

    /// Waits until it has ended by itself.
    pub async fn ended(&mut self) -> ExitStatus {
        let mut output = self.child.stdout.take().unwrap();
        let closed = tokio::task::spawn_blocking(move || output.read_to_end(&mut Vec::new()).unwrap());
        let closed = tokio::time::timeout(PATIENCE, closed).await;
        assert!(closed.is_ok(), "{} did not end", self.process);
        self.child.wait().unwrap()
    }

    /// Waits until it waits for the lease, which it does once its index is warm.
    pub async fn is_warm(&self) {
        let process = &self.process;
        let what = format!("{process} to look at the lease");
        self.record
            .until(&what, |made| {
                made.iter().any(|made| made.by == *process && made.is_about_lease())
            })
            .await;
    }

    /// What it answers on a path of its own port.
    pub fn says(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// What this process logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(log(&self.namespace, &self.process)).unwrap()
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _ended = self.child.wait();
    }
}

fn log(namespace: &str, process: &str) -> String {
    let folder = std::env::var("HANDOFF_TEST_DIR").unwrap();
    format!("{folder}/operator-{namespace}-{process}.log")
}

fn spawn(namespace: &str, proxy: &Proxy, process: &str, start: Start) -> (Child, u16) {
    let port = free_port();
    let [duration, deadline, retry] = start.terms.map(|seconds| seconds.to_string());
    let child = Command::new(env!("CARGO_BIN_EXE_handoff"))
        .args(["--namespace", namespace, "--listen", &format!("127.0.0.1:{port}")])
        .args(["--leader-election", "--lease-namespace", namespace])
        .args([
            "--lease-duration",
            &duration,
            "--lease-renew-deadline",
            &deadline,
            "--lease-retry",
            &retry,
        ])
        .env("KUBECONFIG", &proxy.kubeconfig)
        .env("HOSTNAME", process)
        .envs(start.environment.iter().copied())
        // Nothing is written there; it closes when the operator ends.
        .stdout(Stdio::piped())
        .stderr(std::fs::File::create(log(namespace, process)).unwrap())
        .spawn()
        .unwrap();
    (child, port)
}

fn recorded(
    record: &Arc<Record>,
    process: &str,
    rule: impl Fn(&Call) -> Option<Fault> + Send + 'static,
) -> impl Fn(&Call) -> Option<Fault> + Send + 'static {
    let (record, process) = (Arc::clone(record), process.to_owned());
    move |call| {
        record.note(&process, call);
        rule(call)
    }
}
