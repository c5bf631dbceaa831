//! What snapshots say of claims, and what is said of snapshots.

use crate::pretend::{Line, badge, badge_with};
use crate::seen::Seen;
use crate::{create, delete, trusting};
use handoff_core::engine::observed::{Inventory, Taken};
use serde_json::{Value, json};

pub const ALL: &[fn(&mut Seen)] = &[
    as_ordered,
    forgotten,
    too_early,
    nobody_confirmed_it,
    deleted_since,
    snapshots,
];

fn hired() -> Line {
    let mut line = Line::new(badge_with(
        "/spec/verification",
        json!({"mode": "Inventory", "lag": "1h"}),
    ));
    line.ask("hire", create());
    line
}

/// A complete snapshot, taken so many minutes after now.
fn export(line: &mut Line, minutes: i64, zone: Option<&str>) {
    let at = line.now.checked_add(jiff::SignedDuration::from_mins(minutes)).unwrap();
    let entry = |zone: &str| {
        let entry = json!({
            "apiVersion": "handoff.dev/v1alpha1", "kind": "ManagedResource", "metadata": {"name": "badge.e1"},
            "spec": {
                "resourceTypeRef": {"name": "badge"}, "identifier": "e1", "owner": {"id": "e1"},
                "properties": {"zone": zone}, "source": "Synchronized", "observedAt": at.to_string(),
            },
        });
        serde_json::from_value(entry).unwrap()
    };
    line.resource = zone.map(entry);
    let taken = Taken {
        name: "nightly".to_owned(),
        taken_at: at,
        count: 1,
    };
    line.inventory = Inventory {
        complete: Some(taken.clone()),
        newest: Some(taken),
        doubtful: false,
    };
    line.settle();
}

fn as_ordered(seen: &mut Seen) {
    let mut line = hired();
    line.decide(1, "Confirmed");
    export(&mut line, 1, Some("A"));
    seen.line(&line);
}

fn forgotten(seen: &mut Seen) {
    let mut line = hired();
    line.decide(1, "Confirmed");
    export(&mut line, 90, None);
    seen.line(&line);
}

fn too_early(seen: &mut Seen) {
    let mut line = hired();
    line.decide(1, "Confirmed");
    export(&mut line, 1, Some("B"));
    seen.line(&line);
}

fn nobody_confirmed_it(seen: &mut Seen) {
    let mut line = hired();
    export(&mut line, 1, Some("A"));
    seen.line(&line);
}

fn deleted_since(seen: &mut Seen) {
    let mut line = hired();
    line.decide(1, "Confirmed")
        .ask("leave", delete())
        .decide(2, "Confirmed");
    export(&mut line, 90, None);
    seen.line(&line);
}

fn snapshots(seen: &mut Seen) {
    let of = |taken_at: &str, complete: bool, count: i64| -> Value {
        json!({
            "apiVersion": "handoff.dev/v1alpha1", "kind": "Synchronization", "metadata": {"name": taken_at, "generation": 1},
            "spec": {"resourceTypeRef": {"name": "badge"}, "takenAt": taken_at, "complete": complete, "count": count},
        })
    };
    let mut last = of("2026-03-01T06:00:00Z", true, 100);
    last["status"] = json!({"accepted": true, "reason": "Complete"});
    let before = [last];
    let mut vouched = of("2026-03-01T07:00:00Z", true, 1);
    vouched["metadata"]["annotations"] = json!({"handoff.dev/accept": "true"});
    vouched["status"] = json!({"reason": "AcceptUntrusted"});
    seen.snapshot(Some(badge()), &before, &vouched);
    let (field, value) = trusting();
    seen.snapshot(Some(badge()), &before, &of("2026-03-01T07:00:00Z", true, 100));
    seen.snapshot(Some(badge()), &before, &of("2026-03-01T07:00:00Z", false, 100));
    seen.snapshot(Some(badge()), &before, &of("2026-03-01T07:00:00Z", true, 1));
    seen.snapshot(Some(badge()), &before, &of("2026-03-01T05:00:00Z", true, 100));
    seen.snapshot(Some(badge()), &before, &of("2026-03-01T09:00:00Z", true, 100));
    seen.snapshot(
        Some(badge_with(field, value)),
        &[],
        &of("2026-03-01T07:00:00Z", true, 100),
    );
    seen.snapshot(None, &[], &of("2026-03-01T07:00:00Z", true, 100));
}
