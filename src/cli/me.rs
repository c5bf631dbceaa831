//! Who is calling, as the API server sees it. That answer is what `by` is filled with, so that an answer is signed also where
//! nothing in the cluster signs it.

use super::calls::patiently;
use super::cluster::Cluster;
use handoff_core::api::Actor;
use k8s_openapi::api::authentication::v1::SelfSubjectReview;
use kube::api::{Api, PostParams};

/// Asks the API server.
///
/// # Errors
/// In words: it does not say.
pub(super) async fn me(cluster: &Cluster) -> Result<Actor, String> {
    let api: Api<SelfSubjectReview> = Api::all(cluster.client.clone());
    let question = SelfSubjectReview::default();
    let how = PostParams::default();
    let answer = patiently(|| api.create(&how, &question))
        .await
        .map_err(|error| format!("the API server does not say who you are (kubectl auth whoami): {error}"))?;
    let user = answer.status.and_then(|status| status.user_info).unwrap_or_default();
    match user.username.filter(|name| !name.is_empty()) {
        Some(username) => Ok(Actor {
            username,
            uid: user.uid.filter(|uid| !uid.is_empty()),
        }),
        None => Err("the API server does not say who you are: kubectl auth whoami".to_owned()),
    }
}
