//! Thresholds: which new orders count, and for how long. Nothing here keeps anything or decides what waits.

use super::snapshot::Room;
use crate::api::resource_type::{ResourceTypeSpec, Threshold, VerificationMode};
use crate::api::{Operation, ProvisioningOrder, ProvisioningState, duration};
use jiff::{SignedDuration, Timestamp};

/// Share of the resources where the type says none, in percent.
const PERCENT: i32 = 30;
/// From so many resources on a share of them is a limit.
const FROM: i64 = 10;
/// Length of the window where the type says none.
const WINDOW: SignedDuration = SignedDuration::from_hours(1);

/// How many new orders of each operation a type lets go on without a review.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    window: SignedDuration,
    most: Room,
}

/// A new order, as thresholds count it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Counted {
    /// What it does.
    pub operation: Operation,
    /// When it was made, in seconds since 1970.
    pub made: u32,
}

impl Limits {
    /// The limits of a type; `None` when it has none. `resources`: how many the last complete snapshot has, if there is
    /// one; only a type whose orders are proven by snapshots has a limit in percent of them.
    pub fn of(spec: &ResourceTypeSpec, resources: Option<i64>) -> Option<Self> {
        let thresholds = spec.thresholds.clone().unwrap_or_default();
        let mode = spec.verification.as_ref().and_then(|verification| verification.mode);
        let resources = resources.filter(|resources| mode == Some(VerificationMode::Inventory) && *resources >= FROM);
        let limit = |limit: &Option<Threshold>| {
            let limit = limit.clone().unwrap_or_default();
            let percent = i64::from(limit.percent.unwrap_or(PERCENT));
            let share = resources.map(|resources| resources.saturating_mul(percent) / 100);
            [limit.max, share].into_iter().flatten().min()
        };
        let most = Room {
            creation: limit(&thresholds.creation),
            update: limit(&thresholds.update),
            deletion: limit(&thresholds.deletion),
        };
        let window = thresholds.window.as_deref().map(duration::parse);
        (most != Room::default()).then(|| Self {
            // The CRD refuses a window that is no duration.
            window: window.and_then(Result::ok).unwrap_or(WINDOW),
            most,
        })
    }

    /// The first second of the window: an order that was made then, or later, is in it.
    pub fn begin(&self, now: Timestamp) -> u32 {
        let over = now.checked_sub(self.window).unwrap_or(Timestamp::UNIX_EPOCH);
        seconds(over).saturating_add(1)
    }

    /// What is left when so many are in the window; never below 0.
    pub fn room(&self, in_window: impl Fn(Operation) -> i64) -> Room {
        let left = |operation| {
            let most = self.most.of(operation)?;
            Some((most - in_window(operation)).max(0))
        };
        Room {
            creation: left(Operation::Create),
            update: left(Operation::Update),
            deletion: left(Operation::Delete),
        }
    }
}

/// The order, if it counts: it has a state, it is the first attempt and carries on no reviewed order, it never waited for
/// a review itself, and it did not end before anybody had it.
pub fn counted(order: &ProvisioningOrder) -> Option<Counted> {
    let status = order.status.as_ref()?;
    let state = status.state?;
    let made = order.metadata.creation_timestamp.as_ref()?;
    let new = order.spec.attempt == 1 && order.spec.review_of.is_none();
    let reviewed = state == ProvisioningState::AwaitingApproval
        || status
            .history
            .iter()
            .any(|entry| entry.state == ProvisioningState::AwaitingApproval);
    let vain = state == ProvisioningState::Inactive && status.transmitted_at.is_none();
    (new && !reviewed && !vain).then(|| Counted {
        operation: order.spec.operation,
        made: seconds(made.0),
    })
}

/// Whether nobody had the order yet. While its line is decided on, its place is free: it keeps it, or leaves it to the
/// order that takes its place.
pub fn nobody_had(order: &ProvisioningOrder) -> bool {
    let status = order.status.as_ref();
    status.is_none_or(|status| status.transmitted_at.is_none())
}

/// Whole seconds since 1970; what does not fit is the nearest that does.
fn seconds(time: Timestamp) -> u32 {
    u32::try_from(time.as_second().max(0)).unwrap_or(u32::MAX)
}
