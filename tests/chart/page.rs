//! The table of values in the chart's README is made of values.yaml.

use super::golden;
use super::helm::{chart, objects, read};
use serde_json::Value;
use std::fmt::Write;

const BEGIN: &str = "<!-- The table is made of values.yaml: HANDOFF_WRITE_GOLDEN=1 writes it anew. -->\n";
const END: &str = "<!-- End of the table. -->\n";

/// A value that is described.
struct Row {
    path: Vec<String>,
    text: String,
}

#[test]
fn the_readme_names_every_value() {
    let readme = read("README.md");
    let (before, rest) = readme.split_once(BEGIN).expect("README.md has the table's begin");
    let (_, after) = rest.split_once(END).expect("README.md has the table's end");
    let actual = format!("{before}{BEGIN}{}{END}{after}", table());
    golden::check_file(&chart().join("README.md"), &actual);
}

fn table() -> String {
    let values = &objects(&read("values.yaml"))[0];
    let mut table = "| Value | Default | What it does |\n|---|---|---|\n".to_owned();
    for Row { path, text } in rows(&read("values.yaml")) {
        let value = path.iter().fold(values, |value, key| &value[key.as_str()]);
        let value = value.to_string().replace('|', "\\|");
        writeln!(
            table,
            "| `{}` | `{value}` | {} |",
            path.join("."),
            text.replace('|', "\\|")
        )
        .unwrap();
    }
    table
}

/// Every key under a comment that begins with `# -- `.
fn rows(yaml: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut path: Vec<String> = Vec::new();
    let mut said: Option<String> = None;
    for line in yaml.lines() {
        let (indent, line) = (line.len() - line.trim_start().len(), line.trim_start());
        if let Some(text) = line.strip_prefix("# -- ") {
            said = Some(text.to_owned());
            continue;
        }
        let key = line.split_once(':').map(|(key, _)| key);
        let Some(key) = key.filter(|key| !key.starts_with(['#', '-'])) else {
            continue;
        };
        path.truncate(indent / 2);
        path.push(key.to_owned());
        if let Some(text) = said.take() {
            rows.push(Row {
                path: path.clone(),
                text,
            });
        }
    }
    rows
}

/// A value without a comment would not be in the table.
#[test]
fn every_value_is_described() {
    let yaml = read("values.yaml");
    let described: Vec<String> = rows(&yaml).iter().map(|row| row.path.join(".")).collect();
    let values = &objects(&yaml)[0];
    let mut missing = Vec::new();
    leaves(values, String::new(), &mut |path| {
        let above = |known: &String| path == known || path.starts_with(&format!("{known}."));
        if !described.iter().any(above) {
            missing.push(path.to_owned());
        }
    });
    assert!(described.len() > 40);
    assert!(missing.is_empty(), "not described in values.yaml: {missing:?}");
}

fn leaves(value: &Value, path: String, visit: &mut impl FnMut(&str)) {
    match value.as_object().filter(|object| !object.is_empty()) {
        Some(object) => {
            for (key, below) in object {
                let dot = if path.is_empty() { "" } else { "." };
                leaves(below, format!("{path}{dot}{key}"), visit);
            }
        }
        None => visit(&path),
    }
}
