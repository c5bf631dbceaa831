//! What a value may be, in words: the type and limits of a schema. Pure text.

use super::{cell, text};
use serde_json::Value;

/// Type and limits of a field.
pub(super) fn describe(schema: &Value) -> String {
    let mut parts = vec![name(schema)];
    parts.extend(limits(schema));
    parts.extend(own_rules(schema).into_iter().filter(|_| !is_duration(schema)));
    cell(&parts.join(", "))
}

/// Whether a schema lists its fields; its rules are told field by field.
pub(super) fn has_fields(schema: &Value) -> bool {
    schema["properties"].is_object()
}

fn name(schema: &Value) -> String {
    match text(schema, "type") {
        "array" => format!("list of {}{}", many(&schema["items"]), keys(schema)),
        "object" if !schema["additionalProperties"].is_null() => {
            format!("map of {}", many(&schema["additionalProperties"]))
        }
        "string" if text(schema, "format") == "date-time" => "time".to_owned(),
        "string" if is_duration(schema) => own_rules(schema).join(", ").trim_start_matches("a ").to_owned(),
        other => other.to_owned(),
    }
}

fn many(schema: &Value) -> String {
    let each = limits(schema).map_or_else(String::new, |limits| format!(" (each {limits})"));
    match text(schema, "type") {
        "array" => format!("lists{each} of {}", many(&schema["items"])),
        other => format!("{other}s{each}"),
    }
}

/// By what the entries of a list are told apart.
fn keys(schema: &Value) -> String {
    let keys = schema["x-kubernetes-list-map-keys"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    match (
        keys.first().and_then(Value::as_str),
        text(schema, "x-kubernetes-list-type"),
    ) {
        (Some(key), _) => format!(" by `{key}`"),
        (None, "set") => ", each once".to_owned(),
        (None, _) => String::new(),
    }
}

fn limits(schema: &Value) -> Option<String> {
    let number = |key: &str| schema[key].as_f64();
    let number_of = |low: &str, high: &str, what: &str| range(number(low), number(high), what);
    let mut all: Vec<String> = [
        number_of("minimum", "maximum", ""),
        number_of("minItems", "maxItems", " entries"),
        number_of("minProperties", "maxProperties", " entries"),
    ]
    .into_iter()
    .flatten()
    .collect();
    // Longer limits of times and durations say nothing that their form does not.
    let plain = text(schema, "format") != "date-time" && !is_duration(schema);
    if plain {
        all.extend(number_of("minLength", "maxLength", " characters"));
        all.extend(schema["pattern"].as_str().map(|pattern| format!("`{pattern}`")));
    }
    (!all.is_empty()).then(|| all.join(", "))
}

fn range(low: Option<f64>, high: Option<f64>, what: &str) -> Option<String> {
    match (low, high) {
        (None, None) => None,
        (Some(low), None) => Some(format!("at least {low}{what}")),
        (None, Some(high)) => Some(format!("at most {high}{what}")),
        (Some(low), Some(high)) => Some(format!("{low} to {high}{what}")),
    }
}

/// The messages of rules that look at this value alone.
fn own_rules(schema: &Value) -> Vec<String> {
    if has_fields(schema) {
        return Vec::new();
    }
    let rules = schema["x-kubernetes-validations"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    rules.iter().map(|rule| text(rule, "message").to_owned()).collect()
}

fn is_duration(schema: &Value) -> bool {
    let rules = schema["x-kubernetes-validations"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    rules.iter().any(|rule| text(rule, "rule").contains("duration(self)"))
}
