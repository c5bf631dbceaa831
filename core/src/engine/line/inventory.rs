//! The inventory's entry of a resource that nobody can look up: made of the orders that are trusted.

use super::super::fault::{self, Fault};
use super::super::identity;
use super::super::knowledge::{Fact, claimed_values};
use super::super::snapshot::ResourceChange;
use super::Line;
use super::order::is_trusted;
use crate::api::managed_resource::{ResourceOwner, Source};
use crate::api::provisioning_order::Change;
use crate::api::{ManagedResource, ManagedResourceSpec, NamedRef, ProvisioningState};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use std::sync::Arc;

impl Line<'_> {
    /// When a trusted order is Verified or its claim is struck, the inventory follows the claim that counts now.
    /// Only then: an entry that somebody removed is not brought back by itself.
    pub(super) fn keep_inventory(&mut self) {
        let turned = self.orders.iter().any(|order| {
            let was_claimed = order.object.status.as_ref().and_then(|s| s.state) == Some(ProvisioningState::Executed);
            order.has_moved() && was_claimed && is_trusted(&order.object)
        });
        if !turned {
            return;
        }
        let entry = self
            .claim()
            .filter(|claim| is_trusted(claim.order))
            .and_then(|claim| entry(&claim));
        self.resource = match (&self.snapshot.resource, entry) {
            (Some(before), Some(spec)) if before.spec == spec => None,
            (Some(before), Some(spec)) => Some(ResourceChange::Replace {
                before: Arc::clone(before),
                after: ManagedResource {
                    metadata: before.metadata.clone(),
                    spec,
                },
            }),
            (None, Some(spec)) => {
                let name = identity::line_name(&self.snapshot.type_name, &self.snapshot.identifier);
                let mut made = ManagedResource::new(&name, spec);
                made.metadata.labels = Some(self.labels());
                Some(ResourceChange::Create(made))
            }
            (Some(_), None) if fault::is(Fault::InventoryKeepsDeleted) => None,
            (Some(before), None) => Some(ResourceChange::Delete(Arc::clone(before))),
            (None, None) => None,
        };
    }
}

/// The entry that a claim makes; none where it says that the resource is gone.
fn entry(claim: &Fact<'_>) -> Option<ManagedResourceSpec> {
    let spec = &claim.order.spec;
    if !spec.desired.exists {
        return None;
    }
    let mut entry = ManagedResourceSpec {
        resource_type_ref: NamedRef {
            name: spec.resource_type_ref.name.clone(),
        },
        identifier: spec.resource.identifier.clone(),
        owner: Some(ResourceOwner {
            id: spec.owner.id.clone(),
        }),
        properties: spec.desired.properties.clone(),
        values: spec.desired.values.clone(),
        source: Source::Virtual,
        observed_at: Time(claim.executed_at?),
    };
    for (property, values) in claimed_values(claim.order) {
        let change = spec.changes.iter().find(|change| change.property == property);
        if entry.values.contains_key(&property) || change.is_some_and(alters) {
            entry.values.insert(property, values);
        } else {
            entry
                .properties
                .insert(property, values.into_iter().next().unwrap_or_default());
        }
    }
    Some(entry)
}

/// Only a multi-valued property is altered.
fn alters(change: &Change) -> bool {
    change.added.is_some() || change.removed.is_some()
}
