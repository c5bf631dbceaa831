//! Watches feed the index. One bad object is logged and left out; it stops nothing.

use super::apply::Indexed;
use super::health::Warmth;
use super::index::ObjectKey;
use super::{Operator, lock};
use futures::StreamExt;
use handoff_core::api::{AssignmentRequest, ProvisioningOrder, ResourceType};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::ResourceExt;
use kube::api::Api;
use kube::core::DeserializeGuard;
use kube::runtime::watcher::{Config, Event};
use kube::runtime::{WatchStreamExt, watcher};
use std::collections::HashSet;
use std::sync::Arc;
use tracing::{error, warn};

/// How many watchers [`start`] makes for one namespace, or for all of them.
pub const KINDS: usize = 3;

/// Starts the watchers of one namespace, or of all.
pub fn start(operator: &Arc<Operator>, namespace: Option<&str>, warmth: &Warmth) {
    let scope = namespace.map(str::to_owned);
    tokio::spawn(follow::<ResourceType>(
        Arc::clone(operator),
        scope.clone(),
        warmth.clone(),
    ));
    tokio::spawn(follow::<AssignmentRequest>(
        Arc::clone(operator),
        scope.clone(),
        warmth.clone(),
    ));
    tokio::spawn(follow::<ProvisioningOrder>(Arc::clone(operator), scope, warmth.clone()));
}

trait Known: Indexed {
    fn known(operator: &Operator) -> Vec<ObjectKey>;
    /// The object is there, but only this of it can be read.
    fn put_unreadable(_: &Operator, _: ObjectKey, _: &ObjectMeta) {}
}

impl Known for ResourceType {
    fn known(operator: &Operator) -> Vec<ObjectKey> {
        lock(&operator.index).type_keys()
    }
}

impl Known for AssignmentRequest {
    fn known(operator: &Operator) -> Vec<ObjectKey> {
        lock(&operator.index).request_keys()
    }
}

impl Known for ProvisioningOrder {
    fn known(operator: &Operator) -> Vec<ObjectKey> {
        lock(&operator.index).order_keys()
    }

    fn put_unreadable(operator: &Operator, key: ObjectKey, metadata: &ObjectMeta) {
        lock(&operator.index).unreadable.put(key, metadata);
    }
}

async fn follow<K: Known + Send + Sync + 'static>(operator: Arc<Operator>, scope: Option<String>, warmth: Warmth) {
    let client = operator.client.clone();
    let api: Api<DeserializeGuard<K>> = match &scope {
        Some(namespace) => Api::namespaced(client, namespace),
        None => Api::all(client),
    };
    let mut events = watcher(api, Config::default()).default_backoff().boxed();
    let mut listed: HashSet<ObjectKey> = HashSet::new();
    let mut before: HashSet<ObjectKey> = HashSet::new();
    let mut first = true;
    while let Some(event) = events.next().await {
        match event {
            Ok(Event::Init) => {
                listed.clear();
                before = K::known(&operator).into_iter().collect();
            }
            Ok(Event::InitApply(object)) => {
                listed.insert(key(&object));
                take_in(&operator, object);
            }
            Ok(Event::InitDone) => {
                let mine = |key: &&ObjectKey| scope.as_ref().is_none_or(|namespace| *namespace == key.0);
                for gone in before.difference(&listed).filter(mine) {
                    operator.wake(K::remove(&operator, gone));
                }
                if std::mem::take(&mut first) {
                    warmth.one_done();
                    operator.nudge();
                }
            }
            Ok(Event::Apply(object)) => take_in(&operator, object),
            Ok(Event::Delete(object)) => operator.wake(K::remove(&operator, &key(&object))),
            Err(problem) => warn!(kind = %K::kind(&()), "the watch broke and starts again by itself: {problem}"),
        }
    }
}

fn key<K: Indexed>(object: &DeserializeGuard<K>) -> ObjectKey {
    (object.namespace().unwrap_or_default(), object.name_any())
}

fn take_in<K: Known>(operator: &Operator, object: DeserializeGuard<K>) {
    let (namespace, name) = key(&object);
    match object.0 {
        Ok(mut object) => {
            object.meta_mut().managed_fields = None;
            let woken = object.put(operator);
            operator.wake(woken);
        }
        Err(invalid) => {
            K::put_unreadable(operator, (namespace.clone(), name.clone()), &invalid.metadata);
            error!(kind = %K::kind(&()), namespace, name, "this object cannot be read and is left alone: {}; correct or delete it", invalid.error);
        }
    }
}
