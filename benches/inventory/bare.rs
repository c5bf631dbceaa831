//! The same writes in a namespace that no operator looks at, by a client that only writes: what the API server can do.

use crate::crowd::user;
use crate::hall::{Hall, PEOPLE, decision, each, identifier, kind, order_name, wish};
use crate::report::{self, Report, Stage};
use handoff_core::api::{AssignmentRequest, ManagedResource, ProvisioningOrder, ResourceType};
use k8s_openapi::api::core::v1::Namespace;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::ResourceExt;
use kube::api::{Api, ListParams, Patch, PatchParams, PostParams};
use serde_json::{Value, json};
use std::time::Instant;

const NAMESPACE: &str = "bench-bare";
/// Writes on their way at once when the plugin writes, if nothing else is said.
const PLUGIN: usize = 8;

/// How one line stood after a stage: the bodies of the bare writes are made of it.
pub struct Sample {
    pub order: ProvisioningOrder,
    pub request: AssignmentRequest,
    pub entry: ManagedResource,
}

impl Sample {
    fn order_status(&self) -> Patch<Value> {
        Patch::Merge(json!({"status": self.order.status}))
    }

    fn request_status(&self) -> Patch<Value> {
        Patch::Merge(json!({"status": self.request.status}))
    }
}

/// Clients of those who write.
pub struct Bare {
    count: usize,
    entries: Api<ManagedResource>,
    asked: Api<AssignmentRequest>,
    decided: Api<ProvisioningOrder>,
    orders: Api<ProvisioningOrder>,
    requests: Api<AssignmentRequest>,
}

fn meta(name: String, like: &ObjectMeta) -> ObjectMeta {
    ObjectMeta {
        name: Some(name),
        labels: like.labels.clone(),
        annotations: like.annotations.clone(),
        ..ObjectMeta::default()
    }
}

impl Bare {
    /// With the same type, and no operator.
    pub async fn of(hall: &Hall) -> Self {
        let namespace = Namespace {
            metadata: ObjectMeta {
                name: Some(NAMESPACE.to_owned()),
                ..ObjectMeta::default()
            },
            ..Namespace::default()
        };
        let namespaces: Api<Namespace> = Api::all(hall.admin.clone());
        namespaces.create(&PostParams::default(), &namespace).await.unwrap();
        let kind = serde_json::from_value(kind()).unwrap();
        let kinds: Api<ResourceType> = Api::namespaced(user("gita").await, NAMESPACE);
        kinds.create(&PostParams::default(), &kind).await.unwrap();
        let operator = user("operator").await;
        Self {
            count: hall.size.bare(),
            entries: Api::namespaced(user("ivan").await, NAMESPACE),
            asked: Api::namespaced(user("alice").await, NAMESPACE),
            decided: Api::namespaced(user("bob").await, NAMESPACE),
            orders: Api::namespaced(operator.clone(), NAMESPACE),
            requests: Api::namespaced(operator, NAMESPACE),
        }
    }

    /// Everything, in the order of the life of an order.
    pub async fn measure(&self, samples: &[Sample; 3], report: &mut Report) {
        let [handed_over, confirmed, proven] = samples;
        let create = async |number| self.create_entry(&handed_over.entry, number).await;
        self.timed(report, report::FIRST, 1, PLUGIN, create).await;
        let stored = self.entries.list(&ListParams::default()).await.unwrap().items;
        let change = async |number: usize| self.change_entry(stored[number].clone(), &proven.entry).await;
        self.timed(report, report::CHANGES, 1, PLUGIN, change).await;
        let hand_over = async |number| self.hand_over(handed_over, number).await;
        self.timed(report, report::HAND_OVER, 4, PEOPLE, hand_over).await;
        let confirm = async |number| self.confirm(confirmed, number).await;
        self.timed(report, report::CONFIRM, 3, PEOPLE, confirm).await;
        let prove = async |number| self.show(proven, number).await;
        self.timed(report, report::PROOF, 2, PEOPLE, prove).await;
    }

    async fn timed<F: Future<Output = ()>>(
        &self,
        report: &mut Report,
        name: &'static str,
        writes: usize,
        at_once: usize,
        act: impl Fn(usize) -> F,
    ) {
        let begun = Instant::now();
        each(self.count, at_once, act).await;
        report.bare(Stage::of(name, begun.elapsed(), writes * self.count));
    }

    async fn create_entry(&self, like: &ManagedResource, number: usize) {
        let mut entry = ManagedResource::new("", like.spec.clone());
        entry.spec.identifier = identifier(number);
        entry.metadata = meta(format!("badge.{}", identifier(number)), &like.metadata);
        self.entries.create(&PostParams::default(), &entry).await.unwrap();
    }

    async fn change_entry(&self, mut entry: ManagedResource, like: &ManagedResource) {
        entry.spec.properties.clone_from(&like.spec.properties);
        entry.spec.observed_at.clone_from(&like.spec.observed_at);
        let name = entry.name_any();
        self.entries
            .replace(&name, &PostParams::default(), &entry)
            .await
            .unwrap();
    }

    async fn hand_over(&self, like: &Sample, number: usize) {
        self.asked.create(&PostParams::default(), &wish(number)).await.unwrap();
        let mut order = ProvisioningOrder::new("", like.order.spec.clone());
        order.spec.resource.identifier = identifier(number);
        order.metadata = meta(order_name(number), &like.order.metadata);
        self.orders.create(&PostParams::default(), &order).await.unwrap();
        self.show(like, number).await;
    }

    async fn confirm(&self, like: &Sample, number: usize) {
        let (name, how) = (order_name(number), PatchParams::default());
        self.decided
            .patch(&name, &how, &Patch::Merge(decision()))
            .await
            .unwrap();
        self.show(like, number).await;
    }

    /// The status of an order, then that of its request.
    async fn show(&self, like: &Sample, number: usize) {
        let how = PatchParams::default();
        let order = self
            .orders
            .patch_status(&order_name(number), &how, &like.order_status())
            .await;
        order.unwrap();
        let name = wish(number).name_any();
        self.requests
            .patch_status(&name, &how, &like.request_status())
            .await
            .unwrap();
    }
}
