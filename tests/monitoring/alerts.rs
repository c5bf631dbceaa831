//! The alerts: what they say, and what promtool says about them.

use super::prometheus::Programs;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Where the runbooks are published.
const RUNBOOKS: &str = "https://handoff.dev/docs/alerts.md";

/// One alert.
pub struct Alert {
    pub name: String,
    pub expression: String,
    object: Value,
}

fn home() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The rules.
pub fn file() -> PathBuf {
    home().join("charts/handoff/files/metrics/alerts.yaml")
}

/// The stories of the alerts.
fn stories() -> Vec<PathBuf> {
    let folder = home().join("tests/monitoring");
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let mut stories: Vec<PathBuf> = files
        .filter(|path| path.extension().is_some_and(|end| end == "yaml"))
        .collect();
    stories.sort();
    stories
}

pub fn yaml(path: &Path) -> Value {
    serde_saphyr::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// All rules, also those that only record.
fn rules() -> Vec<Value> {
    let file = yaml(&file());
    let groups = file["groups"].as_array().unwrap();
    groups
        .iter()
        .flat_map(|group| group["rules"].as_array().unwrap().clone())
        .collect()
}

/// The expressions of all rules.
pub fn expressions() -> Vec<String> {
    let expressions = rules()
        .into_iter()
        .map(|rule| rule["expr"].as_str().unwrap().to_owned());
    expressions.collect()
}

pub fn all() -> Vec<Alert> {
    let alert = |rule: Value| {
        Some(Alert {
            name: rule["alert"].as_str()?.to_owned(),
            expression: rule["expr"].as_str().unwrap().to_owned(),
            object: rule,
        })
    };
    rules().into_iter().filter_map(alert).collect()
}

pub fn names() -> BTreeSet<String> {
    all().into_iter().map(|alert| alert.name).collect()
}

/// Whom it concerns, what happened, to which object, with which command it is looked at, and where the rest is written.
pub fn all_say_what_to_do() {
    let all = all();
    assert_eq!(names().len(), all.len(), "an alert is there twice");
    for Alert { name, object, .. } in all {
        let severity = object["labels"]["severity"].as_str().unwrap();
        assert!(["critical", "warning"].contains(&severity), "{name}: {severity}");
        let annotations = &object["annotations"];
        let summary = annotations["summary"].as_str().unwrap();
        let description = annotations["description"].as_str().unwrap();
        assert!(!summary.ends_with('.') && summary.len() < 120, "{name}: {summary}");
        assert!(description.contains("kubectl "), "{name} names no command");
        assert!(description.contains("$labels."), "{name} does not say where");
        let runbook = annotations["runbook_url"].as_str().unwrap();
        assert_eq!(runbook, format!("{RUNBOOKS}#{}", name.to_lowercase()));
    }
}

/// Each fires in one story, and in another one it is near to that and does not.
pub fn every_one_has_stories() {
    let (mut fires, mut is_quiet) = (BTreeSet::new(), BTreeSet::new());
    for file in stories() {
        let stories = yaml(&file);
        for story in stories["tests"].as_array().unwrap() {
            for question in story["promql_expr_test"].as_array().unwrap() {
                let expression = question["expr"].as_str().unwrap();
                let expected = question["exp_samples"].as_array().unwrap();
                let named = |text: &str| -> Vec<String> {
                    let names = names().into_iter();
                    names.filter(|name| text.contains(name.as_str())).collect()
                };
                for sample in expected {
                    fires.extend(named(sample["labels"].as_str().unwrap()));
                }
                if expected.is_empty() && expression.starts_with("max_over_time(") {
                    is_quiet.extend(named(expression));
                }
            }
        }
    }
    assert_eq!(fires, names(), "these fire in a story");
    assert_eq!(is_quiet, names(), "these stay quiet in a story");
}

pub fn promtool_takes_the_rules(programs: Programs) {
    let said = programs
        .promtool(&["check", "rules", file().to_str().unwrap()])
        .unwrap();
    assert!(said.contains(&format!("{} rules found", rules().len())), "{said}");
}

pub fn fire_when_they_should(programs: Programs) {
    for file in stories() {
        let said = programs.promtool(&["test", "rules", file.to_str().unwrap()]);
        if let Err(said) = said {
            panic!("{}:\n{said}", file.display());
        }
    }
}
