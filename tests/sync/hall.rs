//! A namespace with a type `badge`, and the plugin in it.

use crate::place::{Place, badge};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub struct Hall {
    pub place: Place,
    folder: PathBuf,
}

/// What the plugin said.
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// Which columns of [`Hall::export`] are what.
pub const MAPPED: &[&str] = &[
    "--identifier",
    "Login",
    "--owner",
    "Id",
    "--property",
    "zone=Zone",
    "--values",
    "doors=Doors:|",
];

impl Hall {
    pub fn new(namespace: &str) -> Self {
        let place = Place::without_operator(namespace);
        let mut kind = badge();
        let properties = kind["spec"]["properties"].as_array_mut().unwrap();
        properties.push(json!({"name": "doors", "type": "String", "multiValued": true}));
        properties.push(json!({"name": "pin", "type": "Secret"}));
        place.apply("gita", kind);
        let folder = PathBuf::from(std::env::var("HANDOFF_TEST_DIR").unwrap()).join(format!("sync-{namespace}"));
        std::fs::create_dir_all(&folder).unwrap();
        Self { place, folder }
    }

    pub fn file(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// A CSV with these rows: login, owner, zone, doors.
    pub fn export(&self, name: &str, rows: &[(&str, &str, &str, &str)]) -> PathBuf {
        let row = |(login, id, zone, doors): &(&str, &str, &str, &str)| format!("{login},{id},{zone},{doors}\n");
        let rows: String = rows.iter().map(row).collect();
        self.file(name, format!("Login,Id,Zone,Doors\n{rows}"))
    }

    pub fn command(&self, who: &str, file: &str, more: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_kubectl-handoff"));
        command
            .args([
                "sync",
                "badge",
                "--from",
                file,
                "--context",
                who,
                "-n",
                &self.place.namespace,
            ])
            .args(more)
            .current_dir(&self.folder)
            .stdin(Stdio::null());
        command
    }

    pub fn run(&self, who: &str, file: &str, more: &[&str]) -> Said {
        said(self.command(who, file, more))
    }

    /// As the job that exports, with the usual mapping, on a day of March.
    pub fn day(&self, day: u32, file: &str, more: &[&str]) -> Said {
        let at = format!("2026-03-{day:02}T02:00:00Z");
        self.run("ivan", file, &[MAPPED, &["--taken-at", &at], more].concat())
    }

    pub fn objects(&self, kind: &str) -> Vec<Value> {
        let list = self.place.run("alice", &["get", kind, "-o", "json"]).unwrap();
        let list: Value = serde_json::from_str(&list).unwrap();
        list["items"].as_array().unwrap().clone()
    }

    /// The inventory as `identifier owner zone doors`.
    pub fn inventory(&self) -> Vec<String> {
        let line = |entry: &Value| {
            let spec = &entry["spec"];
            let doors = spec["values"]["doors"].as_array().cloned().unwrap_or_default();
            let doors: Vec<_> = doors.iter().map(|door| door.as_str().unwrap()).collect();
            let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
            let (owner, zone) = (text(&spec["owner"]["id"]), text(&spec["properties"]["zone"]));
            format!("{} {owner} {zone} {}", text(&spec["identifier"]), doors.join("|"))
        };
        self.objects("mres").iter().map(line).collect()
    }

    /// Writes of the inventory that were stored in this namespace, by whoever: `create managedresources` and so on.
    pub fn writes(&self) -> Vec<String> {
        let log = std::fs::File::open(std::env::var("HANDOFF_AUDIT_LOG").unwrap()).unwrap();
        let events = BufReader::new(log)
            .lines()
            .map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
        events
            .filter(|event| event["objectRef"]["namespace"] == self.place.namespace.as_str())
            .filter(|event| {
                matches!(
                    event["objectRef"]["resource"].as_str(),
                    Some("managedresources" | "synchronizations")
                )
            })
            .filter(|event| {
                matches!(
                    event["verb"].as_str(),
                    Some("create" | "update" | "patch" | "delete" | "deletecollection")
                )
            })
            .filter(|event| !event["requestURI"].as_str().unwrap().contains("dryRun=All"))
            .map(|event| {
                format!(
                    "{} {}",
                    event["verb"].as_str().unwrap(),
                    event["objectRef"]["resource"].as_str().unwrap()
                )
            })
            .collect()
    }

    /// An entry that a confirmed order made.
    pub fn virtual_entry(&self, login: &str, zone: &str) {
        let spec = json!({
            "resourceTypeRef": {"name": "badge"}, "identifier": login, "owner": {"id": "v"}, "properties": {"zone": zone},
            "source": "Virtual", "observedAt": "2026-02-01T00:00:00Z",
        });
        self.place.apply("operator", entry(login, &spec));
    }
}

/// A ManagedResource as JSON.
pub fn entry(login: &str, spec: &Value) -> Value {
    json!({
        "apiVersion": "handoff.dev/v1alpha1", "kind": "ManagedResource", "metadata": {"name": format!("badge.{login}")}, "spec": spec,
    })
}

/// kubectl, with the plugin in its PATH.
pub fn kubectl_with_plugin() -> Command {
    let program = Path::new(env!("CARGO_BIN_EXE_kubectl-handoff"));
    let mut folders = vec![program.parent().unwrap().to_owned()];
    folders.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap()));
    let mut command = Command::new(std::env::var("KUBECTL").unwrap());
    command.env("PATH", std::env::join_paths(folders).unwrap());
    command
}

pub fn said(mut command: Command) -> Said {
    let output = command.output().unwrap();
    Said {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

impl Said {
    #[track_caller]
    pub fn done(&self) -> &str {
        assert_eq!(self.code, 0, "{}{}", self.out, self.err);
        &self.out
    }

    /// It ended with this code, and said all of this.
    #[track_caller]
    pub fn failed(&self, code: i32, words: &[&str]) {
        assert_eq!(self.code, code, "{}{}", self.out, self.err);
        for words in words {
            assert!(self.err.contains(words), "{words:?} is not in: {}", self.err);
        }
    }
}
