//! Where a request is in its line: the state that it shows, first that applies. Nothing here makes an order.

use super::super::change;
use super::super::fault::{self, Fault};
use super::super::over::Over;
use super::super::request::{is_already, is_distrusted, is_done, is_ended, is_in_error, untrusted};
use super::super::status::Standing;
use super::super::trust;
use super::order::OrderState;
use super::{Line, RequestState, is_carried, words};
use crate::api::provisioning_order::{Change, RecoveryAction, RequestRef};
use crate::api::{AssignmentRequest, Operation, ProvisioningState, names, reason};

/// Where a request is.
pub(super) enum Place {
    /// Its status stays as it is.
    Settled,
    /// It shows this; the order's name, if it belongs to one.
    Shows(Standing, Option<String>),
    /// It shows what the order of this name shows when the pass is over.
    With(String),
    /// It waits for its turn; the name of a live order that somebody deleted.
    Queued(Option<String>),
}

impl Line<'_> {
    /// Its recorded end; the newest order that carries it, or that it follows; the queue. What nobody wishes any more
    /// ends, unless a person has it.
    pub(super) fn place(&self, state: &RequestState) -> Place {
        let place = self.place_of_wish(&state.object);
        let Some(over) = &state.over else {
            return place;
        };
        match place {
            Place::Settled => place,
            Place::Queued(_) => Place::Shows(over.standing(), None),
            Place::With(name) => match self.order(&name).map(|order| order.standing.state) {
                Some(ProvisioningState::Transmitted) => Place::With(name),
                Some(_) | None => Place::Shows(over.standing(), Some(name)),
            },
            Place::Shows(standing, order) => {
                let standing = if_over(over, state.object.spec.operation, standing);
                Place::Shows(standing, order)
            }
        }
    }

    pub(super) fn order(&self, name: &str) -> Option<&OrderState> {
        self.orders.iter().find(|order| order.name == *name)
    }

    fn place_of_wish(&self, request: &AssignmentRequest) -> Place {
        if (is_ended(request) && !fault::is(Fault::EndForgotten)) || is_already(request) || is_distrusted(request) {
            return Place::Settled;
        }
        if fault::is(Fault::ErrorNeverHeals) && is_in_error(request) {
            return Place::Settled;
        }
        let status = request.status.as_ref();
        let known = status.map(|status| status.orders.as_slice()).unwrap_or_default();
        let uid = request.metadata.uid.as_deref().unwrap_or_default();
        let reference = |order: &OrderState| {
            let refs = &order.object.spec.request_refs;
            refs.iter().find(|reference| reference.uid == uid).cloned()
        };
        let carrying = self
            .orders
            .iter()
            .rev()
            .find_map(|order| Some((order, reference(order)?)));
        let last = known.last();
        match (carrying, last) {
            // The request's own status is the newer word, unless a crash came before it was written.
            (Some((order, reference)), Some(last)) if order.name == *last || !known.contains(&order.name) => {
                self.carried_by(order, &reference)
            }
            (Some((order, reference)), None) => self.carried_by(order, &reference),
            (_, Some(last)) => match self.order(last) {
                Some(followed) => follow(request, followed),
                None if is_done(request) => Place::Settled,
                None => Place::Queued(Some(last.clone())),
            },
            (None, None) if is_done(request) => Place::Settled,
            (None, None) => match trust::doubt_request(request) {
                Some(why) => Place::Shows(untrusted(why), None),
                None => Place::Queued(None),
            },
        }
    }

    fn carried_by(&self, order: &OrderState, reference: &RequestRef) -> Place {
        let shows = |standing| Place::Shows(standing, Some(order.name.clone()));
        if !is_carried(reference) {
            return shows(words::superseded(&format!(
                "later requests of the order {} wish everything else: kubectl describe porder {}",
                order.name, order.name
            )));
        }
        match order.standing.state {
            ProvisioningState::Inactive if order.is_replaced() => Place::Queued(None),
            ProvisioningState::Inactive => shows(words::ended_with(&order.name, &order.standing)),
            ProvisioningState::Errored => self.after_an_error(order),
            ProvisioningState::Executed | ProvisioningState::Verified => {
                let mut standing = order.standing.clone();
                if deviates(order) {
                    standing.reason = reason::DONE_WITH_DEVIATION;
                }
                shows(standing)
            }
            ProvisioningState::None
            | ProvisioningState::AwaitingApproval
            | ProvisioningState::Pending
            | ProvisioningState::Transmitted
            | ProvisioningState::Error => Place::With(order.name.clone()),
        }
    }

    fn after_an_error(&self, order: &OrderState) -> Place {
        let shows = |standing| Place::Shows(standing, Some(order.name.clone()));
        if let Some(why) = order.stopped_because() {
            return shows(words::stopped(&order.name, why));
        }
        let newest = self.orders.last().is_some_and(|last| last.name == order.name);
        let comment = || order.object.spec.recovery.as_ref()?.comment.as_deref();
        match trust::recovery(&order.object) {
            Some((action, who)) => {
                if order.is_withdrawn() && self.had_a_later_one(order) {
                    return shows(words::overtaken(&order.name, who));
                }
                match action {
                    RecoveryAction::Retry if fault::is(Fault::RetryAbandons) => {
                        shows(words::abandoned(&order.name, who, None))
                    }
                    RecoveryAction::Retry => Place::Queued(None),
                    RecoveryAction::Abandon => shows(words::abandoned(&order.name, who, comment())),
                }
            }
            None if newest && order.reopens() => Place::Queued(None),
            None if newest => shows(order.standing.clone()),
            None => shows(words::overtaken(&order.name, names::OPERATOR_ACTOR)),
        }
    }

    /// Whether a later order of the line was handed over. Its own next attempt carries the request, and is asked instead.
    fn had_a_later_one(&self, withdrawn: &OrderState) -> bool {
        let sequence = withdrawn.object.spec.sequence;
        let mut later = self.orders.iter().filter(|later| later.object.spec.sequence > sequence);
        later.any(OrderState::was_handed_over)
    }
}

/// What a request that is over shows instead of what its order says.
fn if_over(over: &Over, operation: Operation, standing: Standing) -> Standing {
    match (standing.state, over) {
        (ProvisioningState::Executed | ProvisioningState::Verified, Over::Cancelled(who, why)) => {
            words::cancelled_too_late(who, why, operation, standing)
        }
        (ProvisioningState::Executed | ProvisioningState::Verified | ProvisioningState::Inactive, _) => standing,
        (
            ProvisioningState::None
            | ProvisioningState::AwaitingApproval
            | ProvisioningState::Pending
            | ProvisioningState::Transmitted
            | ProvisioningState::Errored
            | ProvisioningState::Error,
            over,
        ) => over.standing(),
    }
}

/// A request that an earlier order had already answered shows what became of that order.
fn follow(request: &AssignmentRequest, followed: &OrderState) -> Place {
    let standing = |proven| {
        let finished = followed.standing.finished;
        words::already_claimed(&followed.name, request.spec.operation, proven, finished)
    };
    match followed.standing.state {
        ProvisioningState::Errored if fault::is(Fault::FollowerStays) => Place::Settled,
        ProvisioningState::Executed => Place::Shows(standing(false), Some(followed.name.clone())),
        ProvisioningState::Verified => Place::Shows(standing(true), Some(followed.name.clone())),
        ProvisioningState::None
        | ProvisioningState::AwaitingApproval
        | ProvisioningState::Pending
        | ProvisioningState::Transmitted
        | ProvisioningState::Errored
        | ProvisioningState::Inactive
        | ProvisioningState::Error => Place::Queued(None),
    }
}

/// Whether the fulfiller set something else than was proposed.
fn deviates(order: &OrderState) -> bool {
    let order = order.object.as_ref();
    let differs = |change: &Change| {
        let actual = change::actual(order, &change.property);
        actual.is_some_and(|actual| !change::is_met(change, &actual))
    };
    order.spec.changes.iter().any(differs)
}
