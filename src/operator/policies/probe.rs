//! Asks a policy whether it acts: an object that is created in a dry run, with an annotation that names the policy
//! (docs/security.md). Nothing is ever stored.

use handoff_core::api::{AssignmentRequest, ProvisioningOrder};
use k8s_openapi::api::authentication::v1::SelfSubjectReview;
use kube::api::{Api, DynamicObject, PostParams};
use kube::core::{ApiResource, Status};
use kube::{Client, ResourceExt};
use serde_json::{Value, json};
use std::time::Duration;

const PROBE: &str = "handoff.dev/policy-probe";
const ANSWER: &str = "handoff.dev/policy-answer";
/// Of the rules of every policy; it is in their answers.
const VERSION: &str = "v1";
/// How long one question may take. An API server that needs longer is not asked, but unwell.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is created to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// A ProvisioningOrder.
    Order,
    /// An AssignmentRequest.
    Request,
    /// An AssignmentRequest, which only a namespace with a ResourceType answers.
    RequestNextToTypes,
}

/// How a policy answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Means {
    /// It refuses.
    Refusal,
    /// It adds an annotation.
    Annotation,
}

/// How one policy is asked.
#[derive(Clone, Copy, Debug)]
pub struct Probe {
    /// Name of the policy.
    pub policy: &'static str,
    /// What is created.
    pub asked: Asked,
    /// What comes back.
    pub means: Means,
}

const fn probe(policy: &'static str, asked: Asked, means: Means) -> Probe {
    Probe { policy, asked, means }
}

/// One per policy.
pub const PROBES: [Probe; 7] = [
    probe("handoff-orders", Asked::Order, Means::Refusal),
    probe("handoff-status", Asked::Order, Means::Refusal),
    probe("handoff-inventory", Asked::Order, Means::Refusal),
    probe("handoff-requests", Asked::Request, Means::Refusal),
    probe("handoff-request-types", Asked::RequestNextToTypes, Means::Refusal),
    probe("handoff-stamp-orders", Asked::Order, Means::Annotation),
    probe("handoff-stamp-requests", Asked::Request, Means::Annotation),
];

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The policy acts.
    Acts,
    /// It does not; what happened instead, in words.
    Silent(String),
    /// The namespace is going or gone: nobody writes there any more.
    Gone,
    /// The API server is unwell: this says nothing about the policy.
    Unclear(String),
}

impl Probe {
    /// The words that only this policy says.
    pub fn answer(&self) -> String {
        format!("{} {VERSION} is in force", self.policy)
    }

    fn object(&self, namespace: &str, me: &str) -> (ApiResource, Value) {
        let (resource, text) = match self.asked {
            Asked::Order => (
                ApiResource::erase::<ProvisioningOrder>(&()),
                include_str!("probe-order.json"),
            ),
            Asked::Request | Asked::RequestNextToTypes => (
                ApiResource::erase::<AssignmentRequest>(&()),
                include_str!("probe-request.json"),
            ),
        };
        let mut object: Value = serde_json::from_str(text).unwrap_or_default();
        object["metadata"]["namespace"] = namespace.into();
        object["metadata"]["annotations"] = json!({PROBE: self.policy});
        if self.asked != Asked::Order {
            // Else, where nothing is filled in, it would be refused for lack of a name, and only one refusal is heard.
            object["spec"]["requestedBy"] = json!({"username": me});
        }
        (resource, object)
    }

    /// Asks in a namespace.
    pub async fn ask(&self, client: &Client, namespace: &str, me: &str) -> Answer {
        let (resource, object) = self.object(namespace, me);
        let object: DynamicObject = match serde_json::from_value(object) {
            Ok(object) => object,
            Err(error) => return Answer::Unclear(format!("the question to {} is no object: {error}", self.policy)),
        };
        let api: Api<DynamicObject> = Api::namespaced_with(client.clone(), namespace, &resource);
        let dry_run = PostParams {
            dry_run: true,
            field_manager: None,
        };
        match tokio::time::timeout(PATIENCE, api.create(&dry_run, &object)).await {
            Ok(Ok(made)) => self.accepted(&made),
            Ok(Err(kube::Error::Api(status))) => self.refused(&status),
            Ok(Err(error)) => Answer::Unclear(super::said(&error)),
            Err(_) => Answer::Unclear(format!("no answer within {} s", PATIENCE.as_secs())),
        }
    }

    fn accepted(&self, made: &DynamicObject) -> Answer {
        let answered = match self.means {
            Means::Refusal => false,
            Means::Annotation => made.annotations().get(ANSWER) == Some(&self.answer()),
        };
        if answered {
            Answer::Acts
        } else {
            Answer::Silent("it let the question pass".to_owned())
        }
    }

    fn refused(&self, status: &Status) -> Answer {
        let answer = format!("handoff-policy-probe: {}", self.answer());
        if self.means == Means::Refusal && status.code == 403 && status.message.contains(&answer) {
            return Answer::Acts;
        }
        let causes = status.details.iter().flat_map(|details| &details.causes);
        if status.code == 404 || causes.into_iter().any(|cause| cause.reason == "NamespaceTerminating") {
            return Answer::Gone;
        }
        let said = format!("the API server said: {} ({})", status.message, status.code);
        match status.code {
            401 | 408 | 409 | 429 | 500.. => Answer::Unclear(said),
            _refusal_of_another => Answer::Silent(said),
        }
    }
}

/// The name that the API server knows the operator by.
///
/// # Errors
/// What the API server said.
pub async fn who_am_i(client: &Client) -> Result<String, String> {
    let api: Api<SelfSubjectReview> = Api::all(client.clone());
    let (how, question) = (PostParams::default(), SelfSubjectReview::default());
    let asked = api.create(&how, &question);
    let answer = match tokio::time::timeout(PATIENCE, asked).await {
        Ok(answer) => answer.map_err(|error| super::said(&error))?,
        Err(_) => return Err(format!("no answer within {} s", PATIENCE.as_secs())),
    };
    let user = answer.status.and_then(|status| status.user_info);
    user.and_then(|user| user.username)
        .ok_or_else(|| "the API server does not say who the operator is".to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Answer, PROBES};
    use kube::core::Status;
    use serde_json::json;

    #[rstest::rstest]
    #[case::it_acts(
        403,
        "denied request: handoff-policy-probe: handoff-orders v1 is in force",
        "",
        Some(Answer::Acts)
    )]
    #[case::another_acts(403, "denied request: handoff-policy-probe: handoff-status v1 is in force", "", None)]
    #[case::an_older_one(403, "denied request: handoff-policy-probe: handoff-orders v0 is in force", "", None)]
    #[case::no_right(403, "User cannot create resource", "", None)]
    #[case::other_schema(422, "spec.shoe: unknown field", "", None)]
    #[case::namespace_going(403, "because it is being terminated", "NamespaceTerminating", Some(Answer::Gone))]
    #[case::namespace_gone(404, "namespaces \"x\" not found", "", Some(Answer::Gone))]
    fn a_refusal_is_an_answer_or_not(
        #[case] code: u16,
        #[case] message: &str,
        #[case] cause: &str,
        #[case] expected: Option<Answer>,
    ) {
        let causes = if cause.is_empty() {
            json!([])
        } else {
            json!([{"reason": cause, "message": "", "field": ""}])
        };
        let status = json!({"status": "Failure", "code": code, "reason": "Forbidden", "message": message, "details": {"causes": causes}});
        let status: Status = serde_json::from_value(status).unwrap();
        match (PROBES[0].refused(&status), expected) {
            (Answer::Silent(said), None) => assert!(said.contains(message), "{said}"),
            (answer, expected) => assert_eq!(Some(answer), expected),
        }
    }

    #[rstest::rstest]
    fn an_unwell_server_says_nothing(#[values(401, 408, 429, 500, 503)] code: u16) {
        let status = json!({"status": "Failure", "code": code, "reason": "Why", "message": "not now"});
        let status: Status = serde_json::from_value(status).unwrap();
        assert!(matches!(PROBES[0].refused(&status), Answer::Unclear(said) if said.contains("not now")));
    }
}
