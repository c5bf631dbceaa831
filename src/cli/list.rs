//! Reads every object of a list, page by page. It writes nothing.

use super::calls::{CallError, patiently};
use super::cluster::Cluster;
use kube::Resource;
use kube::api::{Api, ListParams};
use kube::core::NamespaceResourceScope;
use serde::de::DeserializeOwned;

/// How many objects one answer holds.
const PAGE: u32 = 500;
/// How often a list is begun again that took so long that the API server forgot where it was.
const RESTARTS: u32 = 3;

/// Every object of a kind that this selects, in the cluster's namespace or everywhere.
///
/// # Errors
/// It cannot be read.
pub(super) async fn list<K>(cluster: &Cluster, which: &ListParams) -> Result<Vec<K>, CallError>
where
    K: Resource<Scope = NamespaceResourceScope, DynamicType = ()> + Clone + std::fmt::Debug + DeserializeOwned,
{
    let api: Api<K> = if cluster.everywhere {
        Api::all(cluster.client.clone())
    } else {
        Api::namespaced(cluster.client.clone(), &cluster.namespace)
    };
    let first = which.clone().limit(PAGE);
    let mut restarts = 0;
    let mut objects = Vec::new();
    let mut page = first.clone();
    loop {
        match patiently(|| api.list(&page)).await {
            Ok(answer) => {
                let next = answer.metadata.continue_.clone().filter(|token| !token.is_empty());
                // Nobody reads who wrote which field, and of a whole inventory that is half of the memory. An object
                // that is replaced without it keeps what is stored.
                objects.extend(answer.items.into_iter().map(|mut object| {
                    object.meta_mut().managed_fields = None;
                    object
                }));
                let Some(next) = next else { return Ok(objects) };
                page = first.clone().continue_token(&next);
            }
            Err(error) if error.code() == Some(410) && restarts < RESTARTS => {
                restarts += 1;
                objects.clear();
                page = first.clone();
            }
            Err(error) => return Err(error),
        }
    }
}

/// A value in a field selector.
pub(super) fn selected(value: &str) -> String {
    let escaped = |character: char| match character {
        '\\' | ',' | '=' => vec!['\\', character],
        _other => vec![character],
    };
    value.chars().flat_map(escaped).collect()
}

#[cfg(test)]
mod tests {
    use super::selected;

    #[test]
    fn an_owner_cannot_widen_the_selection() {
        assert_eq!(
            selected("u1,spec.operation=Create\\"),
            "u1\\,spec.operation\\=Create\\\\"
        );
    }
}
