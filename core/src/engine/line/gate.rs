//! What keeps an order back that nobody has had yet, and when an order that nobody works on is withdrawn.
//! Whether it is still the right order is asked in `release`.

use super::super::fault::{self, Fault};
use super::super::over::Over;
use super::super::problem::{Problem, summary};
use super::super::request::{is_ended, not_found, type_problem};
use super::super::status::Standing;
use super::super::trust::{self, Block};
use super::order::{OrderState, actor};
use super::{Line, RequestState, is_carried, order_words};
use crate::api::provisioning_order::{RequestRef, ReviewResult};
use crate::api::{ProvisioningOrder, ProvisioningState, reason};

/// That some of what an order is for is not wished any more.
pub(super) enum Unwanted {
    /// Nobody wishes anything of it: reason, and in words.
    Wholly(&'static str, String),
    /// Others still do; in words, what is not wished.
    Partly(String),
}

impl Line<'_> {
    /// Orders that nobody has had: each stands where it is kept back, or is ready.
    pub(super) fn gate(&mut self) {
        for index in 0..self.orders.len() {
            let order = &self.orders[index];
            let standing = if order.is_waiting() {
                self.keeps_back(order)
            } else if order.is_unclaimed() {
                // Nobody has said that they work on it although the type asks for that, so nobody has started.
                self.wholly_unwanted(order)
            } else {
                continue;
            };
            let order = &mut self.orders[index];
            order.ready = standing.is_none() && order.is_waiting();
            if let Some(standing) = standing {
                order.standing = standing;
            }
        }
    }

    fn keeps_back(&self, order: &OrderState) -> Option<Standing> {
        self.wholly_unwanted(order)
            .or_else(|| self.partly_unwanted(order))
            .or_else(|| self.reviewed(order))
            .or_else(|| self.type_fault_of(order))
            .or_else(|| self.waits(&order.object))
            .or_else(|| self.starts_later(order))
    }

    /// What a new order, or one that nobody has had, waits for: a review, or the end of a suspension.
    pub(super) fn waits(&self, order: &ProvisioningOrder) -> Option<Standing> {
        let name = order.metadata.name.as_deref().unwrap_or_default();
        let postponed = order
            .spec
            .review
            .as_ref()
            .filter(|review| review.result == ReviewResult::Postponed);
        if let Some(review) = postponed {
            let who = actor(review.by.as_ref());
            return Some(order_words::postponed(name, who, review.comment.as_deref()));
        }
        if let Some(why) = self.review_needed(&order.spec, order.status.as_ref()) {
            return Some(order_words::awaits_review(name, why));
        }
        let view = self.snapshot.resource_type.as_ref();
        let suspended = view.filter(|view| view.is_suspended() && !fault::is(Fault::SuspendIgnored))?;
        Some(order_words::suspended(suspended.name()))
    }

    /// The start of what it is for has come once, and the clock was set back since.
    fn starts_later(&self, order: &OrderState) -> Option<Standing> {
        let members = self.members(order).filter_map(|(_, request)| request);
        let starts = members.filter_map(|request| Some(request.object.spec.start_time.as_ref()?.0));
        let latest = starts.max().filter(|start| *start > self.snapshot.now)?;
        (!fault::is(Fault::StartsEarly)).then(|| order_words::scheduled(&order.name, latest))
    }

    /// The requests that an order speaks for; without a state where the request is gone.
    pub(super) fn members<'a>(
        &'a self,
        order: &'a OrderState,
    ) -> impl Iterator<Item = (&'a RequestRef, Option<&'a RequestState>)> {
        let carried = order
            .object
            .spec
            .request_refs
            .iter()
            .filter(|reference| is_carried(reference));
        carried.map(|reference| {
            let of = |request: &&RequestState| request.object.metadata.uid.as_ref() == Some(&reference.uid);
            (reference, self.requests.iter().find(of))
        })
    }

    /// Whether what an order is for is still wished.
    pub(super) fn unwanted(&self, order: &OrderState) -> Option<Unwanted> {
        let mut wanted = false;
        let mut cancelled = false;
        let mut whys = Vec::new();
        for (reference, request) in self.members(order) {
            let over = request.and_then(|request| request.over.as_ref());
            let gone = request.is_none_or(|request| is_ended(&request.object));
            match over {
                Some(over) => {
                    cancelled |= matches!(over, Over::Cancelled(..));
                    whys.push(format!("{}: {}", reference.name, over.words()));
                }
                None if gone => {
                    cancelled = true;
                    whys.push(format!("{}: it is not there any more", reference.name));
                }
                None => wanted = true,
            }
        }
        let words = whys.join("; ");
        if whys.is_empty() {
            None
        } else if wanted {
            Some(Unwanted::Partly(words))
        } else {
            let reason = if cancelled { reason::CANCELLED } else { reason::EXPIRED };
            Some(Unwanted::Wholly(reason, words))
        }
    }

    /// The end of an order of which nobody wishes anything any more.
    fn wholly_unwanted(&self, order: &OrderState) -> Option<Standing> {
        match self.unwanted(order)? {
            Unwanted::Wholly(reason, words) => Some(order_words::ended(reason, words)),
            Unwanted::Partly(_) => None,
        }
    }

    /// The end of an order that nobody has had, for the next one without what is not wished any more.
    fn partly_unwanted(&self, order: &OrderState) -> Option<Standing> {
        match self.unwanted(order)? {
            Unwanted::Wholly(..) => None,
            Unwanted::Partly(words) => Some(order_words::recomputed(&words)),
        }
    }

    /// What a reviewer's answer ends.
    fn reviewed(&self, order: &OrderState) -> Option<Standing> {
        let review = order.object.spec.review.as_ref()?;
        let who = actor(review.by.as_ref());
        if let Some(why) = trust::doubt_review(&order.object) {
            let words = format!("the review is not believed: {why}");
            return Some(order_words::recomputed(&words).untrusted(Block::Review.reason(), &why));
        }
        match review.result {
            ReviewResult::Declined if fault::is(Fault::DeclinedIsReleased) => None,
            ReviewResult::Declined => Some(order_words::declined(review, who)),
            ReviewResult::Approved if !review.declined_properties.is_empty() => {
                Some(order_words::partly_declined(review, who))
            }
            ReviewResult::Approved | ReviewResult::Postponed => None,
        }
    }

    /// What is wrong with the type, as its orders say it.
    pub(super) fn type_fault(&self) -> Option<Problem> {
        match self.snapshot.resource_type.as_deref() {
            None => Some(not_found(&self.snapshot.type_name)),
            Some(view) => view.usable().err().map(|problems| type_problem(view, problems)),
        }
    }

    fn type_fault_of(&self, order: &OrderState) -> Option<Standing> {
        let problem = self.type_fault()?;
        Some(failed(order, &[problem]))
    }
}

/// An order whose rules failed: it heals. One that never had a state cannot begin with an error, so it ends.
pub(super) fn failed(order: &OrderState, problems: &[Problem]) -> Standing {
    let (reason, message) = summary(problems);
    match order.standing.state {
        ProvisioningState::None => order_words::recomputed(&message),
        ProvisioningState::AwaitingApproval
        | ProvisioningState::Pending
        | ProvisioningState::Transmitted
        | ProvisioningState::Executed
        | ProvisioningState::Verified
        | ProvisioningState::Errored
        | ProvisioningState::Inactive
        | ProvisioningState::Error => Standing::new(ProvisioningState::Error, reason, message),
    }
}
