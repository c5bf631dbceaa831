//! What a Delete takes the place of: the wishes before it, and the order that nobody works on. Nothing here makes an order.

use super::super::fault::{self, Fault};
use super::super::knowledge::Knowledge;
use super::order::OrderState;
use super::place::Place;
use super::{Line, order_words, words};
use crate::api::{Operation, ProvisioningState, reason};

impl Line<'_> {
    /// A Delete takes the place of every earlier Create and Update of its owner, those in Error and those of an order that
    /// nobody works on too. A Create that nobody has started goes with its Delete: there is nothing to do.
    pub(super) fn let_deletes_supersede(&mut self, queued: &[usize], ready: &mut Vec<usize>) {
        if fault::is(Fault::DeleteSupersedesNothing) {
            return;
        }
        self.let_the_open_delete_supersede(queued, ready);
        let Some(last) = ready.iter().copied().rfind(|index| self.is_delete(*index)) else {
            return;
        };
        let Some(carried) = self.take_the_place_of_the_holder(last) else {
            // Some of the order came after the Delete: once it has ended, it is decided again.
            ready.clear();
            return;
        };
        let owner = self.request(last).spec.owner.id.clone();
        let earlier: Vec<usize> = queued
            .iter()
            .copied()
            .filter(|index| *index < last && self.request(*index).spec.owner.id == owner)
            .filter(|index| !self.has_ended(*index))
            .collect();
        let (deletes, overtaken): (Vec<_>, Vec<_>) = earlier.iter().copied().partition(|index| self.is_delete(*index));
        let gone = self.creates_that_come_to_nothing(&carried, &overtaken, &deletes, last);
        self.supersede(&overtaken, last);
        if let Some(creates) = &gone {
            for index in deletes.iter().copied().chain([last]) {
                let why = format!(
                    "nobody had started {} yet, so there is nothing to delete",
                    creates.join(", ")
                );
                self.requests[index].place = Place::Shows(words::superseded(&why), None);
            }
        }
        let ended = |index: &usize| gone.is_some() && (*index == last || deletes.contains(index));
        ready.retain(|index| !overtaken.contains(index) && !ended(index));
    }

    /// What was put back into the queue while the order of a later Delete is open, since a confirmation was taken back: it
    /// would come to life again after the Delete.
    fn let_the_open_delete_supersede(&mut self, queued: &[usize], ready: &mut Vec<usize>) {
        let Some(holder) = self
            .holder()
            .filter(|holder| holder.object.spec.operation == Operation::Delete)
        else {
            return;
        };
        let carried = (0..self.requests.len()).filter(|index| !self.has_ended(*index));
        let Some(delete) = carried.rev().find(|index| self.is_carried_by(*index, holder)) else {
            return;
        };
        let owner = &self.request(delete).spec.owner.id;
        let earlier = queued
            .iter()
            .copied()
            .filter(|index| *index < delete && !self.is_delete(*index));
        let overtaken: Vec<usize> = earlier
            .filter(|index| self.request(*index).spec.owner.id == *owner && !self.has_ended(*index))
            .collect();
        self.supersede(&overtaken, delete);
        ready.retain(|index| !overtaken.contains(index));
    }

    fn is_delete(&self, index: usize) -> bool {
        self.request(index).spec.operation == Operation::Delete
    }

    fn supersede(&mut self, overtaken: &[usize], delete: usize) {
        let why = format!("the later request {} asks to delete the resource", self.name_of(delete));
        for index in overtaken {
            self.requests[*index].place = Place::Shows(words::superseded(&why), None);
        }
    }

    /// Names of the Creates that make a Delete needless: nobody has started them, or whoever had one was asked to stop
    /// and had not. `None`: there is something to delete, or nobody can know.
    fn creates_that_come_to_nothing(
        &self,
        carried: &[usize],
        overtaken: &[usize],
        deletes: &[usize],
        last: usize,
    ) -> Option<Vec<String>> {
        if self.behind().is_some() || self.knowledge != Knowledge::Unknown {
            return None;
        }
        let mut before: Vec<usize> = carried.iter().chain(overtaken).chain(deletes).copied().collect();
        before.sort_unstable();
        let started = |index: &usize| self.was_started(*index);
        let first = before
            .first()
            .filter(|index| self.request(**index).spec.operation == Operation::Create);
        if first.is_some() && !before.iter().chain([&last]).any(started) {
            let creates = before.iter().filter(|index| !self.is_delete(**index));
            return Some(creates.map(|index| self.name_of(*index)).collect());
        }
        let order = self.orders.last().filter(|order| self.ended_for(order, last))?;
        let unstarted = !deletes.iter().chain([&last]).any(started);
        let names = self.members(order).map(|(reference, _)| reference.name.clone());
        unstarted.then(|| names.collect())
    }

    /// Whether an order for a Create ended undone while this Delete was waiting, and because of it.
    fn ended_for(&self, order: &OrderState, delete: usize) -> bool {
        let reason = match order.standing.state {
            ProvisioningState::Inactive => Some(order.standing.reason),
            ProvisioningState::Errored => order.stopped_because().filter(|_| order.came_to_nothing()),
            ProvisioningState::None
            | ProvisioningState::AwaitingApproval
            | ProvisioningState::Pending
            | ProvisioningState::Transmitted
            | ProvisioningState::Executed
            | ProvisioningState::Verified
            | ProvisioningState::Error => None,
        };
        let filed = self
            .request(delete)
            .metadata
            .creation_timestamp
            .as_ref()
            .map(|time| time.0);
        order.object.spec.operation == Operation::Create
            && reason == Some(reason::SUPERSEDED)
            && filed.is_some_and(|filed| filed <= order.since(self.snapshot.now))
    }

    /// A Delete never waits behind a Create or Update that nobody works on: that order ends, or is left as it errored.
    /// Answers the requests that end with it; `None` when some of them came after the Delete and go on.
    fn take_the_place_of_the_holder(&mut self, delete: usize) -> Option<Vec<usize>> {
        let none = Some(Vec::new());
        let Some(holder) = self
            .holder()
            .filter(|holder| holder.object.spec.operation != Operation::Delete)
        else {
            return none;
        };
        let idle = holder.is_waiting() || holder.is_unclaimed();
        if fault::is(Fault::DeleteWaits) || !(idle || holder.needs_recovery()) {
            return none;
        }
        let name = holder.name.clone();
        let carried: Vec<usize> = (0..self.requests.len())
            .filter(|index| !self.has_ended(*index) && self.is_carried_by(*index, holder))
            .collect();
        let (earlier, later): (Vec<_>, Vec<_>) = carried.into_iter().partition(|index| *index < delete);
        self.supersede(&earlier, delete);
        let words = format!("the request {} asks to delete the resource", self.name_of(delete));
        let order = self.orders.last_mut()?;
        order.ready = false;
        if idle {
            order.standing = if later.is_empty() {
                order_words::ended(reason::SUPERSEDED, words)
            } else {
                order_words::recomputed(&words)
            };
            return later.is_empty().then_some(earlier);
        }
        order.standing.stalled = None;
        for index in later {
            let standing = words::overtaken(&name, crate::api::names::OPERATOR_ACTOR);
            self.requests[index].place = Place::Shows(standing, Some(name.clone()));
        }
        Some(earlier)
    }

    fn is_carried_by(&self, index: usize, order: &OrderState) -> bool {
        let uid = self.request(index).metadata.uid.as_ref();
        self.members(order).any(|(reference, _)| Some(&reference.uid) == uid)
    }

    /// Whether a person has, or had, an order for it; one that is gone counts.
    fn was_started(&self, index: usize) -> bool {
        let request = self.request(index);
        let known = request.status.as_ref().map(|status| status.orders.as_slice());
        let gone = |name: &String| !self.orders.iter().any(|order| order.name == *name);
        let mut orders = self
            .orders
            .iter()
            .filter(|order| order.was_handed_over() && !order.came_to_nothing());
        known.unwrap_or_default().iter().any(gone) || orders.any(|order| self.is_carried_by(index, order))
    }
}
