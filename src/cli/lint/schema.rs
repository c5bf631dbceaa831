//! What the API server would refuse of an object by its CRD's schema: unknown fields, types, patterns, bounds. Of the CEL
//! rules only those of durations and of the name, which are the ones that a first version can break. Pure.

use super::document::{Node, Value};
use handoff_core::api::{crd, duration};
use jiff::SignedDuration;
use regex::Regex;
use serde_json::{Number, Value as Json};
use std::collections::BTreeSet;

/// A problem: where it is, and what.
pub(super) type Fault = (String, String);

/// The fields that every object's metadata may have.
const METADATA: &[&str] = &[
    "annotations",
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "finalizers",
    "generateName",
    "generation",
    "labels",
    "managedFields",
    "name",
    "namespace",
    "ownerReferences",
    "resourceVersion",
    "selfLink",
    "uid",
];
/// A name as Kubernetes takes it; a type's has no dot.
const NAME: &str = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$";

/// The schema of a kind in our group.
///
/// # Errors
/// In words: there is none.
pub(super) fn of(kind: &str) -> Result<Json, String> {
    let all = crd::all().map_err(|error| error.to_string())?;
    let found = all.into_iter().find(|crd| crd.spec.names.kind == kind);
    let version = found.and_then(|crd| crd.spec.versions.into_iter().next());
    let schema = version.and_then(|version| version.schema?.open_api_v3_schema);
    let schema = schema.ok_or_else(|| format!("there is no kind {kind}"))?;
    serde_json::to_value(schema).map_err(|error| error.to_string())
}

/// Everything that is wrong with a ResourceType, in the order of the schema.
pub(super) fn check(document: &Node, schema: &Json) -> Vec<Fault> {
    let mut faults = Vec::new();
    let version = document.text("apiVersion").unwrap_or_default();
    if version != "handoff.dev/v1alpha1" {
        faults.push((
            "apiVersion".to_owned(),
            format!("{version:?} is not known: write handoff.dev/v1alpha1"),
        ));
    }
    metadata(document, &mut faults);
    if let Value::Map(fields) = &document.value {
        for (name, _) in fields {
            if !["apiVersion", "kind", "metadata", "spec", "status"].contains(&name.as_str()) {
                faults.push((name.clone(), "there is no such field".to_owned()));
            }
        }
    }
    match document.field("spec") {
        Some(spec) => value(spec, &schema["properties"]["spec"], "spec", &mut faults),
        None => faults.push((String::new(), "spec is missing".to_owned())),
    }
    faults
}

fn metadata(document: &Node, faults: &mut Vec<Fault>) {
    let mut add = |path: &str, what: String| faults.push((path.to_owned(), what));
    let Some(metadata) = document.field("metadata") else {
        add("", "metadata.name is missing".to_owned());
        return;
    };
    match metadata.text("name") {
        None | Some("") => add("metadata", "metadata.name is missing, or no text".to_owned()),
        Some(name) if name.contains('.') || name.len() > 63 => add(
            "metadata.name",
            "the name of a ResourceType has no dot and at most 63 characters: it starts the names of its orders"
                .to_owned(),
        ),
        Some(name) if !matches(NAME, name) => add(
            "metadata.name",
            format!("{name:?} is no name: lower-case letters, digits and -, with a letter or digit at both ends"),
        ),
        Some(_) => {}
    }
    let Value::Map(fields) = &metadata.value else { return };
    for (name, node) in fields {
        let path = format!("metadata.{name}");
        if !METADATA.contains(&name.as_str()) {
            add(&path, "there is no such field".to_owned());
        }
        if ["labels", "annotations"].contains(&name.as_str())
            && let Value::Map(entries) = &node.value
        {
            for (key, node) in entries {
                if !matches!(node.value, Value::Text(_)) {
                    add(&path, format!("the value of {key} is no text: put it in quotes"));
                }
            }
        }
    }
}

fn value(node: &Node, schema: &Json, path: &str, faults: &mut Vec<Fault>) {
    let wanted = schema["type"].as_str().unwrap_or_default();
    let mut add = |what: String| faults.push((path.to_owned(), what));
    match (wanted, &node.value) {
        ("object", Value::Map(fields)) => object(fields, schema, path, faults),
        ("array", Value::List(items)) => array(items, schema, path, faults),
        ("string", Value::Text(text)) => string(text, schema).into_iter().for_each(add),
        ("boolean", Value::Bool(_)) => {}
        ("integer", Value::Number(number)) => whole(number, schema).into_iter().for_each(add),
        (_, found) => add(format!(
            "it is {}, and {} is needed{}",
            named(found),
            article(wanted),
            quotes(wanted, found)
        )),
    }
}

fn whole(number: &Number, schema: &Json) -> Option<String> {
    let Some(number) = number.as_i64() else {
        return Some(format!("{number} is no whole number"));
    };
    // The schema has them as floating-point numbers; they are small.
    #[expect(clippy::cast_possible_truncation, reason = "bounds are small")]
    let bound = |name: &str| schema[name].as_f64().map(|bound| bound as i64);
    let (least, most) = (bound("minimum"), bound("maximum"));
    let small = least
        .filter(|least| number < *least)
        .map(|least| format!("{number} is too small: {least} is the least"));
    small.or_else(|| {
        most.filter(|most| number > *most)
            .map(|most| format!("{number} is too large: {most} is the most"))
    })
}

fn object(fields: &[(String, Node)], schema: &Json, path: &str, faults: &mut Vec<Fault>) {
    let known = schema["properties"].as_object();
    for (name, node) in fields {
        let inner = format!("{path}.{name}");
        match known.and_then(|known| known.get(name)) {
            Some(schema) => value(node, schema, &inner, faults),
            None => faults.push((inner, "there is no such field".to_owned())),
        }
    }
    let required = schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Json::as_str);
    for name in required.filter(|name| !fields.iter().any(|(known, _)| known == name)) {
        faults.push((path.to_owned(), format!("{name} is missing")));
    }
}

fn array(items: &[Node], schema: &Json, path: &str, faults: &mut Vec<Fault>) {
    if let Some(most) = schema["maxItems"].as_u64().filter(|most| items.len() as u64 > *most) {
        faults.push((
            path.to_owned(),
            format!("{} items, and {most} is the most", items.len()),
        ));
    }
    let by_name = schema["x-kubernetes-list-map-keys"] == serde_json::json!(["name"]);
    let unique = by_name || schema["x-kubernetes-list-type"] == "set";
    let mut seen = BTreeSet::new();
    for (place, item) in items.iter().enumerate() {
        let name = match &item.value {
            Value::Text(text) => Some(text.as_str()),
            Value::Map(_) if by_name => item.text("name"),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::List(_) | Value::Map(_) => None,
        };
        let inner = match name.filter(|_| by_name) {
            Some(name) => format!("{path}[{name}]"),
            None => format!("{path}[{place}]"),
        };
        if let Some(name) = name.filter(|name| unique && !seen.insert(*name)) {
            faults.push((format!("{path}[{place}]"), format!("{name} is there twice")));
        }
        value(item, &schema["items"], &inner, faults);
    }
}

fn string(text: &str, schema: &Json) -> Vec<String> {
    let mut faults = Vec::new();
    let length = text.chars().count() as u64;
    if let Some(allowed) = schema["enum"].as_array()
        && !allowed.iter().any(|word| word == text)
    {
        let words: Vec<&str> = allowed.iter().filter_map(Json::as_str).collect();
        faults.push(format!("{text:?} is none of {}", words.join(", ")));
    }
    if schema["minLength"].as_u64().is_some_and(|least| length < least) {
        faults.push("it is empty".to_owned());
    }
    if let Some(most) = schema["maxLength"].as_u64().filter(|most| length > *most) {
        faults.push(format!("{length} characters, and {most} is the most"));
    }
    let rules = schema["x-kubernetes-validations"].as_array().into_iter().flatten();
    let of_duration = |rule: &&Json| {
        rule["rule"]
            .as_str()
            .is_some_and(|rule| rule.starts_with("duration(self)"))
    };
    if let Some(rule) = rules.into_iter().find(of_duration) {
        let may_be_zero = rule["rule"].as_str().is_some_and(|rule| rule.contains(">="));
        let fits = duration::parse(text).is_ok_and(|length| {
            let least = if may_be_zero {
                SignedDuration::ZERO
            } else {
                SignedDuration::from_nanos(1)
            };
            length >= least && length <= SignedDuration::from_hours(2160)
        });
        if !fits {
            faults.push(format!(
                "{text:?} is not {}",
                rule["message"].as_str().unwrap_or("a duration")
            ));
        }
    } else if let Some(pattern) = schema["pattern"].as_str().filter(|pattern| !matches(pattern, text)) {
        faults.push(format!("{text:?} does not match {pattern}"));
    }
    faults
}

fn matches(pattern: &str, text: &str) -> bool {
    // Our own patterns; one that this cannot read is for the API server.
    Regex::new(pattern).map_or(true, |pattern| pattern.is_match(text))
}

fn named(value: &Value) -> &'static str {
    match value {
        Value::Null => "empty",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::Text(_) => "a text",
        Value::List(_) => "a list",
        Value::Map(_) => "a group of fields",
    }
}

fn article(wanted: &str) -> &str {
    match wanted {
        "object" => "a group of fields",
        "array" => "a list",
        "string" => "a text",
        "boolean" => "true or false",
        "integer" => "a whole number",
        other => other,
    }
}

fn quotes(wanted: &str, found: &Value) -> &'static str {
    match (wanted, found) {
        ("string", Value::Bool(_) | Value::Number(_)) => ": put it in quotes",
        (_, Value::Null | Value::Bool(_) | Value::Number(_) | Value::Text(_) | Value::List(_) | Value::Map(_)) => "",
    }
}
