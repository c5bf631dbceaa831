//! Only the leader writes, whatever asks for it: this is the one way to the API server of everything but the lease itself.

use super::Standing;
use axum::http::{Method, Request};
use kube::Client;
use kube::client::Body;
use std::sync::Arc;
use thiserror::Error;

#[derive(Debug, Error)]
#[error("nothing is written by a replica that does not lead")]
struct NotLeading;

/// A client that writes only while this process leads.
pub fn guarded(client: Client, standing: Arc<Standing>) -> Client {
    let namespace = client.default_namespace().to_owned();
    let service = tower::service_fn(move |request: Request<Body>| {
        let may_go = is_harmless(&request) || standing.leads();
        let client = client.clone();
        async move {
            if may_go {
                client.send(request).await.map_err(Into::into)
            } else {
                Err::<_, tower::BoxError>(NotLeading.into())
            }
        }
    });
    Client::new(service, namespace)
}

/// Reads, and questions that store nothing: those to the admission policies, and who we are.
fn is_harmless(request: &Request<Body>) -> bool {
    let is_rehearsal = |pair: &str| pair == "dryRun=All";
    request.method() == Method::GET
        || request
            .uri()
            .query()
            .is_some_and(|query| query.split('&').any(is_rehearsal))
        || request.uri().path().ends_with("/selfsubjectreviews")
}

#[cfg(test)]
mod tests {
    use super::is_harmless;
    use axum::http::Request;
    use kube::client::Body;
    use rstest::rstest;

    #[rstest]
    #[case("GET", "/apis/handoff.dev/v1alpha1/provisioningorders?watch=true", true)]
    #[case("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews?", true)]
    #[case(
        "PATCH",
        "/apis/handoff.dev/v1alpha1/namespaces/a/provisioningorders/b?&dryRun=All",
        true
    )]
    #[case(
        "PATCH",
        "/apis/handoff.dev/v1alpha1/namespaces/a/provisioningorders/b/status?",
        false
    )]
    #[case("POST", "/apis/events.k8s.io/v1/namespaces/a/events?", false)]
    #[case("PUT", "/apis/handoff.dev/v1alpha1/namespaces/a/managedresources/b?", false)]
    #[case(
        "DELETE",
        "/apis/handoff.dev/v1alpha1/namespaces/a/assignmentrequests/dryRun=All",
        false
    )]
    fn what_a_follower_may_send(#[case] method: &str, #[case] uri: &str, #[case] may: bool) {
        let request = Request::builder().method(method).uri(uri).body(Body::empty()).unwrap();
        assert_eq!(is_harmless(&request), may);
    }
}
