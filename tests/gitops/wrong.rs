//! A type with a mistake: what a pipeline says of it before it is merged, and what the tools say once it was.

use crate::files;
use crate::health::health;
use crate::place::Place;
use crate::twice::{account, kustomize};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The sample repository, copied, for one namespace.
struct Repository {
    folder: PathBuf,
    kubeconfig: PathBuf,
}

const TYPE: &str = "types/base/vpn-access.yaml";

impl Repository {
    /// Its pipeline has the account that applies.
    fn of(place: &Place) -> Self {
        let parent = PathBuf::from(std::env::var("HANDOFF_TEST_DIR").unwrap());
        let folder = parent.join(format!("{}-repository", place.namespace));
        copy(&files::path("samples/gitops"), &folder);
        for overlay in ["types/staging", "types/production", "requests"] {
            let path = folder.join(overlay).join("kustomization.yaml");
            let text = std::fs::read_to_string(&path).unwrap();
            let lines: Vec<_> = text
                .lines()
                .map(|line| match line.strip_prefix("namespace: ") {
                    Some(_) => format!("namespace: {}", place.namespace),
                    None => line.to_owned(),
                })
                .collect();
            std::fs::write(&path, lines.join("\n")).unwrap();
        }
        let kubeconfig = parent.join(format!("{}.kubeconfig", place.namespace));
        std::fs::write(&kubeconfig, acting_as(&account(place))).unwrap();
        Self { folder, kubeconfig }
    }

    /// Exit code of its check, and what was said.
    fn check(&self, args: &[&str]) -> (i32, String) {
        let plugin = Path::new(env!("CARGO_BIN_EXE_kubectl-handoff"))
            .parent()
            .unwrap()
            .to_owned();
        let path = std::env::var_os("PATH").unwrap();
        let path = std::env::join_paths(std::iter::once(plugin).chain(std::env::split_paths(&path))).unwrap();
        let output = Command::new(self.folder.join("check.sh"))
            .args(args)
            .env("PATH", path)
            .env("KUBECONFIG", &self.kubeconfig)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.code().unwrap(), String::from_utf8(said).unwrap())
    }

    /// Somebody edits a type.
    fn edit(&self, old: &str, new: &str) {
        let path = self.folder.join(TYPE);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(old), "{text}");
        std::fs::write(&path, text.replace(old, new)).unwrap();
    }

    fn production(&self) -> PathBuf {
        self.folder.join("types/production")
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// The kubeconfig of these tests, for somebody else.
fn acting_as(whom: &str) -> String {
    let text = std::fs::read_to_string(std::env::var("KUBECONFIG").unwrap()).unwrap();
    let mut config: Value = serde_saphyr::from_str(&text).unwrap();
    config["current-context"] = "admin".into();
    let users = config["users"].as_array_mut().unwrap();
    let admin = users.iter_mut().find(|user| user["name"] == "admin").unwrap();
    admin["user"]["as"] = whom.into();
    config.to_string()
}

#[test]
fn a_wrong_type_is_caught_before_it_is_merged() {
    let place = Place::without_operator("gitops-wrong");
    let repository = Repository::of(&place);
    let (code, said) = repository.check(&["--server"]);
    assert_eq!(code, 0, "{said}");
    assert!(
        said.contains("vpn-access serverside-applied (server dry run)"),
        "{said}"
    );

    // What only a look at the whole type shows, what the schema excludes, and a misspelling; the server sees the last two.
    let mistakes = [
        (
            "expression: owner.id",
            "expression: owner.id ~",
            "spec.identifier.expression",
            "",
        ),
        (
            "package: ManualTicket",
            "package: Manual",
            "package",
            "Unsupported value",
        ),
        (
            "targetEntityType:",
            "targetEntitiyType:",
            "targetEntitiyType",
            "unknown field",
        ),
    ];
    for (old, new, linted, refused) in mistakes {
        repository.edit(old, new);
        let (code, said) = repository.check(&[]);
        assert!(code == 3 && said.contains(linted), "{new}: {code}: {said}");
        let production = repository.production();
        let args = ["apply", "--dry-run=server", "-k", production.to_str().unwrap()];
        match place.run("gita", &args) {
            Ok(_) => assert_eq!(refused, "", "{new}"),
            Err(said) => assert!(!refused.is_empty() && said.contains(refused), "{new}: {said}"),
        }
        repository.edit(new, old);
    }
    assert_eq!(repository.check(&[]).0, 0);
}

#[test]
fn a_wrong_type_that_was_merged_reads_failed_and_says_why() {
    let place = Place::new("gitops-merged");
    let repository = Repository::of(&place);
    repository.edit("expression: owner.id", "expression: owner.id ~");
    let merged = kustomize(&repository.production());
    assert!(merged.contains("owner.id ~"), "{merged}");
    let production = repository.production();
    let apply = ["apply", "-k", production.to_str().unwrap()];
    place.run("gita", &apply).unwrap();
    place.wait("rtype/vpn-access", ".status.observedGeneration", "1");
    let said = judged(&place);
    assert_eq!(
        [&said.kstatus.status, &said.argocd.status, &said.flux.status],
        ["Failed", "Degraded", "Failed"]
    );
    for message in [&said.kstatus.message, &said.argocd.message] {
        assert!(message.contains("spec.identifier.expression"), "{message}");
    }
    assert!(
        said.argocd.message.starts_with("InvalidExpression: "),
        "{}",
        said.argocd.message
    );

    // Mended in Git.
    repository.edit("expression: owner.id ~", "expression: owner.id");
    place.run("gita", &apply).unwrap();
    place.wait("rtype/vpn-access", ".status.observedGeneration", "2");
    let said = judged(&place);
    assert_eq!(
        [&said.kstatus.status, &said.argocd.status, &said.flux.status],
        ["Current", "Healthy", "Current"]
    );
}

fn judged(place: &Place) -> crate::health::Judged {
    let object = place
        .run("alice", &["get", "rtype", "vpn-access", "-o", "json"])
        .unwrap();
    health(&[serde_json::from_str(&object).unwrap()]).remove(0)
}
