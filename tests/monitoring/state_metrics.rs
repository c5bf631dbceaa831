//! The configuration of kube-state-metrics: every path of it leads to something in objects that there are.

use super::alerts::yaml;
use super::place::Place;
use serde_json::Value;
use std::path::Path;

/// What a path leads to, in an object; of a list each.
fn follow<'a>(from: &'a Value, path: &Value) -> Vec<&'a Value> {
    let keys = path.as_array().map(Vec::as_slice).unwrap_or_default();
    let there = keys.iter().try_fold(from, |at, key| at.get(key.as_str()?));
    match there {
        Some(Value::Array(items)) => items.iter().collect(),
        Some(Value::Null) | None => Vec::new(),
        Some(one) => vec![one],
    }
}

/// What kube-state-metrics takes for a number.
fn is_number(value: &Value) -> bool {
    match value {
        Value::Number(_) | Value::Bool(_) => true,
        Value::String(text) => text == "True" || text == "False" || text.parse::<jiff::Timestamp>().is_ok(),
        Value::Null | Value::Array(_) | Value::Object(_) => false,
    }
}

pub fn paths_lead_somewhere(place: &Place) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("charts/handoff/files/metrics/kube-state-metrics.yaml");
    let config = yaml(&path);
    assert_eq!(config["kind"], "CustomResourceStateMetrics");
    let resources = config["spec"]["resources"].as_array().unwrap();
    assert_eq!(resources.len(), 3);
    // Counts are written now and then.
    let counted = [
        "wait",
        "--for=jsonpath={.status.resources}",
        "rtype/badge",
        "--timeout=60s",
    ];
    place.run("admin", &counted).unwrap();
    for resource in resources {
        let kind = &resource["groupVersionKind"];
        let named = format!(
            "{}.{}.{}",
            kind["kind"].as_str().unwrap(),
            kind["version"].as_str().unwrap(),
            kind["group"].as_str().unwrap()
        );
        let list = place.run("admin", &["get", &named, "-o", "json"]).unwrap();
        let list: Value = serde_json::from_str(&list).unwrap();
        let objects: Vec<&Value> = list["items"].as_array().unwrap().iter().collect();
        labels(&named, &resource["labelsFromPath"], &objects);
        for metric in resource["metrics"].as_array().unwrap() {
            let name = format!("{named} {}", metric["name"].as_str().unwrap());
            assert!(
                metric["help"].as_str().is_some_and(|help| help.ends_with('.')),
                "{name}"
            );
            measures(&name, &metric["each"], &objects);
        }
    }
}

fn measures(name: &str, each: &Value, objects: &[&Value]) {
    match each["type"].as_str().unwrap() {
        "Info" => labels(name, &each["info"]["labelsFromPath"], objects),
        "Gauge" => {
            let gauge = &each["gauge"];
            let parts: Vec<&Value> = objects
                .iter()
                .flat_map(|object| follow(object, &gauge["path"]))
                .collect();
            labels(name, &gauge["labelsFromPath"], &parts);
            let mut values = parts.iter().flat_map(|part| follow(part, &gauge["valueFrom"]));
            assert!(values.any(is_number), "{name}: {gauge} leads to no number");
        }
        other => panic!("{name}: {other} is not looked at here"),
    }
}

fn labels(name: &str, labels: &Value, objects: &[&Value]) {
    for (label, path) in labels.as_object().into_iter().flatten() {
        let leads = objects.iter().any(|object| !follow(object, path).is_empty());
        assert!(leads, "{name}: {label} {path} leads nowhere");
    }
}
