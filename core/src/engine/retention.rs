//! What of a line has been kept long enough. The same rule is asked twice: of a few facts, whether it is worth to look,
//! and of the whole objects, what goes. Nothing here deletes anything.

use super::identity;
use super::knowledge::{Fact, Knowledge, claim, known};
use super::observed::seen;
use super::snapshot::{LineSnapshot, Policies};
use super::types::TypeView;
use crate::api::condition::{Condition, END_REQUESTED, FINISHED, STALLED, SUCCEEDED, holds};
use crate::api::{AssignmentRequest, Operation, ProvisioningOrder, ProvisioningState, duration, names, reason};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use std::sync::Arc;

/// How long what succeeded is kept where the type says nothing.
const COMPLETED: SignedDuration = SignedDuration::from_hours(720);
/// The same for anything else.
const FAILED: SignedDuration = SignedDuration::from_hours(2160);
/// Kept for ever, or until something becomes of it.
pub const FOR_EVER: u32 = u32::MAX;

/// An order, as far as retention asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OldOrder {
    /// Its number.
    pub sequence: i64,
    /// What it is about.
    pub operation: Operation,
    /// Whether it was done.
    pub done: bool,
    /// When its time is over, in seconds since 1970.
    pub until: u32,
}

/// A request, as far as retention asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OldRequest {
    /// Whether it is a Create that was done.
    pub created: bool,
    /// The number of the newest order that it names; 0: none.
    pub last: i64,
    /// When it was finished, in seconds since 1970; `u32::MAX`: something may still become of it, or somebody keeps it.
    pub finished: u32,
    /// Whether it got what it wished.
    pub succeeded: bool,
}

/// How long the requests of a type are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    completed: SignedDuration,
    failed: SignedDuration,
}

impl Kept {
    /// As a type says; where there is none any more, as one that says nothing.
    pub fn of(view: Option<&TypeView>) -> Self {
        let rules = view.and_then(|view| view.object.spec.retention.clone());
        let rules = rules.unwrap_or_default();
        Self {
            completed: time(rules.completed.as_ref(), COMPLETED),
            failed: time(rules.failed.as_ref(), FAILED),
        }
    }

    /// When the time of a request is over, in seconds since 1970; `u32::MAX`: never.
    pub fn until(&self, request: &OldRequest) -> u32 {
        over(
            request.finished,
            if request.succeeded { self.completed } else { self.failed },
        )
    }
}

/// What goes, by its place in what was asked about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Going {
    /// Orders.
    pub orders: Vec<usize>,
    /// Requests.
    pub requests: Vec<usize>,
}

impl Going {
    /// Whether everything stays.
    pub fn is_empty(&self) -> bool {
        self.orders.is_empty() && self.requests.is_empty()
    }
}

/// What has been kept long enough. `lives`: the resource is known to be there.
///
/// Never the newest order of a line, which is its memory: but when that is a Delete that was done, and nothing else is
/// left, it goes too. Never the Create under a living resource, request or order.
pub fn going(orders: &[OldOrder], requests: &[OldRequest], kept: Kept, lives: bool, now: Timestamp) -> Going {
    let now = seconds(now);
    let over = |until: u32| until != FOR_EVER && until <= now;
    let newest = orders.iter().max_by_key(|order| order.sequence);
    let done = |operation: Operation| {
        let done = orders
            .iter()
            .filter(move |order| order.done && order.operation == operation);
        done.map(|order| order.sequence).max().unwrap_or(0)
    };
    let (created, deleted) = (done(Operation::Create), done(Operation::Delete));
    let under_it = |order: &OldOrder| lives && order.sequence == created && created > deleted;
    let is_newest = |order: &OldOrder| newest.is_some_and(|newest| newest.sequence == order.sequence);
    let wished_it = |request: &OldRequest| lives && request.created && (request.last == 0 || request.last > deleted);
    let places = |goes: Vec<bool>| {
        goes.into_iter()
            .enumerate()
            .filter_map(|(place, goes)| goes.then_some(place))
            .collect()
    };
    // A request of which something may still become may have to look at any of them.
    let is_needed = requests.iter().any(|request| request.finished == FOR_EVER);
    // What is known of the resource is what the newest order that was done says.
    let says =
        |order: &OldOrder| order.sequence == orders.iter().filter(|o| o.done).map(|o| o.sequence).max().unwrap_or(0);
    let order_goes =
        |order: &OldOrder| over(order.until) && !is_needed && !is_newest(order) && !says(order) && !under_it(order);
    let mut going = Going {
        orders: places(orders.iter().map(order_goes).collect()),
        requests: places(
            requests
                .iter()
                .map(|request| over(kept.until(request)) && !wished_it(request))
                .collect(),
        ),
    };
    let rest = orders.len() - going.orders.len() == 1 && requests.len() == going.requests.len();
    let last = newest.filter(|newest| newest.done && newest.operation == Operation::Delete && over(newest.until));
    if rest && last.is_some() && !lives {
        going.orders = (0..orders.len()).collect();
    }
    going
}

/// When the time of an order is over; for ever while it is not finished, waits for a recovery, or somebody keeps it.
pub fn order_until(order: &ProvisioningOrder) -> u32 {
    let conditions = conditions(order.status.as_ref().map(|status| &status.conditions));
    let rules = &order.spec.policy.retention;
    let kept = if holds(conditions, SUCCEEDED) {
        time(Some(&rules.completed), COMPLETED)
    } else {
        time(Some(&rules.failed), FAILED)
    };
    over(finished_at(&order.metadata, conditions), kept)
}

fn conditions(of: Option<&Vec<Condition>>) -> &[Condition] {
    of.map(Vec::as_slice).unwrap_or_default()
}

fn time(text: Option<&String>, default: SignedDuration) -> SignedDuration {
    text.and_then(|text| duration::parse(text).ok()).unwrap_or(default)
}

/// So long after that.
fn over(finished: u32, kept: SignedDuration) -> u32 {
    let kept = u32::try_from(kept.as_secs()).unwrap_or(FOR_EVER);
    // What is for ever stays so.
    finished.saturating_add(kept)
}

/// Whole seconds since 1970, before the last that can be said.
fn seconds(time: Timestamp) -> u32 {
    u32::try_from(time.as_second().max(0)).unwrap_or(FOR_EVER - 1)
}

/// When an object was finished, in seconds since 1970; for ever while it is not, waits for a recovery, is being deleted, or
/// somebody keeps it.
pub(super) fn finished_at(metadata: &ObjectMeta, conditions: &[Condition]) -> u32 {
    let labels = metadata.labels.as_ref();
    let label = labels.and_then(|labels| labels.get(names::LABEL_KEEP));
    let is_kept = label.is_some_and(|keep| keep == "true");
    let finished = conditions.iter().find(|condition| condition.type_ == FINISHED);
    let recovers = |condition: &Condition| condition.type_ == STALLED && condition.reason == reason::RECOVERY_NEEDED;
    let waits = conditions.iter().any(recovers);
    let finished = finished.filter(|_| holds(conditions, FINISHED) && !waits);
    // One that is being deleted already needs nobody to do it again.
    let is_going = metadata.deletion_timestamp.is_some();
    match finished.filter(|_| !is_kept && !is_going) {
        Some(finished) => seconds(finished.last_transition_time.0),
        None => FOR_EVER,
    }
}

/// An order as [`going`] asks for it.
pub fn old_order(order: &ProvisioningOrder) -> OldOrder {
    let state = order.status.as_ref().and_then(|status| status.state);
    OldOrder {
        sequence: order.spec.sequence,
        operation: order.spec.operation,
        done: matches!(state, Some(ProvisioningState::Executed | ProvisioningState::Verified)),
        until: order_until(order),
    }
}

/// A request as [`going`] asks for it. `last`: the number of the newest order that it names; 0: none.
pub fn old_request(request: &AssignmentRequest, last: i64) -> OldRequest {
    let state = request.status.as_ref().and_then(|status| status.provisioning_state);
    let conditions = conditions(request.status.as_ref().map(|status| &status.conditions));
    let done = matches!(state, Some(ProvisioningState::Executed | ProvisioningState::Verified));
    let end_to_come = request.spec.end_time.is_some()
        && !holds(conditions, END_REQUESTED)
        && state != Some(ProvisioningState::Inactive);
    OldRequest {
        created: done && request.spec.operation == Operation::Create,
        last,
        finished: if end_to_come {
            FOR_EVER
        } else {
            finished_at(&request.metadata, conditions)
        },
        succeeded: holds(conditions, SUCCEEDED),
    }
}

/// When the time of a request that is on no line is over; `None`: something may still become of it, somebody keeps it, or
/// it may be the Create under a living resource, which only its line can tell.
pub fn request_goes_at(request: &AssignmentRequest, view: Option<&TypeView>) -> Option<Timestamp> {
    let old = old_request(request, 0);
    let until = Kept::of(view).until(&old);
    let until = Some(until).filter(|until| *until != FOR_EVER && !old.created)?;
    Timestamp::from_second(i64::from(until)).ok()
}

/// What goes of a line, whole: their story is told before they go.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Removals {
    /// Orders, by number.
    pub orders: Vec<Arc<ProvisioningOrder>>,
    /// Requests.
    pub requests: Vec<Arc<AssignmentRequest>>,
}

/// Decides what of a line goes; `snapshot` has every order and request of it, whole. Nothing goes while nobody checks who
/// writes.
pub fn decide_retention(snapshot: &LineSnapshot) -> Removals {
    if let Policies::NotInForce(_) = snapshot.policies.as_ref() {
        return Removals::default();
    }
    let mut orders = snapshot.orders.clone();
    orders.sort_by_key(|order| order.spec.sequence);
    let number =
        |request: &AssignmentRequest| identity::last_number(request, &snapshot.type_name, &snapshot.identifier);
    let claim = claim(orders.iter().map(|order| Fact::stored(order)));
    let seen = seen(snapshot.resource.as_deref(), &snapshot.inventory);
    let lives = matches!(known(claim, seen), Knowledge::Present(_));
    let old_orders: Vec<_> = orders.iter().map(|order| old_order(order)).collect();
    let old_requests: Vec<_> = snapshot
        .requests
        .iter()
        .map(|request| old_request(request, number(request)))
        .collect();
    let kept = Kept::of(snapshot.resource_type.as_deref());
    let going = going(&old_orders, &old_requests, kept, lives, snapshot.now);
    Removals {
        orders: going.orders.iter().map(|place| Arc::clone(&orders[*place])).collect(),
        requests: going
            .requests
            .iter()
            .map(|place| Arc::clone(&snapshot.requests[*place]))
            .collect(),
    }
}
