//! The world outside the operator: what the API server stores, with its rules for writers, and its log of events.

use crate::exports::Run;
use crate::managed::System;
use handoff::operator::index::Uid;
use handoff_core::api::{
    AssignmentRequest, ManagedResource, ProvisioningOrder, ProvisioningState as State, ResourceType, Synchronization,
    WorkflowState,
};
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};
use kube::ResourceExt;
use std::collections::BTreeMap;

pub const NAMESPACE: &str = "identity";

/// Which of the five watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Type,
    Request,
    Order,
    Resource,
    Synchronization,
}

/// How many watches there are.
pub const KINDS: usize = 5;

impl Kind {
    pub const ALL: [Self; KINDS] = [
        Self::Type,
        Self::Request,
        Self::Order,
        Self::Resource,
        Self::Synchronization,
    ];
}

/// One watch event.
#[derive(Clone, Debug)]
pub enum Event {
    Type(Box<ResourceType>),
    Request(Box<AssignmentRequest>),
    Order(Box<ProvisioningOrder>),
    Resource(Box<ManagedResource>),
    Synchronization(Box<Synchronization>),
    Gone(Kind, String, Uid),
}

impl std::fmt::Display for Event {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Type(object) => write!(f, "{}: {:?}", object.name_any(), object.status),
            Self::Request(object) => write!(f, "{}: {:?}", object.name_any(), object.status),
            Self::Order(object) => write!(f, "{}: {:?} {:?}", object.name_any(), object.spec, object.status),
            Self::Resource(object) => write!(f, "{}: {:?}", object.name_any(), object.spec),
            Self::Synchronization(object) => write!(f, "{}: {:?} {:?}", object.name_any(), object.spec, object.status),
            Self::Gone(kind, name, _) => write!(f, "{kind:?} {name} is gone"),
        }
    }
}

/// Why a write did not happen.
#[derive(Debug, PartialEq, Eq)]
pub enum Refused {
    NotFound,
    Conflict,
    AlreadyExists,
}

#[derive(Default)]
pub struct World {
    pub now: Timestamp,
    /// The clock was set back, and not everything was looked at since.
    pub stepped_back: bool,
    /// The admission policies are not in force: anybody may write anything.
    pub unguarded: bool,
    pub types: BTreeMap<String, ResourceType>,
    pub requests: BTreeMap<String, AssignmentRequest>,
    pub orders: BTreeMap<String, ProvisioningOrder>,
    pub resources: BTreeMap<String, ManagedResource>,
    pub synchronizations: BTreeMap<String, Synchronization>,
    /// What really exists, whatever the objects say.
    pub system: System,
    /// Every export that was made of it, the newest last.
    pub runs: Vec<Run>,
    pub logs: BTreeMap<u8, Vec<Event>>,
    pub version: u64,
}

macro_rules! kind {
    ($object:ty, $map:ident, $kind:expr, $event:path, $put:ident, $gone:ident, $created:ident) => {
        impl World {
            /// Stores a new object.
            pub fn $created(&mut self, mut object: $object) -> Result<$object, Refused> {
                if self.$map.contains_key(&object.name_any()) {
                    return Err(Refused::AlreadyExists);
                }
                self.stamp(&mut object.metadata);
                Ok(self.$put(object))
            }

            /// Stores an object over what is there.
            pub fn $put(&mut self, mut object: $object) -> $object {
                self.version += 1;
                object.metadata.resource_version = Some(self.version.to_string());
                self.$map.insert(object.name_any(), object.clone());
                self.log($kind).push($event(Box::new(object.clone())));
                object
            }

            /// Removes an object.
            pub fn $gone(&mut self, name: &str) {
                if let Some(gone) = self.$map.remove(name) {
                    let uid = Uid::of_object(&gone);
                    self.log($kind).push(Event::Gone($kind, name.to_owned(), uid));
                }
            }
        }
    };
}
kind!(
    ResourceType,
    types,
    Kind::Type,
    Event::Type,
    put_type,
    remove_type,
    create_type
);
kind!(
    AssignmentRequest,
    requests,
    Kind::Request,
    Event::Request,
    put_request,
    remove_request,
    create_request
);
kind!(
    ProvisioningOrder,
    orders,
    Kind::Order,
    Event::Order,
    put_order,
    remove_order,
    create_order
);
kind!(
    ManagedResource,
    resources,
    Kind::Resource,
    Event::Resource,
    put_resource,
    remove_resource,
    create_resource
);
kind!(
    Synchronization,
    synchronizations,
    Kind::Synchronization,
    Event::Synchronization,
    put_synchronization,
    remove_synchronization,
    create_synchronization
);

impl World {
    pub fn log(&mut self, kind: Kind) -> &mut Vec<Event> {
        self.logs.entry(kind as u8).or_default()
    }

    fn stamp(&mut self, metadata: &mut ObjectMeta) {
        self.version += 1;
        metadata.namespace = Some(NAMESPACE.to_owned());
        metadata.uid = Some(format!("uid-{}", self.version));
        metadata.generation = Some(1);
        metadata.creation_timestamp = Some(Time(self.now));
    }

    /// Whether an object that a writer saw is still the stored one.
    pub fn check<K: ResourceExt>(stored: Option<&K>, seen: &K) -> Result<(), Refused> {
        match stored {
            None => Err(Refused::NotFound),
            Some(stored) if stored.resource_version() != seen.resource_version() => Err(Refused::Conflict),
            Some(_) => Ok(()),
        }
    }

    /// Names of orders in this state.
    pub fn orders_in(&self, state: State) -> Vec<String> {
        let in_state = |order: &&ProvisioningOrder| order_state(order) == Some(state);
        self.orders
            .values()
            .filter(in_state)
            .map(ResourceExt::name_any)
            .collect()
    }

    /// The newest orders, for who reads a failure.
    pub fn newest_orders(&self) -> String {
        let mut orders: Vec<_> = self.orders.values().collect();
        orders.sort_by_key(|order| crate::oracle::version(*order));
        let told = orders.iter().rev().take(4).map(|order| {
            let status = order.status.clone().unwrap_or_default();
            let refs: Vec<_> = order
                .spec
                .request_refs
                .iter()
                .map(|r| (&r.name, r.superseded))
                .collect();
            format!(
                "{}: {refs:?} {:?} {:?} {:?}",
                order.name_any(),
                order.spec.changes,
                status.state,
                status.message
            )
        });
        let requests = self.requests.values().map(|request| {
            let status = request.status.clone().unwrap_or_default();
            format!(
                "{}: {:?} {:?}",
                request.name_any(),
                status.provisioning_state,
                status.message
            )
        });
        told.chain(requests).collect::<Vec<_>>().join("\n")
    }

    /// Names of requests that wait for approvers.
    pub fn pending(&self) -> Vec<String> {
        let pending = self.requests.values().filter(|request| is_pending(request));
        pending.map(ResourceExt::name_any).collect()
    }

    /// Names of orders that wait for Retry or Abandon.
    pub fn needing_recovery(&self) -> Vec<String> {
        self.orders
            .values()
            .filter(|order| needs_recovery(order))
            .map(ResourceExt::name_any)
            .collect()
    }
}

pub fn order_state(order: &ProvisioningOrder) -> Option<State> {
    order.status.as_ref().and_then(|status| status.state)
}

pub fn needs_recovery(order: &ProvisioningOrder) -> bool {
    order_state(order) == Some(State::Errored)
        && order.spec.recovery.is_none()
        && order
            .status
            .iter()
            .flat_map(|status| &status.conditions)
            .any(|condition| condition.type_ == "Stalled" && condition.reason == "RecoveryNeeded")
}

/// Whether a request waits for approvers.
pub fn is_pending(request: &AssignmentRequest) -> bool {
    let state = request.status.as_ref().and_then(|status| status.workflow_state);
    state == Some(WorkflowState::PendingApproval)
}

pub fn request_state(request: &AssignmentRequest) -> Option<State> {
    request.status.as_ref().and_then(|status| status.provisioning_state)
}
