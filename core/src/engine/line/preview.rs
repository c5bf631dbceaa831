//! What a request would come to that nobody has filed yet: the same rules as of a pass, asked beforehand. Nothing here is
//! written, and no rule is of this module's own.

use super::super::check::check;
use super::super::identity;
use super::super::knowledge::Evidence;
use super::super::problem::Problem;
use super::super::request::{find, not_found, owner_username, type_problem};
use super::super::snapshot::{LineSnapshot, Policies, RequestSnapshot, RequestUpdate};
use super::super::types::TypeView;
use super::super::wishes::Fold;
use super::super::workflow::Workflow;
use super::draft::Draft;
use super::{Line, decide_line};
use crate::api::provisioning_order::ProvisioningOrderSpec;
use crate::api::{AssignmentRequest, ProvisioningState, reason};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use std::sync::Arc;

/// What a request would come to.
#[derive(Clone, Debug, Default)]
pub struct Preview {
    /// The resource, as shown; unknown where a problem keeps it from being found.
    pub identifier: Option<String>,
    /// The owner's Kubernetes user name, if the type derives one.
    pub owner_username: Option<String>,
    /// How many have to agree.
    pub approvers: i32,
    /// How many of them count as agreed at once: the requester may be the first.
    pub agreed: i32,
    /// What the request alone comes to on what is known now; unknown where there are problems.
    pub foreseen: Option<Foreseen>,
    /// What it would show at first.
    pub shows: Option<Shown>,
    /// All that is wrong with it, in the words that its status would have.
    pub problems: Vec<Problem>,
}

/// What one request comes to.
#[derive(Clone, Debug)]
pub enum Foreseen {
    /// It is so already; who says so.
    NothingToDo(Evidence),
    /// This order.
    Order {
        /// What a person would get.
        spec: Box<ProvisioningOrderSpec>,
        /// Why it would wait for a review, a constant of [`reason`]; `None`: it would not.
        review: Option<&'static str>,
    },
}

/// State, reason and message of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The state.
    pub state: ProvisioningState,
    /// Why, in one word.
    pub reason: String,
    /// Why, in words.
    pub message: String,
}

/// Previews a request that has no status. `line` gives what is known of the line with this folded identifier, without the
/// request itself. Whether the policies are in force is not asked: what they refuse is not stored.
pub fn preview(snapshot: &RequestSnapshot, line: impl FnOnce(&str) -> LineSnapshot) -> Preview {
    let mut preview = Preview::default();
    let Some(view) = snapshot.resource_type.as_deref() else {
        preview.problems = vec![not_found(&snapshot.request.spec.resource_type_ref.name)];
        return preview;
    };
    preview.owner_username = owner_username(&snapshot.request, view).ok().flatten();
    let username = preview.owner_username.as_deref();
    let workflow = Workflow::of(&snapshot.request, Some(view), username, false);
    (preview.approvers, preview.agreed) = (workflow.needed.unwrap_or(0), workflow.given);
    let identifier = match find(snapshot, view) {
        Ok(identifier) => identifier,
        Err(problems) => {
            preview.problems = problems;
            preview.add(check(&snapshot.request, view));
            return preview;
        }
    };
    let request = as_filed(snapshot);
    let mut line = line(&identity::fold(&identifier, view.case_insensitive()));
    line.policies = Arc::new(Policies::InForce);
    line.requests.push(Arc::clone(&request));
    preview.identifier = Some(identifier);
    preview.shows = first_shown(&line, &request);
    preview.foresee(&Line::open(&line), &request, view);
    preview
}

/// The request as it would be stored: an object without a uid is like any other without one.
fn as_filed(snapshot: &RequestSnapshot) -> Arc<AssignmentRequest> {
    let mut request = snapshot.request.as_ref().clone();
    let metadata = &mut request.metadata;
    metadata.uid.get_or_insert_with(|| "preview".to_owned());
    metadata.creation_timestamp.get_or_insert(Time(snapshot.now));
    Arc::new(request)
}

fn first_shown(line: &LineSnapshot, request: &AssignmentRequest) -> Option<Shown> {
    let decision = decide_line(line);
    let ours = |update: &RequestUpdate| update.request.metadata.uid == request.metadata.uid;
    let status = decision.request_updates.into_iter().find(ours)?.status;
    Some(Shown {
        state: status.provisioning_state?,
        reason: status.reason.unwrap_or_default(),
        message: status.message.unwrap_or_default(),
    })
}

impl Preview {
    /// What the request alone comes to, and what is wrong with it.
    fn foresee(&mut self, line: &Line<'_>, request: &Arc<AssignmentRequest>, view: &TypeView) {
        if let Err(problems) = view.usable() {
            self.problems.push(type_problem(view, problems));
        }
        self.add(check(request, view));
        let fails = self.shows.clone().filter(|shown| match shown.state {
            ProvisioningState::Error => true,
            ProvisioningState::Inactive => shown.reason == reason::NOT_ALLOWED,
            ProvisioningState::None
            | ProvisioningState::AwaitingApproval
            | ProvisioningState::Pending
            | ProvisioningState::Transmitted
            | ProvisioningState::Executed
            | ProvisioningState::Verified
            | ProvisioningState::Errored => false,
        });
        if self.problems.is_empty() {
            match line.draft(&Fold::of(&[line.wishful(request)])) {
                Ok(Draft::NothingToDo(evidence)) => self.foreseen = Some(Foreseen::NothingToDo(evidence)),
                Ok(Draft::Order(spec)) => {
                    let review = line.review_needed(&spec, None);
                    self.foreseen = Some(Foreseen::Order { spec, review });
                }
                // What is to come first may still make the resource.
                Err(problems) => self.add(
                    problems
                        .into_iter()
                        .filter(|problem| fails.is_some() || problem.reason != reason::RESOURCE_NOT_FOUND)
                        .collect(),
                ),
            }
        }
        if let Some(shown) = fails.filter(|_| self.problems.is_empty()) {
            let known = reason::known(&shown.reason);
            self.problems
                .push(Problem::new(known.unwrap_or(reason::INVALID_REQUEST), shown.message));
            self.foreseen = None;
        }
    }

    fn add(&mut self, problems: Vec<Problem>) {
        let new = problems.into_iter().filter(|problem| !self.problems.contains(problem));
        let new: Vec<_> = new.collect();
        self.problems.extend(new);
    }
}
