//! One pass of a Synchronization. It says "the inventory is now as of takenAt", but the watch of the inventory may be
//! behind the watch of Synchronizations: before it counts, everything that was written before it is taken in.
//! Whether it counts is decided by the engine.

use super::apply::within;
use super::catch_up::PAGE;
use super::error::PassError;
use super::index::{ObjectKey, Uid};
use super::pass::Done;
use super::{Operator, clock, lock};
use handoff_core::api::{ManagedResource, Synchronization};
use handoff_core::engine::{
    Policies, SynchronizationDecision, SynchronizationSnapshot, decide_synchronization, surplus,
};
use jiff::{SignedDuration, Timestamp};
use kube::ResourceExt;
use kube::api::{Api, ListParams};

/// How long the counts of what a snapshot proved stay as they were written.
const COUNTED_EVERY: SignedDuration = SignedDuration::from_secs(1);

impl Operator {
    /// Works on one Synchronization.
    pub(super) async fn synchronization_pass(&self, key: &ObjectKey) -> Result<Done, PassError> {
        let Some((mut snapshot, mut decision)) = self.judge(key) else {
            return Ok(Done::idle(None));
        };
        let accepts = decision
            .status
            .as_ref()
            .is_some_and(|status| status.accepted == Some(true));
        if decision.is_verdict && accepts {
            let kind = (
                key.0.clone(),
                snapshot.synchronization.spec.resource_type_ref.name.clone(),
            );
            self.catch_up_inventory(&kind).await?;
            match self.judge(key) {
                Some(now) => (snapshot, decision) = now,
                None => return Ok(Done::idle(None)),
            }
        } else if !decision.is_verdict
            && decision.status.is_some()
            && let Some(until) = self.counts_wait_until(key, snapshot.now)
        {
            return Ok(Done::idle(Some(until)));
        }
        if let Some(status) = &decision.status {
            let object = &snapshot.synchronization;
            let old = object.status.clone().unwrap_or_default();
            self.write_status(object.as_ref(), &old, status).await?;
            lock(&self.index).note_written(key, snapshot.proved, snapshot.now);
        }
        self.tell(decision.reports, &key.0, snapshot.synchronization.uid().as_deref());
        if *snapshot.policies == Policies::InForce {
            self.sweep(key).await?;
        }
        Ok(Done::idle(None))
    }

    /// What is to be written; `None` when it is gone, or one before it is still to be decided.
    fn judge(&self, key: &ObjectKey) -> Option<(SynchronizationSnapshot, SynchronizationDecision)> {
        let index = lock(&self.index);
        let now = clock::now();
        if index.is_not_its_turn(key, now) {
            return None;
        }
        let snapshot = index.synchronization_snapshot(key, now)?;
        let decision = decide_synchronization(&snapshot);
        Some((snapshot, decision))
    }

    /// A thousand orders are proven one by one, and that is not worth a thousand writes.
    fn counts_wait_until(&self, key: &ObjectKey, now: Timestamp) -> Option<Timestamp> {
        // A write that is still to come is one before the clock was set back.
        let written = lock(&self.index).written_at(key).filter(|at| *at <= now)?;
        let due = written.checked_add(COUNTED_EVERY).ok()?;
        // The clock has whole seconds.
        (due >= now).then(|| due.checked_add(COUNTED_EVERY).unwrap_or(due))
    }

    /// Takes in what was written to the inventory of a type until now. What is known already is not read.
    async fn catch_up_inventory(&self, kind: &ObjectKey) -> Result<(), PassError> {
        let api: Api<ManagedResource> = Api::namespaced(self.client.clone(), &kind.0);
        let about = format!("the inventory of {}", kind.1);
        // What comes after the list began is not missing in it.
        let mut unlisted = lock(&self.index).resources_known(kind);
        // Without a resourceVersion the API server answers what is stored, not what it remembers.
        let of_kind = format!("spec.resourceTypeRef.name={}", kind.1);
        let mut page = ListParams::default().fields(&of_kind).limit(PAGE);
        loop {
            let listed = within(&about, api.list_metadata(&page)).await?;
            let next = listed.metadata.continue_.clone().filter(|next| !next.is_empty());
            let mut lacking: Vec<(String, Uid)> = Vec::new();
            {
                let index = lock(&self.index);
                for entry in &listed.items {
                    let uid = Uid::of_object(entry);
                    unlisted.remove(&uid);
                    if index.lacks_resource(entry) {
                        lacking.push((entry.name_any(), uid));
                    }
                }
            }
            self.read_each::<ManagedResource>(&kind.0, &lacking).await?;
            match next {
                Some(next) => page = page.continue_token(&next),
                None => break,
            }
        }
        let woken = lock(&self.index).drop_resources(kind, &unlisted);
        self.wake(woken);
        Ok(())
    }

    /// Deletes the snapshots of a type that nobody needs any more.
    async fn sweep(&self, key: &ObjectKey) -> Result<(), PassError> {
        let all = lock(&self.index).its_synchronizations(key);
        for old in surplus(&all) {
            self.delete::<Synchronization>(&old).await?;
        }
        Ok(())
    }
}
