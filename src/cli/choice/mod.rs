//! Finds the objects that a command is about: by name, from files and standard input, or by what they are like. It writes
//! nothing, and it does not decide what may be done with them.

mod args;
pub(super) mod named;

pub use args::{Choice, OrderChoice, RequestChoice};

use super::calls::{CallError, patiently};
use super::cluster::Cluster;
use super::list::{list, selected};
use super::subject::is_name;
use futures::{StreamExt, TryStreamExt};
use handoff_core::api::{Actor, AssignmentRequest, ProvisioningOrder, ProvisioningState as State};
use kube::api::{Api, ListParams};
use kube::core::NamespaceResourceScope;
use kube::{Resource, ResourceExt};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, BTreeSet};

/// Above how many named objects of one namespace a list of those in the right state is cheaper than to read each.
const FEW: usize = 50;
/// How many are read at once.
const AT_ONCE: usize = 8;

/// Why nothing was begun: what to say, and the exit code.
pub type Refusal = (String, u8);

/// The flags are wrong.
pub(super) fn usage(why: String) -> Refusal {
    (why, 2)
}

/// An object that people answer.
pub(super) trait Answered:
    Resource<Scope = NamespaceResourceScope, DynamicType = ()>
    + Clone
    + std::fmt::Debug
    + DeserializeOwned
    + Serialize
    + Send
    + 'static
{
    /// The field that holds its state.
    const STATE: &'static str;
    /// What kubectl prints before its name.
    const PREFIX: &'static str;
    /// The short word that stands before its name in commands.
    const SHORT: &'static str;
    /// Its state.
    fn state(&self) -> Option<State>;
}

impl Answered for ProvisioningOrder {
    const STATE: &'static str = "status.state";
    const PREFIX: &'static str = "provisioningorder.handoff.dev";
    const SHORT: &'static str = "porder";
    fn state(&self) -> Option<State> {
        self.status.as_ref()?.state
    }
}

impl Answered for AssignmentRequest {
    const STATE: &'static str = "status.provisioningState";
    const PREFIX: &'static str = "assignmentrequest.handoff.dev";
    const SHORT: &'static str = "areq";
    fn state(&self) -> Option<State> {
        self.status.as_ref()?.provisioning_state
    }
}

/// Where an object is: namespace and name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct At {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// What was found.
#[derive(Debug)]
pub(super) struct Found<K> {
    /// Objects, in the order in which they were named, else by age.
    pub objects: Vec<K>,
    /// What was named and is not there.
    pub missing: Vec<At>,
}

/// The role that has every right to look.
const ROLE: &str = "handoff-viewer";

/// The orders that are meant. Those that are searched are in one of `states`, unless a state is asked for.
///
/// # Errors
/// In words, with the exit code: the flags contradict each other, a file cannot be read, or the cluster cannot.
pub(super) async fn orders(
    cluster: &Cluster,
    which: &OrderChoice,
    states: &[State],
    me: &Actor,
) -> Result<Found<ProvisioningOrder>, Refusal> {
    let filters = which.entity_type.is_some() || which.mine || which.unclaimed;
    args::check(&which.choice, filters, cluster.everywhere).map_err(usage)?;
    let entity_type = which.entity_type.as_ref();
    let assignee = which.mine.then_some(&me.username);
    let fields = [
        entity_type.map(|kind| format!("spec.targetEntityType={}", selected(kind))),
        assignee.map(|name| format!("spec.assignee.username={}", selected(name))),
    ];
    let mut found = find::<ProvisioningOrder>(cluster, &which.choice, states, fields.into_iter().flatten()).await?;
    if !which.choice.is_named() {
        // A field selector for what is not there finds only what is cleared, so it is looked at here.
        found.objects.retain(|order| is_meant(which, order, me));
    }
    Ok(found)
}

/// Whether an order is one of those whose assignee was asked for.
pub(super) fn is_meant(which: &OrderChoice, order: &ProvisioningOrder, me: &Actor) -> bool {
    match &order.spec.assignee {
        None => !which.mine,
        Some(assignee) => !which.unclaimed && (!which.mine || assignee.username == me.username),
    }
}

/// The requests that are meant. Those that are searched have `field`.
///
/// # Errors
/// As [`orders`].
pub(super) async fn requests(
    cluster: &Cluster,
    which: &RequestChoice,
    field: Option<&str>,
    me: &Actor,
) -> Result<Found<AssignmentRequest>, Refusal> {
    args::check(&which.choice, which.mine, cluster.everywhere).map_err(usage)?;
    let asked = which
        .mine
        .then(|| format!("spec.requestedBy.username={}", selected(&me.username)));
    let fields = asked.into_iter().chain(field.map(ToOwned::to_owned));
    find(cluster, &which.choice, &[], fields).await
}

async fn find<K: Answered>(
    cluster: &Cluster,
    choice: &Choice,
    states: &[State],
    fields: impl IntoIterator<Item = String>,
) -> Result<Found<K>, Refusal> {
    if choice.is_named() {
        let names = named::names::<K>(choice, cluster).map_err(usage)?;
        return by_name(cluster, names, states)
            .await
            .map_err(|error| explained(&error, cluster));
    }
    let wanted = choice.state.map_or_else(|| states.to_vec(), |state| vec![state]);
    let of_type = choice.resource_type.as_ref();
    let of_owner = choice.owner.as_ref();
    let mut fields: Vec<String> = fields.into_iter().collect();
    fields.extend(of_type.map(|name| format!("spec.resourceTypeRef.name={}", selected(name))));
    fields.extend(of_owner.map(|id| format!("spec.owner.id={}", selected(id))));
    fields.extend(choice.field_selector.clone());
    if let [only] = wanted.as_slice() {
        fields.push(format!("{}={only}", K::STATE));
    }
    let mut params = ListParams::default();
    if !fields.is_empty() {
        params = params.fields(&fields.join(","));
    }
    if let Some(labels) = &choice.selector {
        params = params.labels(labels);
    }
    let mut objects: Vec<K> = list(cluster, &params)
        .await
        .map_err(|error| explained(&error, cluster))?;
    objects.retain(|object| wanted.is_empty() || object.state().is_some_and(|state| wanted.contains(&state)));
    objects.sort_by_cached_key(|object| (object.creation_timestamp(), object.namespace(), object.name_any()));
    Ok(Found {
        objects,
        missing: Vec::new(),
    })
}

fn explained(error: &CallError, cluster: &Cluster) -> Refusal {
    (error.explained(ROLE, &cluster.namespace), 1)
}

/// Reads what is named, in that order. Of many, those in the states that the command is for are listed, which is cheaper; the
/// rest is read one by one.
async fn by_name<K: Answered>(cluster: &Cluster, names: Vec<At>, states: &[State]) -> Result<Found<K>, CallError> {
    let mut there: BTreeMap<At, K> = BTreeMap::new();
    let mut by_namespace: BTreeMap<String, BTreeSet<At>> = BTreeMap::new();
    for at in names.iter().filter(|at| is_name(&at.name) && is_name(&at.namespace)) {
        by_namespace.entry(at.namespace.clone()).or_default().insert(at.clone());
    }
    for (namespace, mut left) in by_namespace {
        if let ([state], true) = (states, left.len() > FEW) {
            let inside = Cluster {
                namespace: namespace.clone(),
                everywhere: false,
                ..cluster.clone()
            };
            let in_state = ListParams::default().fields(&format!("{}={state}", K::STATE));
            for object in list::<K>(&inside, &in_state).await? {
                if left.remove(&at(&object)) {
                    there.insert(at(&object), object);
                }
            }
        }
        let api: Api<K> = Api::namespaced(cluster.client.clone(), &namespace);
        let objects: Vec<K> = futures::stream::iter(&left)
            .map(|at| patiently(async || api.get_opt(&at.name).await))
            .buffered(AT_ONCE)
            .try_filter_map(|object| async { Ok(object) })
            .try_collect()
            .await?;
        there.extend(objects.into_iter().map(|object| (at(&object), object)));
    }
    let mut found = Found {
        objects: Vec::new(),
        missing: Vec::new(),
    };
    for at in names {
        match there.remove(&at) {
            Some(object) => found.objects.push(object),
            None => found.missing.push(at),
        }
    }
    Ok(found)
}

/// Where an object is.
pub(super) fn at<K: Resource>(object: &K) -> At {
    At {
        namespace: object.namespace().unwrap_or_default(),
        name: object.name_any(),
    }
}
