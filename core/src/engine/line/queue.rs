//! The queue of a line: who is ready, whose turn it is, and what waits behind what.

use super::super::check::check;
use super::super::fault::{self, Fault};
use super::super::knowledge::Knowledge;
use super::super::problem::Problem;
use super::super::request::{in_error, not_found, type_problem};
use super::super::status::Standing;
use super::super::wishes::Wishes;
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
        if ready.is_empty() {
            return;
        }
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
            // What undoes a wish was allowed with the wish.
            if !view.allows(request.spec.operation) && request.spec.caused_by.is_none() {
                let standing = words::not_allowed(view.name(), request.spec.operation);
                self.requests[index].place = Place::Shows(standing, None);
                continue;
            }
            let declined = self.declined(&request);
            let wishes = Wishes::of(&request.spec);
            if request.spec.operation == Operation::Update && !wishes.is_empty() && wishes.without(&declined).is_empty()
            {
                let declined: Vec<String> = declined.into_iter().collect();
                self.requests[index].place = Place::Shows(words::all_declined(&declined), None);
                continue;
            }
            let unusable = view.usable().err().map(|problems| type_problem(view, problems));
            let problems: Vec<Problem> = unusable.into_iter().chain(check(&request, view)).collect();
            let waits = || self.workflow(&request).standing(&self.name_of(index));
            if !problems.is_empty() {
                self.fail(index, &problems);
            } else if let Some(standing) = waits().or_else(|| self.not_yet(&request)) {
                self.requests[index].place = Place::Shows(standing, None);
            } else {
                ready.push(index);
            }
        }
        ready
    }

    /// What an agreed request waits for before it enters the line: its start, and what the type depends on. For a Create
    /// only: whatever is to be changed or removed is there already.
    fn not_yet(&self, request: &AssignmentRequest) -> Option<Standing> {
        let start = request.spec.start_time.as_ref().map(|start| start.0);
        if let Some(start) = start.filter(|start| *start > self.snapshot.now && !fault::is(Fault::StartsEarly)) {
            return Some(words::scheduled(
                request.metadata.name.as_deref().unwrap_or_default(),
                start,
            ));
        }
        let view = self.snapshot.resource_type.as_deref()?;
        if request.spec.operation != Operation::Create || fault::is(Fault::DependencyIgnored) {
            return None;
        }
        let owner = &request.spec.owner.id;
        let lacks = |name: &&String| !self.snapshot.held.contains(&(owner.clone(), (*name).clone()));
        let needed = view.object.spec.depends_on.iter().map(|on| &on.name);
        let missing: Vec<&str> = needed.filter(lacks).map(String::as_str).collect();
        (!missing.is_empty()).then(|| words::waits_for_dependency(owner, &missing))
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

    pub(super) fn has_ended(&self, index: usize) -> bool {
        matches!(&self.requests[index].place, Place::Shows(standing, _) if standing.state == ProvisioningState::Inactive)
    }

    pub(super) fn name_of(&self, index: usize) -> String {
        self.requests[index].name().to_owned()
    }

    /// The order that holds the line: open, or errored and waiting for a recovery.
    pub(super) fn holder(&self) -> Option<&super::OrderState> {
        let newest = self.orders.last()?;
        match newest.standing.state {
            ProvisioningState::Errored => {
                let holds = newest.needs_recovery() && !fault::is(Fault::ErrorNeverHolds);
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
    pub(super) fn behind(&self) -> Option<Standing> {
        if let Some((new, standing)) = &self.new_order {
            let name = new.order.metadata.name.as_deref().unwrap_or_default();
            return Some(words::behind(name, standing.state));
        }
        let holder = self.holder()?;
        Some(words::behind(&holder.name, holder.standing.state))
    }
}
