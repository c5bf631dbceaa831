//! When something was seen: watches that note the time of what they see, so that nobody has to look again and again.

use crate::hall::Hall;
use futures::StreamExt;
use handoff_core::api::{AssignmentRequest, ProvisioningOrder, Synchronization, SynchronizationStatus};
use kube::api::Api;
use kube::core::{NamespaceResourceScope, PartialObjectMeta};
use kube::runtime::watcher::{Config, Event};
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Resource, ResourceExt};
use serde::de::DeserializeOwned;
use std::collections::HashSet;
use std::fmt::Debug;
use std::time::{Duration, Instant};
use tokio::sync::watch::{Receiver, channel};

/// Longer than anything that ends well.
const PATIENCE: Duration = Duration::from_secs(1800);

/// How many objects of a kind are in a state, and since when there are so many.
pub struct Count(Receiver<Vec<Instant>>);

impl Count {
    pub async fn of_requests(hall: &Hall, state: &str) -> Self {
        Self::of::<AssignmentRequest>(hall, &format!("status.provisioningState={state}")).await
    }

    pub async fn of_orders(hall: &Hall, state: &str) -> Self {
        Self::of::<ProvisioningOrder>(hall, &format!("status.state={state}")).await
    }

    /// Returns when the watch has begun. What was in the state once counts.
    async fn of<K>(hall: &Hall, selector: &str) -> Self
    where
        K: Resource<Scope = NamespaceResourceScope, DynamicType = ()>
            + Clone
            + Debug
            + DeserializeOwned
            + Send
            + 'static,
    {
        let api: Api<PartialObjectMeta<K>> = Api::namespaced(hall.admin.clone(), hall.namespace());
        let mut events = watcher(api, Config::default().fields(selector))
            .default_backoff()
            .boxed();
        let (times, seen) = channel(Vec::new());
        let (listed, begun) = tokio::sync::oneshot::channel();
        tokio::spawn(async move {
            let (mut listed, mut names) = (Some(listed), HashSet::new());
            while let Some(event) = events.next().await {
                match event {
                    Ok(Event::InitApply(object) | Event::Apply(object)) => {
                        if names.insert(object.name_any()) {
                            times.send_modify(|times| times.push(Instant::now()));
                        }
                    }
                    Ok(Event::InitDone) => drop(listed.take().map(|listed| listed.send(()))),
                    Ok(Event::Init | Event::Delete(_)) => {}
                    Err(problem) => eprintln!("a watch began again: {problem}"),
                }
            }
        });
        begun.await.unwrap();
        Self(seen)
    }

    /// When there were so many.
    pub async fn full(mut self, wanted: usize) -> Instant {
        let all = self.0.wait_for(|times| times.len() >= wanted);
        let all = tokio::time::timeout(PATIENCE, all).await;
        all.expect("it takes far too long").unwrap()[wanted - 1]
    }
}

/// Every version of every Synchronization, and when it was seen.
pub struct Snapshots(Receiver<Vec<(Instant, Synchronization)>>);

impl Snapshots {
    pub async fn watch(hall: &Hall) -> Self {
        let api: Api<Synchronization> = Api::namespaced(hall.admin.clone(), hall.namespace());
        let mut events = watcher(api, Config::default())
            .default_backoff()
            .applied_objects()
            .boxed();
        let (versions, seen) = channel(Vec::new());
        tokio::spawn(async move {
            while let Some(event) = events.next().await {
                match event {
                    Ok(object) => versions.send_modify(|versions| versions.push((Instant::now(), object))),
                    Err(problem) => eprintln!("a watch began again: {problem}"),
                }
            }
        });
        Self(seen)
    }

    /// When the Synchronization that was made as the `number`th was first seen.
    pub async fn first_seen(&self, number: usize) -> Instant {
        self.find(number, |_| true).await.0
    }

    /// From when it was first seen until its status was so.
    pub async fn when(&self, number: usize, so: impl Fn(&SynchronizationStatus) -> bool) -> Duration {
        let is_so = |object: &Synchronization| object.status.as_ref().is_some_and(&so);
        let (first, end) = self.find(number, is_so).await;
        end - first
    }

    /// When it was first seen, and when it was first seen so.
    async fn find(&self, number: usize, so: impl Fn(&Synchronization) -> bool) -> (Instant, Instant) {
        let mut seen = self.0.clone();
        let found = |versions: &Vec<(Instant, Synchronization)>| {
            let mut names: Vec<String> = Vec::new();
            for (_, object) in versions {
                if !names.contains(&object.name_any()) {
                    names.push(object.name_any());
                }
            }
            let name = names.get(number - 1)?;
            let its = || versions.iter().filter(|(_, object)| object.name_any() == *name);
            let (first, _) = its().next()?;
            let (end, _) = its().find(|(_, object)| so(object))?;
            Some((*first, *end))
        };
        let until = seen.wait_for(|versions| found(versions).is_some());
        let versions = tokio::time::timeout(PATIENCE, until).await;
        found(&versions.expect("it takes far too long").unwrap()).unwrap()
    }
}
