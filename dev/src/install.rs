//! What a cluster needs for the operator: namespaces, CRDs, policies, roles, and who holds which role.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use serde_json::{Value, json};

use crate::clock;
use crate::kubectl::{self, Kubectl};
use crate::policies::{self, Stamping};
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

/// Why a cluster is not ready for the operator.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something was not accepted.
    #[error(transparent)]
    Kubectl(#[from] kubectl::Error),
    /// The policies were accepted, but do not act.
    #[error(transparent)]
    Policies(#[from] policies::NotInForce),
}

/// Applies everything, and waits until it counts; what is there already is brought up to date.
pub fn install(kubectl: &Kubectl, repository: &Path, stamping: Stamping) -> Result<(), Error> {
    apply_list(kubectl, [NAMESPACE, OPERATOR_NAMESPACE].map(namespace).to_vec())?;
    let crds = manifests(&repository.join("crds"));
    apply_files(kubectl, &crds)?;
    for crd in &crds {
        let file = crd.to_string_lossy();
        kubectl.run(&[
            "wait",
            "--for=condition=Established",
            "--timeout=30s",
            "-f",
            file.as_ref(),
        ])?;
    }
    let mut files = manifests(&repository.join("charts/handoff/files"));
    files.retain(|file| stamping == Stamping::On || !policies::is_stamping(file));
    apply_files(kubectl, &files)?;
    apply_list(kubectl, bindings())?;
    wait_for_authorizer(kubectl)?;
    Ok(policies::wait(kubectl, stamping)?)
}

/// The API server learns of roles and bindings a moment after they are stored: waits until the last one counts.
fn wait_for_authorizer(kubectl: &Kubectl) -> Result<(), kubectl::Error> {
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

/// The manifests in a folder, by name; not those in folders below.
pub(crate) fn manifests(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<_> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .collect();
    files.sort();
    files
}

fn apply_files(kubectl: &Kubectl, files: &[PathBuf]) -> Result<(), kubectl::Error> {
    let (Some(first), rest) = (files.first(), files.iter().skip(1)) else {
        return Ok(());
    };
    let mut args: Vec<OsString> = APPLY.iter().map(OsString::from).collect();
    args.push(first.into());
    for file in rest {
        args.extend(["-f".into(), file.into()]);
    }
    kubectl.run(&args).map(drop)
}

fn apply_list(kubectl: &Kubectl, items: Vec<Value>) -> Result<(), kubectl::Error> {
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

    use super::{bindings, manifests};

    #[test]
    fn every_bound_role_is_shipped() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../charts/handoff/files/roles.yaml");
        let roles = fs::read_to_string(path).unwrap();
        let shipped: BTreeSet<_> = roles.lines().filter_map(|line| line.strip_prefix("  name: ")).collect();
        assert_eq!(shipped.len(), 10);
        let bindings = bindings();
        assert_eq!(bindings.len(), 10);
        for binding in bindings {
            assert!(
                shipped.contains(binding["roleRef"]["name"].as_str().unwrap()),
                "{binding}"
            );
        }
    }

    /// `verbs: ["*"]` on resourcetypes would hold every virtual verb, manage included.
    #[test]
    fn no_shipped_role_has_a_wildcard() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../charts/handoff/files");
        let files = manifests(&folder)
            .into_iter()
            .map(|file| fs::read_to_string(file).unwrap());
        let documents: Vec<String> = files
            .flat_map(|file| file.split("\n---\n").map(str::to_owned).collect::<Vec<_>>())
            .filter(|document| document.contains("\nkind: ClusterRole\n") || document.contains("\nkind: Role\n"))
            .collect();
        assert_eq!(documents.len(), 10);
        for role in documents {
            assert!(!role.contains('*'), "{role}");
        }
    }
}
