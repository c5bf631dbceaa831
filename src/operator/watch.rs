//! Watches feed the index. One bad object is logged and left out; it stops nothing.

use super::Operator;
use super::apply::Indexed;
use super::health::Readiness;
use super::index::{ObjectKey, Uid, key_of};
use futures::StreamExt;
use handoff_core::api::{AssignmentRequest, ManagedResource, ProvisioningOrder, ResourceType, Synchronization};
use kube::api::Api;
use kube::core::DeserializeGuard;
use kube::runtime::watcher::{Config, Event};
use kube::runtime::{WatchStreamExt, watcher};
use std::collections::HashSet;
use std::sync::Arc;
use tokio::sync::oneshot::{Receiver, Sender, channel};
use tokio::task::JoinSet;
use tracing::{error, warn};

/// How many watchers [`start`] makes for one namespace, or for all of them.
pub const KINDS: usize = 5;

/// Starts the watchers of one namespace, or of all. None of them ends by itself: the one that does has a fault.
pub fn start(watches: &mut JoinSet<()>, operator: &Arc<Operator>, namespace: Option<&str>, readiness: &Readiness) {
    follow_in_background::<ResourceType>(watches, operator, namespace, readiness, None);
    follow_in_background::<ProvisioningOrder>(watches, operator, namespace, readiness, None);
    follow_in_background::<AssignmentRequest>(watches, operator, namespace, readiness, None);
    // A snapshot that was accepted before counts at once: what it speaks of must be listed later than it.
    let listed = follow_in_background::<Synchronization>(watches, operator, namespace, readiness, None);
    follow_in_background::<ManagedResource>(watches, operator, namespace, readiness, Some(listed));
}

/// Answers who is told when the first list is done; its own list waits for `after`.
fn follow_in_background<K: Indexed + Send + Sync + 'static>(
    watches: &mut JoinSet<()>,
    operator: &Arc<Operator>,
    namespace: Option<&str>,
    readiness: &Readiness,
    after: Option<Receiver<()>>,
) -> Receiver<()> {
    let scope = namespace.map(str::to_owned);
    let (listed, told) = channel();
    watches.spawn(follow::<K>(
        Arc::clone(operator),
        scope,
        readiness.clone(),
        after,
        listed,
    ));
    told
}

async fn follow<K: Indexed + Send + Sync + 'static>(
    operator: Arc<Operator>,
    scope: Option<String>,
    readiness: Readiness,
    after: Option<Receiver<()>>,
    listed: Sender<()>,
) {
    if let Some(after) = after {
        // Fails only when that watch has ended: then the operator ends.
        let _ended = after.await;
    }
    let mut listed = Some(listed);
    let client = operator.client.clone();
    let api: Api<DeserializeGuard<K>> = match &scope {
        Some(namespace) => Api::namespaced(client, namespace),
        None => Api::all(client),
    };
    let mut events = watcher(api, Config::default()).default_backoff().boxed();
    // Of what was known when a list began, those that it has not named yet.
    let mut unlisted: HashSet<(ObjectKey, Uid)> = HashSet::new();
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
                if let Some(listed) = listed.take() {
                    // Most are waited for by nobody.
                    let _nobody = listed.send(());
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
