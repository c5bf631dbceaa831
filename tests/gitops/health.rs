//! What kstatus, Argo CD and Flux say, by the program gitops-health and the files that people copy.

use crate::files::path;
use serde::Deserialize;
use serde_json::Value;
use std::io::Write;
use std::process::{Command, Stdio};

/// What one tool says. Argo CD says nothing of kinds that it has no script for.
#[derive(Deserialize)]
pub struct Said {
    pub status: String,
    #[serde(default)]
    pub message: String,
}

#[derive(Deserialize)]
pub struct Judged {
    pub kind: String,
    pub kstatus: Said,
    pub argocd: Said,
    pub flux: Said,
}

pub const ARGUMENTS: [&str; 6] = [
    "-argocd",
    "samples/gitops/argocd/health.yaml",
    "-flux",
    "samples/gitops/flux/types.yaml",
    "-flux",
    "samples/gitops/flux/requests.yaml",
];

/// In the order of the objects.
pub fn health(objects: &[Value]) -> Vec<Judged> {
    let program = std::env::var("GITOPS_HEALTH").expect(
        "no gitops-health: run `make test`, or `cargo run -p handoff-dev -- with --gitops -- cargo test --workspace --features faults --test gitops`",
    );
    let mut child = Command::new(program)
        .args(ARGUMENTS)
        .current_dir(path(""))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    for object in objects {
        stdin.write_all(object.to_string().as_bytes()).unwrap();
    }
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "gitops-health failed");
    let judged: Vec<Judged> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(judged.len(), objects.len());
    judged
}
