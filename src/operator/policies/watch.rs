//! Rings when one of our policies or bindings changes. It judges nothing but that.

use super::compare::{Wrong, compare};
use super::shipped::{Kind, Shipped};
use futures::StreamExt;
use kube::api::{Api, DynamicObject};
use kube::runtime::watcher::{Config, Error, Event};
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Client, ResourceExt};
use serde_json::Value;
use std::sync::Arc;
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinSet;
use tracing::{debug, warn};

/// What a watch saw.
#[derive(Clone, Debug)]
pub enum Ring {
    /// This is wrong now; no need to ask.
    Wrong(Wrong),
    /// Something may be different: worth a look.
    Changed,
}

/// Follows the four kinds. No watch ends by itself.
pub fn start(watches: &mut JoinSet<()>, client: &Client, shipped: &Arc<Vec<Shipped>>, bell: &UnboundedSender<Ring>) {
    for kind in Kind::ALL {
        watches.spawn(follow(client.clone(), kind, Arc::clone(shipped), bell.clone()));
    }
}

async fn follow(client: Client, kind: Kind, shipped: Arc<Vec<Shipped>>, bell: UnboundedSender<Ring>) {
    let api: Api<DynamicObject> = Api::all_with(client, &kind.resource());
    let mut events = watcher(api, Config::default()).default_backoff().boxed();
    let look = |object: &DynamicObject, spec: Option<&Value>| {
        let name = object.name_any();
        let ours = shipped.iter().find(|one| one.kind == kind && one.name == name)?;
        Some(compare(ours, spec).map_or(Ring::Changed, Ring::Wrong))
    };
    while let Some(event) = events.next().await {
        let ring = match event {
            Ok(Event::Apply(object) | Event::InitApply(object)) => look(&object, Some(&object.data["spec"])),
            Ok(Event::Delete(object)) => look(&object, None),
            // What went while there was no watch is not named.
            Ok(Event::InitDone) => Some(Ring::Changed),
            Ok(Event::Init) => None,
            Err(problem) if kind.may_be_absent() && is_unknown(&problem) => {
                debug!(%kind, "this API server does not have the kind");
                None
            }
            Err(problem) => {
                warn!(%kind, "the watch broke and starts again by itself: {problem}");
                None
            }
        };
        if let Some(ring) = ring {
            // Only fails when the prober has ended, and with it the process.
            let _ended = bell.send(ring);
        }
    }
}

/// The API server does not serve the kind.
fn is_unknown(problem: &Error) -> bool {
    match problem {
        Error::InitialListFailed(kube::Error::Api(status)) | Error::WatchStartFailed(kube::Error::Api(status)) => {
            status.code == 404
        }
        Error::InitialListFailed(_)
        | Error::WatchStartFailed(_)
        | Error::WatchError(_)
        | Error::WatchFailed(_)
        | Error::NoResourceVersion => false,
    }
}
