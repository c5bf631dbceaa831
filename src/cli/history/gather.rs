//! Reads what a history is made of. It decides nothing and writes nothing.

use super::super::calls::CallError;
use super::super::cluster::Cluster;
use super::super::list::{list, selected};
use super::super::related;
use super::super::subject::Sought;
use super::timeline::{Detail, Timeline, events, of_one};
use handoff_core::api::{AssignmentRequest, ProvisioningOrder};
use kube::ResourceExt;
use kube::api::ListParams;

/// The history of what is named.
///
/// # Errors
/// In words: there is no such thing, or it cannot be read.
pub(super) async fn of_subject(cluster: &Cluster, word: &str) -> Result<Timeline, String> {
    let sought = Sought::of(word);
    let found = match &sought {
        Ok(sought) => sought.find(cluster).await.map_err(|error| explained(&error, cluster))?,
        // A slash may stand in the id of a person.
        Err(_) => super::super::subject::Found::default(),
    };
    if let Some(order) = found.order {
        if found.request.is_some() {
            eprintln!("There is a request of that name, too: kubectl handoff history areq/{word}");
        }
        return of_order(cluster, order)
            .await
            .map_err(|error| explained(&error, cluster));
    }
    if let Some(request) = found.request {
        return of_request(cluster, request)
            .await
            .map_err(|error| explained(&error, cluster));
    }
    let namespace = &cluster.namespace;
    if let Ok(named) = sought.as_ref().map(|sought| !sought.order || !sought.request)
        && named
    {
        return Err(format!(
            "there is no {word} in namespace {namespace}: kubectl get porder,areq -n {namespace}"
        ));
    }
    let timeline = of_owner(cluster, word).await?;
    if timeline.events.is_empty() {
        return Err(format!(
            "there is no order and no request {word} in namespace {namespace}, and nothing of an owner {word}"
        ));
    }
    Ok(timeline)
}

fn explained(error: &CallError, cluster: &Cluster) -> String {
    error.explained(related::ROLE, &cluster.namespace)
}

async fn of_order(cluster: &Cluster, order: ProvisioningOrder) -> Result<Timeline, CallError> {
    let (requests, line) = tokio::try_join!(related::requests_of(cluster, &order), related::line_of(cluster, &order))?;
    Ok(Timeline {
        subject: format!("porder/{}", order.name_any()),
        namespace: cluster.namespace.clone(),
        events: of_one(&order, &line, &requests),
    })
}

async fn of_request(cluster: &Cluster, request: AssignmentRequest) -> Result<Timeline, CallError> {
    let orders = related::orders_of(cluster, &request).await?;
    Ok(Timeline {
        subject: format!("areq/{}", request.name_any()),
        namespace: cluster.namespace.clone(),
        events: events(&orders, &[request], Detail::Whole),
    })
}

/// Everything of a person.
///
/// # Errors
/// In words: it cannot be read.
pub(super) async fn of_owner(cluster: &Cluster, owner: &str) -> Result<Timeline, String> {
    let which = ListParams::default().fields(&format!("spec.owner.id={}", selected(owner)));
    let (orders, requests) = tokio::try_join!(
        list::<ProvisioningOrder>(cluster, &which),
        list::<AssignmentRequest>(cluster, &which)
    )
    .map_err(|error| explained(&error, cluster))?;
    Ok(Timeline {
        subject: format!("owner {owner}"),
        namespace: cluster.namespace.clone(),
        events: events(&orders, &requests, Detail::Whole),
    })
}
