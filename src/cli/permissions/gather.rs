//! Reads everything that the cluster knows of a person's accesses. It decides nothing and writes nothing.

use super::super::calls::{CallError, patiently};
use super::super::cluster::Cluster;
use super::super::list::{list, selected};
use super::line::{Known, Line};
use futures::{StreamExt, TryStreamExt};
use handoff_core::api::{AssignmentRequest, ManagedResource, ProvisioningOrder, ResourceType, Synchronization};
use handoff_core::engine::identity;
use kube::api::{Api, ListParams};
use std::collections::BTreeMap;

/// The role that has every right that this needs.
pub(super) const ROLE: &str = "handoff-viewer";
/// How many lines are read at once.
const AT_ONCE: usize = 8;

/// What is known of this owner.
///
/// # Errors
/// In words: it cannot be read, and which right is missing.
pub(super) async fn gather(cluster: &Cluster, owner: &str) -> Result<Known, String> {
    let read = async {
        let everything = ListParams::default();
        let of_owner = ListParams::default().fields(&format!("spec.owner.id={}", selected(owner)));
        let (types, requests, orders, resources, snapshots) = tokio::try_join!(
            list::<ResourceType>(cluster, &everything),
            list::<AssignmentRequest>(cluster, &of_owner),
            list::<ProvisioningOrder>(cluster, &of_owner),
            list::<ManagedResource>(cluster, &of_owner),
            list::<Synchronization>(cluster, &everything),
        )?;
        let mut known = Known::of(&types, requests, &orders, resources, &snapshots);
        let lines = std::mem::take(&mut known.lines);
        known.lines = futures::stream::iter(lines)
            .map(|(key, line)| complete(cluster, key, line))
            .buffered(AT_ONCE)
            .try_collect::<BTreeMap<_, _>>()
            .await?;
        Ok(known)
    };
    read.await
        .map_err(|error: CallError| error.explained(ROLE, &cluster.namespace))
}

type Key = (String, String);

/// What there is of a line under another owner, or under none: an export need not say whose a resource is.
async fn complete(cluster: &Cluster, key: Key, mut line: Line) -> Result<(Key, Line), CallError> {
    let (type_name, folded) = &key;
    let of_line = ListParams::default().labels(&identity::line_selector(type_name, folded));
    let name = identity::line_name(type_name, folded);
    let resources: Api<ManagedResource> = Api::namespaced(cluster.client.clone(), &cluster.namespace);
    let (orders, resource) = tokio::try_join!(
        list::<ProvisioningOrder>(cluster, &of_line),
        patiently(|| resources.get_opt(&name))
    )?;
    line.orders = orders
        .into_iter()
        .filter(|order| identity::line_of(order) == *folded)
        .collect();
    line.resource = resource
        .filter(|found| found.spec.resource_type_ref.name == *type_name)
        .or(line.resource);
    Ok((key, line))
}
