//! 4.9: a suspended type hands nothing over, and takes nothing from anybody.

use crate::{edit, message, orders, update, with};
use serde_json::json;

#[test]
fn a_suspended_type_hands_nothing_over_until_it_goes_on() {
    let place = with("suspended", &json!({}));
    place.hire("hire", "anna");
    place.shows("hire", "Transmitted", "HandedOver");
    edit(&place, &json!({"suspend": true}));

    place.hire("new", "boris");
    place.shows("new", "Pending", "Suspended");
    message(
        &place,
        "areq/new",
        "the ResourceType badge is suspended: it is handed over when its administrator sets spec.suspend to false",
    );
    place.ask("more", "boris", update(&json!({"level": "3"})));
    place.shows("more", "Pending", "Queued");
    message(
        &place,
        "areq/more",
        "waits behind badge.boris.1, which is not handed over yet",
    );

    // What is with a person is not touched.
    place.shows("hire", "Transmitted", "HandedOver");
    place.confirm("badge.anna.1");
    place.shows("hire", "Executed", "Confirmed");

    edit(&place, &json!({}));
    place.confirm("badge.boris.1");
    place.shows("new", "Executed", "Confirmed");
    place.confirm("badge.boris.2");
    place.shows("more", "Executed", "Confirmed");
    assert_eq!(orders(&place), ["badge.anna.1", "badge.boris.1", "badge.boris.2"]);
}
