//! What snapshots of a managed system say: about a whole type, and about one resource of it. Nothing here decides what
//! follows from it.

use super::fault::{self, Fault};
use crate::api::managed_resource::Source;
use crate::api::{ManagedResource, Synchronization, names, reason};
use jiff::Timestamp;

/// One snapshot that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Name of the Synchronization.
    pub name: String,
    /// When it was taken in the managed system.
    pub taken_at: Timestamp,
    /// How many resources it holds.
    pub count: i64,
}

/// What the accepted snapshots of a type say about all of its resources.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inventory {
    /// The newest of those that hold everything: what is not in it is not there.
    pub complete: Option<Taken>,
    /// The newest of all.
    pub newest: Option<Taken>,
    /// A newer one says that it holds everything and does not count as such, or not yet, and its entries are written; or the
    /// entry went after the last complete one: it may be gone from the inventory and there in the managed system, or the
    /// other way round.
    pub doubtful: bool,
}

impl Inventory {
    /// Of the Synchronizations of one type, in any order; those that were not accepted do not count.
    pub fn of<'a>(all: impl IntoIterator<Item = &'a Synchronization>) -> Self {
        let all: Vec<&Synchronization> = all.into_iter().collect();
        let newest_of = |counts: fn(&Synchronization) -> bool| {
            // Of two that were taken at the same time the later name wins, so that the answer does not depend on the order.
            let those = all.iter().filter(|one| counts(one));
            those
                .max_by_key(|one| (one.spec.taken_at.0, &one.metadata.name))
                .copied()
        };
        let complete = newest_of(is_complete);
        let doubts = |complete: &Synchronization| all.iter().any(|other| may_have_removed(other, complete));
        Self {
            complete: complete.map(Taken::of),
            newest: newest_of(is_accepted).map(Taken::of),
            doubtful: complete.is_some_and(doubts),
        }
    }
}

impl Taken {
    fn of(synchronization: &Synchronization) -> Self {
        Self {
            name: synchronization.metadata.name.clone().unwrap_or_default(),
            taken_at: synchronization.spec.taken_at.0,
            count: synchronization.spec.count,
        }
    }
}

fn is_complete(synchronization: &Synchronization) -> bool {
    let status = synchronization.status.as_ref();
    let reason = status.and_then(|status| status.reason.as_deref());
    is_accepted(synchronization) && reason == Some(reason::COMPLETE)
}

/// Whether a snapshot that does not count as complete may have taken entries out that the complete one had: it says that it
/// holds everything, and its entries were written later.
fn may_have_removed(other: &Synchronization, complete: &Synchronization) -> bool {
    let made = |one: &Synchronization| {
        let created = one.metadata.creation_timestamp.as_ref().map(|time| time.0);
        (created, one.metadata.name.clone())
    };
    let is_later = if is_accepted(other) {
        other.spec.taken_at.0 > complete.spec.taken_at.0
    } else {
        // When it was taken is not believed, or nobody has looked yet.
        made(other) > made(complete)
    };
    other.spec.complete && !is_complete(other) && is_later
}

fn is_accepted(synchronization: &Synchronization) -> bool {
    synchronization
        .status
        .as_ref()
        .is_some_and(|status| status.accepted == Some(true))
}

/// Whether a holder of `review` accepted a snapshot that looked wrong.
pub(super) fn is_vouched_for(synchronization: &Synchronization) -> bool {
    let annotations = synchronization.metadata.annotations.as_ref();
    annotations.is_some_and(|all| all.contains_key(names::ANNOTATION_ACCEPT))
}

/// What was seen of one resource.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// Its entry; `None`: it is not there.
    pub resource: Option<&'a ManagedResource>,
    /// As of when.
    pub as_of: Timestamp,
    /// The snapshot that says so, as far as known.
    pub by: Option<&'a str>,
    /// Whether a complete snapshot says so: only then it speaks against a claim.
    pub by_complete: bool,
}

/// What was seen of the resource whose entry this is; `None`: nothing.
pub fn seen<'a>(resource: Option<&'a ManagedResource>, inventory: &'a Inventory) -> Option<Seen<'a>> {
    let complete = inventory.complete.as_ref();
    let Some(resource) = resource else {
        let complete = complete.filter(|_| !inventory.doubtful || fault::is(Fault::AbsenceFromAnything))?;
        return Some(Seen {
            resource: None,
            as_of: complete.taken_at,
            by: Some(&complete.name),
            by_complete: true,
        });
    };
    let observed = resource.spec.observed_at.0;
    // What a complete snapshot did not change is still so at its time, but for what no snapshot touches.
    let of_snapshots = resource.spec.source == Source::Synchronized;
    let confirmed = complete.filter(|complete| of_snapshots && complete.taken_at >= observed);
    let newest = inventory.newest.as_ref();
    let newest = newest.filter(|newest| of_snapshots && newest.taken_at == observed);
    Some(match confirmed {
        Some(complete) => Seen {
            resource: Some(resource),
            as_of: complete.taken_at,
            by: Some(&complete.name),
            by_complete: true,
        },
        None => Seen {
            resource: Some(resource),
            as_of: observed,
            by: newest.map(|newest| newest.name.as_str()),
            by_complete: false,
        },
    })
}

/// What snapshots prove of the resource whose entry this is. An entry that is newer than every snapshot that counts is
/// written before its snapshot, or belongs to one that was ignored: it proves nothing yet. One that a trusted order made is
/// of no snapshot, and says of none what it shows.
pub(super) fn proof<'a>(resource: Option<&'a ManagedResource>, inventory: &'a Inventory) -> Option<Seen<'a>> {
    let newest = inventory.newest.as_ref().map(|newest| newest.taken_at);
    let spoken_for = |entry: &ManagedResource| {
        let of_snapshots = entry.spec.source == Source::Synchronized;
        of_snapshots && newest.is_some_and(|newest| entry.spec.observed_at.0 <= newest)
    };
    seen(resource, inventory).filter(|_| resource.is_none_or(spoken_for))
}
