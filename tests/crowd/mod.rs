//! Many people at once: each call is made as the person who makes it, by a client in this process instead of hundreds of
//! kubectl processes. They wait by watches that are shared, and what the watch of orders says is recorded.
#![allow(dead_code, unreachable_pub)]

pub mod board;
pub mod governed;
pub mod stories;

pub use board::Board;
use handoff_core::api::{AssignmentRequest, ProvisioningOrder, ProvisioningState, reason};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::api::{Api, ListParams, Patch, PatchParams, PostParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config, ResourceExt};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The people of one namespace and what they see.
pub struct Crowd {
    pub board: Board,
    namespace: String,
    alice: Client,
    bob: Client,
    carol: Client,
    dave: Client,
    filed: AtomicUsize,
}

/// A client of one of the people.
pub async fn user(context: &str) -> Client {
    let options = KubeConfigOptions {
        context: Some(context.to_owned()),
        ..KubeConfigOptions::default()
    };
    let file = Kubeconfig::read_from(std::env::var("KUBECONFIG").unwrap()).unwrap();
    Client::try_from(Config::from_custom_kubeconfig(file, &options).await.unwrap()).unwrap()
}

impl Crowd {
    pub async fn of(namespace: &str) -> Arc<Self> {
        let alice = user("alice").await;
        Arc::new(Self {
            board: Board::watch(alice.clone(), namespace).await,
            namespace: namespace.to_owned(),
            alice,
            bob: user("bob").await,
            carol: user("carol").await,
            dave: user("dave").await,
            filed: AtomicUsize::new(0),
        })
    }

    /// How many requests were filed.
    pub fn filed(&self) -> usize {
        self.filed.load(Ordering::SeqCst)
    }

    /// Waits until the board shows what the API server has now; nobody may be writing.
    pub async fn caught_up(&self) {
        let requests: Api<AssignmentRequest> = Api::namespaced(self.alice.clone(), &self.namespace);
        let orders: Api<ProvisioningOrder> = Api::namespaced(self.alice.clone(), &self.namespace);
        let requests = requests.list(&ListParams::default()).await.unwrap().items;
        let orders = orders.list(&ListParams::default()).await.unwrap().items;
        let all_there = |seen: &board::Seen| {
            let same = |new: &ObjectMeta, old: Option<&ObjectMeta>| {
                old.is_some_and(|old| old.resource_version == new.resource_version)
            };
            let request = |name: &str| seen.request(name).map(|request| &request.metadata);
            let order = |name: &str| seen.order(name).map(|order| &order.metadata);
            requests
                .iter()
                .all(|object| same(&object.metadata, request(&object.name_any())))
                && orders
                    .iter()
                    .all(|object| same(&object.metadata, order(&object.name_any())))
        };
        self.board.until("the watches to catch up", all_there).await;
    }

    /// What concerns one owner's badge.
    pub fn owner(self: &Arc<Self>, owner: &str) -> Owner {
        self.owner_of("badge", owner)
    }

    /// What concerns one owner's resource of this type.
    pub fn owner_of(self: &Arc<Self>, kind: &str, owner: &str) -> Owner {
        Owner {
            crowd: Arc::clone(self),
            kind: kind.to_owned(),
            owner: owner.to_owned(),
        }
    }
}

/// One owner and the orders for the badge, or for what the type says.
pub struct Owner {
    crowd: Arc<Crowd>,
    kind: String,
    owner: String,
}

impl Owner {
    pub fn request(&self, name: &str) -> String {
        format!("{}-{name}", self.owner)
    }

    pub fn order(&self, number: u32) -> String {
        format!("{}.{}.{number}", self.kind, self.owner)
    }

    /// Alice files a request.
    pub async fn ask(&self, name: &str, operation: &str, properties: Value) {
        let mut spec =
            json!({"resourceTypeRef": {"name": self.kind}, "owner": {"id": self.owner}, "operation": operation});
        if properties.as_object().is_some_and(|some| !some.is_empty()) {
            spec["properties"] = properties;
        }
        let request = AssignmentRequest::new(&self.request(name), serde_json::from_value(spec).unwrap());
        let api: Api<AssignmentRequest> = Api::namespaced(self.crowd.alice.clone(), &self.crowd.namespace);
        api.create(&PostParams::default(), &request).await.unwrap();
        self.crowd.filed.fetch_add(1, Ordering::SeqCst);
    }

    /// Bob says that an order is done, as soon as it is with him.
    pub async fn confirm(&self, number: u32) {
        self.stands(number, ProvisioningState::Transmitted).await;
        self.patch(&self.crowd.bob, number, json!({"decision": {"result": "Confirmed"}}))
            .await;
    }

    /// Carol says that an order could not be done.
    pub async fn fail(&self, number: u32) {
        self.stands(number, ProvisioningState::Transmitted).await;
        let message = format!("no printer for {}", self.order(number));
        self.patch(
            &self.crowd.carol,
            number,
            json!({"decision": {"result": "Errored", "message": message}}),
        )
        .await;
    }

    /// Dave says what becomes of an error.
    pub async fn recover(&self, number: u32, action: &str) {
        self.stands(number, ProvisioningState::Errored).await;
        self.patch(&self.crowd.dave, number, json!({"recovery": {"action": action}}))
            .await;
    }

    /// Dave takes a wrong confirmation back.
    pub async fn withdraw(&self, number: u32, action: &str) {
        self.stands(number, ProvisioningState::Executed).await;
        let recovery = json!({"action": action, "comment": "it was another badge"});
        self.patch(&self.crowd.dave, number, json!({"recovery": recovery}))
            .await;
    }

    /// Alice takes a request back.
    pub async fn cancel(&self, name: &str) {
        let api: Api<AssignmentRequest> = Api::namespaced(self.crowd.alice.clone(), &self.crowd.namespace);
        let patch = Patch::Merge(json!({"spec": {"cancel": {"reason": "no longer wanted"}}}));
        api.patch(&self.request(name), &PatchParams::default(), &patch)
            .await
            .unwrap();
    }

    /// Dave reviews an order, as soon as it waits for that.
    pub async fn review(&self, number: u32, review: Value) {
        self.stands(number, ProvisioningState::AwaitingApproval).await;
        self.patch(&self.crowd.dave, number, json!({"review": review})).await;
    }

    /// Bob says that he works on an order, as soon as it is handed over.
    pub async fn bob_claims(&self, number: u32) {
        self.stands(number, ProvisioningState::Transmitted).await;
        self.patch(&self.crowd.bob, number, json!({"assignee": {"username": "bob"}}))
            .await;
    }

    /// Carol says that she works on an order, as soon as it is handed over.
    pub async fn carol_claims(&self, number: u32) {
        self.stands(number, ProvisioningState::Transmitted).await;
        self.patch(&self.crowd.carol, number, json!({"assignee": {"username": "carol"}}))
            .await;
    }

    /// Bob confirms whatever is handed over, until all these requests are at their end.
    pub async fn confirm_until_all_is_done(&self, names: &[&str]) {
        let what = format!("{} to be done with {names:?}", self.owner);
        let mut answered = 0;
        loop {
            let mut next = None;
            let so = |seen: &board::Seen| {
                next = (answered + 1..).find(|number| seen.order(&self.order(*number)).is_none_or(is_to_do));
                next = next.filter(|number| seen.order(&self.order(*number)).is_some());
                next.is_some()
                    || names.iter().all(|name| {
                        let request = seen.request(&self.request(name));
                        request.is_some_and(|request| {
                            board::is_finished(&request.status.clone().unwrap_or_default().conditions)
                        })
                    })
            };
            self.crowd.board.until(&what, so).await;
            let Some(number) = next else { return };
            self.confirm(number).await;
            answered = number;
        }
    }

    async fn patch(&self, who: &Client, number: u32, spec: Value) {
        let api: Api<ProvisioningOrder> = Api::namespaced(who.clone(), &self.crowd.namespace);
        let patch = Patch::Merge(json!({"spec": spec}));
        let name = self.order(number);
        if let Err(refused) = api.patch(&name, &PatchParams::default(), &patch).await {
            panic!("{name}: {spec} was refused: {refused}");
        }
    }

    async fn stands(&self, number: u32, state: ProvisioningState) {
        let name = self.order(number);
        let what = format!("{name} {state}");
        self.crowd
            .board
            .until(&what, |seen| {
                let status = seen.order(&name).and_then(|order| order.status.as_ref());
                // An error can be answered when it says so.
                let answerable = |status: &handoff_core::api::ProvisioningOrderStatus| {
                    state != ProvisioningState::Errored
                        || status.conditions.iter().any(|condition| {
                            condition.type_ == "Stalled" && condition.status == handoff_core::api::ConditionStatus::True
                        })
                };
                status.is_some_and(|status| status.state == Some(state) && answerable(status))
            })
            .await;
    }

    /// Waits until a request shows this.
    pub async fn shows(&self, name: &str, state: ProvisioningState, reason: &str) {
        self.shows_by(name, None, state, reason).await;
    }

    /// Waits until a request shows that this order of its was confirmed.
    pub async fn done(&self, name: &str, number: u32) {
        self.shows_by(name, Some(number), ProvisioningState::Executed, reason::CONFIRMED)
            .await;
    }

    async fn shows_by(&self, name: &str, number: Option<u32>, state: ProvisioningState, reason: &str) {
        let name = self.request(name);
        let order = number.map(|number| self.order(number));
        let what = format!("{name} {state}/{reason} {order:?}");
        self.crowd
            .board
            .until(&what, |seen| {
                let status = seen.request(&name).and_then(|request| request.status.as_ref());
                status.is_some_and(|status| {
                    status.provisioning_state == Some(state)
                        && status.reason.as_deref() == Some(reason)
                        && (order.is_none() || status.orders.last() == order.as_ref())
                })
            })
            .await;
    }
}

/// Whether a person has it and has not answered.
fn is_to_do(order: &ProvisioningOrder) -> bool {
    let state = order.status.as_ref().and_then(|status| status.state);
    state == Some(ProvisioningState::Transmitted) && order.spec.decision.is_none()
}

/// Everything that must be equal after two runs: a request's state, reason, orders and attempts; an order's spec, state
/// and reason. Without uids and times.
pub fn outcome(board: &Board, of: impl Fn(&str) -> bool) -> std::collections::BTreeMap<String, Value> {
    let seen = board.seen();
    let requests = seen
        .requests()
        .filter(|request| of(&request.spec.owner.id))
        .map(|request| {
            let status = request.status.clone().unwrap_or_default();
            let shown = json!({
                "state": status.provisioning_state, "reason": status.reason, "orders": status.orders,
                "attempts": status.attempts, "workflow": status.workflow_state,
            });
            (format!("request {}", request.name_any()), shown)
        });
    let orders = seen.orders().filter(|order| of(&order.spec.owner.id)).map(|order| {
        let mut spec = serde_json::to_value(&order.spec).unwrap();
        for carried in spec["requestRefs"].as_array_mut().unwrap() {
            carried.as_object_mut().unwrap().remove("uid");
        }
        let status = order.status.clone().unwrap_or_default();
        let shown = json!({"spec": spec, "state": status.state, "reason": status.reason});
        (format!("order {}", order.name_any()), shown)
    });
    requests.chain(orders).collect()
}
