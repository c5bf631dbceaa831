//! Reads everything that people write, as it is on the API server now, into the index. It decides nothing.

use super::Operator;
use super::apply::{Indexed, within};
use super::error::PassError;
use super::watch::take_in;
use handoff_core::api::{AssignmentRequest, ProvisioningOrder, Synchronization};
use kube::api::{Api, ListParams};
use kube::core::DeserializeGuard;

/// Objects per answer.
pub(super) const PAGE: u32 = 500;

/// Synchronizations, requests and orders of these namespaces; of all when there are none.
pub(super) async fn everything(operator: &Operator, scopes: &[String]) -> Result<(), PassError> {
    if scopes.is_empty() {
        return in_scope(operator, None).await;
    }
    for namespace in scopes {
        in_scope(operator, Some(namespace)).await?;
    }
    Ok(())
}

async fn in_scope(operator: &Operator, namespace: Option<&str>) -> Result<(), PassError> {
    all::<Synchronization>(operator, namespace).await?;
    all::<ProvisioningOrder>(operator, namespace).await?;
    all::<AssignmentRequest>(operator, namespace).await
}

async fn all<K: Indexed>(operator: &Operator, namespace: Option<&str>) -> Result<(), PassError> {
    let client = operator.client.clone();
    let api: Api<DeserializeGuard<K>> = match namespace {
        Some(namespace) => Api::namespaced(client, namespace),
        None => Api::all(client),
    };
    let about = format!("every {}", K::kind(&()));
    // Without a resourceVersion the API server answers what is stored, not what it remembers.
    let mut page = ListParams::default().limit(PAGE);
    loop {
        let listed = within(&about, api.list(&page)).await?;
        let next = listed.metadata.continue_.clone().filter(|next| !next.is_empty());
        listed.items.into_iter().for_each(|object| take_in(operator, object));
        match next {
            Some(next) => page = page.continue_token(&next),
            None => return Ok(()),
        }
    }
}
