//! The dashboard: what Grafana needs of it, and the expressions that it asks.

use super::runbooks::documented;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

fn read() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("charts/handoff/files/metrics/dashboard.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn panels() -> Vec<Value> {
    read()["panels"].as_array().unwrap().clone()
}

/// The expressions of the panels, each with its title. `$type` and the others are in them as they are.
pub fn expressions() -> Vec<(String, String)> {
    let mut all = Vec::new();
    for panel in panels() {
        let title = panel["title"].as_str().unwrap().to_owned();
        for target in panel["targets"].as_array().into_iter().flatten() {
            all.push((title.clone(), target["expr"].as_str().unwrap().to_owned()));
        }
    }
    all
}

/// What its variables choose from.
pub fn variables() -> Vec<String> {
    let dashboard = read();
    let list = dashboard["templating"]["list"].as_array().unwrap();
    let queries = list.iter().filter_map(|variable| variable["query"]["query"].as_str());
    let inner = |query: &str| {
        let inside = query.strip_prefix("label_values(").unwrap().strip_suffix(')').unwrap();
        inside.rsplit_once(", ").unwrap().0.to_owned()
    };
    queries.map(inner).collect()
}

/// Every panel is complete, lies beside the others and not over them, and every metric is on one.
pub fn grafana_can_read_it() {
    let dashboard = read();
    assert!(dashboard["schemaVersion"].as_u64() >= Some(39));
    let panels = panels();
    let mut taken = BTreeSet::new();
    let mut ids = BTreeSet::new();
    let builtin = ["row", "stat", "timeseries", "bargauge"];
    for panel in &panels {
        let title = panel["title"].as_str().unwrap();
        assert!(
            ids.insert(panel["id"].as_u64().unwrap()),
            "{title}: its id is there twice"
        );
        assert!(
            builtin.contains(&panel["type"].as_str().unwrap()),
            "{title} needs a plug-in"
        );
        let at = |key: &str| panel["gridPos"][key].as_u64().unwrap();
        assert!(at("x") + at("w") <= 24, "{title} is too wide");
        for x in at("x")..at("x") + at("w") {
            for y in at("y")..at("y") + at("h") {
                assert!(taken.insert((x, y)), "{title} lies on another panel");
            }
        }
        if panel["type"] != "row" {
            assert!(
                panel["description"].as_str().is_some_and(|text| text.ends_with('.')),
                "{title}"
            );
            assert!(
                panel["fieldConfig"]["defaults"]["unit"].is_string(),
                "{title} has no unit"
            );
            assert_eq!(panel["datasource"]["uid"], "${datasource}", "{title}");
        }
    }
    let rows: Vec<&Value> = panels.iter().filter(|panel| panel["type"] == "row").collect();
    assert_eq!(rows.len(), 3);
    let asked: String = expressions().into_iter().map(|(_, expression)| expression).collect();
    for (metric, _) in documented() {
        assert!(asked.contains(&metric), "{metric} is on no panel");
    }
}
