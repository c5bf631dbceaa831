//! What is known about the resource of a line: the newer of what people say they did and what was seen.
//! Nothing here decides what to do about it.

use super::fault::{self, Fault};
use super::observed::{Inventory, Seen, seen};
use crate::api::{ManagedResource, ManagedResourceSpec, ProvisioningOrder, ProvisioningState, duration};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The values of a resource, by property, each list sorted.
pub type Known = BTreeMap<String, Vec<String>>;

/// Who says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// A person, by an order.
    Claimed {
        /// Name of the order.
        order: String,
        /// Whether that order is Verified.
        proven: bool,
    },
    /// The inventory.
    Observed,
}

/// What is known about a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Knowledge {
    /// Nobody can know.
    Unknown,
    /// It is gone.
    Absent(Evidence),
    /// It is there.
    Present(Present),
}

/// A resource that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Present {
    /// Who says so.
    pub evidence: Evidence,
    /// Who has it, if known.
    pub owner: Option<String>,
    /// Its name as first spelled.
    pub identifier: String,
    /// Its values, as far as known.
    pub values: Known,
}

/// An order as far as it says what is there; its state may be newer than the stored one.
#[derive(Clone, Copy, Debug)]
pub struct Fact<'a> {
    /// The order.
    pub order: &'a ProvisioningOrder,
    /// Its state.
    pub state: Option<ProvisioningState>,
    /// When it counted as done.
    pub executed_at: Option<Timestamp>,
}

impl<'a> Fact<'a> {
    /// The order as it is stored.
    pub fn stored(order: &'a ProvisioningOrder) -> Self {
        let status = order.status.as_ref();
        Self {
            order,
            state: status.and_then(|status| status.state),
            executed_at: status.and_then(|status| status.executed_at.as_ref()).map(|time| time.0),
        }
    }

    fn proven(&self) -> bool {
        self.state == Some(ProvisioningState::Verified)
    }

    /// Until when of observation the claim counts. A time that cannot be computed is one in the far future.
    pub fn counts_until(&self) -> Timestamp {
        let lag = duration::parse(&self.order.spec.policy.verification.lag).unwrap_or(SignedDuration::ZERO);
        self.executed_at
            .and_then(|at| at.checked_add(lag).ok())
            .unwrap_or(Timestamp::MAX)
    }
}

/// The claim of a line: its newest order that is Executed or Verified. `orders` by number.
pub fn claim<'a>(orders: impl DoubleEndedIterator<Item = Fact<'a>>) -> Option<Fact<'a>> {
    orders.rev().find(|fact| {
        (fault::is(Fault::StruckClaimCounts)
            && fact.state == Some(ProvisioningState::Errored)
            && fact.executed_at.is_some())
            || matches!(
                fact.state,
                Some(ProvisioningState::Executed | ProvisioningState::Verified)
            )
    })
}

/// The newer of claim and observation.
pub fn known(claim: Option<Fact<'_>>, seen: Option<Seen<'_>>) -> Knowledge {
    match (claim, seen) {
        (Some(claim), seen) if seen.is_none_or(|seen| seen.as_of < claim.counts_until()) => claimed(&claim),
        (_, None) => Knowledge::Unknown,
        (_, Some(seen)) => match seen.resource {
            None => Knowledge::Absent(Evidence::Observed),
            Some(resource) => Knowledge::Present(Present {
                evidence: Evidence::Observed,
                owner: resource.spec.owner.as_ref().map(|owner| owner.id.clone()),
                identifier: resource.spec.identifier.clone(),
                values: values_of(&resource.spec),
            }),
        },
    }
}

fn claimed(claim: &Fact<'_>) -> Knowledge {
    let evidence = Evidence::Claimed {
        order: claim.order.metadata.name.clone().unwrap_or_default(),
        proven: claim.proven(),
    };
    if claim.order.spec.desired.exists {
        Knowledge::Present(Present {
            evidence,
            owner: Some(claim.order.spec.owner.id.clone()),
            identifier: claim.order.spec.resource.identifier.clone(),
            values: claimed_values(claim.order),
        })
    } else {
        Knowledge::Absent(evidence)
    }
}

/// What an order says is there once it is done: `desired`, with `actualValues` over it.
pub fn claimed_values(order: &ProvisioningOrder) -> Known {
    let desired = &order.spec.desired;
    let mut values: Known = desired
        .values
        .iter()
        .map(|(property, values)| (property.clone(), sorted(values.iter().cloned())))
        .collect();
    for (property, value) in &desired.properties {
        values.insert(property.clone(), single(value));
    }
    if let Some(decision) = &order.spec.decision {
        for (property, actual) in &decision.actual_values {
            values.insert(property.clone(), sorted(actual.iter().cloned()));
        }
    }
    values
}

/// The values of an entry of the inventory, as far as it says them.
pub fn values_of(resource: &ManagedResourceSpec) -> Known {
    let several = resource
        .values
        .iter()
        .map(|(property, values)| (property.clone(), sorted(values.iter().cloned())));
    let one = resource
        .properties
        .iter()
        .map(|(property, value)| (property.clone(), single(value)));
    several.chain(one).collect()
}

/// What the orders and the inventory of one line say is there: owner id and identifier, as shown.
pub fn holding(
    orders: &[Arc<ProvisioningOrder>],
    resource: Option<&Arc<ManagedResource>>,
    inventory: &Inventory,
) -> Option<(String, String)> {
    let mut orders: Vec<_> = orders.iter().collect();
    orders.sort_by_key(|order| order.spec.sequence);
    let claim = claim(orders.into_iter().map(|order| Fact::stored(order)));
    match known(claim, seen(resource.map(AsRef::as_ref), inventory)) {
        Knowledge::Present(present) => present.owner.map(|owner| (owner, present.identifier)),
        Knowledge::Unknown | Knowledge::Absent(_) => None,
    }
}

/// Values as a sorted list without repetitions: compared as a set.
pub(super) fn sorted(values: impl IntoIterator<Item = String>) -> Vec<String> {
    values.into_iter().collect::<BTreeSet<_>>().into_iter().collect()
}

/// The list of a single-valued property: "" means that it is clear.
pub(super) fn single(value: &str) -> Vec<String> {
    if value.is_empty() {
        Vec::new()
    } else {
        vec![value.to_owned()]
    }
}
