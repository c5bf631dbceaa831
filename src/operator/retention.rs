//! Removes what has been kept long enough, each object after one line of the log that holds all of it. What goes is
//! decided by the engine, on the whole objects as the API server has them.

use super::apply::{Indexed, within};
use super::error::PassError;
use super::index::{Aged, LineKey, Uid};
use super::{Operator, clock, lock};
use futures::{StreamExt, TryStreamExt};
use handoff_core::api::{AssignmentRequest, ProvisioningOrder};
use handoff_core::engine::retention::decide_retention;
use jiff::Timestamp;
use kube::ResourceExt;
use kube::api::Api;
use std::sync::Arc;
use std::time::Duration;
use tracing::info;

/// Objects that are read at the same time.
const READS: usize = 8;
/// Longest sleep: then it is asked again, whatever the clock did meanwhile.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// Wakes lines of which something has been kept long enough. Does not end by itself.
pub(super) async fn watch(operator: Arc<Operator>) {
    loop {
        let now = clock::now();
        let (woken, next) = lock(&operator.index).aged(now);
        operator.wake(woken);
        let pause = next.map_or(LONGEST_SLEEP, |next| {
            let pause = Duration::try_from(next.duration_since(now)).unwrap_or_default();
            pause.min(LONGEST_SLEEP)
        });
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = operator.aging.notified() => {}
        }
    }
}

impl Operator {
    /// Removes what of a line has been kept long enough; answers whether anything was.
    pub(super) async fn part_with_old(&self, line: &LineKey) -> Result<bool, PassError> {
        let aged = lock(&self.index).aged_line(line, clock::now());
        let Some(Aged { mut snapshot, all }) = aged else {
            return Ok(false);
        };
        snapshot.orders = self.whole::<ProvisioningOrder>(&line.namespace, all.orders).await?;
        snapshot.requests = self.whole::<AssignmentRequest>(&line.namespace, all.requests).await?;
        let removals = decide_retention(&snapshot);
        for request in &removals.requests {
            self.part_with(request.as_ref()).await?;
        }
        // The newest order is the memory of its line, and goes last.
        for order in &removals.orders {
            self.part_with(order.as_ref()).await?;
        }
        Ok(!removals.orders.is_empty() || !removals.requests.is_empty())
    }

    /// Removes a request on no line, if its time is over; answers when it will be.
    pub(super) async fn part_with_request(
        &self,
        request: &AssignmentRequest,
        goes_at: Option<Timestamp>,
    ) -> Result<Option<Timestamp>, PassError> {
        if goes_at.is_some_and(|at| at <= clock::now()) {
            self.part_with(request).await?;
            return Ok(None);
        }
        Ok(goes_at)
    }

    async fn part_with<K: Indexed>(&self, object: &K) -> Result<(), PassError> {
        let name = object.name_any();
        let story = serde_json::to_string(object).map_err(|source| PassError::Json {
            object: name.clone(),
            source,
        })?;
        // Before it goes: a record twice is better than none.
        info!(
            target: "handoff::audit",
            kind = %K::kind(&()),
            namespace = object.namespace().unwrap_or_default(),
            name,
            uid = object.uid().unwrap_or_default(),
            object = story,
            "kept long enough (spec.retention of its type) and removed: this line is its record"
        );
        self.delete(object).await
    }

    /// These objects as the API server has them.
    async fn whole<K: Indexed>(&self, namespace: &str, wanted: Vec<(String, Uid)>) -> Result<Vec<Arc<K>>, PassError> {
        let api: Api<K> = Api::namespaced(self.client.clone(), namespace);
        let reads = wanted.into_iter().map(|(name, uid)| {
            let api = api.clone();
            async move {
                let read = within(&name, api.get_opt(&name)).await?;
                match read.filter(|object| Uid::of_object(object) == uid) {
                    Some(object) => Ok(Arc::new(object)),
                    None => Err(PassError::Stale { object: name }),
                }
            }
        });
        futures::stream::iter(reads).buffer_unordered(READS).try_collect().await
    }
}
