//! Whether a snapshot of a managed system counts. What it proves is decided line by line.

use super::observed::{Inventory, is_vouched_for};
use super::snapshot::{ObjectKind, Policies, Report, SynchronizationDecision, SynchronizationSnapshot};
use crate::api::reason;
use crate::api::{Synchronization, names};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// How far ahead of the operator's clock the clock of a managed system may be.
const AHEAD: SignedDuration = SignedDuration::from_mins(5);
/// A complete snapshot with less than this share of the last, in percent, is suspicious.
pub const SHARE: i64 = 70;
/// From so many resources on.
const FROM: i64 = 10;

/// What is said where nobody checked who vouches for a snapshot.
const UNTRUSTED: &str = "handoff.dev/accept was set while the admission policies were not in force, so it does not count: if the snapshot looks wrong, it proves no absence, and another one is needed";

/// Whether a snapshot was taken at a time to come, further than clocks differ.
pub fn is_ahead(taken_at: Timestamp, now: Timestamp) -> bool {
    taken_at.duration_since(now) > AHEAD
}

/// Whether a complete snapshot has so many fewer resources than the last that it looks wrong.
pub fn is_far_fewer(count: i64, last: i64) -> bool {
    last >= FROM && count.saturating_mul(100) < last.saturating_mul(SHARE)
}

/// Whether a snapshot was found to look wrong, and nobody whose word counts says that it is right.
pub fn is_doubted(synchronization: &Synchronization) -> bool {
    let status = synchronization.status.as_ref();
    match status.and_then(|status| status.reason.as_deref()) {
        Some(reason::SUSPICIOUS) => !is_vouched_for(synchronization),
        Some(reason::ACCEPT_UNTRUSTED) => true,
        Some(_) | None => false,
    }
}

/// Decides one snapshot: accepted with how much it says, or ignored with the reason. What was decided once stays, but for
/// one that looked wrong and that somebody vouches for, and one whose type did not exist.
pub fn decide_synchronization(snapshot: &SynchronizationSnapshot) -> SynchronizationDecision {
    let synchronization = snapshot.synchronization.as_ref();
    let old = synchronization.status.clone().unwrap_or_default();
    if let Policies::NotInForce(_) = snapshot.policies.as_ref() {
        return distrust(snapshot);
    }
    let mut status = old.clone();
    let open = match (old.accepted, old.reason.as_deref()) {
        (None, _) | (Some(false), Some(reason::RESOURCE_TYPE_NOT_FOUND)) => true,
        (Some(true), Some(reason::SUSPICIOUS)) => is_vouched_for(synchronization),
        (Some(_), _) => false,
    };
    let verdict = open.then(|| verdict(snapshot));
    if let Some((accepted, why, _)) = &verdict {
        status.accepted = Some(*accepted);
        status.reason = Some((*why).to_owned());
    }
    let is_verdict = (status.accepted, &status.reason) != (old.accepted, &old.reason);
    let add = |known: Option<i64>, more: i64| Some(known.unwrap_or(0) + more).filter(|sum| known.is_some() || *sum > 0);
    status.verified = add(status.verified, snapshot.proved.verified);
    status.refuted = add(status.refuted, snapshot.proved.refuted);
    status.observed_generation = synchronization.metadata.generation;
    if status == old {
        return SynchronizationDecision::default();
    }
    let news = verdict.filter(|(_, why, _)| old.reason.as_deref() != Some(*why));
    let report = news.map(|(accepted, reason, message)| report(synchronization, accepted, reason, message));
    SynchronizationDecision {
        status: Some(status),
        is_verdict,
        reports: report.into_iter().collect(),
    }
}

fn report(synchronization: &Synchronization, accepted: bool, reason: &'static str, message: String) -> Report {
    Report {
        kind: ObjectKind::Synchronization,
        name: synchronization.metadata.name.clone().unwrap_or_default(),
        reason,
        action: "Accept",
        warning: !accepted || matches!(reason, reason::SUSPICIOUS | reason::ACCEPT_UNTRUSTED),
        message,
    }
}

/// While nobody checks who writes nothing counts anew, and that somebody vouches for a snapshot is marked, so that nobody
/// believes it later.
fn distrust(snapshot: &SynchronizationSnapshot) -> SynchronizationDecision {
    let synchronization = snapshot.synchronization.as_ref();
    let mut status = synchronization.status.clone().unwrap_or_default();
    let is_open = match (status.accepted, status.reason.as_deref()) {
        (_, Some(reason::ACCEPT_UNTRUSTED)) => false,
        (None, _) | (Some(false), Some(reason::RESOURCE_TYPE_NOT_FOUND)) | (Some(true), Some(reason::SUSPICIOUS)) => {
            true
        }
        (Some(_), _) => false,
    };
    if !is_open || !is_vouched_for(synchronization) {
        return SynchronizationDecision::default();
    }
    // What was not accepted yet is looked at once somebody checks again.
    status.accepted = status.accepted.filter(|accepted| *accepted);
    status.reason = Some(reason::ACCEPT_UNTRUSTED.to_owned());
    status.observed_generation = synchronization.metadata.generation;
    let told = report(synchronization, false, reason::ACCEPT_UNTRUSTED, UNTRUSTED.to_owned());
    SynchronizationDecision {
        status: Some(status),
        is_verdict: false,
        reports: vec![told],
    }
}

/// Whether it counts, why in one word, and for people.
fn verdict(snapshot: &SynchronizationSnapshot) -> (bool, &'static str, String) {
    let spec = &snapshot.synchronization.spec;
    let taken = spec.taken_at.0;
    let Some(view) = snapshot.resource_type.as_deref() else {
        let words = format!(
            "there is no ResourceType {}: it counts once there is",
            spec.resource_type_ref.name
        );
        return (false, reason::RESOURCE_TYPE_NOT_FOUND, words);
    };
    if view.object.spec.trusts_people() {
        let words = format!(
            "the ResourceType {} trusts what people confirm (ManualTicketAndResources), so no snapshot is looked at: use ManualTicket",
            view.name()
        );
        return (false, reason::TRUSTED_BY_TYPE, words);
    }
    if is_ahead(taken, snapshot.now) {
        let words = format!(
            "takenAt {taken} is ahead of {}: mind the clock and the time zone of the export",
            snapshot.now
        );
        return (false, reason::IN_THE_FUTURE, words);
    }
    let newest = snapshot.inventory.newest.as_ref();
    if let Some(newer) = newest.filter(|newest| newest.taken_at > taken) {
        let words = format!(
            "{} was taken later, at {}: nothing older counts any more",
            newer.name, newer.taken_at
        );
        return (false, reason::OLDER_THAN_THE_LAST, words);
    }
    if !spec.complete {
        let words = "it does not hold everything: it proves what it has, and no absence".to_owned();
        return (true, reason::INCOMPLETE, words);
    }
    let last = snapshot.inventory.complete.as_ref();
    let fewer = last.filter(|last| is_far_fewer(spec.count, last.count));
    if let Some(last) =
        fewer.filter(|_| !is_vouched_for(&snapshot.synchronization) || is_doubted(&snapshot.synchronization))
    {
        if is_vouched_for(&snapshot.synchronization) {
            return (true, reason::ACCEPT_UNTRUSTED, UNTRUSTED.to_owned());
        }
        let name = snapshot.synchronization.metadata.name.as_deref().unwrap_or_default();
        let words = format!(
            "it has {} resources, and the last complete one had {}: it proves no absence until somebody who may review says that this is right: kubectl annotate sync {name} handoff.dev/accept=true",
            spec.count, last.count
        );
        return (true, reason::SUSPICIOUS, words);
    }
    (
        true,
        reason::COMPLETE,
        format!("the inventory is as of {taken}, with {} resources", spec.count),
    )
}

/// The Synchronizations of one type that nobody needs any more: the newest ten are kept, and those that the inventory
/// speaks of.
pub fn surplus(all: &[Arc<Synchronization>]) -> Vec<Arc<Synchronization>> {
    let inventory = Inventory::of(all.iter().map(AsRef::as_ref));
    let needed: Vec<&str> = [&inventory.complete, &inventory.newest]
        .into_iter()
        .flatten()
        .map(|taken| taken.name.as_str())
        .collect();
    let mut by_age = all.to_vec();
    by_age.sort_by_cached_key(|one| {
        let created = one.metadata.creation_timestamp.as_ref().map(|time| time.0);
        std::cmp::Reverse((created, one.metadata.name.clone()))
    });
    let is_needed =
        |one: &Arc<Synchronization>| one.metadata.name.as_deref().is_some_and(|name| needed.contains(&name));
    // One that nobody has looked at yet stays too.
    let is_open = |one: &Arc<Synchronization>| one.status.as_ref().is_none_or(|status| status.accepted.is_none());
    let old = by_age.into_iter().skip(names::SYNCHRONIZATIONS_KEPT);
    old.filter(|one| !is_needed(one) && !is_open(one)).collect()
}
