//! 5.8: a type is deleted under its orders, and comes back.

use crate::{condition, edit, kind, message, orders, reasons, release, with};
use serde_json::json;

#[test]
fn orders_survive_that_their_type_is_deleted() {
    let place = with("vanished", &json!({}));
    place.hire("held", "anna");
    place.shows("held", "Transmitted", "HandedOver");
    edit(&place, &json!({"provisioningReview": {"required": true}}));
    place.hire("reviewed", "boris");
    place.shows("reviewed", "AwaitingApproval", "ReviewRequired");
    edit(&place, &json!({"suspend": true}));
    place.hire("frozen", "clara");
    place.shows("frozen", "Pending", "Suspended");

    place.run("gita", &["delete", "rtype", "badge"]).unwrap();
    for (request, order) in [("reviewed", "badge.boris.1"), ("frozen", "badge.clara.1")] {
        place.shows(request, "Error", "ResourceTypeNotFound");
        message(&place, &format!("areq/{request}"), "badge");
        place.wait(&format!("porder/{order}"), ".status.reason", "ResourceTypeNotFound");
        assert_eq!(place.read(&format!("porder/{order}"), ".status.state"), "Error");
    }
    let held = "porder/badge.anna.1";
    place.wait(
        held,
        ".status.conditions[?(@.type==\"Stalled\")].reason",
        "ResourceTypeNotFound",
    );
    assert_eq!(place.read(held, ".status.state"), "Transmitted");
    place.confirm("badge.anna.1");
    place.shows("held", "Executed", "Confirmed");
    assert_eq!(condition(&place, held, "Stalled"), "");

    place.apply("gita", kind(&json!({})));
    place.shows("frozen", "Transmitted", "HandedOver");
    // Whoever was to be reviewed still is.
    place.shows("reviewed", "AwaitingApproval", "ReviewRequired");
    release(&place, "badge.boris.1");
    for (request, order) in [("reviewed", "badge.boris.1"), ("frozen", "badge.clara.1")] {
        place.confirm(order);
        place.shows(request, "Executed", "Confirmed");
    }
    let story = "ReviewRequired ResourceTypeNotFound ReviewRequired HandedOver Confirmed";
    assert_eq!(reasons(&place, "porder/badge.boris.1"), story);
    let story = "Suspended ResourceTypeNotFound HandedOver Confirmed";
    assert_eq!(reasons(&place, "porder/badge.clara.1"), story);
    assert_eq!(orders(&place), ["badge.anna.1", "badge.boris.1", "badge.clara.1"]);
}
