//! The tables of fields, and the rules where the API server reports them.

use super::types::{describe, has_fields};
use super::values::Meanings;
use super::{cell, text};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A field that stays as it was, in the message of its rule.
const IMMUTABLE: &str = " is immutable: ";

/// Messages by the path that the API server names.
pub(super) struct Rules(BTreeMap<String, Vec<String>>);

impl Rules {
    /// All rules of a kind.
    pub(super) fn of(root: &Value) -> Self {
        let mut rules = Self(BTreeMap::new());
        rules.gather("", root);
        rules
    }

    fn gather(&mut self, path: &str, schema: &Value) {
        if !has_fields(schema) {
            for (inner, child) in inner(schema) {
                self.gather(&format!("{path}{inner}"), child);
            }
            return;
        }
        for rule in schema["x-kubernetes-validations"].as_array().into_iter().flatten() {
            let target = format!("{path}{}", text(rule, "fieldPath"));
            let target = target.trim_start_matches('.').to_owned();
            self.0.entry(target).or_default().push(text(rule, "message").to_owned());
        }
        for (name, child) in schema["properties"].as_object().into_iter().flatten() {
            let path = format!("{path}.{name}");
            self.gather(path.trim_start_matches('.'), child);
        }
    }

    /// The rules of these paths as a list.
    pub(super) fn list(&self, paths: &[&str]) -> String {
        let messages = paths.iter().filter_map(|path| self.0.get(*path)).flatten();
        messages.map(|message| format!("- Rule: {}\n", cell(message))).collect()
    }

    /// Why fields of a block are immutable.
    pub(super) fn why_immutable(&self, block: &str) -> String {
        let inside = self.0.iter().filter(|(path, _)| path.starts_with(&format!("{block}.")));
        let whys = inside.flat_map(|(_, messages)| messages.iter().filter_map(|message| why_immutable(message)));
        let whys: BTreeSet<&str> = whys.collect();
        whys.iter().map(|why| format!("\n**Immutable**: {why}.\n")).collect()
    }
}

fn why_immutable(message: &str) -> Option<&str> {
    message.split_once(IMMUTABLE).map(|(_, why)| why)
}

/// What stands in a list or a map, with what is put behind its path.
fn inner(schema: &Value) -> impl Iterator<Item = (&'static str, &Value)> {
    let parts = [("[]", &schema["items"]), (".*", &schema["additionalProperties"])];
    parts.into_iter().filter(|(_, schema)| schema.is_object())
}

/// The table of a spec or a status.
pub(super) struct Table<'a> {
    pub(super) kind: &'a str,
    pub(super) block: &'a str,
    pub(super) rules: &'a Rules,
    pub(super) meanings: &'a Meanings,
}

impl Table<'_> {
    pub(super) fn write(&self, schema: &Value) -> String {
        let head = if self.is_written_by_people() {
            "\n| Field | Type | If absent | Meaning |\n|---|---|---|---|\n"
        } else {
            "\n| Field | Type | Meaning |\n|---|---|---|\n"
        };
        let mut table = head.to_owned();
        self.fields(&mut table, "", schema);
        table
    }

    /// A status is written by the operator alone: what it leaves out is said by its meaning.
    fn is_written_by_people(&self) -> bool {
        self.block == "spec"
    }

    fn fields(&self, table: &mut String, prefix: &str, schema: &Value) {
        let required: Vec<&str> = schema["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        for (name, child) in schema["properties"].as_object().into_iter().flatten() {
            let path = format!("{prefix}{name}");
            table.push_str(&self.row(&path, child, required.contains(&name.as_str())));
            self.below(table, &path, child);
        }
    }

    fn below(&self, table: &mut String, path: &str, schema: &Value) {
        if has_fields(schema) {
            self.fields(table, &format!("{path}."), schema);
        }
        for (behind, child) in inner(schema) {
            self.below(table, &format!("{path}{behind}"), child);
        }
    }

    fn row(&self, path: &str, schema: &Value, required: bool) -> String {
        let full = format!("{}.{path}", self.block);
        let id = format!("{}.{full}", self.kind.to_lowercase());
        let no_rules = Vec::new();
        let rules = self.rules.0.get(&full).unwrap_or(&no_rules);
        let (meaning, absent) = split(text(schema, "description"));
        let mut type_ = describe(schema);
        if rules.iter().any(|rule| why_immutable(rule).is_some()) {
            type_.push_str("; immutable");
        }
        let absent = if required {
            "**required**".to_owned()
        } else {
            cell(&absent)
        };
        let absent = if self.is_written_by_people() {
            format!(" {absent} |")
        } else {
            String::new()
        };
        let mut meaning = cell(&meaning);
        let values = self.meanings.of(schema).unwrap_or_default();
        if !values.iter().all(|(value, _)| meaning.contains(&format!("{value}: "))) {
            meaning.extend(
                values
                    .iter()
                    .map(|(value, says)| format!("<br>`{value}`: {}", cell(says))),
            );
        }
        for rule in rules.iter().filter(|rule| why_immutable(rule).is_none()) {
            meaning.push_str(&format!("<br>Rule: *{}*", cell(rule)));
        }
        format!("| <a id=\"{id}\"></a>`{path}` | {type_} |{absent} {meaning} |\n")
    }
}

/// What a description says, and what it says of an absent field.
fn split(description: &str) -> (String, String) {
    let Some((before, after)) = description.split_once("Absent: ") else {
        return (description.to_owned(), String::new());
    };
    let (absent, rest) = after.split_once(". ").unwrap_or((after.trim_end_matches('.'), ""));
    (format!("{before}{rest}").trim().to_owned(), absent.to_owned())
}
