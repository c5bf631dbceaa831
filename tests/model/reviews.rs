//! Promises about reviews: what needs one is not handed over without, and what was declined is not asked for again.

use crate::knowledge::{named, of_order};
use crate::oracle::uid;
use crate::promises::{Promise, request_of};
use crate::world::{World, order_state, request_state};
use handoff_core::api::provisioning_order::{Change, ProvisioningOrderSpec, Review, ReviewResult};
use handoff_core::api::{ProvisioningOrder, ProvisioningState as State};
use kube::ResourceExt;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Default)]
pub struct Reviews {
    /// Orders with a review that nobody may believe, by uid.
    unbelieved: BTreeSet<String>,
    /// What reviewers released, by the name of the order.
    approved: BTreeMap<String, ProvisioningOrderSpec>,
    /// What reviewers declined, by the uid of the request.
    declined: BTreeMap<String, BTreeSet<String>>,
}

impl Reviews {
    /// Somebody reviewed an order.
    pub fn reviewed(&mut self, world: &World, name: &str) {
        let Some((order, review)) = world.orders.get(name).and_then(|o| Some((o, o.spec.review.as_ref()?))) else {
            return;
        };
        if world.unguarded || is_by_party(order, review) {
            self.unbelieved.insert(uid(order));
        } else if review.result == ReviewResult::Approved {
            self.approved.insert(name.to_owned(), order.spec.clone());
        }
    }

    /// After every write: what reviewers declined is remembered.
    pub fn look(&mut self, world: &World) {
        for (uid, properties) in partly_declined(world.orders.values()) {
            self.declined.entry(uid).or_default().extend(properties);
        }
    }

    /// The properties of a request that reviewers declined: what is remembered, and what these orders say.
    pub fn declined_by(&self, uid: &str, orders: &[ProvisioningOrder]) -> BTreeSet<String> {
        let said = partly_declined(orders.iter()).filter(|(of, _)| of == uid);
        let remembered = self.declined.get(uid).cloned().unwrap_or_default();
        said.flat_map(|(_, properties)| properties).chain(remembered).collect()
    }

    /// Before an order is made: it changes nothing that was declined for all of its requests.
    pub fn may_be_made(&self, order: &ProvisioningOrder) -> Promise {
        let carried = order
            .spec
            .request_refs
            .iter()
            .filter(|reference| reference.superseded != Some(true));
        let by_all = carried
            .map(|reference| self.declined.get(&reference.uid).cloned().unwrap_or_default())
            .reduce(|all, declined| all.intersection(&declined).cloned().collect())
            .unwrap_or_default();
        let again = order
            .spec
            .changes
            .iter()
            .find(|change| by_all.contains(&change.property));
        match again {
            Some(change) => Err(format!(
                "{} asks for {}, which was declined",
                order.name_any(),
                change.property
            )),
            None => Ok(()),
        }
    }

    /// Before an order is handed over: who had to agree, did.
    pub fn is_released(&self, order: &ProvisioningOrder) -> Promise {
        let (name, spec) = (order.name_any(), &order.spec);
        let rules = &spec.policy.provisioning_review;
        let mut history = order.status.iter().flat_map(|status| &status.history);
        let waited = history.any(|entry| entry.state == State::AwaitingApproval);
        if !(rules.required || (rules.after_error && spec.attempt > 1) || waited) {
            return Ok(());
        }
        if let Some(review) = &spec.review {
            let fine = review.result == ReviewResult::Approved
                && review.declined_properties.is_empty()
                && !is_by_party(order, review)
                && !self.unbelieved.contains(&uid(order));
            return fine
                .then_some(())
                .ok_or_else(|| format!("{name} is handed over on the review {review:?}"));
        }
        let Some(before) = &spec.review_of else {
            return Err(format!("{name} is handed over, and nobody reviewed it"));
        };
        let Some(reviewed) = self.approved.get(before) else {
            return Err(format!(
                "{name} is handed over on the review of {before}, which has none"
            ));
        };
        let new = spec.changes.iter().find(|change| !is_covered(reviewed, change));
        match new {
            Some(change) => Err(format!(
                "{name} is handed over on the review of {before}, which did not have {change:?}"
            )),
            None if reviewed.operation != spec.operation => Err(format!("{name} does another thing than {before}")),
            None => Ok(()),
        }
    }

    pub fn at_rest(&self, world: &World) -> Promise {
        for order in world.orders.values() {
            if let Some(review) = &order.spec.review {
                self.is_acted_on(world, order, review)?;
            }
        }
        for request in world.requests.values() {
            let Some(declined) = self.declined.get(&uid(request)) else {
                continue;
            };
            let status = request.status.clone().unwrap_or_default();
            let shown = |property: &String| status.declined_properties.contains(property);
            if request_state(request) != Some(State::Inactive) && !declined.iter().all(shown) {
                return Err(format!(
                    "{} does not show that {declined:?} was declined",
                    request.name_any()
                ));
            }
        }
        Ok(())
    }

    fn is_acted_on(&self, world: &World, order: &ProvisioningOrder, review: &Review) -> Promise {
        let name = order.name_any();
        let state = order_state(order).unwrap_or_default();
        let broken = || Err(format!("{name} has the review {:?} and is {state}", review.result));
        // Given in time, but first seen while the policies were away: nobody can tell the difference.
        let marked = of_order(order, "DecisionUntrusted").is_some_and(|(reason, _)| reason == "ReviewUntrusted");
        if self.unbelieved.contains(&uid(order)) || marked {
            return if state == State::Inactive { Ok(()) } else { broken() };
        }
        match review.result {
            ReviewResult::Approved if !review.declined_properties.is_empty() && state != State::Inactive => broken(),
            ReviewResult::Approved if state == State::AwaitingApproval => broken(),
            ReviewResult::Approved => Ok(()),
            ReviewResult::Postponed if matches!(state, State::AwaitingApproval | State::Inactive | State::Error) => {
                Ok(())
            }
            ReviewResult::Declined if state == State::Inactive => self.ends_its_requests(world, order),
            ReviewResult::Postponed | ReviewResult::Declined => broken(),
        }
    }

    fn ends_its_requests(&self, world: &World, order: &ProvisioningOrder) -> Promise {
        let name = order.name_any();
        let carried = order
            .spec
            .request_refs
            .iter()
            .filter(|reference| reference.superseded != Some(true));
        for request in carried.filter_map(|reference| request_of(world, reference)) {
            let newest = request.status.as_ref().and_then(|status| status.orders.last());
            let reason = order.status.as_ref().and_then(|status| status.reason.as_deref());
            let mine = newest == Some(&name) && reason == Some("Declined");
            if mine && request_state(request) != Some(State::Inactive) {
                return Err(format!("{name} was declined, and {} goes on", request.name_any()));
            }
        }
        Ok(())
    }
}

/// Uids of requests, and what reviewers of an order declined.
fn partly_declined<'a>(
    orders: impl Iterator<Item = &'a ProvisioningOrder>,
) -> impl Iterator<Item = (String, Vec<String>)> {
    orders.flat_map(|order| {
        let reason = order.status.as_ref().and_then(|status| status.reason.as_deref());
        let review = order.spec.review.as_ref().filter(|_| reason == Some("PartlyDeclined"));
        let references = review.iter().flat_map(|_| &order.spec.request_refs);
        let properties = review
            .map(|review| review.declined_properties.clone())
            .unwrap_or_default();
        references
            .map(|reference| (reference.uid.clone(), properties.clone()))
            .collect::<Vec<_>>()
    })
}

fn is_by_party(order: &ProvisioningOrder, review: &Review) -> bool {
    let by = review.by.as_ref().map(|by| by.username.clone());
    by.is_none_or(|by| order.spec.requesters.contains(&by) || order.spec.owner.username == Some(by))
}

/// Whether a reviewer saw this property and every value that is new in it.
fn is_covered(reviewed: &ProvisioningOrderSpec, change: &Change) -> bool {
    let Some(known) = reviewed.changes.iter().find(|known| known.property == change.property) else {
        return false;
    };
    let list = |list: &Option<Vec<String>>| list.clone().unwrap_or_default();
    let current = list(&change.current);
    let seen: Vec<String> = [list(&known.proposed), list(&known.added)].concat();
    let new = [list(&change.proposed), list(&change.added)].concat();
    new.iter()
        .filter(|value| !current.contains(value))
        .all(|value| seen.contains(value))
}

/// What an order waits for that a reviewer put off or has not answered: it says how to answer.
pub fn says_how_to_review(world: &World, order: &str) -> bool {
    let said = named(world, order).and_then(|order| order.status.as_ref()?.message.clone());
    said.is_some_and(|said| said.contains("kubectl patch porder") && said.contains(order) && said.contains("review"))
}
