//! What an entry of the inventory proves before the snapshot that it belongs to has its say.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod pretend;

use handoff_core::api::ProvisioningState as State;
use handoff_core::engine::observed::{Inventory, Taken};
use jiff::{Timestamp, ToSpan};
use pretend::{Line, badge};
use rstest::rstest;
use serde_json::json;

fn taken(at: Timestamp) -> Option<Taken> {
    let (name, count) = ("night".to_owned(), 1);
    Some(Taken {
        name,
        taken_at: at,
        count,
    })
}

/// An entry as it was ordered, observed an hour after the claim; minutes from then to the newest snapshot that counts.
#[rstest]
#[case::nothing_counts(None, false, "Confirmed")]
#[case::its_own_is_still_to_come(Some(-30), true, "Confirmed")]
#[case::its_own_is_there(Some(0), true, "Observed")]
#[case::a_later_complete_one(Some(30), true, "Observed")]
#[case::a_later_part(Some(30), false, "Observed")]
fn an_entry_proves_nothing_before_its_snapshot(
    #[case] newest: Option<i64>,
    #[case] complete: bool,
    #[case] reason: &str,
) {
    let mut of = badge();
    of["spec"]["verification"] = json!({"mode": "Inventory"});
    let mut line = Line::new(of);
    line.create("hire").decide(1, "Confirmed");
    line.now = line.now.checked_add(1.hour()).unwrap();
    let entry = json!({
        "apiVersion": "handoff.dev/v1alpha1", "kind": "ManagedResource", "metadata": {"name": "badge.e1"},
        "spec": {"resourceTypeRef": {"name": "badge"}, "identifier": "e1", "owner": {"id": "e1"},
            "properties": {"zone": "A"}, "source": "Synchronized", "observedAt": line.now.to_string()},
    });
    line.resource = Some(serde_json::from_value(entry).unwrap());
    let newest = newest.and_then(|minutes| taken(line.now.checked_add(minutes.minutes()).unwrap()));
    line.inventory = Inventory {
        complete: newest.clone().filter(|_| complete),
        newest,
        doubtful: false,
    };
    line.settle();
    let state = if reason == "Observed" {
        State::Verified
    } else {
        State::Executed
    };
    assert_eq!(line.order(1), (state, reason));
}
