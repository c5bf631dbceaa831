//! One look at the policies: what is installed against what was shipped, then a question to each. It writes nothing.

use super::compare::{Wrong, compare, words};
use super::judge::Finding;
use super::probe::{Answer, Asked, Means, PROBES, Probe, who_am_i};
use super::shipped::Shipped;
use crate::operator::apply::{code, within};
use crate::operator::{Operator, lock};
use futures::future::try_join_all;
use kube::api::{Api, DynamicObject};
use serde_json::Value;
use std::collections::BTreeSet;

/// What a look found out.
pub struct Seen {
    /// What it means.
    pub finding: Finding,
    /// Policies that only fill in, and do not: nothing is less safe, but people have to name themselves.
    pub not_filling_in: BTreeSet<&'static str>,
}

impl From<Finding> for Seen {
    fn from(finding: Finding) -> Self {
        Self {
            finding,
            not_filling_in: BTreeSet::new(),
        }
    }
}

/// Looks at everything. `scopes` are the namespaces that the operator was told to watch; all when empty.
pub async fn look(operator: &Operator, shipped: &[Shipped], scopes: &[String]) -> Seen {
    let wrong = match installed(operator, shipped).await {
        Ok(wrong) => wrong,
        Err(said) => return Finding::Unclear(format!("the admission policies could not be read: {said}")).into(),
    };
    if !wrong.is_empty() {
        return Finding::Wrong(words(&wrong)).into();
    }
    match who_am_i(&operator.client).await {
        Ok(me) => Looker { operator, me }.ask_around(scopes).await,
        Err(said) => Finding::Unclear(format!("the admission policies could not be asked: {said}")).into(),
    }
}

/// What is wrong with what is installed.
async fn installed(operator: &Operator, shipped: &[Shipped]) -> Result<Vec<Wrong>, String> {
    let reads = shipped.iter().map(|one| async move {
        let api: Api<DynamicObject> = Api::all_with(operator.client.clone(), &one.kind.resource());
        let object = format!("{} {}", one.kind, one.name);
        match within(&object, api.get(&one.name)).await {
            Ok(there) => Ok(compare(one, Some(there.data.get("spec").unwrap_or(&Value::Null)))),
            Err(error) if code(&error) == Some(404) => Ok(compare(one, None)),
            Err(error) => Err(error.to_string()),
        }
    });
    Ok(try_join_all(reads).await?.into_iter().flatten().collect())
}

struct Looker<'a> {
    operator: &'a Operator,
    /// Name of the operator at the API server.
    me: String,
}

impl Looker<'_> {
    /// Asks in every namespace that the operator was given; else in one that has types, since a binding that counts for
    /// some namespaces only is not what was shipped.
    async fn ask_around(&self, scopes: &[String]) -> Seen {
        let with_types = self.namespaces_with_types();
        let mut seen = Seen::from(Finding::Proven);
        let mut asked = false;
        let home = self.operator.client.default_namespace().to_owned();
        let everywhere: Vec<String> = with_types.iter().cloned().chain([home]).collect();
        let candidates = if scopes.is_empty() { &everywhere } else { scopes };
        for namespace in candidates {
            match self.ask_in(namespace, with_types.contains(namespace), &mut seen).await {
                Ok(()) => asked = true,
                Err(Some(finding)) => return finding.into(),
                Err(None) => {}
            }
            if asked && scopes.is_empty() {
                break;
            }
        }
        if !asked {
            let names = candidates.join(", ");
            return Finding::Unclear(format!(
                "the admission policies could not be asked: there is no namespace {names}"
            ))
            .into();
        }
        seen
    }

    fn namespaces_with_types(&self) -> BTreeSet<String> {
        let types = lock(&self.operator.index).known_types();
        types.into_iter().map(|((namespace, _), _)| namespace).collect()
    }

    /// Asks every policy in one namespace. An error without a finding: the namespace is gone.
    async fn ask_in(&self, namespace: &str, has_types: bool, seen: &mut Seen) -> Result<(), Option<Finding>> {
        let wanted = PROBES
            .iter()
            .filter(|probe| has_types || probe.asked != Asked::RequestNextToTypes);
        for probe in wanted {
            let answer = probe.ask(&self.operator.client, namespace, &self.me).await;
            match (answer, probe.means) {
                (Answer::Acts, _) => {}
                (Answer::Gone, _) => return Err(None),
                (Answer::Silent(_) | Answer::Unclear(_), Means::Annotation) => {
                    seen.not_filling_in.insert(probe.policy);
                }
                (Answer::Silent(said), Means::Refusal) => return Err(Some(silent(probe, namespace, &said))),
                (Answer::Unclear(said), Means::Refusal) => {
                    let words = format!("the admission policy {} could not be asked: {said}", probe.policy);
                    return Err(Some(Finding::Unclear(words)));
                }
            }
        }
        Ok(())
    }
}

fn silent(probe: &Probe, namespace: &str, said: &str) -> Finding {
    let policy = probe.policy;
    Finding::Silent(format!(
        "ValidatingAdmissionPolicy {policy} is installed as it should be, but does not act in namespace {namespace}: {said}. Look at it and at its binding: kubectl describe validatingadmissionpolicy,validatingadmissionpolicybinding {policy}"
    ))
}
