//! How work and objects are named. Nothing here keeps anything.

use handoff_core::api::{AssignmentRequest, ManagedResource, ProvisioningOrder};
use handoff_core::engine::identity;
use kube::ResourceExt;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

/// Namespace and name.
pub type ObjectKey = (String, String);

/// What a pass works on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// One resource of one type.
    Line(LineKey),
    /// A request whose line is not known.
    Request(ObjectKey),
    /// A type.
    Type(ObjectKey),
    /// A snapshot of a managed system.
    Sync(ObjectKey),
}

/// One resource of one type.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LineKey {
    /// Its namespace.
    pub namespace: String,
    /// Name of its ResourceType.
    pub type_name: String,
    /// Its folded identifier.
    pub identifier: String,
}

impl LineKey {
    /// The line of an order: its own policy says how its identifier is folded.
    pub fn of_order(order: &ProvisioningOrder) -> Self {
        Self {
            namespace: order.namespace().unwrap_or_default(),
            type_name: order.spec.resource_type_ref.name.clone(),
            identifier: identity::line_of(order),
        }
    }

    /// The line of an entry of the inventory. The entry's name says how its identifier is folded, whatever becomes
    /// of its type; it is also what the API server keeps unique. `None`: its name is not that of its identifier.
    pub fn of_resource(resource: &ManagedResource) -> Option<Self> {
        let name = resource.name_any();
        let type_name = &resource.spec.resource_type_ref.name;
        let identifier = [true, false]
            .into_iter()
            .map(|case_insensitive| identity::fold(&resource.spec.identifier, case_insensitive))
            .find(|folded| identity::line_name(type_name, folded) == name)?;
        Some(Self {
            namespace: resource.namespace().unwrap_or_default(),
            type_name: type_name.clone(),
            identifier,
        })
    }

    /// The type of the line.
    pub fn type_key(&self) -> ObjectKey {
        (self.namespace.clone(), self.type_name.clone())
    }
}

/// Stands for one owner of resources of one type. A hash: two owners that share it are woken for nothing, no more.
pub(super) type OwnerKey = u64;

pub(super) fn owner_key(namespace: &str, type_name: &str, owner: &str) -> OwnerKey {
    BuildHasherDefault::<DefaultHasher>::default().hash_one((namespace, type_name, owner))
}

pub(super) fn owner_of_request(request: &AssignmentRequest) -> OwnerKey {
    let namespace = request.namespace().unwrap_or_default();
    owner_key(&namespace, &request.spec.resource_type_ref.name, &request.spec.owner.id)
}

/// Namespace and name of an object.
pub fn key_of<K: ResourceExt>(object: &K) -> ObjectKey {
    (object.namespace().unwrap_or_default(), object.name_any())
}

/// An object's uid, small. Equal uids are equal; others differ as far as 128 bits can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Uid(u64, u64);

impl Uid {
    /// Of the text in the metadata.
    pub fn of(text: &str) -> Self {
        let digits = text.replace('-', "");
        let half = |digits: Option<&str>| u64::from_str_radix(digits?, 16).ok();
        let halves = half(digits.get(..16)).zip(half(digits.get(16..)));
        match halves {
            Some((high, low)) if text.len() == 36 && digits.len() == 32 => Self(high, low),
            Some(_) | None => {
                let hash = |salt: u8| BuildHasherDefault::<DefaultHasher>::default().hash_one((salt, text));
                Self(hash(0), hash(1))
            }
        }
    }

    /// Of an object that came from the API server.
    pub fn of_object<K: ResourceExt>(object: &K) -> Self {
        Self::of(object.uid().as_deref().unwrap_or_default())
    }
}

/// The object's version as a number. The API server hands out whole numbers that only grow.
pub(super) fn version_of<K: ResourceExt>(object: &K) -> u64 {
    let version = object.resource_version();
    version.and_then(|version| version.parse().ok()).unwrap_or(0)
}
