//! 4.2: what is wished from a time on, and what nobody started until its time was over.

use crate::{but, create, in_seconds, message, reasons, with};
use serde_json::json;

#[test]
fn at_its_start_it_goes_on_by_itself() {
    let place = with("starts", &json!({}));
    let start = in_seconds(8);
    place.ask("hire", "anna", but(create(), "startTime", json!(start)));
    place.ask("far", "boris", but(create(), "startTime", json!(in_seconds(86_400))));
    place.shows("far", "None", "Scheduled");
    message(&place, "areq/far", "starts by itself at ");
    place.told(
        "hire",
        "Scheduled",
        &format!("starts by itself at {start} (spec.startTime)"),
    );
    place.shows("hire", "Transmitted", "HandedOver");
    assert_eq!(reasons(&place, "areq/hire"), "Scheduled HandedOver");
    let handed_over = place.read("porder/badge.anna.1", ".status.transmittedAt");
    assert!(
        handed_over.parse::<jiff::Timestamp>().unwrap() >= start,
        "{handed_over} is before {start}"
    );
    place.confirm("badge.anna.1");
    place.shows("hire", "Executed", "Confirmed");
    place.shows("far", "None", "Scheduled");
}

#[test]
fn what_nobody_started_until_its_end_expires() {
    let place = with("expires", &json!({"provisioningReview": {"required": true}}));
    let end = in_seconds(8);
    place.ask("hire", "anna", but(create(), "endTime", json!(end)));
    place.shows("hire", "Inactive", "Expired");
    message(&place, "areq/hire", &format!("its end time {end} has come"));
    place.wait("porder/badge.anna.1", ".status.reason", "Expired");
    assert_eq!(reasons(&place, "porder/badge.anna.1"), "ReviewRequired Expired");
    assert_eq!(
        place.read("areq", ".items[*].metadata.name"),
        "hire",
        "there is nothing to undo"
    );
}
