//! Reads what may wait for people. Who is waited for is decided in `page`; nothing is written.

use super::super::calls::CallError;
use super::super::choice::{At, at};
use super::super::cluster::Cluster;
use super::super::list::{list, selected};
use super::super::me::me;
use super::args::{Only, WorkArgs};
use handoff_core::api::{AssignmentRequest, ProvisioningOrder, ProvisioningState as State, ResourceType};
use kube::api::ListParams;
use std::collections::BTreeMap;

/// The role that has every right that this needs.
pub(super) const ROLE: &str = "handoff-viewer";

/// All that was read.
#[derive(Clone, Debug, Default)]
pub(super) struct Objects {
    /// Orders in states in which they may wait for people.
    pub orders: Vec<ProvisioningOrder>,
    /// Requests that wait for approvers.
    pub requests: Vec<AssignmentRequest>,
    /// What each type provisions.
    pub entities: BTreeMap<At, Option<String>>,
}

/// What is asked of the API server, so that it sends nothing else.
#[derive(Clone, Debug)]
pub(super) struct Question {
    /// Orders of these states.
    pub states: Vec<State>,
    /// Whether requests are wanted.
    pub requests: bool,
    /// Other field selectors for orders.
    order_fields: Vec<String>,
    request_fields: Vec<String>,
    /// Label selector.
    pub labels: Option<String>,
}

impl Question {
    /// What the flags ask for. `me`: the user name of whoever calls.
    pub(super) fn of(args: &WorkArgs, me: Option<&str>) -> Self {
        let every = [
            (Only::Transmitted, State::Transmitted),
            (Only::Review, State::AwaitingApproval),
            (Only::Recovery, State::Errored),
        ];
        let wanted = |only: Only| args.only.is_none_or(|wanted| wanted == only);
        let states = every
            .into_iter()
            .filter(|(only, _)| wanted(*only))
            .map(|(_, state)| state);
        let of_type = args.resource_type.as_ref();
        let of_type: Vec<_> = of_type
            .map(|name| format!("spec.resourceTypeRef.name={}", selected(name)))
            .into_iter()
            .collect();
        let mine = me.filter(|_| args.mine);
        let mine = mine.map(|name| format!("spec.assignee.username={}", selected(name)));
        Self {
            states: states.collect(),
            requests: wanted(Only::Approval) && !args.mine && !args.unclaimed,
            order_fields: of_type.iter().cloned().chain(mine).collect(),
            request_fields: of_type,
            labels: args.selector.clone(),
        }
    }

    /// The field selector of the orders in this state.
    pub(super) fn orders_in(&self, state: State) -> String {
        let state = format!("status.state={state}");
        [vec![state], self.order_fields.clone()].concat().join(",")
    }

    /// The field selector of the requests.
    pub(super) fn pending_requests(&self) -> String {
        let state = "status.workflowState=PendingApproval".to_owned();
        [vec![state], self.request_fields.clone()].concat().join(",")
    }

    fn params(&self, fields: &str) -> ListParams {
        let params = ListParams::default().fields(fields);
        match &self.labels {
            Some(labels) => params.labels(labels),
            None => params,
        }
    }
}

/// Reads it.
///
/// # Errors
/// In words: it cannot be read, and which right is missing.
pub(super) async fn gather(cluster: &Cluster, question: &Question) -> Result<Objects, String> {
    let read = async {
        let of_state = question.states.iter().map(async |state| {
            let params = question.params(&question.orders_in(*state));
            list::<ProvisioningOrder>(cluster, &params).await
        });
        let requests = async {
            if !question.requests {
                return Ok(Vec::new());
            }
            list::<AssignmentRequest>(cluster, &question.params(&question.pending_requests())).await
        };
        let everything = ListParams::default();
        let types = list::<ResourceType>(cluster, &everything);
        let (orders, requests, types) = tokio::try_join!(futures::future::try_join_all(of_state), requests, types)?;
        Ok(Objects {
            orders: orders.concat(),
            requests,
            entities: types.iter().map(entity).collect(),
        })
    };
    read.await
        .map_err(|error: CallError| error.explained(ROLE, &cluster.namespace))
}

/// What a type provisions.
pub(super) fn entity(kind: &ResourceType) -> (At, Option<String>) {
    (at(kind), kind.spec.target_entity_type.clone())
}

/// The user name of whoever calls; where the API server does not say it, that matters only if it is asked for.
///
/// # Errors
/// In words: the API server does not say it, and the flags need it.
pub(super) async fn caller(cluster: &Cluster, args: &WorkArgs) -> Result<Option<String>, String> {
    match me(cluster).await {
        Ok(me) => Ok(Some(me.username)),
        Err(error) if args.mine => Err(error),
        Err(_) => Ok(None),
    }
}
