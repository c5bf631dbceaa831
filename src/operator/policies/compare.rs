//! Whether what is installed is what was shipped. Pure: objects in, words for people out.

use super::shipped::{Kind, Shipped};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt;

/// What is wrong with one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is not there.
    Absent,
    /// A binding that does something else than to refuse.
    Actions(String),
    /// A binding that counts for other namespaces or objects.
    Elsewhere,
    /// Something else differs; here first.
    Differs(String),
}

/// What is wrong with which object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    kind: Kind,
    name: String,
    file: &'static str,
    fault: Fault,
}

impl fmt::Display for Wrong {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            kind,
            name,
            file,
            fault,
        } = self;
        write!(to, "{kind} {name} ")?;
        match fault {
            Fault::Absent => write!(to, "is absent"),
            Fault::Actions(actions) => write!(to, "has validationActions [{actions}] instead of [Deny]"),
            Fault::Elsewhere => write!(
                to,
                "is bound to other namespaces or objects than it was shipped with (spec.matchResources)"
            ),
            Fault::Differs(path) => write!(to, "is different from what this operator was built with: {path}"),
        }?;
        write!(to, " ({file})")
    }
}

/// Words for people about everything that is wrong, and what helps. To apply does not help: it leaves what others added.
pub fn words(all: &[Wrong]) -> String {
    const SHOWN: usize = 3;
    let shown: Vec<String> = all.iter().take(SHOWN).map(ToString::to_string).collect();
    let files: BTreeSet<&str> = all.iter().map(|wrong| wrong.file).collect();
    let more = match all.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    format!(
        "{}{more}. Restore what this version of Handoff came with: kubectl replace --force -f charts/handoff/files/{}. With Helm instead: kubectl delete what is different, then helm upgrade",
        shown.join("; "),
        files.into_iter().collect::<Vec<_>>().join(" -f charts/handoff/files/"),
    )
}

/// What is wrong with an object of which the API server holds this spec, or nothing.
pub fn compare(shipped: &Shipped, installed: Option<&Value>) -> Option<Wrong> {
    let fault = match installed {
        None if shipped.kind.may_be_absent() => return None,
        None => Fault::Absent,
        Some(spec) => difference(shipped, spec)?,
    };
    Some(Wrong {
        kind: shipped.kind,
        name: shipped.name.clone(),
        file: shipped.file,
        fault,
    })
}

fn difference(shipped: &Shipped, spec: &Value) -> Option<Fault> {
    let path = first_difference(&shipped.spec, spec, "spec".to_owned())?;
    let differs = |field: &str| shipped.spec.get(field) != spec.get(field);
    let fault = match shipped.kind {
        Kind::RulesBinding if differs("validationActions") => {
            let actions = spec["validationActions"].as_array().into_iter().flatten();
            let actions: Vec<&str> = actions.filter_map(Value::as_str).collect();
            Fault::Actions(actions.join(", "))
        }
        Kind::RulesBinding | Kind::StampBinding if differs("matchResources") => Fault::Elsewhere,
        Kind::Rules | Kind::RulesBinding | Kind::Stamp | Kind::StampBinding => Fault::Differs(path),
    };
    Some(fault)
}

/// Where two values differ first.
fn first_difference(left: &Value, right: &Value, path: String) -> Option<String> {
    if left == right {
        return None;
    }
    let inner = match (left, right) {
        (Value::Object(left), Value::Object(right)) => {
            let all = left.keys().chain(right.keys());
            let differs = |key: &&String| left.get(*key) != right.get(*key);
            all.into_iter().find(differs).map(|key| {
                let [left, right] = [left, right].map(|side| side.get(key).unwrap_or(&Value::Null));
                (left, right, format!("{path}.{key}"))
            })
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            let mut pairs = left.iter().zip(right).enumerate();
            pairs
                .find(|(_, (left, right))| left != right)
                .map(|(at, (left, right))| (left, right, format!("{path}[{at}]")))
        }
        _ => None,
    };
    match inner {
        Some((left, right, inner)) => first_difference(left, right, inner.clone()).or(Some(inner)),
        None => Some(path),
    }
}

#[cfg(test)]
mod tests {
    use super::super::shipped::{Kind, Shipped, shipped};
    use super::{compare, words};
    use serde_json::{Value, json};

    fn of(kind: Kind) -> Shipped {
        shipped().unwrap().into_iter().find(|one| one.kind == kind).unwrap()
    }

    fn with(shipped: &Shipped, pointer: &str, value: Value) -> Value {
        let mut spec = shipped.spec.clone();
        match spec.pointer_mut(pointer) {
            Some(there) => *there = value,
            None => spec[pointer.trim_start_matches('/')] = value,
        }
        spec
    }

    #[test]
    fn what_was_shipped_is_right() {
        for one in shipped().unwrap() {
            assert_eq!(compare(&one, Some(&one.spec)), None);
        }
    }

    #[test]
    fn what_only_fills_in_may_be_absent_and_nothing_else() {
        for one in shipped().unwrap() {
            let optional = matches!(one.kind, Kind::Stamp | Kind::StampBinding);
            assert_eq!(compare(&one, None).is_none(), optional, "{} {}", one.kind, one.name);
        }
    }

    #[rstest::rstest]
    #[case(Kind::Rules, "/failurePolicy", json!("Ignore"), ": spec.failurePolicy (")]
    #[case(Kind::Rules, "/validations/1/expression", json!("true"), ": spec.validations[1].expression (")]
    #[case(Kind::Rules, "/validations", json!([]), ": spec.validations (")]
    #[case(Kind::Rules, "/aFieldOfLaterVersions", json!("Off"), ": spec.aFieldOfLaterVersions (")]
    #[case(Kind::RulesBinding, "/validationActions", json!(["Audit", "Warn"]), "has validationActions [Audit, Warn] instead of [Deny]")]
    #[case(Kind::RulesBinding, "/matchResources", json!({"namespaceSelector": {"matchLabels": {"a": "b"}}}), "bound to other namespaces")]
    #[case(Kind::RulesBinding, "/policyName", json!("another"), ": spec.policyName (")]
    #[case(Kind::Stamp, "/mutations/0/jsonPatch/expression", json!("[]"), ": spec.mutations[0].jsonPatch.expression (")]
    #[case(Kind::StampBinding, "/matchResources", json!({}), "bound to other namespaces")]
    fn what_differs_is_named(#[case] kind: Kind, #[case] pointer: &str, #[case] value: Value, #[case] said: &str) {
        let shipped = of(kind);
        let spec = with(&shipped, pointer, value);
        let wrong = compare(&shipped, Some(&spec)).unwrap().to_string();
        assert!(wrong.starts_with(&format!("{kind} {} ", shipped.name)), "{wrong}");
        assert!(wrong.contains(said), "{wrong}");
    }

    #[test]
    fn many_faults_are_few_words() {
        let all: Vec<_> = shipped().unwrap().iter().filter_map(|one| compare(one, None)).collect();
        let words = words(&all);
        assert!(
            words.contains("ValidatingAdmissionPolicy handoff-orders is absent"),
            "{words}"
        );
        assert!(words.contains("and 7 more. Restore"), "{words}");
        assert!(
            words.contains("-f charts/handoff/files/policy-orders.yaml -f"),
            "{words}"
        );
    }
}
