//! 4.2 and 5: the clock of the operator's machine is set forward and back. What waits for a time goes on by itself when it is
//! there, and not before; nothing is told twice.
//!
//! Needs a control plane and the feature `faults`: `make test` has both.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod place;

use jiff::{SignedDuration, Timestamp};
use place::{Place, badge};
use serde_json::json;
use std::path::{Path, PathBuf};

const OVERDUE: &str = ".status.conditions[?(@.type==\"Overdue\")].status";

/// The clock of the operator, as a file that says by how much it is ahead.
struct Clock(PathBuf);

impl Clock {
    fn set(&self, hours: i64) {
        std::fs::write(&self.0, (hours * 3600).to_string()).unwrap();
    }
}

/// In so many hours, by the clock of the machine.
#[expect(
    clippy::disallowed_methods,
    reason = "dates have to lie ahead of the operator's clock"
)]
fn in_hours(hours: i64) -> Timestamp {
    let now = Timestamp::from_second(Timestamp::now().as_second()).unwrap();
    now.checked_add(SignedDuration::from_hours(hours)).unwrap()
}

fn operator_with_a_clock(namespace: &str) -> (Place, Clock) {
    let folder = std::env::var("HANDOFF_TEST_DIR").unwrap();
    let clock = Clock(Path::new(&folder).join(format!("clock-{namespace}")));
    clock.set(0);
    let mut place = Place::without_operator(namespace);
    let mut kind = badge();
    kind["spec"]["dueAfter"] = json!("2h");
    place.apply("gita", kind);
    let environment = [
        ("HANDOFF_FAULT_CLOCK", clock.0.to_str().unwrap()),
        ("HANDOFF_FAULT_LONGEST_SLEEP_MS", "500"),
    ];
    let kubeconfig = Path::new(&folder).join("operator.kubeconfig");
    place.start_with(&kubeconfig, &environment);
    (place, clock)
}

fn starting(place: &Place, name: &str, owner: &str, start: Timestamp) {
    let wish = json!({"operation": "Create", "properties": {"zone": "HQ"}, "startTime": start.to_string()});
    place.ask(name, owner, wish);
}

#[test]
fn who_waits_for_a_time_goes_on_when_the_clock_says_so() {
    let (place, clock) = operator_with_a_clock("clock-steps");
    starting(&place, "first", "anna", in_hours(2));
    starting(&place, "second", "boris", in_hours(9));
    place.shows("first", "None", "Scheduled");
    place.shows("second", "None", "Scheduled");

    clock.set(3);
    place.shows("first", "Transmitted", "HandedOver");
    place.shows("second", "None", "Scheduled");
    clock.set(6);
    place.wait("porder/badge.anna.1", OVERDUE, "True");

    // Back again: what was handed over stays so, and what starts later than that waits.
    clock.set(0);
    starting(&place, "third", "clara", in_hours(1));
    place.shows("third", "None", "Scheduled");
    place.shows("first", "Transmitted", "HandedOver");
    place.shows("second", "None", "Scheduled");
    place.done("first", "badge.anna.1");

    clock.set(10);
    for (request, owner) in [("second", "boris"), ("third", "clara")] {
        place.shows(request, "Transmitted", "HandedOver");
        place.done(request, &format!("badge.{owner}.1"));
    }
    for request in ["first", "second", "third"] {
        let reasons = place.read(&format!("areq/{request}"), ".status.history[*].reason");
        assert_eq!(reasons, "Scheduled HandedOver Confirmed", "{request}");
    }
}
