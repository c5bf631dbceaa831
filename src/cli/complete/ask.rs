//! Asks the cluster for names while somebody types: one short look, and none where it takes too long.

use super::super::choice::Answered;
use super::super::cluster::Cluster;
use super::super::facts::needs_recovery;
use super::starting_with;
use super::words::Words;
use clap_complete::engine::{CompletionCandidate, ValueCompleter};
use handoff_core::api::{AssignmentRequest, ProvisioningOrder, ResourceType};
use k8s_openapi::api::core::v1::Namespace;
use kube::api::{Api, ListParams};
use kube::config::Kubeconfig;
use kube::{Resource, ResourceExt};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::time::Duration;

/// How long somebody who pressed a key is kept waiting.
const PATIENCE: Duration = Duration::from_secs(3);
/// How many objects are looked at.
const MOST: u32 = 500;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// Orders or requests that the command is for.
    Objects,
    /// ResourceTypes.
    Types,
    /// Ids of owners.
    Owners,
    /// Kinds of things that are provisioned.
    EntityTypes,
    /// Namespaces.
    Namespaces,
    /// Contexts of the kubeconfig.
    Contexts,
}

/// A question.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    /// What is asked for.
    pub what: What,
    /// What has been typed so far.
    pub words: Words,
}

/// Names with what they mean.
type Names = BTreeMap<String, String>;

impl ValueCompleter for Ask {
    fn complete(&self, current: &OsStr) -> Vec<CompletionCandidate> {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
            return Vec::new();
        };
        let found = runtime.block_on(async { tokio::time::timeout(PATIENCE, self.names()).await });
        let found = found.ok().flatten().unwrap_or_default();
        let new = found.into_iter().filter(|(name, _)| !self.words.has(name));
        starting_with(new, current)
    }
}

impl Ask {
    async fn names(&self) -> Option<Names> {
        if self.what == What::Contexts {
            return self.contexts();
        }
        let mut cluster = Cluster::find(&self.words.connection()).await.ok()?;
        cluster.everywhere = self.words.has("-A") || self.words.has("--all-namespaces");
        match self.what {
            What::Objects => self.objects(&cluster).await,
            What::Types => {
                types(&cluster, |kind| {
                    let name = kind.spec.display_name.clone().unwrap_or_default();
                    Some((kind.name_any(), name))
                })
                .await
            }
            What::EntityTypes => {
                types(&cluster, |kind| {
                    Some((kind.spec.target_entity_type.clone()?, String::new()))
                })
                .await
            }
            What::Owners => owners(&cluster).await,
            What::Namespaces => namespaces(&cluster).await,
            What::Contexts => None,
        }
    }

    fn contexts(&self) -> Option<Names> {
        let file = match self.words.connection().kubeconfig {
            Some(path) => Kubeconfig::read_from(path).ok()?,
            None => Kubeconfig::read().ok()?,
        };
        Some(
            file.contexts
                .into_iter()
                .map(|context| (context.name, String::new()))
                .collect(),
        )
    }

    /// What the command is for; both kinds where it is for both.
    async fn objects(&self, cluster: &Cluster) -> Option<Names> {
        match self.words.command() {
            "confirm" | "error" | "assign" => orders(cluster, "status.state=Transmitted", |_| true).await,
            "claim" => {
                orders(cluster, "status.state=Transmitted", |order| {
                    order.spec.assignee.is_none()
                })
                .await
            }
            "release" => {
                orders(cluster, "status.state=Transmitted", |order| {
                    order.spec.assignee.is_some()
                })
                .await
            }
            "review" => orders(cluster, "status.state=AwaitingApproval", |_| true).await,
            "retry" | "abandon" => orders(cluster, "status.state=Errored", needs_recovery).await,
            "takeback" => orders(cluster, "status.state=Executed", |_| true).await,
            "approve" | "decline" => requests(cluster, "status.workflowState=PendingApproval").await,
            "cancel" => requests(cluster, "status.workflowState!=Cancelled").await,
            _both => {
                let mut found = orders(cluster, "", |_| true).await?;
                found.extend(requests(cluster, "").await?);
                Some(found)
            }
        }
    }
}

async fn some<K>(cluster: &Cluster, field: &str) -> Option<Vec<K>>
where
    K: Resource<Scope = kube::core::NamespaceResourceScope, DynamicType = ()>
        + Clone
        + std::fmt::Debug
        + DeserializeOwned,
{
    let api: Api<K> = if cluster.everywhere {
        Api::all(cluster.client.clone())
    } else {
        Api::namespaced(cluster.client.clone(), &cluster.namespace)
    };
    let mut which = ListParams::default().limit(MOST);
    if !field.is_empty() {
        which = which.fields(field);
    }
    api.list(&which).await.ok().map(|list| list.items)
}

async fn orders(cluster: &Cluster, field: &str, fits: impl Fn(&ProvisioningOrder) -> bool) -> Option<Names> {
    let found = some::<ProvisioningOrder>(cluster, field).await?;
    let fitting = found.into_iter().filter(|order| fits(order));
    Some(
        fitting
            .map(|order| (order.name_any(), order.spec.ticket.title))
            .collect(),
    )
}

async fn requests(cluster: &Cluster, field: &str) -> Option<Names> {
    let found = some::<AssignmentRequest>(cluster, field).await?;
    let named = found.into_iter().map(|request| {
        let spec = &request.spec;
        let state = request.state().map(|state| format!(", {state}")).unwrap_or_default();
        let told = format!(
            "{} {} for {}{state}",
            spec.operation.as_str(),
            spec.resource_type_ref.name,
            spec.owner.id
        );
        (request.name_any(), told)
    });
    Some(named.collect())
}

async fn types(cluster: &Cluster, name: impl Fn(&ResourceType) -> Option<(String, String)>) -> Option<Names> {
    let found = some::<ResourceType>(cluster, "").await?;
    Some(found.iter().filter_map(name).collect())
}

async fn owners(cluster: &Cluster) -> Option<Names> {
    let found = some::<AssignmentRequest>(cluster, "").await?;
    let owners = found.into_iter().map(|request| {
        let owner = request.spec.owner;
        (owner.id, owner.display_name.unwrap_or_default())
    });
    Some(owners.collect())
}

async fn namespaces(cluster: &Cluster) -> Option<Names> {
    let api: Api<Namespace> = Api::all(cluster.client.clone());
    let found = api.list(&ListParams::default().limit(MOST)).await.ok()?;
    Some(
        found
            .items
            .into_iter()
            .map(|namespace| (namespace.name_any(), String::new()))
            .collect(),
    )
}
