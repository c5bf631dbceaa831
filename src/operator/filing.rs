//! Requests that the operator files itself, in its own name. Which, and why, is decided elsewhere.

use super::apply::{code, within};
use super::error::PassError;
use super::{Operator, faults};
use handoff_core::api::AssignmentRequest;
use handoff_core::api::assignment_request::RequestedBy;
use handoff_core::engine::{Filing, undoes};
use k8s_openapi::api::authentication::v1::SelfSubjectReview;
use kube::ResourceExt;
use kube::api::{Api, PostParams};
use tracing::{info, warn};

impl Operator {
    /// Who the operator is to the API server: asked once, and again only while there was no answer. `None`: not known;
    /// then the policy that fills in who asks has to say it.
    pub(super) async fn myself(&self) -> Option<RequestedBy> {
        let asked = self.myself.get_or_try_init(|| async {
            let api: Api<SelfSubjectReview> = Api::all(self.client.clone());
            let question = SelfSubjectReview::default();
            let answer = within("who this is", api.create(&PostParams::default(), &question)).await?;
            let user = answer.status.and_then(|status| status.user_info).unwrap_or_default();
            let known = user.username.filter(|username| !username.is_empty());
            Ok::<_, PassError>(known.map(|username| RequestedBy {
                username,
                uid: user.uid.filter(|uid| !uid.is_empty()),
                may_approve: None,
            }))
        });
        match asked.await {
            Ok(known) => known.clone(),
            Err(problem) => {
                warn!(
                    "the API server did not say who this is ({problem}): what the operator files itself names nobody until it does"
                );
                None
            }
        }
    }

    /// Files a request, unless it was filed before.
    pub(super) async fn file_request(&self, namespace: &str, filing: &Filing) -> Result<(), PassError> {
        let api: Api<AssignmentRequest> = Api::namespaced(self.client.clone(), namespace);
        let name = filing.request.name_any();
        let mut request = filing.request.clone();
        request.spec.requested_by = self.myself().await;
        match within(&name, faults::write(api.create(&PostParams::default(), &request))).await {
            Ok(made) => {
                self.absorb(made);
                Ok(())
            }
            Err(error) if code(&error) == Some(409) => {
                let Some(there) = within(&name, api.get_opt(&name)).await? else {
                    return Err(PassError::Stale { object: name });
                };
                let filed_before = undoes(&there, &filing.cause);
                self.absorb(there);
                if filed_before {
                    info!(namespace, name, "this request was filed before");
                    Ok(())
                } else {
                    let cause = filing.cause.name_any();
                    Err(PassError::RequestNameHeld { object: name, cause })
                }
            }
            Err(error) => Err(error),
        }
    }
}
