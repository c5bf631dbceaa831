//! `kubectl handoff permissions` end to end: the plugin against a real API server and the real operator, as people who may
//! look and as one who may not.
//!
//! Needs a control plane: `make test` starts one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod place;

use jiff::{Timestamp, ToSpan};
use place::{Place, badge};
use serde_json::{Value, json};
use std::process::{Command, Output, Stdio};

fn plugin(place: &Place, who: &str, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubectl-handoff"));
    command.args(["permissions", "--context", who, "-n", &place.namespace]);
    command.args(args).stdin(Stdio::null()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[track_caller]
fn shown(place: &Place, args: &[&str]) -> String {
    let output = plugin(place, "mallory", args);
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

/// The words of each line, ages and times as `T`.
fn lines(table: &str) -> Vec<String> {
    let word = |word: &str| {
        let plain = word.trim_start_matches('(');
        let age = plain.len() > 1 && plain.ends_with('s') && plain.trim_end_matches('s').parse::<u32>().is_ok();
        let time = plain.parse::<Timestamp>().is_ok();
        if age || time {
            word.replace(plain, "T")
        } else {
            word.to_owned()
        }
    };
    let line = |line: &str| line.split_whitespace().map(word).collect::<Vec<_>>().join(" ");
    table.lines().map(line).collect()
}

/// Anna has what is `proven`; `claimed` was done and not seen, and `waiting` has not begun.
fn three(place: &Place) {
    let ask = |name: &str, more: Value| {
        let mut spec = json!({"operation": "Create", "properties": {"zone": "HQ"}, "resource": {"identifier": name}});
        spec.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        place.ask(name, "anna", spec);
    };
    ask("proven", json!({}));
    ask("waiting", json!({"startTime": "2099-01-01T00:00:00Z"}));
    place.confirm("badge.proven.1");
    place.shows("proven", "Executed", "Confirmed");
    let claimed: Timestamp = place
        .read("porder/badge.proven.1", ".status.executedAt")
        .parse()
        .unwrap();
    let taken = claimed.checked_add(1.second()).unwrap().to_string();
    place.apply(
        "ivan",
        json!({
            "apiVersion": "handoff.dev/v1alpha1", "kind": "ManagedResource", "metadata": {"name": "badge.proven"},
            "spec": {"resourceTypeRef": {"name": "badge"}, "identifier": "proven", "owner": {"id": "anna"},
                "properties": {"zone": "HQ"}, "source": "Synchronized", "observedAt": taken},
        }),
    );
    place.apply(
        "ivan",
        json!({
            "apiVersion": "handoff.dev/v1alpha1", "kind": "Synchronization", "metadata": {"name": "night"},
            "spec": {"resourceTypeRef": {"name": "badge"}, "takenAt": taken, "complete": true, "count": 1},
        }),
    );
    place.shows("proven", "Verified", "Observed");
    ask("claimed", json!({}));
    place.confirm("badge.claimed.1");
    place.shows("claimed", "Executed", "Confirmed");
    place.shows("waiting", "None", "Scheduled");
}

#[test]
fn three_truths_on_one_page() {
    let mut place = Place::without_operator("permissions");
    let mut kind = badge();
    // The export lags, so that what was claimed after it is not denied by it.
    kind["spec"]["verification"] = json!({"mode": "Inventory", "lag": "1h"});
    place.apply("gita", kind);
    place.start();
    three(&place);

    let narrow = lines(&shown(&place, &["anna"]));
    assert_eq!(
        narrow[0],
        "TYPE RESOURCE DESIRED CLAIMED OBSERVED STATE ORDER SINCE NOTE"
    );
    let proven = "badge proven present present present (T ago) Verified/Observed badge.proven.1 T";
    assert_eq!(narrow[2], proven);
    assert!(
        narrow[1].starts_with("badge claimed present present absent (T ago) Executed/Confirmed badge.claimed.1 T "),
        "{narrow:?}"
    );
    assert!(narrow[1].ends_with("waits for a snapshot taken after T"), "{narrow:?}");
    assert_eq!(
        narrow[3],
        "badge waiting present - absent (T ago) None/Scheduled - T request waiting waits: Scheduled"
    );

    let wide = lines(&shown(&place, &["anna", "-o", "wide"]));
    assert_eq!(wide[2], proven.replace("present", "present zone=HQ"));

    let data: Value = serde_json::from_str(&shown(&place, &["anna", "-o", "json"])).unwrap();
    let second = &data["permissions"][1];
    assert_eq!(
        second["desired"],
        json!({"exists": true, "values": {"zone": ["HQ"]}, "by": "porder/badge.proven.1"})
    );
    assert_eq!(
        (&second["claimed"]["by"], &second["claimed"]["verified"]),
        (&json!("bob"), &json!(true))
    );
    assert_eq!(
        (&second["observed"]["presence"], &second["observed"]["synchronization"]),
        (&json!("present"), &json!("night"))
    );
    assert!(shown(&place, &["anna", "-o", "yaml"]).starts_with("owner: anna\n"));

    let nobody = plugin(&place, "mallory", &["zoe"]);
    assert!(nobody.status.success() && nobody.stdout.is_empty());
    assert_eq!(
        text(&nobody.stderr),
        "No access of zoe found in namespace permissions.\n"
    );

    let refused = plugin(&place, "admin", &["anna", "--as", "nobody"]);
    assert_eq!(refused.status.code(), Some(1));
    let said = text(&refused.stderr);
    for words in [
        "User \"nobody\" cannot list resource",
        "--clusterrole=handoff-viewer --user=nobody -n permissions",
    ] {
        assert!(said.contains(words), "{said}");
    }
}
