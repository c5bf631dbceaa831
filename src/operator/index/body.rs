//! How much is kept of an object: all of it while something may become of it, a few facts once its line rests.

use super::key::{Uid, version_of};
use super::numbers::Place;
use handoff_core::engine::dormant::{OrderFacts, RequestFacts};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::ResourceExt;
use std::sync::Arc;

/// An object, whole or slim, and where it is counted: beside the discriminant that takes no room.
#[derive(Debug)]
pub(super) enum Body<T, F> {
    Full(Place, Arc<T>),
    Slim(Place, Box<Slim<F>>),
}

/// What is left of an object.
#[derive(Debug)]
pub(super) struct Slim<F> {
    pub(super) uid: Uid,
    pub(super) version: u64,
    pub(super) facts: F,
}

/// Owner, and identifier as spelled.
pub(super) type Whose = Arc<(Box<str>, Box<str>)>;

/// What is left of an order.
#[derive(Debug)]
pub(super) struct OrderRest {
    pub(super) facts: OrderFacts,
    /// Shared with the line and its other orders, where it is the same.
    pub(super) whose: Whose,
    /// The requests that it carries.
    pub(super) carried: Box<[Uid]>,
}

pub(super) type OrderBody = Body<handoff_core::api::ProvisioningOrder, OrderRest>;
pub(super) type RequestBody = Body<handoff_core::api::AssignmentRequest, RequestFacts>;

impl<T: ResourceExt + Clone, F> Body<T, F> {
    /// The whole object. What was read from JSON has room to grow in every list; its copy is a sixth smaller.
    pub(super) fn kept(place: Place, object: &T) -> Self {
        Self::Full(place, Arc::new(object.clone()))
    }

    /// Where it is counted.
    pub(super) fn place(&self) -> Place {
        match self {
            Self::Full(place, _) | Self::Slim(place, _) => *place,
        }
    }

    pub(super) fn uid(&self) -> Uid {
        match self {
            Self::Full(_, object) => Uid::of_object(object.as_ref()),
            Self::Slim(_, slim) => slim.uid,
        }
    }

    pub(super) fn version(&self) -> u64 {
        match self {
            Self::Full(_, object) => version_of(object.as_ref()),
            Self::Slim(_, slim) => slim.version,
        }
    }

    pub(super) fn full(&self) -> Option<&Arc<T>> {
        match self {
            Self::Full(_, object) => Some(object),
            Self::Slim(_, _) => None,
        }
    }

    /// What an object from outside is to what is known.
    pub(super) fn compare(&self, new: &T) -> News {
        let same = self.uid() == Uid::of_object(new);
        match version_of(new).cmp(&self.version()) {
            std::cmp::Ordering::Greater if same => News::Later,
            std::cmp::Ordering::Greater => News::Another,
            // A late event may be about one that had this name before.
            std::cmp::Ordering::Equal if same && self.full().is_none() => News::Body,
            std::cmp::Ordering::Equal | std::cmp::Ordering::Less => News::Nothing,
        }
    }
}

/// Takes out what no decision reads and what is written nowhere: it can be as large as all the rest.
pub(super) fn lighten(meta: &mut ObjectMeta) {
    meta.managed_fields = None;
    if let Some(annotations) = &mut meta.annotations {
        annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
    }
}

/// What an object from outside is to what is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum News {
    /// Another object of the same name.
    Another,
    /// A later version.
    Later,
    /// The body of what is kept slim.
    Body,
    /// Known, or older.
    Nothing,
}

impl OrderBody {
    /// The facts; `None` while something may become of the order.
    pub(super) fn facts(&self) -> Option<OrderFacts> {
        match self {
            Self::Full(_, order) => OrderFacts::of(order),
            Self::Slim(_, slim) => Some(slim.facts.facts),
        }
    }

    pub(super) fn sequence(&self) -> i64 {
        match self {
            Self::Full(_, order) => order.spec.sequence,
            Self::Slim(_, slim) => slim.facts.facts.sequence(),
        }
    }

    pub(super) fn carries(&self, request: Uid) -> bool {
        match self {
            Self::Full(_, order) => order.spec.request_refs.iter().any(|r| Uid::of(&r.uid) == request),
            Self::Slim(_, slim) => slim.facts.carried.contains(&request),
        }
    }

    pub(super) fn carried(&self) -> Box<[Uid]> {
        match self {
            Self::Full(_, order) => order.spec.request_refs.iter().map(|r| Uid::of(&r.uid)).collect(),
            Self::Slim(_, slim) => slim.facts.carried.clone(),
        }
    }
}

impl RequestBody {
    /// The facts; `None` while something may become of the request.
    pub(super) fn facts(&self, type_name: &str, line: &str) -> Option<RequestFacts> {
        match self {
            Self::Full(_, request) => RequestFacts::of(request, type_name, line),
            Self::Slim(_, slim) => Some(slim.facts),
        }
    }
}
