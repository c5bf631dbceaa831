//! Promises about snapshots: which of them count, and for how much. Worked out from what is stored, by simple rules.

use crate::oracle::uid;
use crate::promises::Promise;
use crate::shapes::type_of;
use crate::world::World;
use handoff_core::api::{Synchronization, SynchronizationStatus};
use handoff_core::engine::{LineSnapshot, Policies, SynchronizationSnapshot};
use jiff::{Timestamp, ToSpan};
use kube::ResourceExt;
use std::collections::BTreeSet;

#[derive(Default)]
pub struct Snapshots {
    /// Snapshots that somebody vouched for while nobody checked who writes, by uid.
    unbelieved: BTreeSet<String>,
}

fn said(object: &Synchronization) -> (Option<bool>, Option<&str>) {
    let status = object.status.as_ref();
    (
        status.and_then(|status| status.accepted),
        status.and_then(|status| status.reason.as_deref()),
    )
}

/// Whether it counts.
pub fn is_accepted(object: &Synchronization) -> bool {
    said(object).0 == Some(true)
}

/// Whether it counts, and is believed to hold everything.
pub fn is_complete(object: &Synchronization) -> bool {
    said(object) == (Some(true), Some("Complete"))
}

fn is_vouched_for(object: &Synchronization) -> bool {
    object.annotations().contains_key("handoff.dev/accept")
}

/// Those of a type.
pub fn of_type<'a>(world: &'a World, of: &'a str) -> impl Iterator<Item = &'a Synchronization> {
    world.synchronizations.values().filter(move |one| type_of(one) == of)
}

impl Snapshots {
    /// Somebody vouched for a snapshot.
    pub fn vouched_for(&mut self, world: &World, name: &str) {
        let object = world.synchronizations.get(name).filter(|_| world.unguarded);
        self.unbelieved.extend(object.map(uid));
    }

    /// Before a verdict is written: it is what the rules say.
    pub fn may_be_judged(
        &self,
        world: &World,
        snapshot: &SynchronizationSnapshot,
        status: &SynchronizationStatus,
    ) -> Promise {
        let object = snapshot.synchronization.as_ref();
        let (before, now) = (said(object), (status.accepted, status.reason.as_deref()));
        if before == now {
            return Ok(());
        }
        let expected = self.verdict(world, snapshot);
        let name = object.name_any();
        if now == expected {
            Ok(())
        } else {
            Err(format!("{name} was {before:?}, is {now:?}, and should be {expected:?}"))
        }
    }

    fn verdict(&self, world: &World, snapshot: &SynchronizationSnapshot) -> (Option<bool>, Option<&'static str>) {
        let object = snapshot.synchronization.as_ref();
        let spec = &object.spec;
        let taken = |one: &Synchronization| one.spec.taken_at.0;
        let vouched = is_vouched_for(object);
        if *snapshot.policies != Policies::InForce {
            // Nothing but a mark is made.
            return (said(object).0.filter(|accepted| *accepted), Some("AcceptUntrusted"));
        }
        let no = |why| (Some(false), Some(why));
        let yes = |why| (Some(true), Some(why));
        let Some(of) = &snapshot.resource_type else {
            return no("ResourceTypeNotFound");
        };
        if of.object.spec.trusts_people() {
            return no("TrustedByType");
        }
        if taken(object) > world.now.checked_add(5.minutes()).unwrap() {
            return no("InTheFuture");
        }
        let others = || of_type(world, type_of(object)).filter(|other| uid(*other) != uid(object));
        let newer = |other: &&Synchronization| is_accepted(other) && taken(other) > taken(object);
        if others().any(|other| newer(&other)) {
            return no("OlderThanTheLast");
        }
        if !spec.complete {
            return yes("Incomplete");
        }
        let complete = others().filter(|other| is_complete(other));
        let last = complete.max_by_key(|other| (taken(other), other.name_any()));
        let fewer = last.is_some_and(|last| last.spec.count >= 10 && spec.count * 10 < last.spec.count * 7);
        let marked = said(object).1 == Some("AcceptUntrusted") || self.unbelieved.contains(&uid(object));
        match (fewer, vouched) {
            (true, false) => yes("Suspicious"),
            (true, true) if marked => yes("AcceptUntrusted"),
            (true, true) | (false, _) => yes("Complete"),
        }
    }

    /// Whoever wrote a snapshot is told whether it counts.
    pub fn at_rest(&self, world: &World) -> Promise {
        for object in world.synchronizations.values() {
            let (accepted, reason) = said(object);
            if accepted.is_none() {
                return Err(format!("nobody was told whether {} counts", object.name_any()));
            }
            let waits = is_vouched_for(object) && !self.unbelieved.contains(&uid(object));
            if reason == Some("Suspicious") && waits {
                return Err(format!(
                    "somebody vouches for {}, and it does not count",
                    object.name_any()
                ));
            }
        }
        for of in world.types.keys() {
            let many = of_type(world, of).filter(|one| said(one).0.is_some()).count();
            // The ten newest, and those that the inventory speaks of.
            if many > 12 {
                return Err(format!("{many} snapshots of {of} are kept"));
            }
        }
        Ok(())
    }
}

/// What the snapshots of a type say about all of its resources.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sight {
    /// When the last one was taken that is believed to hold everything.
    pub complete: Option<Timestamp>,
    /// Whether what is missing may be there.
    pub doubtful: bool,
}

impl Sight {
    /// As it was when a decision was made.
    pub fn of(snapshot: &LineSnapshot) -> Self {
        Self {
            complete: snapshot.inventory.complete.as_ref().map(|complete| complete.taken_at),
            doubtful: snapshot.inventory.doubtful,
        }
    }
}

/// As it is stored now.
pub fn sight(world: &World, of: &str) -> Sight {
    let trusts = world.types.get(of).is_some_and(|of| of.spec.trusts_people());
    let of_type = || of_type(world, of).filter(|_| !trusts);
    let taken = |one: &Synchronization| one.spec.taken_at.0;
    let last = of_type()
        .filter(|one| is_complete(one))
        .max_by_key(|one| (taken(one), one.name_any()));
    let Some(last) = last else { return Sight::default() };
    let made = |one: &Synchronization| (one.metadata.creation_timestamp.clone(), one.name_any());
    let later = |one: &Synchronization| {
        if is_accepted(one) {
            taken(one) > taken(last)
        } else {
            made(one) > made(last)
        }
    };
    let mut others = of_type().filter(|one| !is_complete(one) && one.spec.complete);
    Sight {
        complete: Some(taken(last)),
        doubtful: others.any(later),
    }
}
