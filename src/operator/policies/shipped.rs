//! The admission policies that this operator was built with: the files of the chart, embedded. It may not talk to a
//! cluster.

use kube::core::{ApiResource, GroupVersionKind};
use serde::Deserialize;
use serde_json::Value;
use std::fmt;

/// The manifests, by the name of their file in `charts/handoff/files`.
const FILES: [(&str, &str); 7] = [
    (
        "policy-orders.yaml",
        include_str!("../../../charts/handoff/files/policy-orders.yaml"),
    ),
    (
        "policy-status.yaml",
        include_str!("../../../charts/handoff/files/policy-status.yaml"),
    ),
    (
        "policy-inventory.yaml",
        include_str!("../../../charts/handoff/files/policy-inventory.yaml"),
    ),
    (
        "policy-requests.yaml",
        include_str!("../../../charts/handoff/files/policy-requests.yaml"),
    ),
    (
        "policy-request-types.yaml",
        include_str!("../../../charts/handoff/files/policy-request-types.yaml"),
    ),
    (
        "stamp-orders.yaml",
        include_str!("../../../charts/handoff/files/stamp-orders.yaml"),
    ),
    (
        "stamp-requests.yaml",
        include_str!("../../../charts/handoff/files/stamp-requests.yaml"),
    ),
];

/// A kind of the API server's that a policy is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Kind {
    /// What is refused.
    #[serde(rename = "ValidatingAdmissionPolicy")]
    Rules,
    /// Where it is refused.
    #[serde(rename = "ValidatingAdmissionPolicyBinding")]
    RulesBinding,
    /// What is filled in. Kubernetes 1.36 or later.
    #[serde(rename = "MutatingAdmissionPolicy")]
    Stamp,
    /// Where it is filled in.
    #[serde(rename = "MutatingAdmissionPolicyBinding")]
    StampBinding,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Rules, Self::RulesBinding, Self::Stamp, Self::StampBinding];

    /// Its name and that of its resource.
    const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Rules => ("ValidatingAdmissionPolicy", "validatingadmissionpolicies"),
            Self::RulesBinding => ("ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings"),
            Self::Stamp => ("MutatingAdmissionPolicy", "mutatingadmissionpolicies"),
            Self::StampBinding => ("MutatingAdmissionPolicyBinding", "mutatingadmissionpolicybindings"),
        }
    }

    /// How the API server serves it.
    pub fn resource(self) -> ApiResource {
        let (kind, plural) = self.names();
        let kind = GroupVersionKind::gvk("admissionregistration.k8s.io", "v1", kind);
        ApiResource::from_gvk_with_plural(&kind, plural)
    }

    /// Whether nothing is less safe without it: what only fills in may be left out.
    pub const fn may_be_absent(self) -> bool {
        match self {
            Self::Rules | Self::RulesBinding => false,
            Self::Stamp | Self::StampBinding => true,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(self.names().0)
    }
}

/// One object that has to be on the API server as it is here.
#[derive(Clone, Debug)]
pub struct Shipped {
    /// Its kind.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// The file of the chart that it is in.
    pub file: &'static str,
    /// All that it says.
    pub spec: Value,
}

#[derive(Deserialize)]
struct Manifest {
    kind: Kind,
    metadata: Metadata,
    spec: Value,
}

#[derive(Deserialize)]
struct Metadata {
    name: String,
}

/// Every shipped policy and binding.
///
/// # Errors
/// When a manifest is not what this module expects: a fault of the program, which a test would have found.
pub fn shipped() -> Result<Vec<Shipped>, serde_saphyr::Error> {
    let mut all = Vec::new();
    for (file, text) in FILES {
        for manifest in serde_saphyr::from_multiple::<Manifest>(text)? {
            let Manifest { kind, metadata, spec } = manifest;
            all.push(Shipped {
                kind,
                name: metadata.name,
                file,
                spec,
            });
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::super::probe::{Means, PROBES};
    use super::{FILES, Kind, shipped};
    use std::collections::BTreeSet;

    #[test]
    fn every_policy_of_the_chart_is_embedded() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/charts/handoff/files");
        let files = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name());
        let with_policies: BTreeSet<String> = files
            .map(|name| name.into_string().unwrap())
            .filter(|name| name.ends_with(".yaml"))
            .filter(|name| {
                std::fs::read_to_string(format!("{folder}/{name}"))
                    .unwrap()
                    .contains("kind: ValidatingAdmissionPolicy\n")
                    || name.starts_with("stamp-")
            })
            .collect();
        let embedded = FILES.map(|(name, _)| name.to_owned());
        assert_eq!(with_policies, BTreeSet::from(embedded));
    }

    #[test]
    fn every_policy_has_its_binding_and_a_probe_that_it_answers() {
        let all = shipped().unwrap();
        assert_eq!(all.len(), 2 * PROBES.len());
        for probe in PROBES {
            let kinds = match probe.means {
                Means::Refusal => [Kind::Rules, Kind::RulesBinding],
                Means::Annotation => [Kind::Stamp, Kind::StampBinding],
            };
            for kind in kinds {
                let found = all.iter().find(|one| one.name == probe.policy && one.kind == kind);
                let found = found.unwrap_or_else(|| panic!("{kind} {} is not shipped", probe.policy));
                let says = found.spec.to_string().contains(&probe.answer());
                assert_eq!(
                    says,
                    matches!(kind, Kind::Rules | Kind::Stamp),
                    "{kind} {}",
                    probe.policy
                );
            }
        }
    }
}
