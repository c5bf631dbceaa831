//! `make up` and `make down` as a person uses them: twice is one cluster, down leaves nothing, a failed start says why.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn launcher() -> Command {
    Command::new(env!("CARGO_BIN_EXE_handoff-dev"))
}

fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()));
    let _old = fs::remove_dir_all(&folder);
    folder
}

fn run(command: &mut Command) -> Output {
    command.output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn up(dir: &Path) {
    let output = run(launcher().args(["up", "--no-operator", "--dir"]).arg(dir));
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("KUBECONFIG="), "{}", text(&output.stdout));
}

fn down(dir: &Path) {
    let output = run(launcher().args(["down", "--dir"]).arg(dir));
    assert!(output.status.success(), "{}", text(&output.stderr));
}

/// Every process whose command line names the folder.
fn processes_of(dir: &Path) -> Vec<String> {
    let dir = dir.display().to_string();
    fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter_map(|entry| fs::read(entry.path().join("cmdline")).ok())
        .map(|line| text(&line).replace('\0', " "))
        .filter(|line| line.contains(&dir))
        .collect()
}

fn assets() -> PathBuf {
    let output = run(launcher().arg("assets"));
    assert!(output.status.success(), "{}", text(&output.stderr));
    PathBuf::from(text(&output.stdout).trim())
}

#[test]
fn up_twice_is_one_cluster_and_down_leaves_nothing() {
    let dir = folder("up");
    up(&dir);
    let kubectl = |args: &[&str]| {
        let output = run(Command::new(assets().join("kubectl"))
            .arg("--kubeconfig")
            .arg(dir.join("kubeconfig"))
            .args(args));
        assert!(output.status.success(), "{}", text(&output.stderr));
        text(&output.stdout)
    };
    let uid = [
        "--context",
        "admin",
        "get",
        "namespace",
        "identity",
        "-o",
        "jsonpath={.metadata.uid}",
    ];
    let (before, running) = (kubectl(&uid), processes_of(&dir).len());
    up(&dir);
    assert_eq!(kubectl(&uid), before);
    assert_eq!(processes_of(&dir).len(), running);
    let crds = kubectl(&["--context", "gita", "get", "resourcetypes"]);
    assert_eq!(crds, "");
    down(&dir);
    assert!(!dir.exists());
    assert_eq!(processes_of(&dir), Vec::<String>::new());
    down(&dir);
}

#[test]
fn a_start_that_fails_says_why_with_the_last_lines_of_the_log() {
    let dir = folder("broken");
    let programs = folder("broken-assets");
    fs::create_dir_all(&programs).unwrap();
    let real = assets();
    for name in ["etcd", "kubectl"] {
        symlink(real.join(name), programs.join(name)).unwrap();
    }
    let broken = programs.join("kube-apiserver");
    let version = "[ \"$1\" = --version ] && { echo Kubernetes v1.37.2; exit; }";
    fs::write(
        &broken,
        format!("#!/bin/sh\n{version}\necho 'the disk is on fire' >&2\nexit 1\n"),
    )
    .unwrap();
    fs::set_permissions(&broken, fs::Permissions::from_mode(0o755)).unwrap();
    let output = run(launcher()
        .args(["up", "--no-operator", "--dir"])
        .arg(&dir)
        .env("KUBEBUILDER_ASSETS", &programs));
    assert!(!output.status.success());
    let said = text(&output.stderr);
    assert!(
        said.contains("kube-apiserver") && said.contains("the disk is on fire"),
        "{said}"
    );
    down(&dir);
    assert_eq!(processes_of(&dir), Vec::<String>::new());
}
