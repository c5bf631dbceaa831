//! A container of the image, as the kubelet would have it made from the chart's pod: by an OCI runtime, with the user of the
//! image, the security contexts and the limit of the chart's values, and nothing mounted but what is said.

use crate::layout::{Image, root};
use serde_json::{Value, json};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// What the chart says where nobody says otherwise.
fn values() -> Value {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/charts/handoff/values.yaml")).unwrap();
    serde_saphyr::from_str(&text).unwrap()
}

/// Bytes that the chart lets the container have.
pub fn limit() -> u64 {
    let limit = values()["resources"]["limits"]["memory"].clone();
    let mebibytes = limit.as_str().unwrap().strip_suffix("Mi").expect("a limit in Mi");
    mebibytes.parse::<u64>().unwrap() << 20
}

/// One, by its name.
pub struct Container {
    name: String,
    folder: PathBuf,
}

impl Container {
    /// Not started yet. Its arguments, and the files that it is given as `(outside, inside)`.
    pub fn new(name: &str, args: &[&str], environment: &[&str], files: &[(&Path, &str)]) -> Self {
        let folder = Path::new(&std::env::var("HANDOFF_TEST_DIR").unwrap()).join(name);
        std::fs::create_dir(&folder).unwrap();
        let config = config(args, environment, files);
        std::fs::write(folder.join("config.json"), config.to_string()).unwrap();
        let name = format!("handoff-{name}-{}", std::process::id());
        Self { name, folder }
    }

    /// Runs it; what it prints goes into the file.
    pub fn start(&self, output: &Path) -> Child {
        let output = File::options().create(true).append(true).open(output).unwrap();
        let mut command = runc();
        command.args(["run", "--bundle"]).arg(&self.folder).arg(&self.name);
        command
            .stdin(Stdio::null())
            .stdout(output.try_clone().unwrap())
            .stderr(output);
        command.spawn().expect("there is no runc: apt-get install runc")
    }

    /// The bytes that it may have, as the kernel sees it.
    pub fn enforced_limit(&self) -> u64 {
        let output = runc().args(["events", "--stats", &self.name]).output().unwrap();
        let stats: Value = serde_json::from_slice(&output.stdout).unwrap();
        stats["data"]["memory"]["usage"]["limit"].as_u64().unwrap()
    }

    /// Asks it to end, as the kubelet does.
    pub fn terminate(&self) {
        let status = runc().args(["kill", &self.name, "TERM"]).status().unwrap();
        assert!(status.success());
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        // Only there where a test failed.
        let _gone = runc().args(["delete", "--force", &self.name]).output();
    }
}

fn runc() -> Command {
    let state = Path::new(&std::env::var("HANDOFF_TEST_DIR").unwrap()).join("runc");
    let mut command = Command::new("runc");
    command.arg("--root").arg(state);
    command
}

fn config(args: &[&str], environment: &[&str], files: &[(&Path, &str)]) -> Value {
    let image = Image::read().config;
    let (pod, container) = (
        values()["podSecurityContext"].clone(),
        values()["containerSecurityContext"].clone(),
    );
    let user = image["User"].as_str().unwrap();
    let (uid, gid) = user.split_once(':').unwrap();
    let (uid, gid): (u32, u32) = (uid.parse().unwrap(), gid.parse().unwrap());
    assert_eq!(pod["runAsNonRoot"], uid != 0);
    assert_eq!(container["capabilities"]["drop"], json!(["ALL"]));
    let mut started = image["Entrypoint"].as_array().unwrap().clone();
    started.extend(args.iter().map(|arg| json!(arg)));
    let mut mounts = vec![json!({"destination": "/proc", "type": "proc", "source": "proc"})];
    mounts.extend(files.iter().map(|(outside, inside)| {
        json!({"destination": inside, "type": "bind", "source": outside, "options": ["bind", "ro"]})
    }));
    // The network is the one outside: the control plane listens on the loopback.
    let namespaces = ["pid", "ipc", "uts", "mount"].map(|name| json!({"type": name}));
    json!({
        "ociVersion": "1.0.2",
        "process": {
            "user": {"uid": uid, "gid": gid},
            "args": started,
            "env": environment,
            "cwd": "/",
            "capabilities": {},
            "noNewPrivileges": container["allowPrivilegeEscalation"] == false,
        },
        "root": {"path": root(), "readonly": container["readOnlyRootFilesystem"]},
        "mounts": mounts,
        "linux": {"namespaces": namespaces, "resources": {"memory": {"limit": limit()}}},
    })
}
