//! Counts the calls to the API server, where all of them pass: a layer of the client. It changes none of them.

use super::Metrics;
use crate::operator::error::refuses;
use axum::http::{Method, Request, Response, StatusCode, Uri};
use futures::future::BoxFuture;
use kube::client::Body;
use std::task::{Context, Poll};
use tower::{Layer, Service};

/// Kinds as labels, by the word that their paths have. Whatever else the operator may read is `other`.
const KINDS: &[(&str, &str)] = &[
    ("resourcetypes", "ResourceType"),
    ("assignmentrequests", "AssignmentRequest"),
    ("provisioningorders", "ProvisioningOrder"),
    ("managedresources", "ManagedResource"),
    ("synchronizations", "Synchronization"),
    ("events", "Event"),
    ("selfsubjectreviews", "SelfSubjectReview"),
    ("validatingadmissionpolicies", "ValidatingAdmissionPolicy"),
    ("validatingadmissionpolicybindings", "ValidatingAdmissionPolicyBinding"),
    ("mutatingadmissionpolicies", "MutatingAdmissionPolicy"),
    ("mutatingadmissionpolicybindings", "MutatingAdmissionPolicyBinding"),
];

/// The layer.
#[derive(Clone, Debug)]
pub(in crate::operator) struct Counted(pub Metrics);

impl<S> Layer<S> for Counted {
    type Service = Counting<S>;

    fn layer(&self, inner: S) -> Counting<S> {
        let metrics = self.0.clone();
        Counting { inner, metrics }
    }
}

/// The client's service, counted.
#[derive(Clone, Debug)]
pub(in crate::operator) struct Counting<S> {
    inner: S,
    metrics: Metrics,
}

impl<S, B> Service<Request<Body>> for Counting<S>
where
    S: Service<Request<Body>, Response = Response<B>>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<S::Response, S::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let open = Open {
            metrics: self.metrics.clone(),
            call: Call::of(request.method(), request.uri()),
            outcome: "timeout",
        };
        let answer = self.inner.call(request);
        Box::pin(async move {
            let mut open = open;
            let answer = answer.await;
            open.outcome = answer.as_ref().map_or("failed", |answer| outcome(answer.status()));
            answer
        })
    }
}

/// A call that was made. It counts when it is dropped: whoever gives up waiting drops it without an answer.
struct Open {
    metrics: Metrics,
    call: Call,
    outcome: &'static str,
}

impl Drop for Open {
    fn drop(&mut self) {
        let Call { verb, kind } = self.call;
        self.metrics.0.calls.count([verb, kind, self.outcome]);
    }
}

/// What a call does, to what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Call {
    verb: &'static str,
    kind: &'static str,
}

impl Call {
    fn of(method: &Method, uri: &Uri) -> Self {
        let words: Vec<&str> = uri.path().split('/').filter(|word| !word.is_empty()).collect();
        // `api/v1/…` or `apis/<group>/<version>/…`, then perhaps `namespaces/<name>`, then the kind and a name.
        let after_version = words.get(if words.first() == Some(&"api") { 2 } else { 3 }..);
        let path = match after_version.unwrap_or_default() {
            ["namespaces", _, rest @ ..] if !rest.is_empty() => rest,
            path => path,
        };
        let plural = path.first().copied().unwrap_or_default();
        let kind = KINDS
            .iter()
            .find(|(known, _)| *known == plural)
            .map_or("other", |(_, kind)| kind);
        let asks = |parameter: &str| {
            uri.query()
                .is_some_and(|query| query.split('&').any(|said| said == parameter))
        };
        let verb = if asks("dryRun=All") {
            "dry-run"
        } else {
            match (method, path.len()) {
                (&Method::GET, _) if asks("watch=true") => "watch",
                (&Method::GET, 0 | 1) => "list",
                (&Method::GET, _) => "get",
                (&Method::POST, _) => "create",
                (&Method::PUT, _) => "update",
                (&Method::PATCH, _) => "patch",
                (&Method::DELETE, _) => "delete",
                _other => "other",
            }
        };
        Self { verb, kind }
    }
}

fn outcome(status: StatusCode) -> &'static str {
    match status.as_u16() {
        100..=399 => "ok",
        404 => "not_found",
        409 => "conflict",
        code if refuses(code) => "refused",
        429 => "throttled",
        _other => "failed",
    }
}

#[cfg(test)]
mod tests {
    use super::{Call, KINDS, Method};
    use handoff_core::api::{AssignmentRequest, ManagedResource, ProvisioningOrder, ResourceType, Synchronization};
    use kube::Resource;

    const OURS: &str = "/apis/handoff.dev/v1alpha1";

    #[rstest::rstest]
    #[case::everywhere("GET", "/provisioningorders?limit=500", "list", "ProvisioningOrder")]
    #[case::follows(
        "GET",
        "/namespaces/hr/assignmentrequests?&watch=true&timeoutSeconds=290",
        "watch",
        "AssignmentRequest"
    )]
    #[case::reads("GET", "/namespaces/hr/provisioningorders/badge.anna.1", "get", "ProvisioningOrder")]
    #[case::a_status(
        "PATCH",
        "/namespaces/hr/provisioningorders/badge.anna.1/status?",
        "patch",
        "ProvisioningOrder"
    )]
    #[case::makes("POST", "/namespaces/hr/provisioningorders?", "create", "ProvisioningOrder")]
    #[case::asks_the_policies(
        "POST",
        "/namespaces/hr/provisioningorders?&dryRun=All",
        "dry-run",
        "ProvisioningOrder"
    )]
    #[case::removes("DELETE", "/namespaces/hr/synchronizations/night", "delete", "Synchronization")]
    #[case::somebody_elses("GET", "/namespaces/hr/shoes/left", "get", "other")]
    fn calls_are_what_they_do(#[case] method: &str, #[case] path: &str, #[case] verb: &str, #[case] kind: &str) {
        let uri = format!("{OURS}{path}").parse().unwrap();
        let call = Call::of(&method.parse::<Method>().unwrap(), &uri);
        assert_eq!((call.verb, call.kind), (verb, kind));
    }

    #[test]
    fn a_path_without_a_kind_is_one_too() {
        for path in ["/", "/version", "/api/v1/namespaces", "/api/v1/namespaces/hr"] {
            assert_eq!(Call::of(&Method::GET, &path.parse().unwrap()).kind, "other", "{path}");
        }
    }

    #[test]
    fn every_kind_of_ours_is_a_label() {
        fn named<K: Resource<DynamicType = ()>>() -> (String, String) {
            (K::plural(&()).into_owned(), K::kind(&()).into_owned())
        }
        let ours = [
            named::<ResourceType>(),
            named::<AssignmentRequest>(),
            named::<ProvisioningOrder>(),
            named::<ManagedResource>(),
            named::<Synchronization>(),
        ];
        for (plural, kind) in &ours {
            assert!(KINDS.contains(&(plural.as_str(), kind.as_str())), "{plural} {kind}");
        }
    }
}
