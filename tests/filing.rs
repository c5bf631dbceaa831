//! Requests that the operator files in its own name: who that is, it asks the API server.
//!
//! Needs a control plane: `make test` starts one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod place;

use place::Place;
use serde_json::Value;

const OPERATOR: &str = "system:serviceaccount:handoff-system:handoff";

/// What the API server answered whoever asked who they are, and is the operator: HTTP statuses.
fn answers() -> Vec<i64> {
    let log = std::fs::read_to_string(std::env::var("HANDOFF_AUDIT_LOG").unwrap()).unwrap();
    let events = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    events
        .filter(|event| event["objectRef"]["resource"] == "selfsubjectreviews")
        .filter(|event| event["user"]["username"] == OPERATOR)
        .map(|event| event["responseStatus"]["code"].as_i64().unwrap())
        .collect()
}

#[test]
fn the_operator_may_ask_who_it_is_and_does_so_at_its_start() {
    let place = Place::new("filing");
    place.hire("hire", "anna");
    place.shows("hire", "Transmitted", "HandedOver");
    let answers = answers();
    assert!(answers.contains(&201), "{answers:?}");
    // Operators of other tests are killed while they ask, which the log calls an error of the server.
    assert!(answers.iter().all(|code| !(400..500).contains(code)), "{answers:?}");
    let said = place.run(
        "operator",
        &["auth", "whoami", "-o", "jsonpath={.status.userInfo.username}"],
    );
    assert_eq!(said.unwrap(), OPERATOR);
}
