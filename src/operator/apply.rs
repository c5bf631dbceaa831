//! Writes decisions to the API server, in their fixed order, and takes each answer into the index. It decides nothing.

use super::error::PassError;
use super::faults;
use super::index::{Key, LineKey};
use super::merge_patch::diff;
use super::{Operator, lock};
use handoff_core::api::{AssignmentRequest, ProvisioningOrder, ResourceType, ResourceTypeStatus};
use handoff_core::engine::{NewOrder, OrderUpdate, RequestUpdate};
use kube::api::{Api, Patch, PatchParams, PostParams};
use kube::core::NamespaceResourceScope;
use kube::{Resource, ResourceExt};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::json;
use std::collections::HashSet;
use std::fmt::Debug;
use std::time::Duration;

/// How long one call may take.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A kind that the index keeps.
pub trait Indexed:
    Resource<Scope = NamespaceResourceScope, DynamicType = ()> + Clone + Debug + DeserializeOwned + Serialize
{
    /// Takes the object in.
    fn put(self, operator: &Operator) -> HashSet<Key>;
    /// The object is gone.
    fn remove(operator: &Operator, key: &(String, String)) -> HashSet<Key>;
}

macro_rules! indexed {
    ($kind:ty, $put:ident, $remove:ident) => {
        impl Indexed for $kind {
            fn put(self, operator: &Operator) -> HashSet<Key> {
                lock(&operator.index).$put(self)
            }
            fn remove(operator: &Operator, key: &(String, String)) -> HashSet<Key> {
                lock(&operator.index).$remove(key)
            }
        }
    };
}
indexed!(ResourceType, put_type, remove_type);
indexed!(AssignmentRequest, put_request, remove_request);
indexed!(ProvisioningOrder, put_order, remove_order);

async fn within<T>(object: &str, call: impl Future<Output = kube::Result<T>>) -> Result<T, PassError> {
    let patience = faults::patience(PATIENCE);
    match tokio::time::timeout(patience, call).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(source)) => Err(PassError::Api {
            object: object.to_owned(),
            source: Box::new(source),
        }),
        Err(_) => Err(PassError::Timeout {
            object: object.to_owned(),
            seconds: patience.as_secs(),
        }),
    }
}

fn code(error: &PassError) -> Option<u16> {
    match error {
        PassError::Api { source, .. } => {
            if let kube::Error::Api(status) = source.as_ref() {
                Some(status.code)
            } else {
                None
            }
        }
        PassError::Stale { .. } | PassError::Timeout { .. } | PassError::Unreadable { .. } | PassError::Json { .. } => {
            None
        }
    }
}

impl Operator {
    /// A status of an order.
    pub(super) async fn write_order(&self, update: &OrderUpdate) -> Result<(), PassError> {
        let old = update.order.status.clone().unwrap_or_default();
        self.write_status(update.order.as_ref(), &old, &update.status).await
    }

    /// A status of a request.
    pub(super) async fn write_request(&self, update: &RequestUpdate) -> Result<(), PassError> {
        let old = update.request.status.clone().unwrap_or_default();
        self.write_status(update.request.as_ref(), &old, &update.status).await
    }

    /// A status of a type.
    pub(super) async fn write_type(&self, object: &ResourceType, status: &ResourceTypeStatus) -> Result<(), PassError> {
        self.write_status(object, &object.status.clone().unwrap_or_default(), status)
            .await
    }

    /// A new order and its first status; answers its uid.
    pub(super) async fn make_order(&self, line: &LineKey, new: &NewOrder) -> Result<Option<String>, PassError> {
        let api: Api<ProvisioningOrder> = Api::namespaced(self.client.clone(), &line.namespace);
        let name = new.order.name_any();
        let made = within(&name, faults::write(api.create(&PostParams::default(), &new.order))).await;
        let order = match made {
            Ok(order) => order,
            Err(error) if code(&error) == Some(409) => {
                // The name is taken: what is there decides, never the next number by itself.
                let there = within(&name, api.get(&name)).await?;
                lock(&self.index).note_name_conflict(line, &there);
                self.absorb(there);
                return Err(PassError::Stale { object: name });
            }
            Err(error) => return Err(error),
        };
        self.absorb(order.clone());
        self.write_status(
            &order,
            &handoff_core::api::ProvisioningOrderStatus::default(),
            &new.status,
        )
        .await?;
        Ok(order.uid())
    }

    async fn write_status<K: Indexed, S: Serialize>(&self, object: &K, old: &S, new: &S) -> Result<(), PassError> {
        let namespace = object.namespace().unwrap_or_default();
        let name = object.name_any();
        let as_json = |status: &S| {
            serde_json::to_value(status).map_err(|source| PassError::Json {
                object: name.clone(),
                source,
            })
        };
        let Some(change) = diff(&as_json(old)?, &as_json(new)?) else {
            return Ok(());
        };
        let patch = json!({"metadata": {"resourceVersion": object.resource_version()}, "status": change});
        let api: Api<K> = Api::namespaced(self.client.clone(), &namespace);
        let written = within(
            &name,
            faults::write(api.patch_status(&name, &PatchParams::default(), &Patch::Merge(&patch))),
        )
        .await;
        match written {
            Ok(answer) => {
                self.absorb(answer);
                Ok(())
            }
            Err(error) => match code(&error) {
                Some(409) => {
                    self.absorb(within(&name, api.get(&name)).await?);
                    Err(PassError::Stale { object: name })
                }
                Some(404) => {
                    let woken = K::remove(self, &(namespace, name.clone()));
                    self.wake(woken);
                    Err(PassError::Stale { object: name })
                }
                Some(_) | None => Err(error),
            },
        }
    }

    fn absorb<K: Indexed>(&self, mut object: K) {
        object.meta_mut().managed_fields = None;
        let woken = object.put(self);
        self.wake(woken);
    }
}
