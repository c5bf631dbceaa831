//! Work that is not wished any more while a person has it: they are asked to stop, nothing is taken from their hands.
//! What else holds of an order that people have: that its type has a fault, that its due time is over.

use super::super::fault::{self, Fault};
use super::super::over::Over;
use super::super::status::Standing;
use super::gate::Unwanted;
use super::order::OrderState;
use super::place::Place;
use super::{Line, RequestState, order_words};
use crate::api::{Operation, ProvisioningState, reason};

impl Line<'_> {
    /// What holds of the orders that people have, beside their state.
    pub(super) fn mark_stops(&mut self) {
        let fault = self.type_fault();
        for index in 0..self.orders.len() {
            let order = &self.orders[index];
            let state = order.standing.state;
            if state == ProvisioningState::Transmitted {
                let stop = self.stop(order);
                let due = self.overdue(order);
                let order = &mut self.orders[index];
                match &stop {
                    Some((_, why)) => order.standing = order_words::stop(&order.name, why),
                    None if order.standing.reason == reason::STOP_REQUESTED => {
                        order.standing = order_words::handed_over(&order.object);
                    }
                    None => {}
                }
                order.flags.stop = stop;
                order.flags.overdue = due;
            }
            let order = &mut self.orders[index];
            let unfinished = matches!(state, ProvisioningState::Transmitted | ProvisioningState::Executed);
            if unfinished && !order.standing.finished {
                // It is decided by its own policy; what comes after it waits for the type.
                order.standing.stalled = fault.as_ref().map(|problem| (problem.reason, problem.message.clone()));
            }
        }
    }

    /// Why whoever has an order is asked to stop.
    fn stop(&self, order: &OrderState) -> Option<(&'static str, String)> {
        if fault::is(Fault::StopNeverAsked) {
            return None;
        }
        if let Some(Unwanted::Wholly(reason, words)) = self.unwanted(order) {
            return Some((reason, words));
        }
        if order.object.spec.operation == Operation::Delete {
            return None;
        }
        let waits = |request: &&RequestState| match &request.place {
            Place::Shows(standing, None) => standing.reason == reason::QUEUED,
            Place::Shows(_, Some(_)) | Place::Settled | Place::Queued(_) | Place::With(_) => false,
        };
        let mut waiting = self.requests.iter().filter(waits);
        let delete = waiting.find(|request| request.object.spec.operation == Operation::Delete)?;
        let words = format!("the request {} asks to delete the resource", delete.name());
        Some((reason::SUPERSEDED, words))
    }

    fn overdue(&self, order: &OrderState) -> Option<String> {
        let due = order.object.status.as_ref()?.due_at.as_ref()?.0;
        (due <= self.snapshot.now && !fault::is(Fault::NeverOverdue)).then(|| order_words::overdue(due))
    }
}

/// What one request shows of its order: where only it is not wished any more, that it ends with the order.
pub(super) fn for_one(request: &RequestState, order: &OrderState, standing: Standing) -> Standing {
    let others_go_on = standing.state == ProvisioningState::Transmitted && order.flags.stop.is_none();
    match &request.over {
        Some(over) if others_go_on => ends_with(over, &order.name),
        Some(_) | None => standing,
    }
}

fn ends_with(over: &Over, order: &str) -> Standing {
    let message = format!(
        "{}; a person has {order}, which goes on for others: this request ends when that is answered, kubectl describe porder {order}",
        over.words()
    );
    Standing::new(ProvisioningState::Transmitted, reason::STOP_REQUESTED, message)
}
