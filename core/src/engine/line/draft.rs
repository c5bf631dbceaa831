//! The order that a fold comes to: its number, its changes, its ticket. Nothing here changes the line.

use super::super::fault::{self, Fault};
use super::super::knowledge::{Evidence, Knowledge};
use super::super::plan::{Outcome, Planning, Work};
use super::super::problem::Problem;
use super::super::request::{owner_username, type_problem};
use super::super::types::{TypeView, policy};
use super::super::wishes::{Fold, Member, Wishes, Wishful};
use super::super::{context, identity, ticket};
use super::Line;
use super::place::Place;
use crate::api::common::ResourceRef;
use crate::api::provisioning_order::{OrderOwner, Previous, ProvisioningOrderSpec, RequestRef, Ticket};
use crate::api::{AssignmentRequest, NamedRef, Operation, ProvisioningState, names, reason};
use std::collections::{BTreeMap, BTreeSet};

/// What a fold came to.
pub(super) enum Draft {
    NothingToDo(Evidence),
    Order(Box<ProvisioningOrderSpec>),
}

impl Line<'_> {
    pub(super) fn draft(&self, fold: &Fold) -> Result<Draft, Vec<Problem>> {
        self.with_plan(fold, |planning| match planning.plan(fold)? {
            Outcome::NothingToDo(evidence) => Ok(Draft::NothingToDo(evidence)),
            Outcome::Work(work) => {
                let mut spec = self.spec(fold, planning, work);
                let name = self.order_name(spec.sequence);
                spec.ticket = ticket::render(planning.compiled, planning.context(fold), &name, &spec)?;
                Ok(Draft::Order(Box::new(spec)))
            }
        })
    }

    /// What a fold comes to, without an order.
    pub(super) fn planned(&self, fold: &Fold) -> Result<Outcome, Vec<Problem>> {
        self.with_plan(fold, |planning| planning.plan(fold))
    }

    fn with_plan<T>(
        &self,
        fold: &Fold,
        then: impl FnOnce(&Planning<'_>) -> Result<T, Vec<Problem>>,
    ) -> Result<T, Vec<Problem>> {
        let (Some(view), Some(newest)) = (self.snapshot.resource_type.as_deref(), fold.newest()) else {
            return Err(Vec::new());
        };
        let compiled = view.usable().map_err(|problems| vec![type_problem(view, problems)])?;
        let username = owner_username(newest, view)?;
        let oldest = fold.members.first().map_or(newest, |member| &member.request);
        let identifier = self.identifier(oldest, view, username.as_deref());
        then(&Planning {
            view,
            compiled,
            identifier: &identifier,
            owner_username: username.as_deref(),
            knowledge: &self.knowledge,
        })
    }

    fn spec(&self, fold: &Fold, planning: &Planning<'_>, work: Work) -> ProvisioningOrderSpec {
        let view = planning.view;
        let answered = self.answered(fold, &work);
        let speaking = answered.iter().filter(|member| !member.superseded);
        let mut requesters: Vec<String> = speaking.flat_map(|member| self.requesters(&member.request)).collect();
        requesters.sort();
        requesters.dedup();
        let display_name = fold
            .members
            .iter()
            .rev()
            .find_map(|m| m.request.spec.owner.display_name.clone());
        let owner = fold.newest().map(|newest| newest.spec.owner.id.clone());
        let forgotten = usize::from(fault::is(Fault::MemberForgotten) && answered.len() > 1);
        let request_refs: Vec<_> = answered
            .iter()
            .skip(forgotten)
            .map(|member| reference(member))
            .collect();
        let mut spec = ProvisioningOrderSpec {
            resource_type_ref: NamedRef {
                name: view.name().to_owned(),
            },
            target_entity_type: view.object.spec.target_entity_type.clone(),
            operation: work.operation,
            resource: ResourceRef {
                identifier: planning.identifier.to_owned(),
            },
            sequence: self.next_sequence(),
            attempt: self.attempt(&request_refs),
            request_refs,
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
        };
        spec.review_of = self.review_of(&spec);
        spec
    }

    /// The members that an order answers: those that it does something for. Where the others make it what it is, for
    /// example since one of them takes something back, all.
    fn answered<'f>(&self, fold: &'f Fold, work: &Work) -> Vec<&'f Member> {
        let some: Vec<&Member> = fold
            .members
            .iter()
            .filter(|member| member.superseded || contributes(member, fold, work))
            .collect();
        let speaking = some.iter().filter(|member| !member.superseded);
        let alone: Vec<Wishful> = speaking.map(|member| self.wishful(&member.request)).collect();
        let same = || match self.planned(&Fold::of(&alone)) {
            Ok(Outcome::Work(other)) => other.operation == work.operation && other.changes == work.changes,
            Ok(Outcome::NothingToDo(_)) | Err(_) => false,
        };
        if some.len() == fold.members.len() || same() {
            some
        } else {
            fold.members.iter().collect()
        }
    }

    /// Who asked: for a request that the operator filed also those who asked for what it undoes.
    fn requesters(&self, request: &AssignmentRequest) -> Vec<String> {
        let cause = request.spec.caused_by.as_ref();
        let cause = cause.and_then(|cause| self.requests.iter().find(|known| known.name() == cause.name));
        let more = cause.map(|cause| requester(&cause.object));
        [requester(request)].into_iter().chain(more).collect()
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
        let (kind, line) = (&self.snapshot.type_name, &self.snapshot.identifier);
        let remembered = self
            .requests
            .iter()
            .map(|request| identity::last_number(&request.object, kind, line));
        let highest = existing.chain(remembered).max().unwrap_or(0);
        1 + highest.max(self.snapshot.highest_sequence)
    }

    /// 1, and the Errored orders directly before for the same requests, or for what was asked together with them.
    fn attempt(&self, references: &[RequestRef]) -> i64 {
        let live = |references: &[RequestRef]| -> BTreeSet<String> {
            let live = references.iter().filter(|reference| reference.superseded != Some(true));
            live.map(|reference| reference.uid.clone()).collect()
        };
        let mut asked = live(references);
        // One that was replaced before anyone had it is no attempt.
        let before = self.orders.iter().rev().filter(|order| !order.is_replaced());
        let tried = before.take_while(|order| {
            let before = live(&order.object.spec.request_refs);
            let again = order.standing.state == ProvisioningState::Errored && !before.is_disjoint(&asked);
            asked = before;
            again
        });
        tried.fold(1, |attempt, _| attempt + 1)
    }

    /// What became of the order before: deleted before anyone answered it, or errored.
    fn previous(&self, fold: &Fold) -> Option<Previous> {
        let deleted = fold.members.iter().find_map(|member| {
            let of = |state: &&super::RequestState| state.object.metadata.uid == member.request.metadata.uid;
            match &self.requests.iter().find(of)?.place {
                Place::Queued(deleted) => deleted.clone(),
                Place::Settled | Place::Shows(..) | Place::With(_) => None,
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
        let newest = self.orders.iter().rev().find(|order| !order.is_replaced())?;
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
