//! A pass of a Synchronization, as the shell does it.

use crate::oracle::Oracle;
use crate::program::{Broken, Program};
use crate::world::{Event, Kind, World};
use handoff::operator::index::{ObjectKey, Uid};
use handoff_core::engine::{Policies, decide_synchronization, surplus};
use jiff::{SignedDuration, Timestamp};
use kube::ResourceExt;

/// How long the counts of what a snapshot proved stay as they were written.
const COUNTED_EVERY: SignedDuration = SignedDuration::from_secs(1);

impl Program {
    pub(crate) fn synchronization_pass(
        &mut self,
        world: &mut World,
        oracle: &mut Oracle,
        key: &ObjectKey,
    ) -> Result<Option<Timestamp>, Broken> {
        let judge = |program: &Self, now| {
            let its_turn = !program.index.is_not_its_turn(key, now);
            let snapshot = program.index.synchronization_snapshot(key, now);
            let snapshot = snapshot.filter(|_| its_turn)?;
            let decision = decide_synchronization(&snapshot);
            Some((snapshot, decision))
        };
        let Some((mut snapshot, mut decision)) = judge(self, world.now) else {
            return Ok(None);
        };
        let accepts = decision.status.as_ref().is_some_and(|s| s.accepted == Some(true));
        if decision.is_verdict && accepts {
            self.catch_up_inventory(world, &snapshot.synchronization.spec.resource_type_ref.name);
            match judge(self, world.now) {
                Some(now) => (snapshot, decision) = now,
                None => return Ok(None),
            }
        } else if !decision.is_verdict
            && decision.status.is_some()
            && let Some(until) = self.counts_wait_until(key, world.now)
        {
            return Ok(Some(until));
        }
        if let Some(status) = decision.status {
            oracle
                .snapshots
                .may_be_judged(world, &snapshot, &status)
                .map_err(Broken::Violation)?;
            let seen = snapshot.synchronization.as_ref();
            let written = World::check(world.synchronizations.get(&key.1), seen).map(|()| {
                let mut object = seen.clone();
                object.status = Some(status);
                world.put_synchronization(object)
            });
            let which = (Kind::Synchronization, key.1.as_str(), Uid::of_object(seen));
            self.answered(world, oracle, which, written, Event::Synchronization)?;
            self.index.note_written(key, snapshot.proved, snapshot.now);
        }
        if *snapshot.policies == Policies::InForce {
            self.sweep(world, oracle, key)?;
        }
        Ok(None)
    }

    fn counts_wait_until(&self, key: &ObjectKey, now: Timestamp) -> Option<Timestamp> {
        let written = self.index.written_at(key).filter(|at| *at <= now)?;
        let due = written.checked_add(COUNTED_EVERY).ok()?;
        (due >= now).then(|| due.checked_add(COUNTED_EVERY).unwrap_or(due))
    }

    /// Takes in what was written to the inventory of a type until now.
    fn catch_up_inventory(&mut self, world: &World, of: &str) {
        let kind = crate::program::key(of);
        let mut unlisted = self.index.resources_known(&kind);
        let listed = world.resources.values();
        for entry in listed.filter(|entry| entry.spec.resource_type_ref.name == of) {
            unlisted.remove(&Uid::of_object(entry));
            if self.index.lacks_resource(entry) {
                self.take_in(Event::Resource(Box::new(entry.clone())));
            }
        }
        let woken = self.index.drop_resources(&kind, &unlisted);
        self.wake(woken);
    }

    /// Deletes the snapshots of a type that nobody needs any more.
    fn sweep(&mut self, world: &mut World, oracle: &mut Oracle, key: &ObjectKey) -> Result<(), Broken> {
        for old in surplus(&self.index.its_synchronizations(key)) {
            let name = old.name_any();
            let uid = Uid::of_object(old.as_ref());
            match World::check(world.synchronizations.get(&name), old.as_ref()) {
                Ok(()) => {
                    world.remove_synchronization(&name);
                    self.take_in(Event::Gone(Kind::Synchronization, name, uid));
                    self.spend(world, oracle)?;
                }
                Err(refused) => {
                    let which = (Kind::Synchronization, name.as_str(), uid);
                    self.answered(world, oracle, which, Err(refused), Event::Synchronization)?;
                }
            }
        }
        Ok(())
    }
}
