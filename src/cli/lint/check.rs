//! Everything that is wrong with the types of some files, and what they make of a sample owner. Pure.

use super::super::request::views;
use super::files::{Files, Object};
use super::sample::{Example, example};
use super::schema;
use handoff_core::api::ResourceType;
use handoff_core::api::common::Owner;
use handoff_core::engine::types::TypeView;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What is checked here.
pub(super) const KIND: &str = "ResourceType";

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Level {
    /// It is wrong.
    Problem,
    /// It may be.
    Warning,
}

/// One thing that is, or may be, wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    /// The file.
    pub file: String,
    /// Its line.
    pub line: u64,
    /// `type/NAME`, or what else it is about.
    pub object: String,
    /// How bad it is.
    pub level: Level,
    /// What, in words.
    pub message: String,
}

/// What came of it.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Report {
    /// How many types there are.
    pub types: usize,
    /// What is wrong, by file and line.
    pub findings: Vec<Finding>,
    /// What the types make of the sample owner.
    pub examples: Vec<Example>,
    /// Objects that were left out.
    pub skipped: Vec<Skipped>,
}

/// An object that is no type.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Skipped {
    /// The file.
    pub file: String,
    /// Its line.
    pub line: u64,
    /// What it is.
    pub object: String,
}

/// A type and where it stands.
struct Placed<'a> {
    object: &'a Object,
    kind: ResourceType,
}

/// The kinds of the group, other than the one that is checked.
const OTHERS: [&str; 4] = [
    "AssignmentRequest",
    "ProvisioningOrder",
    "ManagedResource",
    "Synchronization",
];

/// Why an object that is no ResourceType was probably meant to be one.
fn misspelt(object: &Object) -> Option<String> {
    let ours = object
        .node
        .text("apiVersion")
        .is_some_and(|version| version.starts_with("handoff.dev/"));
    match object.node.text("kind") {
        None => Some("it has no kind: write kind: ResourceType".to_owned()),
        Some(kind) if kind.eq_ignore_ascii_case(KIND) || (ours && !OTHERS.contains(&kind)) => {
            Some(format!("there is no kind {kind}: write kind: ResourceType"))
        }
        Some(_) => None,
    }
}

/// Checks all of them. `strict`: a type that none of the files has is a problem.
///
/// # Errors
/// In words: there is no schema, which a test excludes.
pub(super) fn check(files: &Files, strict: bool, owner: Option<&Owner>, now: Timestamp) -> Result<Report, String> {
    let schema = schema::of(KIND)?;
    let mut report = Report::default();
    for (file, line, said) in &files.broken {
        report.add(file, *line, "file", Level::Problem, said.clone());
    }
    let mut by_namespace: BTreeMap<&str, Vec<Placed<'_>>> = BTreeMap::new();
    let mut names: BTreeSet<(&str, &str)> = BTreeSet::new();
    for object in &files.objects {
        if object.node.text("kind") != Some(KIND) {
            match misspelt(object) {
                Some(why) => report.on(object, "", Level::Problem, why),
                None => report.skip(object),
            }
            continue;
        }
        report.types += 1;
        let namespace = object.meta("namespace").unwrap_or_default();
        names.extend(object.meta("name").map(|name| (namespace, name)));
        let faults = schema::check(&object.node, &schema);
        let sound = faults.is_empty();
        for (path, what) in faults {
            let message = if path.is_empty() {
                what
            } else {
                format!("{path}: {what}")
            };
            report.add(
                &object.file,
                object.node.line_of(&path),
                &named(object),
                Level::Problem,
                message,
            );
        }
        match serde_json::from_value::<ResourceType>(object.node.json()) {
            Ok(kind) => {
                by_namespace.entry(namespace).or_default().push(Placed { object, kind });
            }
            // The schema says it better, where it says it.
            Err(_) if !sound => {}
            Err(error) => report.on(object, "", Level::Problem, error.to_string()),
        }
    }
    for (namespace, placed) in &by_namespace {
        report.name_twice(placed);
        report.need(placed, strict, |name| names.contains(&(namespace, name)));
        report.judge(placed, owner, now);
    }
    report
        .findings
        .sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    report.findings.dedup();
    Ok(report)
}

impl Report {
    /// How many problems there are.
    pub(super) fn problems(&self) -> usize {
        let problems = self.findings.iter().filter(|finding| finding.level == Level::Problem);
        problems.count()
    }

    /// Of two types of one name only the last would stay.
    fn name_twice(&mut self, all: &[Placed<'_>]) {
        let mut seen: BTreeMap<&str, &Object> = BTreeMap::new();
        for placed in all {
            let Some(name) = placed.object.meta("name") else {
                continue;
            };
            if let Some(first) = seen.insert(name, placed.object) {
                let line = first.node.line_of("metadata.name");
                let what = format!("metadata.name: there is another of this name: {}:{line}", first.file);
                self.on(placed.object, "metadata.name", Level::Problem, what);
            }
        }
    }

    /// Types that are depended on and that none of the files has.
    fn need(&mut self, all: &[Placed<'_>], strict: bool, known: impl Fn(&str) -> bool) {
        let level = if strict { Level::Problem } else { Level::Warning };
        for placed in all {
            for on in placed.kind.spec.depends_on.iter().filter(|on| !known(&on.name)) {
                let path = format!("spec.dependsOn[{}]", on.name);
                let what = format!("{path}: none of the files has this type");
                self.on(placed.object, &path, level, what);
            }
        }
    }

    /// What the operator would say of the types of one namespace, which may need each other.
    fn judge(&mut self, all: &[Placed<'_>], owner: Option<&Owner>, now: Timestamp) {
        let views = views(all.iter().map(|placed| placed.kind.clone()).collect());
        for placed in all {
            let view = placed.object.meta("name").and_then(|name| views.get(name));
            // Of two of one name only the last is there.
            if let Some(view) = view.filter(|view| view.object.spec == placed.kind.spec) {
                self.of_engine(placed.object, view, owner, now);
            }
        }
    }

    fn of_engine(&mut self, object: &Object, view: &Arc<TypeView>, owner: Option<&Owner>, now: Timestamp) {
        if let Err(problems) = view.usable() {
            for problem in problems {
                self.on(
                    object,
                    path_in(&problem.message),
                    Level::Problem,
                    problem.message.clone(),
                );
            }
            return;
        }
        let Some(owner) = owner else { return };
        let (example, faults) = example(view, owner, now);
        for fault in faults {
            self.on(object, path_in(&fault), Level::Problem, fault.clone());
        }
        self.examples.extend(example);
    }

    fn on(&mut self, object: &Object, path: &str, level: Level, message: String) {
        let (file, line) = (object.file.clone(), object.node.line_of(path));
        self.add(&file, line, &named(object), level, message);
    }

    fn add(&mut self, file: &str, line: u64, object: &str, level: Level, message: String) {
        self.findings.push(Finding {
            file: file.to_owned(),
            line,
            object: object.to_owned(),
            level,
            message,
        });
    }

    fn skip(&mut self, object: &Object) {
        let kind = object.node.text("kind").unwrap_or("?");
        self.skipped.push(Skipped {
            file: object.file.clone(),
            line: object.node.line,
            object: format!("{kind}/{}", object.meta("name").unwrap_or("?")),
        });
    }
}

fn named(object: &Object) -> String {
    format!("type/{}", object.meta("name").unwrap_or("?"))
}

/// The field that a message of the engine speaks of: `spec.identifier.expression` and the like.
fn path_in(message: &str) -> &str {
    let Some(start) = message.find("spec.") else { return "" };
    let field = &message[start..];
    let end = field.find([':', ' ', ',']).unwrap_or(field.len());
    field[..end].trim_end_matches('.')
}
