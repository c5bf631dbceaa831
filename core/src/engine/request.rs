//! One request by itself: which line it belongs to, and what it shows while it has none.

use super::over::{self, over};
use super::problem::{Problem, summary};
use super::snapshot::{ObjectKind, Policies, Report, RequestDecision, RequestSnapshot, RequestUpdate};
use super::status::{Clock, Standing, of_request, set_condition};
use super::types::TypeView;
use super::workflow::Workflow;
use super::{context, identity, trust};
use crate::api::condition::{ConditionStatus, DECISION_UNTRUSTED, FINISHED};
use crate::api::{AssignmentRequest, AssignmentRequestStatus, Operation, ProvisioningState, WorkflowState, reason};

/// Folded identifier of the line that a request belongs to: that of the order that carries it, else what was
/// once stored, else computed. `None`: not known, see [`decide_request`].
pub fn locate(snapshot: &RequestSnapshot) -> Option<String> {
    if let Some(order) = &snapshot.order {
        return Some(identity::line_of(order));
    }
    let view = snapshot.resource_type.as_deref()?;
    find(snapshot, view)
        .ok()
        .map(|identifier| identity::fold(&identifier, view.case_insensitive()))
}

/// Decides a request whose line is not known: it says why, and heals when that is mended.
pub fn decide_request(snapshot: &RequestSnapshot) -> RequestDecision {
    if is_ended(&snapshot.request) || is_done(&snapshot.request) {
        return RequestDecision::default();
    }
    if is_distrusted(&snapshot.request) {
        return RequestDecision::default();
    }
    if snapshot.order.is_some() {
        // It has a line, whatever became of its type: the line decides it.
        return RequestDecision::default();
    }
    let problems = match snapshot.resource_type.as_deref() {
        None => vec![not_found(&snapshot.request.spec.resource_type_ref.name)],
        Some(view) => match find(snapshot, view) {
            Ok(_) => return RequestDecision::default(),
            Err(problems) => problems,
        },
    };
    let standing = match (doubt(&snapshot.request, &snapshot.policies), snapshot.policies.as_ref()) {
        (Some(why), _) => untrusted(&why),
        (None, Policies::NotInForce(why)) => return distrust_cancel(snapshot, why),
        (None, Policies::InForce) => match over(&snapshot.request, snapshot.now) {
            Some(over) => over.standing(),
            None => in_error(&problems),
        },
    };
    let old = snapshot.request.status.clone().unwrap_or_default();
    let view = snapshot.resource_type.as_deref();
    let username = view.and_then(|view| owner_username(&snapshot.request, view).ok().flatten());
    let workflow = Workflow::of(&snapshot.request, view, username.as_deref(), false);
    let status = of_request(&old, clock(snapshot), &standing, &workflow);
    let end = snapshot.request.spec.end_time.as_ref().map(|end| end.0);
    RequestDecision {
        wake_at: end.filter(|end| *end > snapshot.now),
        ..update(snapshot, status, Some(&standing))
    }
}

fn clock(snapshot: &RequestSnapshot) -> Clock {
    Clock {
        now: snapshot.now,
        generation: snapshot.request.metadata.generation,
    }
}

/// While nobody checks who writes, a cancel that is first seen is marked, so that nobody believes it later.
fn distrust_cancel(snapshot: &RequestSnapshot, why: &str) -> RequestDecision {
    let mut status = snapshot.request.status.clone().unwrap_or_default();
    if let Some((type_, reason, message)) = unchecked_cancel(&snapshot.request, why) {
        let clock = clock(snapshot);
        set_condition(
            &mut status.conditions,
            clock,
            type_,
            ConditionStatus::True,
            reason,
            &message,
        );
    }
    update(snapshot, status, None)
}

fn update(snapshot: &RequestSnapshot, status: AssignmentRequestStatus, shown: Option<&Standing>) -> RequestDecision {
    if snapshot.request.status.as_ref() == Some(&status) {
        return RequestDecision::default();
    }
    let reports = shown.and_then(|standing| report(&snapshot.request, standing));
    RequestDecision {
        update: Some(RequestUpdate {
            request: snapshot.request.clone(),
            status,
        }),
        reports: reports.into_iter().collect(),
        wake_at: None,
    }
}

/// Whether nothing will ever change a request again.
pub fn is_finished_request(request: &AssignmentRequest) -> bool {
    is_ended(request) || (is_done(request) && state(request) != Some(ProvisioningState::Error))
}

/// Whether it shows Error.
pub(super) fn is_in_error(request: &AssignmentRequest) -> bool {
    state(request) == Some(ProvisioningState::Error)
}

/// Whether an end is recorded: it is never recomputed.
pub(super) fn is_ended(request: &AssignmentRequest) -> bool {
    state(request) == Some(ProvisioningState::Inactive)
}

/// Whether the work of a request is done, or was given up, as far as its own status says.
pub(super) fn is_done(request: &AssignmentRequest) -> bool {
    let finished = request.status.as_ref().is_some_and(|status| {
        status
            .conditions
            .iter()
            .any(|c| c.type_ == FINISHED && c.status == ConditionStatus::True)
    });
    finished && state(request) != Some(ProvisioningState::Error)
}

/// Whether it was seen once that nothing had to be done: that stays true of this wish whatever comes later.
pub(super) fn is_already(request: &AssignmentRequest) -> bool {
    let reason = request.status.as_ref().and_then(|status| status.reason.as_deref());
    state(request) == Some(ProvisioningState::Verified)
        && matches!(reason, Some(reason::ALREADY_AS_REQUESTED | reason::ALREADY_ABSENT))
}

/// Whether it was found out once that nobody can say who filed it; that never heals.
pub(super) fn is_distrusted(request: &AssignmentRequest) -> bool {
    let reason = request.status.as_ref().and_then(|status| status.reason.as_deref());
    state(request) == Some(ProvisioningState::Error) && reason == Some(reason::REQUEST_UNTRUSTED)
}

/// Why a request that nothing carries yet is not believed. What was seen before stays as it was seen: it is immutable.
pub(super) fn doubt(request: &AssignmentRequest, policies: &Policies) -> Option<String> {
    let first_seen = state(request).is_none();
    match policies {
        Policies::NotInForce(_) if first_seen => {
            Some("it was first seen while the admission policies were not in force".to_owned())
        }
        Policies::NotInForce(_) => None,
        Policies::InForce => trust::doubt_request(request).map(str::to_owned),
    }
}

/// The mark of a cancel that was written since the last look, while nobody checks who writes: type, reason, message.
pub(super) fn unchecked_cancel(request: &AssignmentRequest, why: &str) -> Option<(&'static str, &'static str, String)> {
    let status = request.status.as_ref();
    let seen = status.and_then(|status| status.workflow_state) == Some(WorkflowState::Cancelled);
    let unseen = request.spec.cancel.is_some() && !seen && !is_ended(request) && !is_done(request);
    let fresh = unseen && over::cancelled(request).is_some();
    fresh.then(|| {
        let message =
            format!("the cancel is not believed and the request goes on: {why}. Not wished any more? File a request that undoes it, or have the fulfiller report an error");
        (DECISION_UNTRUSTED, reason::CANCEL_UNTRUSTED, message)
    })
}

/// The standing of a request that is not believed.
pub(super) fn untrusted(why: &str) -> Standing {
    let message = format!("this request is not believed: {why}; file a new one");
    Standing::new(ProvisioningState::Error, reason::REQUEST_UNTRUSTED, message)
        .finished()
        .stalled(reason::REQUEST_UNTRUSTED)
}

fn state(request: &AssignmentRequest) -> Option<ProvisioningState> {
    request.status.as_ref().and_then(|status| status.provisioning_state)
}

pub(super) fn not_found(type_name: &str) -> Problem {
    Problem::new(
        reason::RESOURCE_TYPE_NOT_FOUND,
        format!(
            "there is no ResourceType {type_name} in this namespace: create it, or file the request for one of `kubectl get rtype`"
        ),
    )
}

/// What keeps a type from being used, as its requests say it.
pub(super) fn type_problem(view: &TypeView, problems: &[Problem]) -> Problem {
    let (why, message) = summary(problems);
    let only_connection = problems
        .iter()
        .all(|problem| problem.reason == reason::NO_PROVISIONING_CONNECTION);
    let reason = if only_connection {
        why
    } else {
        reason::RESOURCE_TYPE_NOT_READY
    };
    let name = view.name();
    Problem::new(
        reason,
        format!("the ResourceType {name} is not Ready: {message} (kubectl describe rtype {name})"),
    )
}

/// The standing of a request that has problems.
pub(super) fn in_error(problems: &[Problem]) -> Standing {
    let (reason, message) = summary(problems);
    let standing = Standing::new(ProvisioningState::Error, reason, message);
    match reason {
        reason::INVALID_REQUEST => standing.finished().stalled(reason),
        _heals => standing,
    }
}

/// The event of a request that got another state or reason.
pub(super) fn report(request: &AssignmentRequest, standing: &Standing) -> Option<Report> {
    let old = request.status.as_ref();
    let same = old.is_some_and(|old| {
        old.provisioning_state == Some(standing.state)
            && old.reason.as_deref() == Some(standing.reason)
            && (standing.state != ProvisioningState::Error || old.message.as_deref() == Some(&standing.message))
    });
    (!same).then(|| Report {
        kind: ObjectKind::AssignmentRequest,
        name: request.metadata.name.clone().unwrap_or_default(),
        reason: standing.reason,
        action: standing.state.as_str(),
        message: standing.message.clone(),
        warning: matches!(standing.state, ProvisioningState::Error | ProvisioningState::Errored),
    })
}

/// Kubernetes user name of the owner: stored once, then kept.
pub(super) fn owner_username(request: &AssignmentRequest, view: &TypeView) -> Result<Option<String>, Vec<Problem>> {
    if let Some(stored) = request.status.as_ref().and_then(|status| status.owner_username.clone()) {
        return Ok(Some(stored));
    }
    let compiled = view.usable().map_err(|problems| vec![type_problem(view, problems)])?;
    compiled
        .owner_username
        .one(&context::of_owner(request, view))
        .map_err(|error| vec![failed("spec.ownerUsername.expression", view, &error)])
}

/// The identifier as shown.
pub(super) fn find(snapshot: &RequestSnapshot, view: &TypeView) -> Result<String, Vec<Problem>> {
    let request = &snapshot.request;
    let stored = request.status.as_ref().and_then(|status| status.resource.as_ref());
    if let Some(given) = stored.or(request.spec.resource.as_ref()) {
        return Ok(identity::shown(&given.identifier));
    }
    match (request.spec.operation, snapshot.holdings.as_slice()) {
        (Operation::Update | Operation::Delete, [only]) => return Ok(only.clone()),
        (Operation::Update | Operation::Delete, [_, _, ..]) => {
            return Err(vec![Problem::new(
                reason::IDENTIFIER_NEEDED,
                format!(
                    "{} has {} resources of type {}: {}; file a new request that says which in spec.resource.identifier",
                    request.spec.owner.id,
                    snapshot.holdings.len(),
                    view.name(),
                    snapshot.holdings.join(", ")
                ),
            )]);
        }
        (Operation::Create, _) | (Operation::Update | Operation::Delete, []) => {}
    }
    let compiled = view.usable().map_err(|problems| {
        let mut all = vec![type_problem(view, problems)];
        all.extend(super::check::check(request, view));
        all
    })?;
    let evaluate = || {
        let username = owner_username(request, view)?;
        compiled
            .identifier
            .one(&context::of_request(request, view, username.as_deref()))
            .map_err(|error| vec![failed("spec.identifier.expression", view, &error)])
    };
    // All problems of a request at once, not the first.
    let with_own = |mut problems: Vec<Problem>| {
        problems.extend(super::check::check(request, view));
        problems
    };
    match evaluate()
        .map_err(with_own)?
        .map(|identifier| identity::shown(&identifier))
    {
        Some(identifier) if identifier.chars().count() <= 253 => Ok(identifier),
        Some(_) => Err(with_own(vec![failed(
            "spec.identifier.expression",
            view,
            "the result is longer than 253 characters",
        )])),
        None => Err(with_own(vec![failed(
            "spec.identifier.expression",
            view,
            "the result is empty",
        )])),
    }
}

pub(super) fn failed(field: &str, view: &TypeView, error: &str) -> Problem {
    Problem::new(
        reason::EXPRESSION_FAILED,
        format!("{field} of the ResourceType {} failed: {error}", view.name()),
    )
}
