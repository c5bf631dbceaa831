//! A turn of the queue: which requests fold, what that comes down to, and the order that is made of it.

use super::super::fault::{self, Fault};
use super::super::knowledge::{Evidence, Knowledge};
use super::super::plan::{Outcome, Planning, Work};
use super::super::problem::Problem;
use super::super::request::{owner_username, type_problem};
use super::super::snapshot::NewOrder;
use super::super::status::{Clock, of_order};
use super::super::types::{TypeView, policy};
use super::super::wishes::{Fold, Member, Wishes};
use super::super::{context, identity, ticket};
use super::place::Place;
use super::{Line, words};
use crate::api::common::ResourceRef;
use crate::api::provisioning_order::{OrderOwner, Previous, ProvisioningOrderSpec, RequestRef, Ticket};
use crate::api::{
    AssignmentRequest, NamedRef, Operation, ProvisioningOrder, ProvisioningOrderStatus, ProvisioningState, names,
    reason,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a fold came to.
enum Draft {
    NothingToDo(Evidence),
    Order(Box<ProvisioningOrderSpec>),
}

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

    fn draft(&self, fold: &Fold) -> Result<Draft, Vec<Problem>> {
        let (Some(view), Some(newest)) = (self.snapshot.resource_type.as_deref(), fold.newest()) else {
            return Err(Vec::new());
        };
        let compiled = view.usable().map_err(|problems| vec![type_problem(view, problems)])?;
        let username = owner_username(newest, view)?;
        let oldest = fold.members.first().map_or(newest, |member| &member.request);
        let identifier = self.identifier(oldest, view, username.as_deref());
        let planning = Planning {
            view,
            compiled,
            identifier: &identifier,
            owner_username: username.as_deref(),
            knowledge: &self.knowledge,
        };
        match planning.plan(fold)? {
            Outcome::NothingToDo(evidence) => Ok(Draft::NothingToDo(evidence)),
            Outcome::Work(work) => {
                let mut spec = self.spec(fold, &planning, work);
                let name = self.order_name(spec.sequence);
                spec.ticket = ticket::render(compiled, planning.context(fold), &name, &spec)?;
                Ok(Draft::Order(Box::new(spec)))
            }
        }
    }

    fn spec(&self, fold: &Fold, planning: &Planning<'_>, work: Work) -> ProvisioningOrderSpec {
        let view = planning.view;
        let answered: Vec<&Member> = fold
            .members
            .iter()
            .filter(|member| member.superseded || contributes(member, fold, &work))
            .collect();
        let speaking = answered.iter().filter(|member| !member.superseded);
        let mut requesters: Vec<String> = speaking.map(|member| requester(&member.request)).collect();
        requesters.sort();
        requesters.dedup();
        let display_name = fold
            .members
            .iter()
            .rev()
            .find_map(|m| m.request.spec.owner.display_name.clone());
        let owner = fold.newest().map(|newest| newest.spec.owner.id.clone());
        ProvisioningOrderSpec {
            resource_type_ref: NamedRef {
                name: view.name().to_owned(),
            },
            target_entity_type: view.object.spec.target_entity_type.clone(),
            operation: work.operation,
            resource: ResourceRef {
                identifier: planning.identifier.to_owned(),
            },
            sequence: self.next_sequence(),
            attempt: self.attempt(),
            request_refs: answered
                .iter()
                .skip(usize::from(fault::is(Fault::MemberForgotten) && answered.len() > 1))
                .map(|member| reference(member))
                .collect(),
            requesters,
            owner: OrderOwner {
                id: owner.unwrap_or_default(),
                username: planning.owner_username.map(str::to_owned),
                display_name,
            },
            changes: work.changes,
            desired: work.desired,
            ticket: Ticket::default(),
            policy: policy(&view.object.spec),
            review_of: None,
            previous: self.previous(fold),
            decision: None,
            review: None,
            recovery: None,
            assignee: None,
        }
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

    pub(super) fn labels(&self) -> BTreeMap<String, String> {
        BTreeMap::from([
            (names::LABEL_RESOURCE_TYPE.to_owned(), self.snapshot.type_name.clone()),
            (names::LABEL_LINE.to_owned(), identity::hash(&self.snapshot.identifier)),
        ])
    }

    /// The identifier as first spelled: that of the line's orders, else what the request says.
    pub(super) fn identifier(&self, request: &AssignmentRequest, view: &TypeView, username: Option<&str>) -> String {
        if let Knowledge::Present(present) = &self.knowledge {
            return present.identifier.clone();
        }
        if let Some(first) = self.orders.first() {
            return first.object.spec.resource.identifier.clone();
        }
        let stored = request.status.as_ref().and_then(|status| status.resource.as_ref());
        let given = stored
            .or(request.spec.resource.as_ref())
            .map(|resource| resource.identifier.clone());
        let computed = || {
            let compiled = view.usable().ok()?;
            let context = context::of_request(request, view, username);
            compiled.identifier.one(&context).ok().flatten()
        };
        let spelled = given.or_else(computed).map(|identifier| identity::shown(&identifier));
        spelled
            .filter(|spelled| identity::fold(spelled, view.case_insensitive()) == self.snapshot.identifier)
            .unwrap_or_else(|| self.snapshot.identifier.clone())
    }

    pub(super) fn order_name(&self, sequence: i64) -> String {
        identity::order_name(&self.snapshot.type_name, &self.snapshot.identifier, sequence)
    }

    /// 1 + the highest number that any object still remembers.
    fn next_sequence(&self) -> i64 {
        if fault::is(Fault::NumberFromExisting) {
            return 1 + i64::try_from(self.orders.len()).unwrap_or(0);
        }
        let existing = self.orders.iter().map(|order| order.object.spec.sequence);
        let statuses = self
            .requests
            .iter()
            .filter_map(|request| request.object.status.as_ref());
        let remembered = statuses
            .flat_map(|status| &status.orders)
            .filter_map(|name| identity::sequence_in(name, &self.snapshot.type_name, &self.snapshot.identifier));
        let highest = existing.chain(remembered).max().unwrap_or(0);
        1 + highest.max(self.snapshot.highest_sequence)
    }

    fn attempt(&self) -> i64 {
        let errored = |state| state == ProvisioningState::Errored;
        let before = self
            .orders
            .iter()
            .rev()
            .take_while(|order| errored(order.standing.state));
        before.fold(1, |attempt, _| attempt + 1)
    }

    /// What became of the order before: deleted before anyone answered it, or errored.
    fn previous(&self, fold: &Fold) -> Option<Previous> {
        let deleted = fold.members.iter().find_map(|member| {
            let of = |state: &&super::RequestState| state.object.metadata.uid == member.request.metadata.uid;
            match &self.requests.iter().find(of)?.place {
                Place::Queued(deleted) => deleted.clone(),
                Place::Settled | Place::Shows(..) => None,
            }
        });
        if let Some(name) = deleted {
            let message = "it was deleted before anyone answered it; check whether it was done already";
            return Some(Previous {
                name,
                reason: reason::RECREATED.to_owned(),
                message: Some(message.to_owned()),
            });
        }
        let newest = self.orders.last()?;
        if newest.standing.state != ProvisioningState::Errored {
            return None;
        }
        let spec = &newest.object.spec;
        let message = if newest.is_withdrawn() {
            spec.recovery.as_ref().and_then(|recovery| recovery.comment.clone())
        } else {
            spec.decision.as_ref().and_then(|decision| decision.message.clone())
        };
        Some(Previous {
            name: newest.name.clone(),
            reason: newest.standing.reason.to_owned(),
            message,
        })
    }
}

/// Whether the order does something for this request. Where only computed values change, it does so for all.
fn contributes(member: &Member, fold: &Fold, work: &Work) -> bool {
    match work.operation {
        Operation::Create | Operation::Delete => true,
        Operation::Update => {
            let wished = |wishes: &Wishes, property: &String| {
                wishes.by_property.contains_key(property) || wishes.secrets.contains(property)
            };
            let mut asked = work
                .changes
                .iter()
                .filter(|change| wished(&fold.wishes, &change.property))
                .peekable();
            asked.peek().is_none() || asked.any(|change| wished(&member.wishes, &change.property))
        }
    }
}

fn reference(member: &Member) -> RequestRef {
    RequestRef {
        name: member.request.metadata.name.clone().unwrap_or_default(),
        uid: member.request.metadata.uid.clone().unwrap_or_default(),
        superseded: member.superseded.then_some(true),
        overridden: member.overridden.clone(),
    }
}

fn requester(request: &AssignmentRequest) -> String {
    let by = request.spec.requested_by.as_ref();
    by.map_or(names::UNKNOWN_ACTOR, |by| by.username.as_str()).to_owned()
}
