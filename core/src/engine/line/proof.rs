//! The proof of a claim: what an order says is there, against what was seen. Nothing here reads what people wrote.

use super::super::change::{self, gained, lost, without};
use super::super::fault::{self, Fault};
use super::super::knowledge::{Known, sorted, values_of};
use super::super::observed::{self, Seen};
use super::super::status::Proof;
use super::order::OrderState;
use super::{Line, order_words};
use crate::api::condition::ConditionStatus;
use crate::api::provisioning_order::{Change, Difference, Verdict, VerificationResult};
use crate::api::resource_type::{PropertyType, VerificationMode};
use crate::api::{Operation, ProvisioningState, duration, reason};
use jiff::{SignedDuration, Timestamp};

/// Name of the difference that says whether the resource is there.
const EXISTS: &str = "exists";

/// What the data says about one order.
enum Judgement {
    /// Nothing yet.
    Nothing,
    /// It is as ordered.
    For,
    /// It is not, and it should be.
    Against(Vec<Difference>),
    /// It is not, but it may still come, or not everything was looked at.
    Inconclusive(Vec<Difference>),
    /// A later order has changed all of it since: nobody can tell any more.
    Overtaken,
}

/// What of an order is compared.
struct Compared<'a> {
    existence: bool,
    changes: Vec<&'a Change>,
}

impl Line<'_> {
    /// Orders that somebody says are done, and those that a person still has, against what was seen.
    pub(super) fn prove(&mut self) {
        for index in 0..self.orders.len() {
            let order = &self.orders[index];
            if order.object.spec.policy.verification.mode != VerificationMode::Inventory || order.has_moved() {
                continue;
            }
            match order.standing.state {
                ProvisioningState::Executed if !order.standing.finished => self.prove_claim(index),
                ProvisioningState::Transmitted => self.look_ahead(index),
                ProvisioningState::None
                | ProvisioningState::AwaitingApproval
                | ProvisioningState::Pending
                | ProvisioningState::Executed
                | ProvisioningState::Verified
                | ProvisioningState::Errored
                | ProvisioningState::Inactive
                | ProvisioningState::Error => {}
            }
        }
    }

    fn seen(&self) -> Option<Seen<'_>> {
        observed::proof(self.snapshot.resource.as_deref(), &self.snapshot.inventory)
    }

    fn prove_claim(&mut self, index: usize) {
        let order = &self.orders[index];
        let judgement = self.judge(order);
        let by = self.seen().and_then(|seen| seen.by).map(str::to_owned);
        let result = |verdict, differences| VerificationResult {
            verdict,
            differences,
            synchronization: by.clone(),
        };
        let name = order.name.clone();
        let reopens = order.may_reopen();
        let order = &mut self.orders[index];
        match judgement {
            Judgement::Nothing => {
                if let Some(until) = order.provable_until().filter(|until| *until <= self.snapshot.now) {
                    order.standing = order_words::unproven(&name, until);
                }
            }
            Judgement::For => {
                order.standing = order_words::observed(by.as_deref());
                order.flags.proof = Some(Proof::of(
                    &order.standing,
                    ConditionStatus::True,
                    result(Verdict::Verified, Vec::new()),
                ));
            }
            Judgement::Against(differences) => {
                order.standing = order_words::refuted(&name, by.as_deref(), &differences, reopens);
                order.flags.proof = Some(Proof::of(
                    &order.standing,
                    ConditionStatus::False,
                    result(Verdict::Refuted, differences),
                ));
            }
            Judgement::Inconclusive(differences) => {
                let words = order_words::inconclusive(by.as_deref(), &differences);
                order.flags.proof = Some(Proof {
                    status: ConditionStatus::Unknown,
                    reason: reason::INCONCLUSIVE,
                    message: words,
                    result: Some(result(Verdict::Inconclusive, differences)),
                });
                if let Some(until) = order.provable_until().filter(|until| *until <= self.snapshot.now) {
                    order.standing = order_words::unproven(&name, until);
                }
            }
            Judgement::Overtaken => order.standing = order_words::overtaken_claim(),
        }
    }

    /// A person still has it, and the data has it already: they may have forgotten to say so.
    fn look_ahead(&mut self, index: usize) {
        let order = &self.orders[index];
        let proof = match self.judge(order) {
            Judgement::For => Some(Proof {
                status: ConditionStatus::Unknown,
                reason: reason::SEEN_BEFORE_CONFIRMED,
                message: order_words::seen_before_confirmed(&order.name),
                result: None,
            }),
            Judgement::Nothing | Judgement::Against(_) | Judgement::Inconclusive(_) | Judgement::Overtaken => None,
        };
        self.orders[index].flags.proof = proof;
    }

    fn judge(&self, order: &OrderState) -> Judgement {
        let (Some(seen), Some(handed_over)) = (self.seen(), order.handed_over_at()) else {
            return Judgement::Nothing;
        };
        if seen.as_of <= handed_over && !fault::is(Fault::OldDataProves) {
            return Judgement::Nothing;
        }
        let compared = self.compared(order, seen.as_of);
        if !compared.existence && compared.changes.is_empty() {
            return Judgement::Overtaken;
        }
        let claimed = order.claimed_at();
        // That a secret was set shows only in that somebody was there after the claim.
        let secret_alone = compared.changes.is_empty() && order.object.spec.operation == Operation::Update;
        if secret_alone && claimed.is_none_or(|claimed| seen.as_of <= claimed) {
            return Judgement::Nothing;
        }
        let (differences, unknown) = differences(order, &compared, &seen);
        let settled = claimed.and_then(|claimed| claimed.checked_add(order.lag()).ok());
        let late_enough = settled.is_some_and(|settled| seen.as_of > settled) || fault::is(Fault::LagIgnored);
        match (differences.is_empty(), unknown) {
            (true, false) => Judgement::For,
            (true, true) => Judgement::Inconclusive(Vec::new()),
            (false, _) if (seen.by_complete || fault::is(Fault::PartRefutes)) && late_enough => {
                Judgement::Against(differences)
            }
            (false, _) => Judgement::Inconclusive(differences),
        }
    }

    /// What an order changed and no later order, handed over before the data was taken, changed again.
    fn compared<'a>(&self, order: &'a OrderState, as_of: Timestamp) -> Compared<'a> {
        let spec = &order.object.spec;
        let later: Vec<&OrderState> = self
            .orders
            .iter()
            .filter(|later| later.object.spec.sequence > spec.sequence && !fault::is(Fault::LaterOrderForgotten))
            .filter(|later| later.handed_over_at().is_some_and(|at| at < as_of))
            .collect();
        let touches_existence = later
            .iter()
            .any(|later| later.object.spec.operation != Operation::Update);
        let deleted = later
            .iter()
            .any(|later| later.object.spec.operation == Operation::Delete);
        let touches = |change: &Change| {
            let again = |known: &Change| known.property == change.property;
            deleted || later.iter().any(|later| later.object.spec.changes.iter().any(again))
        };
        let visible = spec
            .changes
            .iter()
            .filter(|change| change.type_ != PropertyType::Secret);
        let changes: Vec<&Change> = visible.filter(|change| !touches(change)).collect();
        let secret = spec
            .changes
            .iter()
            .any(|change| change.type_ == PropertyType::Secret && !touches(change));
        // That it is there is a change of its own for a Create and a Delete; of an Update it is what a secret needs.
        let existence = match spec.operation {
            Operation::Create | Operation::Delete => !touches_existence,
            Operation::Update => secret && changes.is_empty() && !touches_existence,
        };
        Compared { existence, changes }
    }
}

impl OrderState {
    fn handed_over_at(&self) -> Option<Timestamp> {
        self.object.status.as_ref()?.transmitted_at.as_ref().map(|at| at.0)
    }

    fn claimed_at(&self) -> Option<Timestamp> {
        self.object.status.as_ref()?.executed_at.as_ref().map(|at| at.0)
    }

    fn lag(&self) -> SignedDuration {
        duration::parse(&self.object.spec.policy.verification.lag).unwrap_or(SignedDuration::ZERO)
    }

    /// When a claim that nothing has proven counts as failed.
    pub(super) fn provable_until(&self) -> Option<Timestamp> {
        let validity = duration::parse(self.object.spec.policy.transmitted_state_validity.as_deref()?).ok()?;
        self.claimed_at()?.checked_add(validity).ok()
    }
}

/// What differs, and whether the data says nothing about all that is compared.
fn differences(order: &OrderState, compared: &Compared<'_>, seen: &Seen<'_>) -> (Vec<Difference>, bool) {
    let wished = order.object.spec.desired.exists;
    let there = seen.resource.is_some();
    let text = |exists: bool| Some(vec![exists.to_string()]);
    // What was set in it is not there either, whoever was to make it.
    let gone = !there && !compared.changes.is_empty();
    let mut found = Vec::new();
    if (compared.existence || gone) && wished != there {
        found.push(Difference {
            property: EXISTS.to_owned(),
            expected: text(wished),
            observed: text(there),
        });
    }
    let Some(resource) = seen.resource.filter(|_| wished) else {
        return (found, false);
    };
    let known = values_of(&resource.spec);
    let says = |change: &&&Change| known.contains_key(&change.property);
    let comparable: Vec<&&Change> = compared.changes.iter().filter(says).collect();
    let unknown = !compared.existence && comparable.is_empty() && !compared.changes.is_empty();
    found.extend(
        comparable
            .into_iter()
            .filter_map(|change| difference(order, change, &known)),
    );
    (found, unknown)
}

/// How one property differs from what was claimed.
fn difference(order: &OrderState, change: &Change, known: &Known) -> Option<Difference> {
    let observed = known.get(&change.property)?;
    let actual = change::actual(&order.object, &change.property);
    let same = match &actual {
        Some(actual) => actual == observed,
        None => change::is_met(change, observed),
    };
    // What was there before may not have been known: then the rest is wished as it is.
    let otherwise = || sorted(without(observed, &lost(change)).into_iter().chain(gained(change)));
    (!same).then(|| Difference {
        property: change.property.clone(),
        expected: Some(actual.or_else(|| change.proposed.clone()).unwrap_or_else(otherwise)),
        observed: Some(observed.clone()),
    })
}
