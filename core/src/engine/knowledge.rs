//! What is known about the resource of a line. In this version from claims only: what people said they did.

use crate::api::provisioning_order::OrderOwner;
use crate::api::{ManagedResource, ProvisioningOrder, ProvisioningState};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The values of a resource, by property, each list sorted.
pub type Known = BTreeMap<String, Vec<String>>;

/// What is known about a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Knowledge {
    /// Nobody can know.
    Unknown,
    /// It is gone, says the named order.
    Absent {
        /// Name of the order.
        order: String,
    },
    /// It is there, says the named order.
    Present {
        /// Name of the order.
        order: String,
        /// Who has it.
        owner: OrderOwner,
        /// Its name as first spelled.
        identifier: String,
        /// Its values, as far as known.
        values: Known,
    },
}

/// The claim: `desired` of the newest Executed or Verified order, with its `actualValues` over it.
/// `state` gives each order's state, which may be newer than what is stored.
pub(super) fn claim<'a>(
    orders: impl DoubleEndedIterator<Item = (&'a Arc<ProvisioningOrder>, Option<ProvisioningState>)>,
) -> Knowledge {
    let newest = orders
        .rev()
        .find(|(_, state)| matches!(state, Some(ProvisioningState::Executed | ProvisioningState::Verified)));
    let Some((order, _)) = newest else {
        return Knowledge::Unknown;
    };
    let name = order.metadata.name.clone().unwrap_or_default();
    let desired = &order.spec.desired;
    if !desired.exists {
        return Knowledge::Absent { order: name };
    }
    let mut values: Known = desired
        .values
        .iter()
        .map(|(k, v)| (k.clone(), sorted(v.iter().cloned())))
        .collect();
    for (property, value) in &desired.properties {
        values.insert(
            property.clone(),
            sorted(Some(value.clone()).filter(|value| !value.is_empty())),
        );
    }
    if let Some(decision) = &order.spec.decision {
        for (property, actual) in &decision.actual_values {
            values.insert(property.clone(), sorted(actual.iter().cloned()));
        }
    }
    Knowledge::Present {
        order: name,
        owner: order.spec.owner.clone(),
        identifier: order.spec.resource.identifier.clone(),
        values,
    }
}

/// What the orders and the inventory's entry of one line say is there: owner id and identifier, as shown.
pub fn holding(
    orders: &[Arc<ProvisioningOrder>],
    _resource: Option<&Arc<ManagedResource>>,
) -> Option<(String, String)> {
    let mut orders: Vec<_> = orders.iter().collect();
    orders.sort_by_key(|order| order.spec.sequence);
    let with_state = orders
        .iter()
        .map(|order| (*order, order.status.as_ref().and_then(|status| status.state)));
    match claim(with_state) {
        Knowledge::Present { owner, identifier, .. } => Some((owner.id, identifier)),
        Knowledge::Unknown | Knowledge::Absent { .. } => None,
    }
}

/// Values as a sorted list without repetitions: compared as a set.
pub(super) fn sorted(values: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut values: Vec<String> = values.into_iter().collect();
    values.sort();
    values.dedup();
    values
}
