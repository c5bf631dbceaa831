//! Promises about what is called done already: it is so, as far as the operator knew.

use crate::handover::orders_after;
use crate::knowledge::{Known, known};
use crate::promises::Promise;
use crate::snapshots::Sight;
use crate::world::World;
use handoff_core::api::{Operation, ProvisioningOrder};
use handoff_core::engine::{LineDecision, LineSnapshot, RequestUpdate};
use kube::ResourceExt;

/// Before a decision on a line is written down.
pub fn may_be_said(world: &World, snapshot: &LineSnapshot, decision: &LineDecision) -> Promise {
    for update in &decision.request_updates {
        let reason = update.status.reason.as_deref();
        let before = update
            .request
            .status
            .as_ref()
            .and_then(|status| status.reason.as_deref());
        if before == reason {
            continue;
        }
        if reason == Some("AlreadyAbsent") && update.status.orders.is_empty() {
            is_absent(snapshot, decision, update)?;
        }
        is_in_its_zone(world, snapshot, update)?;
    }
    Ok(())
}

/// Nobody ordered that: then the data says so.
fn is_absent(snapshot: &LineSnapshot, decision: &LineDecision, update: &RequestUpdate) -> Promise {
    let after = orders_after(snapshot, decision);
    let sight = Sight::of(snapshot);
    match known(after.iter(), snapshot.resource.as_deref(), sight) {
        Known::Absent if sight.complete.is_some() && !sight.doubtful => Ok(()),
        known @ (Known::Absent | Known::Unknown | Known::Present { .. }) => Err(format!(
            "{} is told that it is gone already, and known is {known:?}",
            update.request.name_any()
        )),
    }
}

/// What is called done already has the zone that is wished, as whoever did it says, or as the inventory does.
fn is_in_its_zone(world: &World, snapshot: &LineSnapshot, update: &RequestUpdate) -> Promise {
    let spec = &update.request.spec;
    let wished = spec
        .properties
        .get("zone")
        .filter(|_| spec.operation != Operation::Delete);
    let mut given_up = [&update.status.overridden, &update.status.declined_properties]
        .into_iter()
        .flatten();
    let Some(wished) = wished.filter(|_| !given_up.any(|name| name == "zone")) else {
        return Ok(());
    };
    let claimed = |order: &ProvisioningOrder| {
        let decision = order.spec.decision.as_ref();
        let actual = decision.and_then(|decision| decision.actual_values.get("zone")?.first().cloned());
        actual.or_else(|| order.spec.desired.properties.get("zone").cloned())
    };
    let newest = update.status.orders.last();
    let is = match (update.status.reason.as_deref(), newest) {
        (Some("AlreadyClaimed"), Some(order)) => world.orders.get(order).map(claimed),
        (Some("AlreadyAsRequested"), None) => {
            let entry = snapshot.resource.as_ref();
            entry.map(|entry| entry.spec.properties.get("zone").cloned())
        }
        (Some(_) | None, Some(_) | None) => None,
    };
    match is {
        Some(is) if is.as_ref() != Some(wished) => Err(format!(
            "{} wishes zone {wished}, is told {:?}, and it is {is:?}",
            update.request.name_any(),
            update.status.reason
        )),
        Some(_) | None => Ok(()),
    }
}
