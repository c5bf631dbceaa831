//! From objects to a page: one access is one line of orders, with its requests and its entry in the inventory. Pure: no
//! I/O, no clock. What a claim or an observation is, the engine says.

use super::super::facts::since;
use super::note;
use super::page::{Claimed, Desired, Observed, Page, Permission, Presence};
use handoff_core::api::condition::{FINISHED, holds};
use handoff_core::api::{
    AssignmentRequest, ManagedResource, Operation, ProvisioningOrder, ProvisioningState, ResourceType, Synchronization,
};
use handoff_core::engine::knowledge::{self, Fact, Known as PropertyValues};
use handoff_core::engine::observed::{Inventory, Seen, seen};
use handoff_core::engine::{identity, types};
use jiff::Timestamp;
use kube::ResourceExt;
use std::collections::BTreeMap;
use std::sync::Arc;

/// All that was read.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// By type and folded identifier.
    pub lines: BTreeMap<(String, String), Line>,
    /// Requests whose resource is not known.
    pub unplaced: Vec<AssignmentRequest>,
    /// What snapshots say, by type.
    pub inventories: BTreeMap<String, Inventory>,
}

/// What there is of one resource.
#[derive(Debug, Default)]
pub(super) struct Line {
    /// Requests of the owner, oldest first.
    pub requests: Vec<AssignmentRequest>,
    /// Orders, also of others.
    pub orders: Vec<ProvisioningOrder>,
    /// Its entry in the inventory.
    pub resource: Option<ManagedResource>,
}

impl Known {
    /// Sorts objects into lines.
    pub fn of(
        kinds: &[ResourceType],
        mut requests: Vec<AssignmentRequest>,
        orders: &[ProvisioningOrder],
        resources: Vec<ManagedResource>,
        snapshots: &[Synchronization],
    ) -> Self {
        let insensitive: BTreeMap<String, bool> = kinds
            .iter()
            .map(|kind| {
                (
                    kind.name_any(),
                    types::inspect(Arc::new(kind.clone())).case_insensitive(),
                )
            })
            .collect();
        let key = |kind: &str, identifier: &str| {
            let insensitive = insensitive.get(kind).copied().unwrap_or(true);
            (kind.to_owned(), identity::fold(identifier, insensitive))
        };
        let mut known = Self::default();
        for order in orders {
            let kind = order.spec.resource_type_ref.name.clone();
            let line = known.lines.entry((kind, identity::line_of(order))).or_default();
            line.orders.push(order.clone());
        }
        for resource in resources {
            let key = key(&resource.spec.resource_type_ref.name, &resource.spec.identifier);
            known.lines.entry(key).or_default().resource = Some(resource);
        }
        requests.sort_by_key(|request| (request.creation_timestamp().map(|time| time.0), request.name_any()));
        for request in requests {
            match identifier(&request) {
                None => known.unplaced.push(request),
                Some(identifier) => {
                    let key = key(&request.spec.resource_type_ref.name, identifier);
                    known.lines.entry(key).or_default().requests.push(request);
                }
            }
        }
        let mut by_type: BTreeMap<String, Vec<&Synchronization>> = BTreeMap::new();
        for snapshot in snapshots {
            let kind = snapshot.spec.resource_type_ref.name.clone();
            by_type.entry(kind).or_default().push(snapshot);
        }
        let inventories = by_type.into_iter().map(|(kind, all)| (kind, Inventory::of(all)));
        known.inventories = inventories.collect();
        known
    }
}

/// The resource of a request, as it was frozen, else as it was given.
fn identifier(request: &AssignmentRequest) -> Option<&str> {
    let frozen = request.status.as_ref().and_then(|status| status.resource.as_ref());
    let resource = frozen.or(request.spec.resource.as_ref())?;
    Some(&resource.identifier)
}

/// What is known of a person, as a page.
pub(super) fn page(owner: &str, namespace: &str, known: &Known) -> Page {
    let nothing = Inventory::default();
    let placed = known.lines.iter().map(|((kind, folded), line)| {
        let inventory = known.inventories.get(kind).unwrap_or(&nothing);
        permission(owner, kind, Some(folded), line, inventory)
    });
    let unplaced = known.unplaced.iter().map(|request| {
        let line = Line {
            requests: vec![request.clone()],
            ..Line::default()
        };
        permission(owner, &request.spec.resource_type_ref.name, None, &line, &nothing)
    });
    Page {
        owner: owner.to_owned(),
        namespace: namespace.to_owned(),
        permissions: placed.chain(unplaced).collect(),
    }
}

fn permission(owner: &str, kind: &str, folded: Option<&String>, line: &Line, inventory: &Inventory) -> Permission {
    let mut orders: Vec<&ProvisioningOrder> = line.orders.iter().collect();
    orders.sort_by_key(|order| order.spec.sequence);
    let own: Vec<_> = orders.iter().copied().filter(|o| o.spec.owner.id == owner).collect();
    let newest = own.last().copied();
    let claim = knowledge::claim(orders.iter().map(|order| Fact::stored(order)));
    // Without an identifier an entry cannot be missed.
    let seen = folded.and_then(|_| seen(line.resource.as_ref(), inventory));
    let waiting: Vec<_> = line.requests.iter().filter(|request| waits(request, newest)).collect();
    let desired = desired(&own, &line.requests);
    let subject = Subject::of(newest, line.requests.last());
    let spelled = newest.map(|order| &order.spec.resource.identifier);
    let spelled = spelled.or(line.resource.as_ref().map(|resource| &resource.spec.identifier));
    let spelled = spelled
        .map(String::as_str)
        .or(line.requests.last().and_then(identifier));
    let notes = note::notes(&note::Facts {
        owner,
        newest,
        desired: desired.as_ref(),
        claim,
        seen,
        waiting: &waiting,
    });
    Permission {
        resource_type: kind.to_owned(),
        identifier: folded.and(spelled).map(identity::shown),
        desired,
        claimed: claim.map(|claim| claimed(&claim)),
        observed: observed(seen),
        state: subject.state,
        reason: subject.reason,
        message: subject.message,
        order: newest.map(ResourceExt::name_any),
        waiting_requests: waiting.iter().map(|request| request.name_any()).collect(),
        since: subject.since,
        notes,
    }
}

/// Whether a request still wants something that the newest order does not carry.
fn waits(request: &AssignmentRequest, newest: Option<&ProvisioningOrder>) -> bool {
    let uid = request.metadata.uid.as_deref();
    let carries = |order: &ProvisioningOrder| order.spec.request_refs.iter().any(|one| Some(one.uid.as_str()) == uid);
    let followed = request.status.as_ref().and_then(|status| status.orders.last());
    let mirrors = newest.is_some_and(|order| carries(order) || followed == order.metadata.name.as_ref());
    !mirrors && !handoff_core::engine::is_finished_request(request)
}

/// What the newest order that was not given up wants; without one, the newest request.
fn desired(orders: &[&ProvisioningOrder], requests: &[AssignmentRequest]) -> Option<Desired> {
    if let Some(order) = orders.iter().rev().find(|order| !is_given_up(order)) {
        return Some(Desired {
            exists: order.spec.desired.exists,
            values: planned(order),
            by: format!("porder/{}", order.name_any()),
        });
    }
    let state = |request: &AssignmentRequest| request.status.as_ref().and_then(|status| status.provisioning_state);
    let ended = [Some(ProvisioningState::Inactive), Some(ProvisioningState::Errored)];
    let request = requests.iter().rev().find(|request| !ended.contains(&state(request)))?;
    let spec = &request.spec;
    let one = spec.properties.iter().filter(|(_, value)| !value.is_empty());
    let one = one.map(|(property, value)| (property.clone(), vec![value.clone()]));
    let several = spec.values.iter().chain(&spec.add_values);
    let several = several.map(|(property, values)| (property.clone(), values.clone()));
    Some(Desired {
        exists: spec.operation != Operation::Delete,
        values: one.chain(several).collect(),
        by: format!("areq/{}", request.name_any()),
    })
}

/// The planned values: those of a claim without what was really set.
fn planned(order: &ProvisioningOrder) -> PropertyValues {
    let mut plain = order.clone();
    plain.spec.decision = None;
    knowledge::claimed_values(&plain)
}

fn is_given_up(order: &ProvisioningOrder) -> bool {
    let Some(status) = &order.status else { return false };
    status.state == Some(ProvisioningState::Inactive)
        || (status.state == Some(ProvisioningState::Errored) && holds(&status.conditions, FINISHED))
}

fn claimed(claim: &Fact<'_>) -> Claimed {
    let spec = &claim.order.spec;
    let by = spec.decision.as_ref().and_then(|decision| decision.by.as_ref());
    Claimed {
        exists: spec.desired.exists,
        values: knowledge::claimed_values(claim.order),
        order: claim.order.name_any(),
        by: by.map(|by| by.username.clone()),
        at: claim.executed_at,
        verified: claim.state == Some(ProvisioningState::Verified),
    }
}

fn observed(seen: Option<Seen<'_>>) -> Observed {
    let spec = seen.and_then(|seen| seen.resource).map(|resource| &resource.spec);
    Observed {
        presence: match (seen, spec) {
            (None, _) => Presence::Unknown,
            (Some(_), None) => Presence::Absent,
            (Some(_), Some(_)) => Presence::Present,
        },
        values: spec.map(knowledge::values_of).unwrap_or_default(),
        owner: spec.and_then(|spec| spec.owner.as_ref()).map(|owner| owner.id.clone()),
        as_of: seen.map(|seen| seen.as_of),
        synchronization: seen.and_then(|seen| seen.by).map(ToOwned::to_owned),
    }
}

/// Whose state is shown.
#[derive(Default)]
struct Subject {
    state: Option<ProvisioningState>,
    reason: Option<String>,
    message: Option<String>,
    since: Option<Timestamp>,
}

impl Subject {
    fn of(order: Option<&ProvisioningOrder>, request: Option<&AssignmentRequest>) -> Self {
        let made = |time: Option<k8s_openapi::apimachinery::pkg::apis::meta::v1::Time>| time.map(|time| time.0);
        if let Some(order) = order {
            let status = order.status.clone().unwrap_or_default();
            return Self {
                state: status.state,
                reason: status.reason,
                message: status.message,
                since: since(&status.history).or_else(|| made(order.creation_timestamp())),
            };
        }
        let Some(request) = request else { return Self::default() };
        let status = request.status.clone().unwrap_or_default();
        Self {
            state: status.provisioning_state,
            reason: status.reason,
            message: status.message,
            since: since(&status.history).or_else(|| made(request.creation_timestamp())),
        }
    }
}
