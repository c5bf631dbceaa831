//! The hand-over of an order that waited: first it is asked whether it is still the right one.

use super::super::fault::{self, Fault};
use super::super::plan::Outcome;
use super::super::status::Standing;
use super::super::wishes::{Fold, Wishful};
use super::gate::failed;
use super::order::OrderState;
use super::{Line, order_words};
use crate::api::reason;
use std::sync::Arc;

impl Line<'_> {
    /// Hands over what nothing keeps back any more, or ends it so that the next order says what is right now.
    pub(super) fn release(&mut self) {
        for index in 0..self.orders.len() {
            let order = &self.orders[index];
            if !order.ready || !order.is_waiting() {
                continue;
            }
            let standing = self
                .recompute(order)
                .unwrap_or_else(|| order_words::handed_over(&order.object));
            let object = Arc::clone(&order.object);
            self.orders[index].standing = standing;
            if self.orders[index].was_handed_over() {
                self.take_slot(&object.spec, object.status.as_ref());
            }
        }
    }

    /// What becomes of an order that is not right any more; `None`: it is.
    fn recompute(&self, order: &OrderState) -> Option<Standing> {
        if fault::is(Fault::NeverRecomputed) {
            return None;
        }
        let requests: Vec<Wishful> = self
            .requests
            .iter()
            .filter(|request| {
                self.members(order)
                    .any(|(r, _)| Some(&r.uid) == request.object.metadata.uid.as_ref())
            })
            .map(|request| self.wishful(&request.object))
            .collect();
        let spec = &order.object.spec;
        match self.planned(&Fold::of(&requests)) {
            Ok(Outcome::Work(work)) if work.operation == spec.operation && work.changes == spec.changes => None,
            Ok(Outcome::Work(_)) => Some(order_words::recomputed("what there is to do is otherwise now")),
            Ok(Outcome::NothingToDo(_)) => Some(order_words::recomputed("it is as requested already")),
            Err(problems)
                if problems
                    .iter()
                    .all(|problem| problem.reason == reason::EXPRESSION_FAILED) =>
            {
                Some(failed(order, &problems))
            }
            Err(problems) => {
                let words: Vec<_> = problems.iter().map(|problem| problem.message.as_str()).collect();
                Some(order_words::recomputed(&words.join("; ")))
            }
        }
    }
}
