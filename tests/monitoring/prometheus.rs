//! A Prometheus of its own, which ends with the test. It knows no metric.

use crate::needed;
use crate::place::free_port;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Between two questions.
const PAUSE: Duration = Duration::from_millis(500);
/// So often it is asked: for five minutes.
const QUESTIONS: usize = 600;
/// Somebody else may take the port that was free a moment ago.
const PORTS: usize = 5;

/// Where its programs are.
#[derive(Clone, Debug)]
pub struct Programs {
    prometheus: PathBuf,
    promtool: PathBuf,
}

impl Programs {
    /// Finds them, or says what is missing and how to get it.
    pub fn find() -> Result<Self, String> {
        let how = "apt-get install prometheus, or put prometheus and promtool on the PATH";
        let find = |name: &str| needed::program(name, &[], how);
        Ok(Self {
            prometheus: find("prometheus")?,
            promtool: find("promtool")?,
        })
    }

    /// What promtool says, or what it complains about.
    pub fn promtool(&self, args: &[&str]) -> Result<String, String> {
        self.promtool_reads(args, "")
    }

    /// The same with a text that it reads.
    pub fn promtool_reads(&self, args: &[&str], text: &str) -> Result<String, String> {
        let mut child = Command::new(&self.promtool)
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        if output.status.success() {
            Ok(said.into_owned())
        } else {
            Err(said.into_owned())
        }
    }
}

/// An operator that is read, as a PodMonitor would find it.
pub struct Target {
    pub pod: String,
    pub port: u16,
}

/// A value with its labels.
#[derive(Clone, Debug)]
pub struct Sample {
    pub labels: BTreeMap<String, String>,
    pub value: f64,
}

pub struct Prometheus {
    server: Child,
    port: u16,
    folder: PathBuf,
}

impl Prometheus {
    /// Reads these so often, such as `1s`, and evaluates the alerts of the chart as often.
    pub fn start(programs: &Programs, name: &str, often: &str, targets: &[Target]) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("prometheus-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("prometheus.yml"), configuration(often, targets).to_string()).unwrap();
        let started = (0..PORTS).find_map(|_| Self::on_a_free_port(programs, &folder));
        started.unwrap_or_else(|| panic!("prometheus does not start:\n{}", log(&folder)))
    }

    /// None if it ended instead of getting ready.
    fn on_a_free_port(programs: &Programs, folder: &Path) -> Option<Self> {
        let port = free_port();
        let server = Command::new(&programs.prometheus)
            .arg(format!("--config.file={}", folder.join("prometheus.yml").display()))
            .arg(format!("--storage.tsdb.path={}", folder.join("data").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(folder.join("prometheus.log")).unwrap())
            .spawn()
            .unwrap();
        let mut started = Self {
            server,
            port,
            folder: folder.to_owned(),
        };
        for _ in 0..QUESTIONS {
            if started.get("/-/ready").is_some() {
                return Some(started);
            }
            if started.server.try_wait().unwrap().is_some() {
                // The folder is needed again.
                started.folder = PathBuf::new();
                return None;
            }
            std::thread::sleep(PAUSE);
        }
        panic!("prometheus does not get ready:\n{}", log(folder));
    }

    /// The body of a good answer.
    fn get(&self, path: &str) -> Option<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        write!(stream, "GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n").ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        head.contains(" 200 ").then(|| body.to_owned())
    }

    /// What an expression finds now.
    pub fn query(&self, expression: &str) -> Vec<Sample> {
        let answer = self.get(&format!("/api/v1/query?query={}", escaped(expression)));
        let answer = answer.unwrap_or_else(|| panic!("Prometheus does not take {expression}"));
        let answer: Value = serde_json::from_str(&answer).unwrap();
        let found = answer["data"]["result"].as_array().unwrap();
        found.iter().map(sample).collect()
    }

    /// The only value of an expression; none: it finds nothing.
    pub fn value(&self, expression: &str) -> Option<f64> {
        let found = self.query(expression);
        assert!(found.len() <= 1, "{expression}: {found:?}");
        found.first().map(|sample| sample.value)
    }

    /// The alerts that are pending or fire, with their annotations.
    pub fn alerts(&self) -> Vec<Value> {
        let answer: Value = serde_json::from_str(&self.get("/api/v1/alerts").unwrap()).unwrap();
        answer["data"]["alerts"].as_array().unwrap().clone()
    }

    /// Asks until the answer is good.
    #[track_caller]
    pub fn until<T>(&self, what: &str, mut ask: impl FnMut(&Self) -> Option<T>) -> T {
        for _ in 0..QUESTIONS {
            if let Some(answer) = ask(self) {
                return answer;
            }
            std::thread::sleep(PAUSE);
        }
        panic!("waited in vain for {what}; Prometheus says:\n{}", log(&self.folder));
    }

    /// Waits until an expression has this value.
    #[track_caller]
    pub fn until_is(&self, expression: &str, value: f64) {
        let mut last = None;
        for _ in 0..QUESTIONS {
            last = self.value(expression);
            if last == Some(value) {
                return;
            }
            std::thread::sleep(PAUSE);
        }
        panic!("{expression} is {last:?} and does not become {value}");
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ended = self.server.kill();
        let _ended = self.server.wait();
        let _gone = std::fs::remove_dir_all(&self.folder);
    }
}

fn log(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("prometheus.log")).unwrap_or_default()
}

/// As the PodMonitor of the chart has it: the operator's own labels count, and the pod's are added.
fn configuration(often: &str, targets: &[Target]) -> Value {
    let targets = targets.iter().map(|target| {
        json!({
            "targets": [format!("127.0.0.1:{}", target.port)],
            "labels": {"namespace": "handoff-system", "pod": target.pod},
        })
    });
    json!({
        "global": {"scrape_interval": often, "scrape_timeout": often, "evaluation_interval": often},
        "rule_files": [super::alerts::file()],
        "scrape_configs": [{
            "job_name": "handoff-system/handoff", "honor_labels": true, "static_configs": targets.collect::<Vec<_>>(),
        }],
    })
}

fn sample(found: &Value) -> Sample {
    let labels = found["metric"].as_object().unwrap();
    Sample {
        labels: labels
            .iter()
            .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
            .collect(),
        value: found["value"][1].as_str().unwrap().parse().unwrap(),
    }
}

fn escaped(text: &str) -> String {
    let escape = |byte: u8| {
        if byte.is_ascii_alphanumeric() {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    };
    text.bytes().map(escape).collect()
}
