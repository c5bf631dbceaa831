//! Promises about limits and dependencies: no more goes on than a threshold lets, and nothing before what it builds on.

use crate::handover::{handed_over, requests};
use crate::knowledge::{is_done, members};
use crate::promises::Promise;
use crate::world::{World, order_state};
use handoff_core::api::{Operation, ProvisioningOrder, ProvisioningState as State, duration};
use handoff_core::engine::{LineDecision, LineSnapshot};
use kube::ResourceExt;
use std::collections::BTreeSet;

/// Owners and the types of which they ever had a resource.
#[derive(Default)]
pub struct Room {
    held: BTreeSet<(String, String)>,
}

impl Room {
    pub fn look(&mut self, world: &World) {
        let of_orders = world
            .orders
            .values()
            .filter(|order| is_done(order) && order.spec.desired.exists);
        let of_orders = of_orders.map(|order| (&order.spec.owner.id, &order.spec.resource_type_ref.name));
        let entries = world.resources.values().map(|entry| &entry.spec);
        let of_entries = entries.filter_map(|entry| Some((&entry.owner.as_ref()?.id, &entry.resource_type_ref.name)));
        let held = of_orders
            .chain(of_entries)
            .map(|(owner, of)| (owner.clone(), of.clone()));
        self.held.extend(held);
    }

    pub fn may_be_decided(&self, world: &World, snapshot: &LineSnapshot, decision: &LineDecision) -> Promise {
        for order in handed_over(snapshot, decision) {
            there_is_room(world, snapshot, &order)?;
        }
        match &decision.new_order {
            Some(new) => self.builds_on_something(snapshot, &new.order),
            None => Ok(()),
        }
    }

    fn builds_on_something(&self, snapshot: &LineSnapshot, order: &ProvisioningOrder) -> Promise {
        let needed = snapshot
            .resource_type
            .iter()
            .flat_map(|view| &view.object.spec.depends_on);
        let members = members(order, requests(snapshot)).into_iter().flatten();
        for request in members.filter(|request| request.spec.operation == Operation::Create) {
            let owner = &request.spec.owner.id;
            let lacks = |name: &String| !self.held.contains(&(owner.clone(), name.clone()));
            if let Some(missing) = needed.clone().find(|on| lacks(&on.name)) {
                return Err(format!(
                    "{} is made, and {owner} never had a {}",
                    order.name_any(),
                    missing.name
                ));
            }
        }
        Ok(())
    }
}

/// Whether a threshold counts an order that went on: a new one, which no reviewer released.
fn counts(order: &ProvisioningOrder) -> bool {
    let mut history = order.status.iter().flat_map(|status| &status.history);
    let waited = history.any(|entry| entry.state == State::AwaitingApproval);
    order.spec.operation == Operation::Create && order.spec.attempt == 1 && order.spec.review_of.is_none() && !waited
}

fn there_is_room(world: &World, snapshot: &LineSnapshot, order: &ProvisioningOrder) -> Promise {
    let limits = snapshot
        .resource_type
        .as_ref()
        .and_then(|view| view.object.spec.thresholds.as_ref());
    let most = limits.and_then(|limits| limits.creation.as_ref()?.max);
    let window = limits.and_then(|limits| duration::parse(limits.window.as_deref()?).ok());
    // What went on once, and waited only for its type, is not new any more.
    let is_new = order.status.as_ref().is_some_and(|status| status.history.len() == 1);
    let (Some(most), Some(window)) = (most.filter(|_| is_new && counts(order)), window) else {
        return Ok(());
    };
    let since = snapshot.now.checked_sub(window).ok();
    let went_on = world.orders.values().filter(|other| {
        let made = other.metadata.creation_timestamp.as_ref().map(|time| time.0);
        let handed_over = other
            .status
            .as_ref()
            .is_some_and(|status| status.transmitted_at.is_some());
        other.spec.resource_type_ref == order.spec.resource_type_ref
            && other.metadata.uid != order.metadata.uid
            && counts(other)
            && handed_over
            && order_state(other).is_some()
            && made > since
    });
    let many = i64::try_from(went_on.count()).unwrap();
    if many < most {
        Ok(())
    } else {
        Err(format!(
            "{} is handed over, and {many} new ones went on already, of at most {most}",
            order.name_any()
        ))
    }
}
