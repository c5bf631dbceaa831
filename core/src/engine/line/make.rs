//! A turn of the queue: which requests fold, and what becomes of each. What order is made of them is in `draft`.

use super::super::fault::{self, Fault};
use super::super::knowledge::{Evidence, Knowledge};
use super::super::problem::Problem;
use super::super::snapshot::NewOrder;
use super::super::status::{Clock, Flags, of_order};
use super::super::wishes::{Fold, Wishful};
use super::draft::Draft;
use super::place::Place;
use super::{Line, order_words, words};
use crate::api::condition::{APPROVED, ConditionStatus};
use crate::api::provisioning_order::ProvisioningOrderSpec;
use crate::api::{
    AssignmentRequest, Operation, ProvisioningOrder, ProvisioningOrderStatus, ProvisioningState, duration, names,
    reason,
};
use jiff::Timestamp;
use std::sync::Arc;

impl Line<'_> {
    /// The line is free: the head of the queue and all that fold with it. Answers those that still wait.
    pub(super) fn take_turn(&mut self, ready: Vec<usize>) -> Vec<usize> {
        if let Some(until) = self.grouping(&ready) {
            self.grouping_until = Some(until);
            for index in ready {
                let standing = words::grouping(&self.snapshot.type_name, &self.request(index).spec.owner.id, until);
                self.requests[index].place = Place::Shows(standing, None);
            }
            return Vec::new();
        }
        let delete = |line: &Self, index: usize| line.request(index).spec.operation == Operation::Delete;
        let Some(head) = ready.first().map(|index| delete(self, *index)) else {
            return ready;
        };
        let (fitting, mut waiting): (Vec<_>, Vec<_>) =
            ready.into_iter().partition(|index| delete(self, *index) == head);
        let (members, beyond) = fitting.split_at(fitting.len().min(names::REQUESTS_PER_ORDER));
        waiting.extend(beyond);
        let mut failing = Vec::new();
        let members = self.in_order_by_themselves(members.to_vec(), &mut failing);
        if let Some((members, fold, draft)) = self.draft_of_most(members, &mut failing) {
            match draft {
                Draft::NothingToDo(evidence) => self.settle(&members, &fold, &evidence, |_| true),
                Draft::Order(spec) => self.hand_over(&members, fold, *spec),
            }
        }
        for (index, problems) in failing {
            if self.new_order.is_some() {
                // What was planned against may be otherwise after the order: it waits, and is looked at again then.
                waiting.push(index);
            } else {
                self.fail(index, &problems);
            }
        }
        waiting.sort_unstable();
        waiting
    }

    /// Until when the queue waits for others; `None`: not any more. The first request begins the window when it enters the
    /// line; one that an order carried before has waited already, and what
    /// undoes a wish at its end does not wait.
    fn grouping(&self, ready: &[usize]) -> Option<Timestamp> {
        let view = self.snapshot.resource_type.as_deref()?;
        let window = duration::parse(view.object.spec.grouping_window.as_deref()?).ok()?;
        let entered = ready.iter().map(|index| entered(self.request(*index)));
        let first = entered.min()??;
        let hurries =
            |request: &Arc<AssignmentRequest>| !self.carrying(request).is_empty() || request.spec.caused_by.is_some();
        let hurried = ready.iter().any(|index| hurries(self.request(*index)));
        let until = first.checked_add(window).ok()?;
        (until > self.snapshot.now && !hurried && !fault::is(Fault::NeverGroups)).then_some(until)
    }

    /// A request as folds see it.
    pub(super) fn wishful(&self, request: &Arc<AssignmentRequest>) -> Wishful {
        Wishful {
            declined: self.declined(request),
            request: Arc::clone(request),
        }
    }

    /// Of several that would fold, those that could stand alone.
    fn in_order_by_themselves(&self, members: Vec<usize>, failing: &mut Vec<(usize, Vec<Problem>)>) -> Vec<usize> {
        if members.len() < 2 {
            return members;
        }
        let mut fine = Vec::new();
        for index in members {
            let alone = Fold::of(&[self.wishful(self.request(index))]);
            match self.draft(&alone) {
                // Somebody else's Create may be in the fold.
                Err(problems)
                    if problems
                        .iter()
                        .all(|problem| problem.reason == reason::RESOURCE_NOT_FOUND) =>
                {
                    fine.push(index);
                }
                Err(problems) => failing.push((index, problems)),
                Ok(_) => fine.push(index),
            }
        }
        fine
    }

    /// The fold of all; where that fails, of as many as fold without a problem.
    fn draft_of_most(
        &self,
        members: Vec<usize>,
        failing: &mut Vec<(usize, Vec<Problem>)>,
    ) -> Option<(Vec<usize>, Fold, Draft)> {
        let fold_of = |members: &[usize]| {
            Fold::of(
                &members
                    .iter()
                    .map(|index| self.wishful(self.request(*index)))
                    .collect::<Vec<_>>(),
            )
        };
        let fold = fold_of(&members);
        if let Ok(draft) = self.draft(&fold) {
            return (!members.is_empty()).then_some((members, fold, draft));
        }
        let mut taken: Vec<usize> = Vec::new();
        let mut best = None;
        for index in members {
            taken.push(index);
            let fold = fold_of(&taken);
            match self.draft(&fold) {
                Ok(draft) => best = Some((fold, draft)),
                Err(problems) => {
                    taken.pop();
                    failing.push((index, problems));
                }
            }
        }
        best.map(|(fold, draft)| (taken, fold, draft))
    }

    /// Makes the order; those whose wishes are fulfilled already need not wait for it.
    fn hand_over(&mut self, members: &[usize], fold: Fold, spec: ProvisioningOrderSpec) {
        let name = self.order_name(spec.sequence);
        if self.snapshot.name_conflict.as_ref() == Some(&name) {
            let standing = words::name_conflict(&name, &spec.resource.identifier);
            for index in members {
                self.requests[*index].place = Place::Shows(standing.clone(), None);
            }
            return;
        }
        let mut order = ProvisioningOrder::new(&name, spec);
        order.metadata.labels = Some(self.labels());
        let waits = self.waits(&order);
        let standing = waits.unwrap_or_else(|| order_words::handed_over(&order));
        if standing.state != ProvisioningState::AwaitingApproval {
            self.take_slot(&order.spec, None);
        }
        let clock = Clock {
            now: self.snapshot.now,
            generation: Some(1),
        };
        let (old, flags) = (ProvisioningOrderStatus::default(), Flags::default());
        let status = of_order(&old, &order.spec.policy, clock, &standing, &flags);
        let answers = |request: &AssignmentRequest| {
            order
                .spec
                .request_refs
                .iter()
                .any(|r| Some(&r.uid) == request.metadata.uid.as_ref())
        };
        if let Knowledge::Present(present) = &self.knowledge {
            let evidence = present.evidence.clone();
            self.settle(members, &fold, &evidence, |request| !answers(request));
        }
        for (index, member) in members.iter().zip(&fold.members) {
            if answers(&member.request) {
                let standing = if member.superseded {
                    self.superseded_by_later(members, *index)
                } else {
                    standing.clone()
                };
                self.requests[*index].place = Place::Shows(standing, Some(name.clone()));
            }
        }
        self.new_order = Some((NewOrder { order, status }, standing));
    }

    /// Members of a fold for which nothing has to be done.
    fn settle(
        &mut self,
        members: &[usize],
        fold: &Fold,
        evidence: &Evidence,
        which: impl Fn(&AssignmentRequest) -> bool,
    ) {
        let finished = match evidence {
            Evidence::Claimed { order, .. } => self
                .orders
                .iter()
                .any(|known| known.name == *order && known.standing.finished),
            Evidence::Observed => true,
        };
        for (index, member) in members.iter().zip(&fold.members) {
            let operation = member.request.spec.operation;
            if !which(&member.request) {
                continue;
            }
            let nothing_left =
                !member.overridden.is_empty() && member.overridden.len() == member.wishes.by_property.len();
            self.requests[*index].overridden.clone_from(&member.overridden);
            // It exists as it is: that a Create also wishes this keeps nothing of it alive.
            self.requests[*index].place = if member.superseded || nothing_left {
                Place::Shows(self.superseded_by_later(members, *index), None)
            } else {
                match evidence {
                    Evidence::Claimed { order, proven } => Place::Shows(
                        words::already_claimed(order, operation, *proven, finished),
                        Some(order.clone()),
                    ),
                    Evidence::Observed => {
                        Place::Shows(words::already_observed(operation, &self.snapshot.identifier), None)
                    }
                }
            };
        }
    }

    fn superseded_by_later(&self, members: &[usize], index: usize) -> super::Standing {
        let later: Vec<String> = members
            .iter()
            .filter(|later| **later > index)
            .map(|later| self.name_of(*later))
            .collect();
        let why = format!("everything it asks for is asked for otherwise by {}", later.join(", "));
        words::superseded(&why)
    }
}

/// When a request entered its line: agreed to, and started.
fn entered(request: &AssignmentRequest) -> Option<Timestamp> {
    let created = request.metadata.creation_timestamp.as_ref().map(|time| time.0);
    let started = request.spec.start_time.as_ref().map(|time| time.0);
    let conditions = request.status.iter().flat_map(|status| &status.conditions);
    let mut agreed = conditions.filter(|c| c.type_ == APPROVED && c.status == ConditionStatus::True);
    let agreed = agreed.next().map(|condition| condition.last_transition_time.0);
    created.max(started).max(agreed)
}
