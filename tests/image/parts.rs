//! The list of crates in the program, as `cargo audit bin` and other scanners read it.

use crate::program;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::process::Command;

/// Nobody's list of crates is that long.
const LIMIT: usize = 8 << 20;

#[derive(Deserialize)]
struct List {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    /// `build` where it was only needed for that.
    #[serde(default)]
    kind: String,
    #[serde(default)]
    root: bool,
}

impl Package {
    fn id(&self) -> String {
        format!("{} {}", self.name, self.version)
    }
}

fn listed() -> Vec<Package> {
    let json = auditable_info::json_from_slice(&program::bytes(), LIMIT);
    let json = json.expect("there is no list of crates in the program");
    serde_json::from_str::<List>(&json).unwrap().packages
}

/// What cargo needs for the program by way of these edges on this target, by Cargo.lock.
fn tree(edges: &str, target: &str) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "-p", "handoff", "--target", target])
        .args(["-e", edges, "--prefix", "none", "--format", "{p}"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    // `kube v5.0.0`, with a folder or a mark behind it.
    let words = text.lines().map(|line| line.split(' ').collect::<Vec<_>>());
    let packages = words.filter(|words| words.len() > 1);
    packages
        .map(|words| format!("{} {}", words[0], words[1].trim_start_matches('v')))
        .collect()
}

#[test]
fn every_crate_is_listed_with_its_version_and_no_other() {
    let listed = listed();
    let runtime = listed.iter().filter(|package| package.kind != "build");
    let runtime: BTreeSet<String> = runtime.map(Package::id).collect();
    let all: BTreeSet<String> = listed.iter().map(Package::id).collect();
    let target = format!("{}-unknown-linux-musl", std::env::consts::ARCH);
    let linked = tree("normal,no-proc-macro", &target);
    assert!(linked.iter().any(|package| package.starts_with("kube ")), "{linked:?}");
    // Macros write code, so the list has some of what they are made of, too; and what a crate names for no target only to keep
    // two versions in step.
    let (missing, foreign) = (&linked - &runtime, &all - &tree("normal,build", "all"));
    assert!(
        missing.is_empty() && foreign.is_empty(),
        "missing: {missing:?}, foreign: {foreign:?}"
    );
}

#[test]
fn the_program_itself_is_the_root() {
    let roots: Vec<String> = listed()
        .iter()
        .filter(|package| package.root)
        .map(Package::id)
        .collect();
    assert_eq!(roots, [concat!("handoff ", env!("CARGO_PKG_VERSION"))]);
}
