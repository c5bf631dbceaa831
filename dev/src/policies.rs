//! Proves that the admission policies act, policy by policy, with the probe that docs/security.md describes: an object
//! that is created in a dry run, with an annotation that names the policy.

use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use serde_json::{Value, json};

use crate::clock;
use crate::kubectl::{self, Kubectl};
use crate::users::{OPERATOR, OPERATOR_NAMESPACE, USERS};

const TIMEOUT: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(50);
const PROBE: &str = "handoff.dev/policy-probe";
/// Of the manifests with policies that need Kubernetes 1.36.
const STAMPING_PREFIX: &str = "stamp-";

/// Whether the policies that write down who did it are installed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Stamping {
    /// They are.
    On,
    /// They are not, as on Kubernetes before 1.36: people name themselves.
    Off,
}

/// A policy was accepted, but does not act.
#[derive(Debug, thiserror::Error)]
#[error("the policy {policy} is not in force after {} s; the API server said: {answer}", TIMEOUT.as_secs())]
pub struct NotInForce {
    policy: &'static str,
    answer: String,
}

/// What is created to ask a policy.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Asked {
    Order,
    Request,
}

/// Each policy, what it answers to, and whether it stamps.
const POLICIES: [(&str, Asked, bool); 7] = [
    ("handoff-orders", Asked::Order, false),
    ("handoff-status", Asked::Order, false),
    ("handoff-inventory", Asked::Order, false),
    ("handoff-requests", Asked::Request, false),
    ("handoff-request-types", Asked::Request, false),
    ("handoff-stamp-orders", Asked::Order, true),
    ("handoff-stamp-requests", Asked::Request, true),
];

/// Whether a manifest holds a policy that stamps.
pub(crate) fn is_stamping(file: &Path) -> bool {
    file.file_name()
        .is_some_and(|name| name.to_string_lossy().starts_with(STAMPING_PREFIX))
}

/// Waits until every policy answers: the API server learns of one about a second after it is stored.
pub(crate) fn wait(kubectl: &Kubectl, stamping: Stamping) -> Result<(), NotInForce> {
    let wanted = POLICIES.iter().filter(|policy| stamping == Stamping::On || !policy.2);
    // handoff-request-types is asked once for every ResourceType of the namespace, so there has to be one.
    let resource_type = json!({
        "apiVersion": "handoff.dev/v1alpha1", "kind": "ResourceType",
        "metadata": {"name": TYPE, "namespace": OPERATOR_NAMESPACE},
        "spec": {"description": "Only for the launcher's proof that the policies act."},
    });
    let _ = kubectl.run_with_input(&["apply", "--server-side", "-f", "-"], &resource_type.to_string());
    let started = clock::now();
    let mut result = Ok(());
    for (policy, asked, _) in wanted {
        while let Err(answer) = ask(kubectl, policy, *asked) {
            if started.elapsed() >= TIMEOUT {
                result = Err(NotInForce { policy, answer });
                break;
            }
            sleep(POLL);
        }
    }
    let _ = kubectl.run(&["delete", "resourcetype", TYPE, "-n", OPERATOR_NAMESPACE]);
    result
}

const TYPE: &str = "policy-probe";

/// Ok when the policy gave its answer, which names it; else what came instead.
fn ask(kubectl: &Kubectl, policy: &str, asked: Asked) -> Result<(), String> {
    let text = match asked {
        Asked::Order => ORDER,
        Asked::Request => REQUEST,
    };
    let mut object: Value = serde_json::from_str(text).unwrap_or_default();
    object["metadata"]["namespace"] = OPERATOR_NAMESPACE.into();
    object["metadata"]["annotations"] = json!({PROBE: policy});
    if asked == Asked::Request {
        // Where nothing stamps, two policies would refuse it otherwise, and only one of them is heard.
        let operator = USERS.iter().find(|user| user.context == OPERATOR).map(|user| user.name);
        object["spec"]["requestedBy"] = json!({"username": operator});
    }
    let args = [
        "--context",
        OPERATOR,
        "create",
        "--dry-run=server",
        "-o",
        "json",
        "-f",
        "-",
    ];
    let answer = match kubectl.run_with_input(&args, &object.to_string()) {
        Ok(answer) => answer,
        Err(kubectl::Error::Failed { message, .. }) => message,
        Err(error) => error.to_string(),
    };
    let words = format!("{policy} v1 is in force");
    if answer.contains(&words) { Ok(()) } else { Err(answer) }
}

/// What the operator asks with, too.
const ORDER: &str = include_str!("../../src/operator/policies/probe-order.json");
const REQUEST: &str = include_str!("../../src/operator/policies/probe-request.json");

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::{POLICIES, is_stamping};

    #[test]
    fn every_shipped_policy_is_waited_for_and_says_its_name_and_version() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../charts/handoff/files");
        let mut shipped = BTreeSet::new();
        for file in crate::install::manifests(&folder) {
            let text = fs::read_to_string(&file).unwrap();
            if !text.contains("AdmissionPolicy\n") {
                continue;
            }
            let name = text.lines().find_map(|line| line.strip_prefix("  name: ")).unwrap();
            assert!(text.contains(&format!("{name} v1 is in force")), "{name}");
            shipped.insert((name.to_owned(), is_stamping(&file)));
        }
        let waited_for = POLICIES.map(|(name, _, stamping)| (name.to_owned(), stamping));
        assert_eq!(shipped, BTreeSet::from(waited_for));
    }
}
