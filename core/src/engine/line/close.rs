//! What a line's decision comes to: the statuses that differ, and what to tell people. Nothing is decided here.

use super::super::identity;
use super::super::request::{owner_username, report};
use super::super::snapshot::{LineDecision, OrderUpdate, RequestUpdate};
use super::super::status::{Clock, Standing, of_order, of_request, set_condition};
use super::order_report;
use super::place::Place;
use super::{Line, RequestState, stop};
use crate::api::common::ResourceRef;
use crate::api::condition::ConditionStatus;
use crate::api::{AssignmentRequest, AssignmentRequestStatus, ProvisioningState, names, reason};
use std::sync::Arc;

impl Line<'_> {
    pub(super) fn close(self) -> LineDecision {
        let mut decision = LineDecision {
            resource: self.resource.clone(),
            slot: self.slot,
            wake_at: self.wake_at(),
            ..LineDecision::default()
        };
        for order in &self.orders {
            let old = order.object.status.clone().unwrap_or_default();
            let clock = Clock {
                now: self.snapshot.now,
                generation: order.object.metadata.generation,
            };
            let policy = &order.object.spec.policy;
            let status = of_order(&old, policy, clock, &order.standing, &order.flags);
            decision.reports.extend(order.reports(&old));
            // What a later version said stays as it is until it moves.
            let unknown = order.is_of_a_later_version() && order.standing.untrusted.is_none();
            if status != old && !unknown {
                decision.order_updates.push(OrderUpdate {
                    order: Arc::clone(&order.object),
                    status,
                });
            }
        }
        if let Some((new, standing)) = &self.new_order {
            let name = new.order.metadata.name.as_deref().unwrap_or_default();
            decision.reports.push(order_report(name, standing));
        }
        for request in &self.requests {
            let shown = self
                .shown(request)
                .filter(|(standing, _)| standing.reason != reason::WAITING);
            let mut status = match &shown {
                Some((standing, order)) => self.request_status(request, standing, order.as_ref()),
                None => request.object.status.clone().unwrap_or_default(),
            };
            if let Some((type_, why, words)) = &request.mark {
                let clock = Clock {
                    now: self.snapshot.now,
                    generation: request.object.metadata.generation,
                };
                set_condition(&mut status.conditions, clock, type_, ConditionStatus::True, why, words);
            }
            let nothing = shown.is_none() && request.mark.is_none();
            if !nothing && request.object.status.as_ref() != Some(&status) {
                let told = shown.and_then(|(standing, _)| report(&request.object, &standing));
                decision.reports.extend(told);
                decision.request_updates.push(RequestUpdate {
                    request: Arc::clone(&request.object),
                    status,
                });
            }
        }
        decision.new_order = self.new_order.map(|(new, _)| new);
        decision.new_requests = self.new_requests;
        decision
    }

    /// What a request shows after this pass, and the order that it belongs to; `None`: what it showed before.
    fn shown(&self, request: &RequestState) -> Option<(Standing, Option<String>)> {
        match &request.place {
            Place::Settled | Place::Queued(_) => None,
            Place::Shows(standing, order) => Some((standing.clone(), order.clone())),
            Place::With(name) => {
                let order = self.orders.iter().find(|order| order.name == *name)?;
                let standing = order.standing.clone();
                // What becomes of it after that is decided when that is written.
                let ended = standing.state == ProvisioningState::Inactive;
                (!ended).then(|| (stop::for_one(request, order, standing), Some(name.clone())))
            }
        }
    }

    fn request_status(
        &self,
        state: &RequestState,
        standing: &Standing,
        order: Option<&String>,
    ) -> AssignmentRequestStatus {
        let request = &state.object;
        let old = request.status.clone().unwrap_or_default();
        let clock = Clock {
            now: self.snapshot.now,
            generation: request.metadata.generation,
        };
        let mut status = of_request(&old, clock, standing, &self.workflow(request));
        self.name_orders(request, order, &mut status.orders);
        let carrying = self.carrying(request);
        if let Some((newest, reference)) = carrying.last() {
            let attempts = i64::try_from(carrying.len()).unwrap_or(i64::MAX);
            status.attempts = Some(attempts.max(old.attempts.unwrap_or(0)));
            status.overridden.clone_from(&reference.overridden);
            status.resource.get_or_insert_with(|| newest.resource.clone());
            status.owner_username = status.owner_username.take().or_else(|| newest.owner.username.clone());
        }
        if !state.overridden.is_empty() {
            status.overridden.clone_from(&state.overridden);
        }
        if standing.state != ProvisioningState::Error
            && let Some(view) = &self.snapshot.resource_type
        {
            let username = status
                .owner_username
                .take()
                .or_else(|| owner_username(request, view).ok().flatten());
            status.resource.get_or_insert_with(|| ResourceRef {
                identifier: self.identifier(request, view, username.as_deref()),
            });
            status.owner_username = username;
        }
        status.declined_properties = self.declined(request).into_iter().collect();
        status
    }

    /// The orders that a request names: those that carry it, also one that came and went unseen, and last the one
    /// that it shows.
    fn name_orders(&self, request: &AssignmentRequest, shown: Option<&String>, orders: &mut Vec<String>) {
        let known = identity::highest_in(orders, &self.snapshot.type_name, &self.snapshot.identifier);
        let carrying = self.carrying(request).into_iter().map(|(spec, _)| spec.sequence);
        let unseen = carrying
            .filter(|sequence| *sequence > known)
            .map(|sequence| self.order_name(sequence));
        for name in unseen.chain(shown.cloned()) {
            if orders.last() != Some(&name) {
                orders.retain(|known| *known != name);
                orders.push(name);
            }
        }
        let excess = orders.len().saturating_sub(names::REQUEST_ORDERS_LIMIT);
        orders.drain(..excess);
    }
}
