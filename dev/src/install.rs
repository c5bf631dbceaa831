//! What a cluster needs for the operator: namespaces, CRDs, policies, roles, and who holds which role.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use serde_json::{Value, json};

use crate::clock;
use crate::kubectl::{Error, Kubectl};
use crate::users::{NAMESPACE, OPERATOR_NAMESPACE, USERS, User};

const GROUP: &str = "handoff.dev";
const AUTHORIZER_TIMEOUT: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(50);
const APPLY: [&str; 5] = [
    "apply",
    "--server-side",
    "--force-conflicts",
    "--field-manager=handoff-dev",
    "-f",
];

/// Applies everything; what is there already is brought up to date.
pub fn install(kubectl: &Kubectl, repository: &Path) -> Result<(), Error> {
    apply_list(kubectl, [NAMESPACE, OPERATOR_NAMESPACE].map(namespace).to_vec())?;
    if let Some(crds) = with_manifests(repository.join("crds")) {
        apply_folder(kubectl, &crds)?;
        let crds = crds.to_string_lossy();
        kubectl.run(&[
            "wait",
            "--for=condition=Established",
            "--timeout=30s",
            "-f",
            crds.as_ref(),
        ])?;
    }
    if let Some(files) = with_manifests(repository.join("charts/handoff/files")) {
        apply_folder(kubectl, &files)?;
    }
    apply_list(kubectl, bindings())?;
    wait_for_authorizer(kubectl)
}

/// The API server learns of roles and bindings a moment after they are stored: waits until the last one counts.
fn wait_for_authorizer(kubectl: &Kubectl) -> Result<(), Error> {
    let Some(user) = USERS.last() else { return Ok(()) };
    let attributes = json!({"verb": "list", "group": GROUP, "resource": "resourcetypes", "namespace": NAMESPACE});
    let review = json!({
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    });
    let path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    let ask = ["--context", user.context, "create", "--raw", path, "-f", "-"];
    let started = clock::now();
    while started.elapsed() < AUTHORIZER_TIMEOUT {
        let answer: Value =
            serde_json::from_str(&kubectl.run_with_input(&ask, &review.to_string())?).unwrap_or_default();
        if answer["status"]["allowed"] == true {
            break;
        }
        sleep(POLL);
    }
    Ok(())
}

/// The folder, if there is something to apply in it: kubectl calls an empty one an error.
fn with_manifests(folder: PathBuf) -> Option<PathBuf> {
    let is_manifest = |path: PathBuf| path.extension().is_some_and(|extension| extension == "yaml");
    let has_any = fs::read_dir(&folder)
        .into_iter()
        .flatten()
        .flatten()
        .any(|entry| is_manifest(entry.path()));
    has_any.then_some(folder)
}

fn apply_folder(kubectl: &Kubectl, folder: &Path) -> Result<(), Error> {
    let folder = folder.to_string_lossy();
    kubectl.run(&[&APPLY[..], &[folder.as_ref()]].concat()).map(drop)
}

fn apply_list(kubectl: &Kubectl, items: Vec<Value>) -> Result<(), Error> {
    let list = json!({"apiVersion": "v1", "kind": "List", "items": items});
    kubectl
        .run_with_input(&[&APPLY[..], &["-"]].concat(), &list.to_string())
        .map(drop)
}

fn namespace(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
}

/// One per user and role, for all namespaces.
fn bindings() -> Vec<Value> {
    let of_user = |user: &'static User| {
        user.roles.iter().map(|role| {
            json!({
                "apiVersion": "rbac.authorization.k8s.io/v1",
                "kind": "ClusterRoleBinding",
                "metadata": {"name": format!("handoff-dev:{}:{role}", user.context)},
                "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
                "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user.name}],
            })
        })
    };
    USERS.iter().flat_map(of_user).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::bindings;

    #[test]
    fn every_bound_role_is_shipped() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../charts/handoff/files/roles.yaml");
        let roles = fs::read_to_string(path).unwrap();
        let shipped: BTreeSet<_> = roles.lines().filter_map(|line| line.strip_prefix("  name: ")).collect();
        assert_eq!(shipped.len(), 8);
        let bindings = bindings();
        assert_eq!(bindings.len(), 9);
        for binding in bindings {
            assert!(
                shipped.contains(binding["roleRef"]["name"].as_str().unwrap()),
                "{binding}"
            );
        }
    }

    #[test]
    fn no_shipped_role_has_a_wildcard() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../charts/handoff/files/roles.yaml");
        let roles = fs::read_to_string(path).unwrap();
        assert!(!roles.contains('*'));
    }
}
