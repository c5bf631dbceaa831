//! Names from the command line, from files and from standard input.

use super::super::cluster::Cluster;
use super::{Answered, At, Choice};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;

/// The namespace of what does not say its own.
#[derive(Clone, Copy)]
struct Home<'a> {
    namespace: &'a str,
    /// It was said on the command line.
    explicit: bool,
    /// Every namespace is meant.
    everywhere: bool,
}

/// What is named, each once, in the order of the naming.
///
/// # Errors
/// In words: a file cannot be read, or it names something else.
pub(super) fn names<K: Answered>(choice: &Choice, cluster: &Cluster) -> Result<Vec<At>, String> {
    let home = Home {
        namespace: &cluster.namespace,
        explicit: cluster.explicit,
        everywhere: cluster.everywhere,
    };
    let namespace = &cluster.namespace;
    let mut all = Vec::new();
    for name in &choice.names {
        all.push(At {
            namespace: namespace.clone(),
            name: bare::<K>(name)?,
        });
    }
    for file in &choice.filename {
        let text = read(file)?;
        let inside = in_text::<K>(&text, home).map_err(|error| format!("{}: {error}", file.display()))?;
        all.extend(inside);
    }
    let mut seen = BTreeSet::new();
    all.retain(|at| seen.insert(at.clone()));
    Ok(all)
}

fn read(file: &Path) -> Result<String, String> {
    let mut text = String::new();
    let read = if file.as_os_str() == "-" {
        std::io::stdin().read_to_string(&mut text)
    } else {
        std::fs::File::open(file).and_then(|mut file| file.read_to_string(&mut text))
    };
    match read {
        Ok(_) => Ok(text),
        Err(error) => Err(format!("{} cannot be read: {error}", file.display())),
    }
}

/// The name without its kind, which has to be the right one.
pub(in crate::cli) fn bare<K: Answered>(name: &str) -> Result<String, String> {
    let Some((kind, bare)) = name.split_once('/') else {
        return Ok(name.to_owned());
    };
    let lower = kind.to_ascii_lowercase();
    let (singular, _group) = K::PREFIX.split_once('.').unwrap_or((K::PREFIX, ""));
    let group = lower.split_once('.').map(|(_, group)| group);
    let first = lower.split('.').next().unwrap_or_default();
    let fits = [singular, &format!("{singular}s"), K::SHORT].contains(&first)
        && group.is_none_or(|group| group == "handoff.dev" || group == "v1alpha1.handoff.dev");
    if fits {
        Ok(bare.to_owned())
    } else {
        Err(format!(
            "{name} is a {kind}: this command is about a {} ({}/NAME)",
            K::kind(&()),
            K::SHORT
        ))
    }
}

/// A document: an object, or a list of them.
#[derive(Debug, Deserialize)]
struct Document {
    kind: String,
    #[serde(default)]
    metadata: Metadata,
    #[serde(default)]
    items: Vec<Document>,
}

#[derive(Debug, Default, Deserialize)]
struct Metadata {
    #[serde(default)]
    name: String,
    namespace: Option<String>,
}

/// Objects, or names with a line each, as `kubectl get -o name` prints them.
fn in_text<K: Answered>(text: &str, home: Home<'_>) -> Result<Vec<At>, String> {
    let lines = || {
        text.lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
    };
    let is_list = lines().all(|line| !line.contains(char::is_whitespace) && !line.contains(['{', ':']));
    if is_list {
        if home.everywhere && lines().next().is_some() {
            return Err(
                "names alone do not say in which namespace they are: give -n NAMESPACE, or objects (-o json)"
                    .to_owned(),
            );
        }
        let named = |line| {
            Ok(At {
                namespace: home.namespace.to_owned(),
                name: bare::<K>(line)?,
            })
        };
        return lines().map(named).collect();
    }
    // JSON without the limits that YAML needs: a list of all orders is long.
    let documents: Vec<Option<Document>> = if text.trim_start().starts_with('{') {
        let documents = serde_json::Deserializer::from_str(text).into_iter();
        documents.collect::<Result<_, _>>().map_err(|error| error.to_string())?
    } else {
        serde_saphyr::from_multiple(text).map_err(|error| error.without_snippet().to_string())?
    };
    let mut all = Vec::new();
    for document in documents.into_iter().flatten() {
        collect::<K>(document, home, &mut all)?;
    }
    Ok(all)
}

fn collect<K: Answered>(document: Document, home: Home<'_>, all: &mut Vec<At>) -> Result<(), String> {
    let Document { kind, metadata, items } = document;
    if kind.ends_with("List") {
        for item in items {
            collect::<K>(item, home, all)?;
        }
        return Ok(());
    }
    if kind != K::kind(&()) {
        return Err(format!(
            "it holds a {kind} ({}): this command is about a {}",
            metadata.name,
            K::kind(&())
        ));
    }
    let namespace = metadata.namespace.unwrap_or_else(|| home.namespace.to_owned());
    if home.explicit && namespace != home.namespace {
        return Err(format!(
            "{} is in namespace {namespace}, but -n says {}: leave -n out, or take it out of the file",
            metadata.name, home.namespace
        ));
    }
    all.push(At {
        namespace,
        name: metadata.name,
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use handoff_core::api::ProvisioningOrder;
    use rstest::rstest;

    const HERE: Home<'static> = Home {
        namespace: "here",
        explicit: false,
        everywhere: false,
    };

    fn order(namespace: &str, name: &str) -> At {
        At {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        }
    }

    #[rstest]
    #[case("badge.a.1")]
    #[case("porder/badge.a.1")]
    #[case("provisioningorder.handoff.dev/badge.a.1")]
    #[case("provisioningorders.v1alpha1.handoff.dev/badge.a.1")]
    fn a_name_with_or_without_its_kind(#[case] name: &str) {
        assert_eq!(bare::<ProvisioningOrder>(name).unwrap(), "badge.a.1");
    }

    #[rstest]
    #[case(
        "pod/badge.a.1",
        "pod/badge.a.1 is a pod: this command is about a ProvisioningOrder (porder/NAME)"
    )]
    #[case(
        "porder.example.com/x",
        "porder.example.com/x is a porder.example.com: this command is about a ProvisioningOrder (porder/NAME)"
    )]
    fn another_kind_is_said(#[case] name: &str, #[case] said: &str) {
        assert_eq!(bare::<ProvisioningOrder>(name).unwrap_err(), said);
    }

    #[test]
    fn names_by_line_and_objects_in_files() {
        let lines = "# from kubectl\nporder/a.x.1\n\n  a.y.1\n";
        let both = vec![order("here", "a.x.1"), order("here", "a.y.1")];
        assert_eq!(in_text::<ProvisioningOrder>(lines, HERE).unwrap(), both);
        let yaml = "kind: ProvisioningOrder\nmetadata: {name: a.x.1, namespace: there}\n---\nkind: List\nitems:\n- kind: ProvisioningOrder\n  metadata: {name: a.y.1}\n";
        let found = in_text::<ProvisioningOrder>(yaml, HERE).unwrap();
        assert_eq!(found, vec![order("there", "a.x.1"), order("here", "a.y.1")]);
        let other = in_text::<ProvisioningOrder>("kind: Pod\nmetadata: {name: p}\n", HERE);
        assert_eq!(
            other.unwrap_err(),
            "it holds a Pod (p): this command is about a ProvisioningOrder"
        );
    }

    #[test]
    fn no_other_namespace_is_meant_by_accident() {
        let yaml = "kind: ProvisioningOrder\nmetadata: {name: a.x.1, namespace: there}\n";
        let said = Home { explicit: true, ..HERE };
        assert_eq!(
            in_text::<ProvisioningOrder>(yaml, said).unwrap_err(),
            "a.x.1 is in namespace there, but -n says here: leave -n out, or take it out of the file"
        );
        let all = Home {
            everywhere: true,
            ..HERE
        };
        assert!(in_text::<ProvisioningOrder>("porder/a.x.1\n", all).is_err());
        assert_eq!(
            in_text::<ProvisioningOrder>(yaml, all).unwrap(),
            vec![order("there", "a.x.1")]
        );
    }

    #[test]
    fn a_list_of_many_orders_is_read() {
        let item =
            |number| format!("{{\"kind\": \"ProvisioningOrder\", \"metadata\": {{\"name\": \"a.p{number}.1\"}}}}");
        let items: Vec<String> = (0..20_000).map(item).collect();
        let list = format!("{{\"kind\": \"List\", \"items\": [{}]}}", items.join(","));
        assert_eq!(in_text::<ProvisioningOrder>(&list, HERE).unwrap().len(), 20_000);
    }
}
