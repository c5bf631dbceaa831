//! The queue of a line: whose turn it is, what a Delete supersedes, and what waits behind what.

use super::super::check::check;
use super::super::fault::{self, Fault};
use super::super::knowledge::Knowledge;
use super::super::problem::Problem;
use super::super::request::{in_error, not_found, type_problem};
use super::super::status::Standing;
use super::place::Place;
use super::{Line, words};
use crate::api::{AssignmentRequest, Operation, ProvisioningState};
use std::sync::Arc;

impl Line<'_> {
    /// The queue in its order: each request ends, errs, waits, or becomes part of the next order.
    pub(super) fn work_the_queue(&mut self) {
        let queued: Vec<usize> = (0..self.requests.len())
            .filter(|index| matches!(self.requests[*index].place, Place::Queued(_)))
            .collect();
        let sound = self.without_problems(&queued);
        let mut ready = self.of_the_owner(sound);
        self.let_deletes_supersede(&queued, &mut ready);
        while !ready.is_empty() {
            let Some(waiting) = self.behind() else {
                ready = self.take_turn(ready);
                continue;
            };
            for index in ready.drain(..).filter(|_| !fault::is(Fault::WaitsInSilence)) {
                self.requests[index].place = Place::Shows(waiting.clone(), None);
            }
        }
    }

    pub(super) fn request(&self, index: usize) -> &Arc<AssignmentRequest> {
        &self.requests[index].object
    }

    pub(super) fn fail(&mut self, index: usize, problems: &[Problem]) {
        self.requests[index].place = Place::Shows(in_error(problems), None);
    }

    /// Requests that are in order by themselves; the others show what is wrong.
    fn without_problems(&mut self, queued: &[usize]) -> Vec<usize> {
        let view = self.snapshot.resource_type.clone();
        let mut ready = Vec::new();
        for index in queued.iter().copied() {
            let request = Arc::clone(self.request(index));
            let Some(view) = view.as_deref() else {
                self.fail(index, &[not_found(&self.snapshot.type_name)]);
                continue;
            };
            if !view.allows(request.spec.operation) {
                let standing = words::not_allowed(view.name(), request.spec.operation);
                self.requests[index].place = Place::Shows(standing, None);
                continue;
            }
            let unusable = view.usable().err().map(|problems| type_problem(view, problems));
            let problems: Vec<Problem> = unusable.into_iter().chain(check(&request, view)).collect();
            if !problems.is_empty() {
                self.fail(index, &problems);
            } else if let Some(standing) = self.workflow(&request).standing(&self.name_of(index)) {
                self.requests[index].place = Place::Shows(standing, None);
            } else {
                ready.push(index);
            }
        }
        ready
    }

    /// The owner of a line is that of its open order, else of the known resource, else of its oldest request.
    fn of_the_owner(&mut self, ready: Vec<usize>) -> Vec<usize> {
        let of_order = self.holder().map(|order| order.object.spec.owner.id.clone());
        let of_resource = || match &self.knowledge {
            Knowledge::Present(present) => present.owner.clone(),
            Knowledge::Unknown | Knowledge::Absent(_) => None,
        };
        let of_oldest = || Some(self.request(*ready.first()?).spec.owner.id.clone());
        let Some(owner) = of_order.or_else(of_resource).or_else(of_oldest) else {
            return ready;
        };
        if fault::is(Fault::AnyOwnerFolds) {
            return ready;
        }
        let (mine, others): (Vec<_>, Vec<_>) = ready
            .into_iter()
            .partition(|index| self.request(*index).spec.owner.id == owner);
        for index in others {
            let problem = words::someone_elses(self.request(index), &self.snapshot.identifier, &owner);
            self.fail(index, &[problem]);
        }
        mine
    }

    /// A Delete takes the place of every earlier Create and Update of its owner that no open order carries, those
    /// in Error too. A Create that nobody has started goes with its Delete: there is nothing to do.
    fn let_deletes_supersede(&mut self, queued: &[usize], ready: &mut Vec<usize>) {
        let is_delete = |line: &Self, index: usize| line.request(index).spec.operation == Operation::Delete;
        if fault::is(Fault::DeleteSupersedesNothing) {
            return;
        }
        let Some(last) = ready.iter().copied().rfind(|index| is_delete(self, *index)) else {
            return;
        };
        let delete = self.name_of(last);
        let owner = self.request(last).spec.owner.id.clone();
        let earlier: Vec<usize> = queued
            .iter()
            .copied()
            .filter(|index| *index < last && self.request(*index).spec.owner.id == owner)
            .filter(|index| !self.has_ended(*index))
            .collect();
        let (deletes, overtaken): (Vec<_>, Vec<_>) = earlier.iter().copied().partition(|index| is_delete(self, *index));
        let nothing_to_do = self.behind().is_none()
            && self.knowledge == Knowledge::Unknown
            && earlier
                .first()
                .is_some_and(|first| self.request(*first).spec.operation == Operation::Create)
            && earlier.iter().chain([&last]).all(|index| !self.was_started(*index));
        for index in &overtaken {
            let why = format!("the later request {delete} asks to delete the resource");
            self.requests[*index].place = Place::Shows(words::superseded(&why), None);
        }
        if nothing_to_do {
            let creates: Vec<String> = overtaken.iter().map(|index| self.name_of(*index)).collect();
            for index in deletes.iter().copied().chain([last]) {
                let why = format!(
                    "nobody had started {} yet, so there is nothing to delete",
                    creates.join(", ")
                );
                self.requests[index].place = Place::Shows(words::superseded(&why), None);
            }
        }
        ready.retain(|index| {
            let gone = overtaken.contains(index) || (nothing_to_do && (*index == last || deletes.contains(index)));
            !gone
        });
    }

    fn has_ended(&self, index: usize) -> bool {
        matches!(&self.requests[index].place, Place::Shows(standing, _) if standing.state == ProvisioningState::Inactive)
    }

    pub(super) fn name_of(&self, index: usize) -> String {
        self.request(index).metadata.name.clone().unwrap_or_default()
    }

    /// Whether a person has, or had, an order for it; one that is gone counts.
    fn was_started(&self, index: usize) -> bool {
        let request = self.request(index);
        let uid = request.metadata.uid.as_deref().unwrap_or_default();
        let known = request.status.as_ref().map(|status| status.orders.as_slice());
        let gone = |name: &String| !self.orders.iter().any(|order| order.name == *name);
        known.unwrap_or_default().iter().any(gone)
            || self
                .orders
                .iter()
                .any(|order| order.was_handed_over() && order.object.spec.request_refs.iter().any(|r| r.uid == uid))
    }

    /// The order that holds the line: open, or errored and waiting for a recovery.
    fn holder(&self) -> Option<&super::OrderState> {
        let newest = self.orders.last()?;
        match newest.standing.state {
            ProvisioningState::Errored => {
                let holds = newest.standing.stalled.is_some() && !fault::is(Fault::ErrorNeverHolds);
                holds.then_some(newest)
            }
            ProvisioningState::Executed | ProvisioningState::Verified | ProvisioningState::Inactive => None,
            ProvisioningState::None
            | ProvisioningState::AwaitingApproval
            | ProvisioningState::Pending
            | ProvisioningState::Transmitted
            | ProvisioningState::Error => (!fault::is(Fault::LineNeverHeld)).then_some(newest),
        }
    }

    /// What those show that wait; `None` when the line is free.
    fn behind(&self) -> Option<Standing> {
        if let Some((new, _)) = &self.new_order {
            let name = new.order.metadata.name.as_deref().unwrap_or_default();
            return Some(words::behind(name, false));
        }
        let holder = self.holder()?;
        let recovery = holder.standing.state == ProvisioningState::Errored;
        Some(words::behind(&holder.name, recovery))
    }
}
