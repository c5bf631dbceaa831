//! Watches feed the index. One bad object is logged and left out; it stops nothing.

use super::Operator;
use super::apply::Indexed;
use super::health::Readiness;
use super::index::{ObjectKey, Uid, key_of};
use futures::StreamExt;
use handoff_core::api::{AssignmentRequest, ManagedResource, ProvisioningOrder, ResourceType};
use kube::api::Api;
use kube::core::DeserializeGuard;
use kube::runtime::watcher::{Config, Event};
use kube::runtime::{WatchStreamExt, watcher};
use std::collections::HashSet;
use std::sync::Arc;
use tokio::task::JoinSet;
use tracing::{error, warn};

/// How many watchers [`start`] makes for one namespace, or for all of them.
pub const KINDS: usize = 4;

/// Starts the watchers of one namespace, or of all. None of them ends by itself: the one that does has a fault.
pub fn start(watches: &mut JoinSet<()>, operator: &Arc<Operator>, namespace: Option<&str>, readiness: &Readiness) {
    follow_in_background::<ResourceType>(watches, operator, namespace, readiness);
    follow_in_background::<ManagedResource>(watches, operator, namespace, readiness);
    follow_in_background::<ProvisioningOrder>(watches, operator, namespace, readiness);
    follow_in_background::<AssignmentRequest>(watches, operator, namespace, readiness);
}

fn follow_in_background<K: Indexed + Send + Sync + 'static>(
    watches: &mut JoinSet<()>,
    operator: &Arc<Operator>,
    namespace: Option<&str>,
    readiness: &Readiness,
) {
    let scope = namespace.map(str::to_owned);
    watches.spawn(follow::<K>(Arc::clone(operator), scope, readiness.clone()));
}

async fn follow<K: Indexed + Send + Sync + 'static>(
    operator: Arc<Operator>,
    scope: Option<String>,
    readiness: Readiness,
) {
    let client = operator.client.clone();
    let api: Api<DeserializeGuard<K>> = match &scope {
        Some(namespace) => Api::namespaced(client, namespace),
        None => Api::all(client),
    };
    let mut events = watcher(api, Config::default()).default_backoff().boxed();
    // Of what was known when a list began, those that it has not named yet.
    let mut unlisted: HashSet<(ObjectKey, Uid)> = HashSet::new();
    let mut first = true;
    while let Some(event) = events.next().await {
        match event {
            Ok(Event::Init) => unlisted = K::known(&operator).into_iter().collect(),
            Ok(Event::InitApply(object)) => {
                unlisted.remove(&(key_of(&object), Uid::of_object(&object)));
                take_in(&operator, object);
            }
            Ok(Event::InitDone) => {
                let mine = |key: &ObjectKey| scope.as_ref().is_none_or(|namespace| *namespace == key.0);
                for (key, uid) in std::mem::take(&mut unlisted).iter().filter(|(key, _)| mine(key)) {
                    operator.wake(K::remove(&operator, key, *uid));
                }
                if std::mem::take(&mut first) {
                    readiness.one_listed();
                    operator.nudge();
                }
            }
            Ok(Event::Apply(object)) => take_in(&operator, object),
            Ok(Event::Delete(object)) => {
                operator.wake(K::remove(&operator, &key_of(&object), Uid::of_object(&object)));
            }
            Err(problem) => warn!(kind = %K::kind(&()), "the watch broke and starts again by itself: {problem}"),
        }
    }
}

/// One object as the API server has it.
pub(super) fn take_in<K: Indexed>(operator: &Operator, object: DeserializeGuard<K>) {
    let (namespace, name) = key_of(&object);
    match object.0 {
        Ok(mut object) => {
            object.meta_mut().managed_fields = None;
            if let Some(doubt) = object.doubt() {
                warn!(kind = %K::kind(&()), namespace, name, "this object is not used: {doubt}");
            }
            let woken = object.put(operator);
            operator.wake(woken);
        }
        Err(invalid) => {
            K::put_unreadable(operator, (namespace.clone(), name.clone()), &invalid.metadata);
            error!(kind = %K::kind(&()), namespace, name, "this object cannot be read and is left alone: {}; correct or delete it", invalid.error);
        }
    }
}
