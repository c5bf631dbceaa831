//! The runbooks of docs/alerts.md, and what docs/metrics.md says is to be alerted on.

use super::alerts;
use super::place::Place;
use std::collections::BTreeSet;
use std::process::Command;

fn page(name: &str) -> String {
    std::fs::read_to_string(format!("{}/docs/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// Titles of a page at this depth, each with the text below it.
fn sections(page: &str, depth: &str) -> Vec<(String, String)> {
    let start = format!("\n{depth} ");
    let parts = page.split(&start).skip(1);
    let section = |part: &str| {
        let (title, text) = part.split_once('\n').unwrap();
        (title.to_owned(), text.to_owned())
    };
    parts.map(section).collect()
}

/// Every metric, with what is said about it.
pub fn documented() -> Vec<(String, String)> {
    sections(&page("metrics.md"), "###")
}

/// What happened, what goes on meanwhile, how it is looked at, and what to do.
pub fn one_for_every_alert() {
    let runbooks = sections(&page("alerts.md"), "##");
    let titles: BTreeSet<String> = runbooks.iter().map(|(title, _)| title.clone()).collect();
    let without: Vec<String> = alerts::names().difference(&titles).cloned().collect();
    assert!(without.is_empty(), "docs/alerts.md has no section about {without:?}");
    for (title, text) in runbooks.iter().filter(|(title, _)| title.starts_with("Handoff")) {
        assert!(
            alerts::names().contains(title),
            "docs/alerts.md has {title}, which is no alert"
        );
        for part in ["**Meanwhile**", "**Look**", "**Do**", "kubectl "] {
            assert!(text.contains(part), "docs/alerts.md: {title} has no {part}");
        }
    }
    let mut asked_for = 0;
    for (metric, text) in documented() {
        if !text.contains("Alert ") {
            continue;
        }
        asked_for += 1;
        let looks = |alert: &alerts::Alert| alert.expression.contains(&metric);
        // What is recorded first is looked at by another name.
        let recorded = metric == "handoff_orders_ended_total";
        let by_record = |alert: &alerts::Alert| alert.expression.contains("handoff_orders_ended:increase1d");
        let found = alerts::all()
            .iter()
            .any(|alert| looks(alert) || (recorded && by_record(alert)));
        assert!(
            found,
            "docs/metrics.md says when to alert on {metric}, and no alert does"
        );
    }
    assert!(asked_for >= 10, "{asked_for}");
}

/// The commands of the runbooks that only look, and need no pods: there are none here.
fn commands() -> Vec<String> {
    let text = page("alerts.md").replace("\\\n", " ");
    let indented = text.lines().filter_map(|line| line.strip_prefix("    "));
    let looks = [
        "kubectl get ",
        "kubectl -n NAMESPACE get ",
        "kubectl -n NAMESPACE describe ",
        "kubectl auth ",
    ];
    indented
        .filter(|line| looks.iter().any(|start| line.starts_with(start)))
        .filter(|line| {
            !["pods", "POD", "deployment", "podmonitor"]
                .iter()
                .any(|not_here| line.contains(not_here))
        })
        .map(|line| line.split("   #").next().unwrap().trim().to_owned())
        .collect()
}

/// Every command that looks is taken by kubectl, as it is written but for the names.
pub fn commands_are_taken(place: &Place, order: &str, request: &str) {
    let commands = commands();
    assert!(commands.len() >= 10, "{commands:#?}");
    let kubectl = std::env::var("KUBECTL").unwrap();
    for command in commands {
        let mut typed = command.replacen("kubectl", &format!("{kubectl} --context admin"), 1);
        for (name, value) in [
            // The operator's account is that of the launcher.
            ("serviceaccount:NAMESPACE", "serviceaccount:handoff-system"),
            ("-n NAMESPACE --as", "-n handoff-system --as"),
            ("NAMESPACE", place.namespace.as_str()),
            ("TYPE", "badge"),
            ("ORDER", order),
            ("REQUEST", request),
            ("WATCHED", place.namespace.as_str()),
            ("VERB", "get"),
            ("RESOURCE", "provisioningorders"),
        ] {
            typed = typed.replace(name, value);
        }
        let output = Command::new("sh").args(["-c", &typed]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{typed}: {said}");
    }
}
