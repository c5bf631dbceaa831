//! `kubectl handoff lint`: files, no cluster, no kubeconfig.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod golden;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A folder that goes when the test is over.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("handoff-lint-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str, text: &str) {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubectl-handoff"));
    command
        .arg("lint")
        .args(args)
        .current_dir(folder)
        // It must not look for a cluster.
        .env("KUBECONFIG", "/nowhere")
        .env("HOME", "/nowhere")
        .stdin(Stdio::null());
    command
}

/// Exit code, and everything that is said.
fn lint(folder: &Path, args: &[&str]) -> (i32, String) {
    let output = command(folder, args).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(said).unwrap())
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

const ANNA: &str = "id: aberg\ndisplayName: Anna Berg\nproperties:\n  givenName: Anna\n  familyName: Berg\n  personnelNumber: \"1042\"\n  mail: anna.berg@example.com\n  department: Claims\n  site: Lyon\n";

const BROKEN: &str = "\
apiVersion: handoff.dev/v1alpha1
kind: ResourceType
metadata:
  name: badge
spec:
  targetEntityType: \"\"
  provisioningConection:
    package: ManualTicket
  identifier:
    expression: owner.id ~
  dueAfter: 3 days
  dependsOn:
  - name: laptop
  - name: nowhere
  approval: {steps: 12}
  properties:
  - name: zone
    type: String
  - name: level
    type: Integer
    overridable: true
  - name: pin
    type: Secret
    expression: \"1\"
  ticket:
    title: \"{{ owner.id\"
---
apiVersion: v1
kind: ConfigMap
metadata: {name: other}
---
apiVersion: handoff.dev/v1alpha1
kind: ResourceType
metadata: {name: laptop}
spec:
  provisioningConnection: {package: ManualTicket}
  dependsOn: [{name: badge}]
";

#[test]
fn the_samples_are_clean() {
    assert_eq!(
        lint(root(), &["-f", "samples/types"]),
        (0, "5 types, 0 problems\n".to_owned())
    );
    let (code, said) = lint(root(), &["-f", "samples", "-R"]);
    assert_eq!(code, 0, "{said}");
    assert!(
        said.contains("AssignmentRequest/aberg-laptop is no ResourceType, and left out\n"),
        "{said}"
    );
    let (code, said) = lint(root(), &["-f", "samples", "--strict"]);
    assert!(
        code == 2 && said.contains("-R looks into the folders below"),
        "{code}: {said}"
    );
}

#[test]
fn what_a_sample_owner_gets() {
    let folder = Folder::new("owner");
    folder.file("anna.yaml", ANNA);
    let owner = folder.0.join("anna.yaml");
    let (code, said) = lint(
        root(),
        &["-f", "samples/types", "--owner-file", owner.to_str().unwrap()],
    );
    assert_eq!(code, 0, "{said}");
    golden::check("lint/owner", &said);
    let (code, said) = lint(root(), &["-f", "samples/types", "--owner", "aberg"]);
    assert_eq!(code, 3, "{said}");
    golden::check("lint/owner-without-facts", &said);
}

#[test]
fn broken_types() {
    let folder = Folder::new("broken");
    folder.file("types/badge.yaml", BROKEN);
    folder.file("types/none.yaml", "a: [\n");
    folder.file("types/notes.txt", "not looked at");
    for (name, args) in [
        ("broken", &["-f", "types"][..]),
        ("broken-strict", &["-f", "types", "--strict"]),
        ("broken-json", &["-f", "types/badge.yaml", "-o", "json"]),
    ] {
        let (code, said) = lint(&folder.0, args);
        assert_eq!(code, 3, "{said}");
        golden::check(&format!("lint/{name}"), &said);
    }
}

#[test]
fn standard_input_and_wrong_usage() {
    let folder = Folder::new("usage");
    let mut child = command(&folder.0, &["-f", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(BROKEN.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.code() == Some(3) && said.starts_with("-:"), "{said}");
    for args in [
        &[][..],
        &["-f", "nothing.yaml"],
        &["-f", "."],
        &["-f", ".", "--owner-property", "a=b"],
    ] {
        let (code, said) = lint(&folder.0, args);
        assert_eq!(code, 2, "{args:?}: {said}");
    }
}

/// Nothing that was probably meant to be a type is passed over, a mounted ConfigMap is read once, and what is hidden is
/// left alone.
#[test]
fn what_was_meant_to_be_a_type() {
    let folder = Folder::new("meant");
    let badge = "apiVersion: handoff.dev/v1alpha1\nkind: KIND\nmetadata: {name: badge}\nspec:\n  provisioningConnection: {package: ManualTicket}\n";
    folder.file("real/badge.yaml", &badge.replace("KIND", "ResourceType"));
    std::os::unix::fs::symlink("real", folder.0.join("..data")).unwrap();
    std::os::unix::fs::symlink("real", folder.0.join("again")).unwrap();
    folder.file(".github/workflows/check.yaml", "on: push\n");
    let (code, said) = lint(&folder.0, &["-f", ".", "-R"]);
    assert_eq!(code, 0, "{said}");

    for kind in ["Resourcetype", "ResourceTypes"] {
        folder.file("wrong.yaml", &badge.replace("KIND", kind));
        let (code, said) = lint(&folder.0, &["-f", "wrong.yaml"]);
        assert_eq!(code, 3, "{said}");
        assert!(
            said.contains(&format!("there is no kind {kind}: write kind: ResourceType")),
            "{said}"
        );
    }
    folder.file("other.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\n");
    let (code, said) = lint(&folder.0, &["-f", "other.yaml"]);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("nothing was checked"), "{said}");
}
