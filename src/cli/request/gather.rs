//! Reads what a request has to be seen with. It decides nothing and writes nothing.

use super::super::calls::{CallError, patiently};
use super::super::cluster::Cluster;
use super::super::list::{list, selected};
use super::stock::{Stock, views};
use futures::{StreamExt, TryStreamExt};
use handoff_core::api::{
    AssignmentRequest, AssignmentRequestSpec, ManagedResource, ProvisioningOrder, ResourceType, Synchronization,
};
use handoff_core::engine::identity;
use handoff_core::engine::types::TypeView;
use jiff::Timestamp;
use k8s_openapi::api::authorization::v1::{ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec};
use kube::api::{Api, ListParams, PostParams};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The role that has every right for a request.
pub(super) const ROLE: &str = "handoff-requester";
/// For so many requests each owner is asked for; for more, all of the type is read.
const FEW: usize = 16;
/// How many objects are read at once.
const AT_ONCE: usize = 8;
/// Requests whose line cannot change by them any more.
const LIVE: &str = "status.provisioningState!=Verified,status.provisioningState!=Inactive";

fn explained(cluster: &Cluster) -> impl Fn(CallError) -> String {
    move |error| error.explained(ROLE, &cluster.namespace)
}

/// The types of the namespace.
///
/// # Errors
/// In words: they cannot be read.
pub(super) async fn types(cluster: &Cluster) -> Result<BTreeMap<String, Arc<TypeView>>, String> {
    let found = list::<ResourceType>(cluster, &ListParams::default()).await;
    let kinds = found.map_err(|error| match error.code() {
        Some(404) => "this cluster has no kind ResourceType: Handoff is not installed in it".to_owned(),
        Some(_) | None => explained(cluster)(error),
    })?;
    Ok(views(kinds))
}

/// Whether for these requests only what their owners have is read, so that each line has to be completed.
pub(super) fn by_owner(specs: &[&AssignmentRequestSpec]) -> bool {
    specs.len() <= FEW
}

/// What is known around requests of one type. Of few: what their owners have; of many: all of the type, and of those that it
/// depends on. What somebody else asks for stands in nobody's way until an order carries it.
///
/// # Errors
/// In words: it cannot be read.
pub(super) async fn stock(
    cluster: &Cluster,
    types: BTreeMap<String, Arc<TypeView>>,
    kind: &TypeView,
    specs: &[&AssignmentRequestSpec],
    now: Timestamp,
) -> Result<Stock, String> {
    let fields: Vec<String> = if by_owner(specs) {
        let owners: BTreeSet<&str> = specs.iter().map(|spec| spec.owner.id.as_str()).collect();
        let of_owner = |owner| format!("spec.owner.id={}", selected(owner));
        owners.into_iter().map(of_owner).collect()
    } else {
        let needed = kind.object.spec.depends_on.iter().map(|on| on.name.as_str());
        let of_type = |kind| format!("spec.resourceTypeRef.name={}", selected(kind));
        [kind.name()].into_iter().chain(needed).map(of_type).collect()
    };
    let read = async {
        let snapshots = list::<Synchronization>(cluster, &ListParams::default()).await?;
        let mut stock = Stock::of(types, &snapshots);
        let mut requests = Vec::new();
        for field in fields {
            let all = ListParams::default().fields(&field);
            let live = ListParams::default().fields(&format!("{field},{LIVE}"));
            let (orders, resources, asked) = tokio::try_join!(
                list::<ProvisioningOrder>(cluster, &all),
                list::<ManagedResource>(cluster, &all),
                list::<AssignmentRequest>(cluster, &live),
            )?;
            stock.add(orders, resources);
            requests.extend(asked);
        }
        stock.add_requests(requests, now);
        Ok(stock)
    };
    read.await.map_err(explained(cluster))
}

/// What there is of a line under another owner: its orders, their requests, its entry in the inventory.
///
/// # Errors
/// In words: it cannot be read.
pub(super) async fn complete(
    cluster: &Cluster,
    stock: &mut Stock,
    kind: &str,
    folded: &str,
    now: Timestamp,
) -> Result<(), String> {
    let read = async {
        let of_line = ListParams::default().labels(&identity::line_selector(kind, folded));
        let name = identity::line_name(kind, folded);
        let resources: Api<ManagedResource> = Api::namespaced(cluster.client.clone(), &cluster.namespace);
        let (orders, resource) = tokio::try_join!(
            list::<ProvisioningOrder>(cluster, &of_line),
            patiently(|| resources.get_opt(&name))
        )?;
        // The name may be another type's, and the label another line's: they are sorted by what they say themselves.
        stock.add(orders, resource.into_iter().collect());
        let unknown = stock.unknown_requests(kind, folded);
        let requests = by_name(cluster, unknown).await?;
        stock.add_requests(requests, now);
        Ok(())
    };
    read.await.map_err(explained(cluster))
}

/// Those of these requests that exist.
///
/// # Errors
/// In words: they cannot be read.
pub(super) async fn existing(
    cluster: &Cluster,
    names: impl IntoIterator<Item = String>,
) -> Result<Vec<AssignmentRequest>, String> {
    by_name(cluster, names).await.map_err(explained(cluster))
}

async fn by_name(
    cluster: &Cluster,
    names: impl IntoIterator<Item = String>,
) -> Result<Vec<AssignmentRequest>, CallError> {
    let api: Api<AssignmentRequest> = Api::namespaced(cluster.client.clone(), &cluster.namespace);
    futures::stream::iter(names)
        .map(|name| {
            let api = api.clone();
            async move { patiently(|| api.get_opt(&name)).await }
        })
        .buffered(AT_ONCE)
        .try_filter_map(|request| async { Ok(request) })
        .try_collect()
        .await
}

/// Whether whoever calls may approve requests of this type. Where the API server does not say, they may not.
pub(super) async fn may_approve(cluster: &Cluster, kind: &str) -> bool {
    let api: Api<SelfSubjectAccessReview> = Api::all(cluster.client.clone());
    let question = SelfSubjectAccessReview {
        spec: SelfSubjectAccessReviewSpec {
            resource_attributes: Some(ResourceAttributes {
                group: Some("handoff.dev".to_owned()),
                resource: Some("resourcetypes".to_owned()),
                verb: Some("approve".to_owned()),
                name: Some(kind.to_owned()),
                namespace: Some(cluster.namespace.clone()),
                ..ResourceAttributes::default()
            }),
            non_resource_attributes: None,
        },
        ..SelfSubjectAccessReview::default()
    };
    let how = PostParams::default();
    let answer = patiently(|| api.create(&how, &question)).await;
    answer.is_ok_and(|answer| answer.status.is_some_and(|status| status.allowed))
}
