//! A turn of the queue: which requests fold, and what becomes of each. What order is made of them is in `draft`.

use super::super::knowledge::{Evidence, Knowledge};
use super::super::problem::Problem;
use super::super::snapshot::NewOrder;
use super::super::status::{Clock, of_order};
use super::super::wishes::Fold;
use super::draft::Draft;
use super::place::Place;
use super::{Line, words};
use crate::api::provisioning_order::ProvisioningOrderSpec;
use crate::api::{AssignmentRequest, Operation, ProvisioningOrder, ProvisioningOrderStatus, names, reason};
use std::sync::Arc;

impl Line<'_> {
    /// The line is free: the head of the queue and all that fold with it. Answers those that still wait.
    pub(super) fn take_turn(&mut self, ready: Vec<usize>) -> Vec<usize> {
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

    /// Of several that would fold, those that could stand alone.
    fn in_order_by_themselves(&self, members: Vec<usize>, failing: &mut Vec<(usize, Vec<Problem>)>) -> Vec<usize> {
        if members.len() < 2 {
            return members;
        }
        let mut fine = Vec::new();
        for index in members {
            let alone = Fold::of(&[Arc::clone(self.request(index))]);
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
                    .map(|index| Arc::clone(self.request(*index)))
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
        let standing = words::handed_over(&order);
        let clock = Clock {
            now: self.snapshot.now,
            generation: Some(1),
        };
        let status = of_order(&ProvisioningOrderStatus::default(), clock, &standing);
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
