//! Reads what the cluster knows of one type: the type, its inventory, its snapshots. It writes nothing.

use super::super::calls::{CallError, patiently};
use super::super::cluster::Cluster;
use super::error::SyncError;
use super::problem::listed;
use super::write::ROLE;
use handoff_core::api::{ManagedResource, ResourceType, Synchronization};
use kube::api::{Api, ListParams};
use kube::core::NamespaceResourceScope;
use kube::{Resource, ResourceExt};
use serde::de::DeserializeOwned;

/// The type.
///
/// # Errors
/// There is none of that name, or it cannot be read.
pub async fn resource_type(cluster: &Cluster, name: &str) -> Result<ResourceType, SyncError> {
    let api: Api<ResourceType> = Api::namespaced(cluster.client.clone(), &cluster.namespace);
    let found = patiently(|| api.get_opt(name)).await;
    if let Some(kind) = found.map_err(|error| failed(cluster, &error))? {
        return Ok(kind);
    }
    let missing = patiently(async || api.list(&ListParams::default()).await).await;
    let others = missing.map_err(|error| match error.code() {
        Some(404) => {
            SyncError::Failed("this cluster has no kind ResourceType: Handoff is not installed in it".to_owned())
        }
        Some(_) | None => failed(cluster, &error),
    })?;
    let names: Vec<String> = others.iter().map(ResourceExt::name_any).collect();
    Err(SyncError::Usage(format!(
        "there is no ResourceType {name} in namespace {}; there are: {}. Another namespace is named with -n",
        cluster.namespace,
        listed(names.iter().map(String::as_str))
    )))
}

/// The inventory of the type.
///
/// # Errors
/// It cannot be read.
pub async fn inventory(cluster: &Cluster, type_name: &str) -> Result<Vec<ManagedResource>, SyncError> {
    list(cluster, type_name).await
}

/// The snapshots of the type that are kept.
///
/// # Errors
/// They cannot be read.
pub async fn snapshots(cluster: &Cluster, type_name: &str) -> Result<Vec<Synchronization>, SyncError> {
    list(cluster, type_name).await
}

async fn list<K>(cluster: &Cluster, type_name: &str) -> Result<Vec<K>, SyncError>
where
    K: Resource<Scope = NamespaceResourceScope, DynamicType = ()> + Clone + std::fmt::Debug + DeserializeOwned,
{
    let of_type = ListParams::default().fields(&format!("spec.resourceTypeRef.name={type_name}"));
    let found = super::super::list::list(cluster, &of_type).await;
    found.map_err(|error| failed(cluster, &error))
}

fn failed(cluster: &Cluster, error: &CallError) -> SyncError {
    SyncError::Failed(error.explained(ROLE, &cluster.namespace))
}
