//! 4.9: more new orders than a type lets through wait for a reviewer, whichever lines they are of, and whoever counts.

use crate::place::Place;
use crate::{message, release, with};
use serde_json::json;

#[test]
fn of_three_at_once_one_goes_through() {
    let mut place = with("threshold", &json!({"thresholds": {"creation": {"max": 1}}}));
    let owners = ["anna", "boris", "clara"];
    std::thread::scope(|scope| {
        for owner in owners {
            let place = &place;
            scope.spawn(move || place.hire(owner, owner));
        }
    });
    for owner in owners {
        place.wait(
            &format!("areq/{owner}"),
            ".status.orders[0]",
            &format!("badge.{owner}.1"),
        );
    }
    let through = |place: &Place| {
        let all = place.read(
            "areq",
            ".items[?(@.status.provisioningState==\"Transmitted\")].metadata.name",
        );
        all.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    let first = through(&place);
    assert_eq!(first.len(), 1, "{first:?}");
    let waiting: Vec<&str> = owners.into_iter().filter(|owner| *owner != first[0]).collect();
    for owner in &waiting {
        place.shows(owner, "AwaitingApproval", "ThresholdExceeded");
        message(
            &place,
            &format!("areq/{owner}"),
            "more orders than usual were made lately (spec.thresholds of its type)",
        );
    }
    let versions = |place: &Place| {
        let names = owners.map(|owner| format!("porder/badge.{owner}.1"));
        names.map(|name| place.read(&name, ".metadata.resourceVersion"))
    };
    let before = versions(&place);

    // A new operator counts those before it: the next one waits, and nothing else happens.
    place.kill();
    place.start();
    place.hire("doris", "doris");
    place.shows("doris", "AwaitingApproval", "ThresholdExceeded");
    assert_eq!(versions(&place), before);

    for owner in waiting {
        release(&place, &format!("badge.{owner}.1"));
        place.shows(owner, "Transmitted", "HandedOver");
    }
    place.shows("doris", "AwaitingApproval", "ThresholdExceeded");
    place.confirm(&format!("badge.{}.1", first[0]));
    place.shows(&first[0], "Executed", "Confirmed");
}
