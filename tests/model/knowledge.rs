//! What is known about a resource, worked out once more from the outside: the newer of claim and observation.

use crate::oracle::uid;
use crate::snapshots::{Sight, sight};
use crate::world::{World, order_state};
use handoff_core::api::managed_resource::Source;
use handoff_core::api::{AssignmentRequest, ManagedResource, ProvisioningOrder, ProvisioningState as State, duration};
use handoff_core::engine::identity;
use jiff::Timestamp;
use kube::ResourceExt;
use std::collections::BTreeMap;

pub type Values = BTreeMap<String, Vec<String>>;

#[derive(Debug)]
pub enum Known {
    Unknown,
    Absent,
    Present { owner: Option<String>, values: Values },
}

pub fn is_done(order: &ProvisioningOrder) -> bool {
    matches!(order_state(order), Some(State::Executed | State::Verified))
}

/// Until when of observation the claim of an order counts.
pub fn counts_until(order: &ProvisioningOrder) -> Option<Timestamp> {
    let done = order.status.as_ref()?.executed_at.as_ref()?.0;
    let lag = duration::parse(&order.spec.policy.verification.lag).ok()?;
    done.checked_add(lag).ok()
}

/// What the orders of a line, its entry in the inventory, and the snapshots of its type say.
pub fn known<'a>(
    orders: impl Iterator<Item = &'a ProvisioningOrder>,
    resource: Option<&ManagedResource>,
    sight: Sight,
) -> Known {
    let claim = orders
        .filter(|order| is_done(order))
        .max_by_key(|order| order.spec.sequence);
    let observed_at = match resource {
        // Exports leave alone what a trusted order made.
        Some(resource) if resource.spec.source == Source::Virtual => Some(resource.spec.observed_at.0),
        Some(resource) => Some(resource.spec.observed_at.0).max(sight.complete),
        None => sight.complete.filter(|_| !sight.doubtful),
    };
    match (claim, resource) {
        (Some(order), _) if observed_at.is_none() || observed_at < counts_until(order) => {
            if order.spec.desired.exists {
                Known::Present {
                    owner: Some(order.spec.owner.id.clone()),
                    values: claimed(order),
                }
            } else {
                Known::Absent
            }
        }
        (_, Some(resource)) => Known::Present {
            owner: resource.spec.owner.as_ref().map(|owner| owner.id.clone()),
            values: lists(&resource.spec.properties, &resource.spec.values),
        },
        (_, None) if observed_at.is_some() => Known::Absent,
        (_, None) => Known::Unknown,
    }
}

fn claimed(order: &ProvisioningOrder) -> Values {
    let mut values = lists(&order.spec.desired.properties, &order.spec.desired.values);
    for (name, actual) in order.spec.decision.iter().flat_map(|decision| &decision.actual_values) {
        values.insert(name.clone(), sorted(actual));
    }
    values
}

fn lists(one: &BTreeMap<String, String>, several: &Values) -> Values {
    let one = one.iter().map(|(name, value)| {
        let values = if value.is_empty() {
            Vec::new()
        } else {
            vec![value.clone()]
        };
        (name.clone(), values)
    });
    let several = several.iter().map(|(name, values)| (name.clone(), sorted(values)));
    one.chain(several).collect()
}

pub fn sorted(values: &[String]) -> Vec<String> {
    let mut values = values.to_vec();
    values.sort();
    values.dedup();
    values
}

/// Type and folded identifier of the resource that a request is about, once that is stored.
pub fn line_of(request: &AssignmentRequest) -> Option<(String, String)> {
    let resource = request.status.as_ref()?.resource.as_ref()?;
    let of_type = request.spec.resource_type_ref.name.clone();
    Some((of_type, identity::fold(&resource.identifier, true)))
}

/// The same of an order.
pub fn line_of_order(order: &ProvisioningOrder) -> (String, String) {
    (order.spec.resource_type_ref.name.clone(), identity::line_of(order))
}

/// The orders that are there of one resource.
pub fn orders_of<'a>(world: &'a World, line: &(String, String)) -> Vec<&'a ProvisioningOrder> {
    let mine = |order: &&ProvisioningOrder| line_of_order(order) == *line;
    world.orders.values().filter(mine).collect()
}

/// As far as it is stored; `None` where that leaves it open: whether an entry went since the last snapshot only a process
/// knows that saw it go.
pub fn known_in(world: &World, line: &(String, String)) -> Option<Known> {
    let entry = world.resources.get(&identity::line_name(&line.0, &line.1));
    let with = |sight| known(orders_of(world, line).into_iter(), entry, sight);
    let sight = sight(world, &line.0);
    let believed = with(sight);
    let same = match (
        &believed,
        &with(Sight {
            doubtful: true,
            ..sight
        }),
    ) {
        (Known::Unknown, Known::Unknown) | (Known::Absent, Known::Absent) => true,
        (Known::Present { owner: one, .. }, Known::Present { owner: other, .. }) => one == other,
        (Known::Unknown | Known::Absent | Known::Present { .. }, _) => false,
    };
    same.then_some(believed)
}

/// The requests that an order speaks for, with their uids; `None`: it is not there.
pub fn members<'a>(
    order: &'a ProvisioningOrder,
    requests: impl Iterator<Item = &'a AssignmentRequest> + Clone,
) -> Vec<Option<&'a AssignmentRequest>> {
    let carried = order
        .spec
        .request_refs
        .iter()
        .filter(|reference| reference.superseded != Some(true));
    carried
        .map(|reference| requests.clone().find(|request| uid(*request) == reference.uid))
        .collect()
}

/// Reason and message of a condition that is true.
pub fn condition(conditions: &[handoff_core::api::Condition], of_type: &str) -> Option<(String, String)> {
    let is_true = |condition: &&handoff_core::api::Condition| {
        condition.type_ == of_type && condition.status == handoff_core::api::ConditionStatus::True
    };
    let found = conditions.iter().find(is_true)?;
    Some((found.reason.clone(), found.message.clone()))
}

pub fn of_order(order: &ProvisioningOrder, of_type: &str) -> Option<(String, String)> {
    condition(&order.status.as_ref()?.conditions, of_type)
}

pub fn of_request(request: &AssignmentRequest, of_type: &str) -> Option<(String, String)> {
    condition(&request.status.as_ref()?.conditions, of_type)
}

pub fn named<'a>(world: &'a World, order: &str) -> Option<&'a ProvisioningOrder> {
    world.orders.values().find(|known| known.name_any() == order)
}
