//! Reads what belongs to an order or a request. It decides nothing and writes nothing.

use super::calls::{CallError, patiently};
use super::cluster::Cluster;
use super::list::{list, selected};
use futures::{StreamExt, TryStreamExt};
use handoff_core::api::{AssignmentRequest, ProvisioningOrder};
use handoff_core::engine::identity;
use kube::ResourceExt;
use kube::api::{Api, ListParams};

/// The role that has every right that this needs.
pub(super) const ROLE: &str = "handoff-viewer";
/// How many objects are read at once.
const AT_ONCE: usize = 8;

/// The requests that an order answers, as far as they are still there, in its order of them.
///
/// # Errors
/// They cannot be read.
pub(super) async fn requests_of(
    cluster: &Cluster,
    order: &ProvisioningOrder,
) -> Result<Vec<AssignmentRequest>, CallError> {
    let api: Api<AssignmentRequest> = Api::namespaced(cluster.client.clone(), &cluster.namespace);
    futures::stream::iter(&order.spec.request_refs)
        .map(|one| patiently(async || Ok(api.get_opt(&one.name).await?.map(|request| (one.uid.clone(), request)))))
        .buffered(AT_ONCE)
        // Another request may have come to the name of one that is gone.
        .try_filter_map(|found| async {
            let found = found.filter(|(uid, request)| request.metadata.uid.as_ref() == Some(uid));
            Ok(found.map(|(_, request)| request))
        })
        .try_collect()
        .await
}

/// The orders that carry a request or that its status names, the oldest first.
///
/// # Errors
/// They cannot be read.
pub(super) async fn orders_of(
    cluster: &Cluster,
    request: &AssignmentRequest,
) -> Result<Vec<ProvisioningOrder>, CallError> {
    let of_owner = ListParams::default().fields(&format!("spec.owner.id={}", selected(&request.spec.owner.id)));
    let named = request
        .status
        .as_ref()
        .map(|status| status.orders.as_slice())
        .unwrap_or_default();
    let uid = request.metadata.uid.as_deref();
    let carries = |order: &ProvisioningOrder| {
        let mut requests = order.spec.request_refs.iter();
        requests.any(|one| Some(one.uid.as_str()) == uid) || named.contains(&order.name_any())
    };
    let mut orders = list::<ProvisioningOrder>(cluster, &of_owner).await?;
    orders.retain(carries);
    orders.sort_by_key(|order| (order.creation_timestamp(), order.spec.sequence));
    Ok(orders)
}

/// The other orders of the same resource, by their numbers.
///
/// # Errors
/// They cannot be read.
pub(super) async fn line_of(cluster: &Cluster, order: &ProvisioningOrder) -> Result<Vec<ProvisioningOrder>, CallError> {
    let folded = identity::line_of(order);
    let of_line = ListParams::default().labels(&identity::line_selector(&order.spec.resource_type_ref.name, &folded));
    let mut orders = list::<ProvisioningOrder>(cluster, &of_line).await?;
    orders.retain(|other| identity::line_of(other) == folded && other.name_any() != order.name_any());
    orders.sort_by_key(|other| other.spec.sequence);
    Ok(orders)
}
