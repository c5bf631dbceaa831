//! An entry of the inventory as it is kept: packed, since most are of resources that nobody orders anything for.

use super::body::Whose;
use super::key::{Uid, version_of};
use handoff_core::api::managed_resource::{ManagedResourceSpec, ResourceOwner, Source};
use handoff_core::api::{ManagedResource, NamedRef};
use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The whole object as JSON, and what is looked at without unpacking it.
#[derive(Debug)]
pub(super) struct Packed {
    pub(super) uid: Uid,
    pub(super) version: u64,
    /// Owner and identifier; `None`: nobody is known to have it.
    pub(super) whose: Option<Whose>,
    /// Exactly: JSON has whole seconds.
    observed_at: Timestamp,
    source: Source,
    json: Box<[u8]>,
}

impl Packed {
    /// # Errors
    /// When the object is no JSON, although it came as such.
    pub(super) fn of(object: &ManagedResource) -> Result<Self, serde_json::Error> {
        let owner = object.spec.owner.as_ref();
        let whose =
            |owner: &ResourceOwner| Arc::new((owner.id.as_str().into(), object.spec.identifier.as_str().into()));
        Ok(Self {
            uid: Uid::of_object(object),
            version: version_of(object),
            whose: owner.map(whose),
            observed_at: object.spec.observed_at.0,
            source: object.spec.source,
            json: serde_json::to_vec(object)?.into_boxed_slice(),
        })
    }

    /// The whole object.
    pub(super) fn unpack(&self) -> Option<ManagedResource> {
        let mut object: ManagedResource = serde_json::from_slice(&self.json).ok()?;
        object.spec.observed_at = Time(self.observed_at);
        Some(object)
    }

    /// An entry that says as much as [`handoff_core::engine::holding`] reads, and nothing else that is true.
    pub(super) fn outline(&self) -> ManagedResource {
        let spec = ManagedResourceSpec {
            resource_type_ref: NamedRef::default(),
            identifier: self.whose.as_ref().map(|whose| whose.1.to_string()).unwrap_or_default(),
            owner: self.whose.as_ref().map(|whose| ResourceOwner {
                id: whose.0.to_string(),
            }),
            properties: BTreeMap::new(),
            values: BTreeMap::new(),
            source: self.source,
            observed_at: Time(self.observed_at),
        };
        ManagedResource::new("outline", spec)
    }
}

#[cfg(test)]
mod tests {
    use super::Packed;
    use handoff_core::api::ManagedResource;
    use serde_json::json;

    #[test]
    fn what_is_unpacked_is_what_was_packed() {
        let object = json!({
            "apiVersion": "handoff.dev/v1alpha1", "kind": "ManagedResource",
            "metadata": {"name": "badge.anna", "namespace": "identity", "uid": "u", "resourceVersion": "7", "labels": {"a": "b"}},
            "spec": {"resourceTypeRef": {"name": "badge"}, "identifier": "Anna", "owner": {"id": "anna"},
                "properties": {"zone": "HQ"}, "values": {"doors": ["n", "s"]}, "source": "Virtual",
                "observedAt": "2026-03-01T07:00:00.25Z"},
        });
        let object: ManagedResource = serde_json::from_value(object).unwrap();
        let packed = Packed::of(&object).unwrap();
        assert_eq!(packed.unpack().as_ref(), Some(&object));
        let outline = packed.outline().spec;
        assert_eq!(
            (outline.identifier, outline.owner, outline.observed_at, outline.source),
            (
                object.spec.identifier,
                object.spec.owner,
                object.spec.observed_at,
                object.spec.source
            )
        );
    }
}
