//! When a line is at rest, seen from few facts: then nobody needs the bodies of its orders and requests.
//! Nothing here decides what to do; see [`dormant`] for what it promises.

mod outline;

use super::identity;
use super::over::is_end_filed;
use super::retention::{self, OldOrder, OldRequest};
use super::threshold::{self, Counted};
use crate::api::condition::{Condition, FINISHED, RECONCILING, STALLED, holds};
use crate::api::{AssignmentRequest, Operation, ProvisioningOrder, ProvisioningState, duration, reason};
use jiff::SignedDuration;

/// A reason as its place in [`reason::ALL`].
type Reason = u16;

/// What is left of a finished order that nobody wants anything of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderFacts {
    sequence: i64,
    /// `status.executedAt` in seconds, 0 where there is none: the API server keeps no fractions.
    executed_at: u32,
    /// `policy.verification.lag` in seconds, rounded up: between whole seconds that compares the same.
    lag: u32,
    /// When it was made, in seconds, where thresholds count it.
    made: u32,
    /// When its time is over; see [`OldOrder`].
    until: u32,
    reason: Reason,
    state: ProvisioningState,
    operation: Operation,
    is_counted: bool,
    exists: bool,
    has_actual_values: bool,
}

/// What is left of a finished request that nobody wants anything of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestFacts {
    /// Its end is recorded: Inactive.
    Ended {
        /// See [`OldRequest`].
        finished: u32,
    },
    /// It is Executed or Verified.
    Done {
        /// The number of the newest order that it names; 0 when it names none.
        last: i64,
        /// Why, in one word.
        reason: u16,
        /// See [`OldRequest`].
        finished: u32,
        /// Whether it is Verified, not Executed.
        verified: bool,
        /// Whether it is a Create.
        created: bool,
    },
}

impl OrderFacts {
    /// The facts of an order; `None` when it is not finished, or somebody waits for an answer about it: its status
    /// is older than what people wrote, it is stalled, or its confirmation was taken back.
    pub fn of(order: &ProvisioningOrder) -> Option<Self> {
        let status = order.status.as_ref()?;
        let state = status.state?;
        let spec = &order.spec;
        let quiet = match state {
            ProvisioningState::Executed => spec.recovery.is_none(),
            ProvisioningState::Verified | ProvisioningState::Errored | ProvisioningState::Inactive => true,
            ProvisioningState::None
            | ProvisioningState::AwaitingApproval
            | ProvisioningState::Pending
            | ProvisioningState::Transmitted
            | ProvisioningState::Error => false,
        };
        let seen = status.observed_generation == order.metadata.generation;
        let name = identity::order_name(&spec.resource_type_ref.name, &identity::line_of(order), spec.sequence);
        if !quiet || !seen || !at_rest(&status.conditions) || order.metadata.name.as_ref() != Some(&name) {
            return None;
        }
        let lag = duration::parse(&spec.policy.verification.lag).unwrap_or(SignedDuration::ZERO);
        let counted = threshold::counted(order);
        let executed_at = status.executed_at.as_ref().map_or(0, |time| time.0.as_second());
        Some(Self {
            sequence: spec.sequence,
            executed_at: u32::try_from(executed_at).ok()?,
            lag: u32::try_from(lag.as_secs() + i64::from(lag.subsec_nanos() > 0)).ok()?,
            made: counted.map_or(0, |counted| counted.made),
            until: retention::order_until(order),
            operation: spec.operation,
            is_counted: counted.is_some(),
            reason: known_reason(status.reason.as_deref())?,
            state,
            exists: spec.desired.exists,
            has_actual_values: spec.decision.as_ref().is_some_and(|d| !d.actual_values.is_empty()),
        })
    }

    /// Its number.
    pub fn sequence(&self) -> i64 {
        self.sequence
    }

    /// What [`threshold::counted`] says of it.
    pub fn counted(&self) -> Option<Counted> {
        self.is_counted.then_some(Counted {
            operation: self.operation,
            made: self.made,
        })
    }

    /// Whether [`super::holding`] looks at it at all.
    pub fn is_claim(&self) -> bool {
        matches!(self.state, ProvisioningState::Executed | ProvisioningState::Verified)
    }

    /// What retention asks.
    pub fn old(&self) -> OldOrder {
        OldOrder {
            sequence: self.sequence,
            operation: self.operation,
            done: self.is_claim(),
            until: self.until,
        }
    }
}

impl RequestFacts {
    /// The facts of a request on a line; `None` when something may still become of it. A request with an `endTime`
    /// stays whole until what undoes it was filed.
    pub fn of(request: &AssignmentRequest, type_name: &str, line: &str) -> Option<Self> {
        let status = request.status.as_ref()?;
        let finished = retention::finished_at(&request.metadata, &status.conditions);
        let verified = match status.provisioning_state? {
            ProvisioningState::Inactive => return Some(Self::Ended { finished }),
            ProvisioningState::Executed => false,
            ProvisioningState::Verified => true,
            ProvisioningState::None
            | ProvisioningState::AwaitingApproval
            | ProvisioningState::Pending
            | ProvisioningState::Transmitted
            | ProvisioningState::Errored
            | ProvisioningState::Error => return None,
        };
        let seen = status.observed_generation == request.metadata.generation;
        let complete = status.resource.is_some() && status.owner_username.is_some();
        let end_to_come = request.spec.end_time.is_some() && !is_end_filed(request);
        if !seen || !complete || !at_rest(&status.conditions) || end_to_come {
            return None;
        }
        let last = match status.orders.last() {
            Some(name) => identity::sequence_in(name, type_name, line)?,
            None => 0,
        };
        let reason = known_reason(status.reason.as_deref())?;
        Some(Self::Done {
            last,
            reason,
            finished,
            verified,
            created: request.spec.operation == Operation::Create,
        })
    }

    /// What retention asks.
    pub fn old(&self) -> OldRequest {
        match *self {
            Self::Ended { finished } => OldRequest {
                created: false,
                last: 0,
                finished,
                succeeded: false,
            },
            Self::Done {
                last,
                finished,
                created,
                ..
            } => OldRequest {
                created,
                last,
                finished,
                succeeded: true,
            },
        }
    }
}

/// Whether a line is at rest. `requests` come with the number of the newest order of the line that names them in its
/// requestRefs. **Invariant**: when this is true for the facts of every order and request of a line,
/// [`super::decide_line`] on their bodies answers nothing, whatever the time, the type and the inventory are.
pub fn dormant(orders: &[OrderFacts], requests: impl IntoIterator<Item = (RequestFacts, Option<i64>)>) -> bool {
    let numbered = |number: i64| orders.iter().find(|order| order.sequence == number);
    requests.into_iter().all(|(request, carried_by)| match request {
        RequestFacts::Ended { .. } => true,
        RequestFacts::Done {
            last, reason, verified, ..
        } => match (carried_by, numbered(last)) {
            _ if is_already(reason, verified) => true,
            // The order's status is written first: after a crash the request may not say so yet.
            (Some(carried_by), Some(order)) => order.sequence == carried_by && mirrors(reason, verified, order),
            (Some(_), None) => false,
            (None, Some(order)) => {
                !verified && order.state == ProvisioningState::Executed && is(reason, reason::ALREADY_CLAIMED)
            }
            (None, None) => true,
        },
    })
}

/// Whether the request shows what its order says.
fn mirrors(shown: Reason, verified: bool, order: &OrderFacts) -> bool {
    let same_state = match order.state {
        ProvisioningState::Executed => !verified,
        ProvisioningState::Verified => verified,
        ProvisioningState::None
        | ProvisioningState::AwaitingApproval
        | ProvisioningState::Pending
        | ProvisioningState::Transmitted
        | ProvisioningState::Errored
        | ProvisioningState::Inactive
        | ProvisioningState::Error => false,
    };
    let deviates = order.has_actual_values && is(shown, reason::DONE_WITH_DEVIATION);
    let too_late = is(shown, reason::CANCELLED_TOO_LATE);
    same_state && (shown == order.reason || deviates || too_late)
}

/// Nothing had to be done when it was looked at: that is never looked at again.
fn is_already(shown: Reason, verified: bool) -> bool {
    verified && (is(shown, reason::ALREADY_AS_REQUESTED) || is(shown, reason::ALREADY_ABSENT))
}

fn is(shown: Reason, reason: &str) -> bool {
    reason::ALL
        .get(usize::from(shown))
        .is_some_and(|shown| *shown == reason)
}

fn known_reason(said: Option<&str>) -> Option<Reason> {
    let place = reason::ALL.iter().position(|known| Some(*known) == said)?;
    Reason::try_from(place).ok()
}

fn at_rest(conditions: &[Condition]) -> bool {
    // An older version that does not know Reconciling leaves it as it was.
    let moves = |condition: &Condition| [STALLED, RECONCILING].contains(&condition.type_.as_str());
    holds(conditions, FINISHED) && !conditions.iter().any(moves)
}
