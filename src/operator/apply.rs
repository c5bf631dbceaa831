//! Writes decisions to the API server, in their fixed order, and takes each answer into the index. It decides nothing.

use super::error::PassError;
use super::faults;
use super::index::{Key, LineKey, ObjectKey, Uid, key_of};
use super::merge_patch::diff;
use super::{Operator, clock, lock};
use handoff_core::api::{
    AssignmentRequest, ManagedResource, ProvisioningOrder, ProvisioningOrderStatus, ResourceType, ResourceTypeStatus,
    Synchronization,
};
use handoff_core::engine::{NewOrder, OrderUpdate, RequestUpdate, ResourceChange, identity};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};
use kube::api::{Api, DeleteParams, Patch, PatchParams, PostParams, Preconditions};
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
    /// Why the object is of no use although it can be read.
    fn doubt(&self) -> Option<String> {
        None
    }
    /// The object is there, but only this of it can be read.
    fn put_unreadable(_: &Operator, _: ObjectKey, _: &ObjectMeta) {}
    /// The object with this uid is gone.
    fn remove(operator: &Operator, key: &ObjectKey, uid: Uid) -> HashSet<Key>;
    /// All that is known of the kind.
    fn known(operator: &Operator) -> Vec<(ObjectKey, Uid)>;
}

macro_rules! indexed {
    ($kind:ty, $put:ident, $remove:ident, $known:ident $(, $more:item)?) => {
        impl Indexed for $kind {
            fn put(self, operator: &Operator) -> HashSet<Key> {
                let mut index = lock(&operator.index);
                let woken = index.$put(self);
                index.doubt(&woken);
                if index.ages_earlier() {
                    operator.aging.notify_one();
                }
                woken
            }
            fn remove(operator: &Operator, key: &ObjectKey, uid: Uid) -> HashSet<Key> {
                lock(&operator.index).$remove(key, uid)
            }
            fn known(operator: &Operator) -> Vec<(ObjectKey, Uid)> {
                lock(&operator.index).$known()
            }
            $($more)?
        }
    };
}
indexed!(ResourceType, put_type, remove_type, known_types);
indexed!(AssignmentRequest, put_request, remove_request, known_requests);
indexed!(
    Synchronization,
    put_synchronization,
    remove_synchronization,
    known_synchronizations
);
indexed!(
    ProvisioningOrder,
    put_order,
    remove_order,
    known_orders,
    fn put_unreadable(operator: &Operator, key: ObjectKey, metadata: &ObjectMeta) {
        lock(&operator.index).put_unreadable_order(key, metadata);
    }
);
indexed!(
    ManagedResource,
    put_resource,
    remove_resource,
    known_resources,
    fn doubt(&self) -> Option<String> {
        let folded = identity::fold(&self.spec.identifier, true);
        let wanted = identity::line_name(&self.spec.resource_type_ref.name, &folded);
        LineKey::of_resource(self).is_none().then(|| {
            format!("its name is not that of its identifier: write it as {wanted} (the name of its orders without the number)")
        })
    }
);

/// A call that ends in time.
pub(super) async fn within<T>(object: &str, call: impl Future<Output = kube::Result<T>>) -> Result<T, PassError> {
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

/// The HTTP status that the API server answered.
pub(super) fn code(error: &PassError) -> Option<u16> {
    match error {
        PassError::Api { source, .. } => {
            if let kube::Error::Api(status) = source.as_ref() {
                Some(status.code)
            } else {
                None
            }
        }
        PassError::Stale { .. }
        | PassError::Timeout { .. }
        | PassError::Unreadable { .. }
        | PassError::Json { .. }
        | PassError::NameHeld { .. }
        | PassError::RequestNameHeld { .. } => None,
    }
}

impl Operator {
    /// A status of an order.
    pub(super) async fn write_order(&self, update: &OrderUpdate) -> Result<(), PassError> {
        self.step_order(update.order.as_ref(), &update.status).await
    }

    /// A status of an order in place of the one that it has.
    async fn step_order(&self, order: &ProvisioningOrder, new: &ProvisioningOrderStatus) -> Result<(), PassError> {
        let old = order.status.clone().unwrap_or_default();
        self.write_status(order, &old, new).await?;
        self.metrics.order_written(order, &old, new, &Time(clock::now()));
        Ok(())
    }

    /// A status of a request.
    pub(super) async fn write_request(&self, update: &RequestUpdate) -> Result<(), PassError> {
        let request = update.request.as_ref();
        let old = request.status.clone().unwrap_or_default();
        self.write_status(request, &old, &update.status).await?;
        let has_type = |kind: &ObjectKey| lock(&self.index).has_type(kind);
        self.metrics.request_written(request, &old, &update.status, has_type);
        Ok(())
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
                if let Some(there) = within(&name, api.get_opt(&name)).await? {
                    lock(&self.index).note_name_conflict(line, &there);
                    self.absorb(there);
                }
                return Err(PassError::Stale { object: name });
            }
            Err(error) => return Err(error),
        };
        self.absorb(order.clone());
        self.step_order(&order, &new.status).await?;
        Ok(order.uid())
    }

    /// The difference of two statuses of an object.
    pub(super) async fn write_status<K: Indexed, S: Serialize>(
        &self,
        object: &K,
        old: &S,
        new: &S,
    ) -> Result<(), PassError> {
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
            Err(error) => Err(self.forget_decision(&api, object, error).await),
        }
    }

    /// What becomes of the inventory's entry of a line.
    pub(super) async fn write_resource(&self, line: &LineKey, change: &ResourceChange) -> Result<(), PassError> {
        let api: Api<ManagedResource> = Api::namespaced(self.client.clone(), &line.namespace);
        match change {
            ResourceChange::Create(made) => {
                let name = made.name_any();
                match within(&name, api.create(&PostParams::default(), made)).await {
                    Ok(made) => self.absorb(made),
                    Err(error) if code(&error) == Some(409) => {
                        let there = within(&name, api.get_opt(&name)).await?;
                        let foreign = there
                            .as_ref()
                            .is_some_and(|there| LineKey::of_resource(there).as_ref() != Some(line));
                        there.into_iter().for_each(|there| self.absorb(there));
                        return Err(if foreign {
                            PassError::NameHeld { object: name }
                        } else {
                            PassError::Stale { object: name }
                        });
                    }
                    Err(error) => return Err(error),
                }
            }
            ResourceChange::Replace { before, after } => {
                let name = before.name_any();
                let mut after = after.clone();
                after
                    .metadata
                    .resource_version
                    .clone_from(&before.metadata.resource_version);
                match within(&name, api.replace(&name, &PostParams::default(), &after)).await {
                    Ok(written) => self.absorb(written),
                    Err(error) => return Err(self.forget_decision(&api, before.as_ref(), error).await),
                }
            }
            ResourceChange::Delete(before) => return self.delete(before.as_ref()).await,
        }
        Ok(())
    }

    /// Deletes an object, if it is still as the decision saw it.
    pub(super) async fn delete<K: Indexed>(&self, before: &K) -> Result<(), PassError> {
        let api: Api<K> = Api::namespaced(self.client.clone(), &before.namespace().unwrap_or_default());
        let name = before.name_any();
        let only_this = Preconditions {
            uid: before.uid(),
            resource_version: before.resource_version(),
        };
        let how = DeleteParams::default().preconditions(only_this);
        match within(&name, api.delete(&name, &how)).await {
            // With a finalizer it stays for a while.
            Ok(answer) => match answer.left() {
                Some(going) => self.absorb(going),
                None => self.bury(before),
            },
            Err(error) if code(&error) == Some(404) => self.bury(before),
            Err(error) => return Err(self.forget_decision(&api, before, error).await),
        }
        Ok(())
    }

    /// A write was refused because the object is not what the decision saw: takes in what is there now.
    async fn forget_decision<K: Indexed>(&self, api: &Api<K>, object: &K, error: PassError) -> PassError {
        let name = object.name_any();
        match code(&error) {
            Some(409) => match within(&name, api.get_opt(&name)).await {
                Ok(Some(there)) => {
                    self.absorb(there);
                    PassError::Stale { object: name }
                }
                Ok(None) => {
                    self.bury(object);
                    PassError::Stale { object: name }
                }
                Err(unreadable) => unreadable,
            },
            Some(404) => {
                self.bury(object);
                PassError::Stale { object: name }
            }
            Some(_) | None => error,
        }
    }

    fn bury<K: Indexed>(&self, object: &K) {
        let woken = K::remove(self, &key_of(object), Uid::of_object(object));
        self.wake(woken);
    }

    /// Takes in what the API server answered.
    pub(super) fn absorb<K: Indexed>(&self, mut object: K) {
        object.meta_mut().managed_fields = None;
        let woken = object.put(self);
        self.wake(woken);
    }
}
