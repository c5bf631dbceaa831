//! The namespace with the type, its operator, the people, and what they do.

use crate::bare::Sample;
use crate::crowd::user;
use crate::memory::{self, Memory};
use crate::place::{Place, badge};
use crate::report::Bytes;
use futures::StreamExt;
use handoff_core::api::{AssignmentRequest, ManagedResource, ProvisioningOrder};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ListMeta;
use kube::api::{Api, ListParams, Patch, PatchParams, PostParams};
use kube::core::Request;
use kube::{Client, ResourceExt};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};
use std::cell::Cell;
use std::net::TcpStream;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Calls of people that are on their way at once, as many as the operator's passes.
pub const PEOPLE: usize = 32;
const NAMESPACE: &str = "bench-inventory";
/// Kinds that the operator writes, events aside.
const KINDS: [&str; 5] = [
    "assignmentrequests",
    "provisioningorders",
    "managedresources",
    "synchronizations",
    "resourcetypes",
];

/// How much there is.
#[derive(Clone, Copy)]
pub struct Size {
    /// Resources in the inventory.
    pub resources: usize,
    /// Of these, the ones that an order changes.
    pub orders: usize,
}

impl Size {
    /// What the environment says.
    pub fn wanted() -> Self {
        let number = |variable: &str, usual: usize| {
            let given = std::env::var(variable).ok();
            given.map_or(usual, |given| {
                given
                    .parse()
                    .unwrap_or_else(|_| panic!("{variable} must be a number, not {given}"))
            })
        };
        let size = Self {
            resources: number("HANDOFF_BENCH_RESOURCES", 100_000),
            orders: number("HANDOFF_BENCH_ORDERS", 10_000),
        };
        assert!(
            0 < size.orders && size.orders < size.resources,
            "there must be orders, and more resources than that"
        );
        size
    }
}

impl Size {
    /// For how many orders the bare writes are made: enough to say how many go through in a second.
    pub fn bare(self) -> usize {
        self.orders.min(2_000)
    }
}

/// The namespace.
pub struct Hall {
    pub size: Size,
    pub admin: Client,
    place: Place,
    alice: Client,
    bob: Client,
    pub folder: PathBuf,
    written: Cell<usize>,
}

/// The type that everything is of.
pub fn kind() -> Value {
    let mut kind = badge();
    let spec = &mut kind["spec"];
    spec["properties"] = json!([
        {"name": "zone", "type": "String", "required": true}, {"name": "level", "type": "Integer"},
        {"name": "mail", "type": "String"}, {"name": "doors", "type": "String", "multiValued": true},
    ]);
    spec["verification"] = json!({"mode": "Inventory"});
    // All of it is ordered at once, and on purpose.
    spec["thresholds"] = json!({"update": {"percent": 100}});
    kind
}

pub fn identifier(number: usize) -> String {
    format!("u{number:06}")
}

pub fn order_name(number: usize) -> String {
    format!("badge.{}.1", identifier(number))
}

/// What alice asks for.
pub fn wish(number: usize) -> AssignmentRequest {
    let owner = identifier(number);
    let spec = json!({
        "resourceTypeRef": {"name": "badge"}, "operation": "Update", "properties": {"zone": "LAB"},
        "owner": {"id": owner, "displayName": format!("Person {number}"), "properties": {"department": "Research"}},
        "justification": "moves to the laboratory in March",
    });
    AssignmentRequest::new(&format!("move-{owner}"), serde_json::from_value(spec).unwrap())
}

/// What bob says of an order.
pub fn decision() -> Value {
    json!({"spec": {"decision": {"result": "Confirmed"}}})
}

/// Does something with each number, so many at once.
pub async fn each<F: Future<Output = ()>>(count: usize, at_once: usize, act: impl Fn(usize) -> F) {
    let acts = futures::stream::iter(0..count).map(act);
    acts.buffer_unordered(at_once).collect::<()>().await;
}

impl Hall {
    pub async fn open(size: Size) -> Self {
        let mut place = Place::without_operator(NAMESPACE);
        place.apply("gita", kind());
        place.start();
        place.wait("rtype/badge", ".status.observedGeneration", "2");
        let folder = PathBuf::from(std::env::var("HANDOFF_TEST_DIR").unwrap());
        let hall = Self {
            size,
            admin: user("admin").await,
            place,
            alice: user("alice").await,
            bob: user("bob").await,
            folder,
            written: Cell::default(),
        };
        hall.new_writes();
        hall
    }

    pub fn namespace(&self) -> &'static str {
        NAMESPACE
    }

    /// What the operator wrote since it was asked last.
    pub fn new_writes(&self) -> usize {
        let all = self.place.writes_of(&KINDS);
        all - self.written.replace(all)
    }

    /// The events that the operator wrote so far.
    pub fn events(&self) -> usize {
        self.place.writes_of(&["events"])
    }

    /// Of the operator; its peak is that since the last time.
    pub fn memory(&self) -> Memory {
        let operator = self.place.operator.as_ref().unwrap().id();
        let memory = memory::look(operator).expect("the operator has ended: see its log");
        memory::forget_peak(operator);
        memory
    }

    pub async fn ask_all(&self) {
        let requests: Api<AssignmentRequest> = Api::namespaced(self.alice.clone(), NAMESPACE);
        let ask = async |number| drop(requests.create(&PostParams::default(), &wish(number)).await.unwrap());
        each(self.size.orders, PEOPLE, ask).await;
    }

    pub async fn confirm_all(&self) {
        let orders: Api<ProvisioningOrder> = Api::namespaced(self.bob.clone(), NAMESPACE);
        let patch = Patch::Merge(decision());
        let confirm = async |number| {
            orders
                .patch(&order_name(number), &PatchParams::default(), &patch)
                .await
                .unwrap();
        };
        each(self.size.orders, PEOPLE, confirm).await;
    }

    /// How an order and its request stand.
    pub async fn sample(&self) -> Sample {
        let orders: Api<ProvisioningOrder> = Api::namespaced(self.admin.clone(), NAMESPACE);
        let requests: Api<AssignmentRequest> = Api::namespaced(self.admin.clone(), NAMESPACE);
        let entries: Api<ManagedResource> = Api::namespaced(self.admin.clone(), NAMESPACE);
        Sample {
            order: orders.get(&order_name(0)).await.unwrap(),
            request: requests.get(&wish(0).name_any()).await.unwrap(),
            entry: entries.get(&format!("badge.{}", identifier(0))).await.unwrap(),
        }
    }

    /// Kills the operator and starts it; answers how long it takes until it is ready, and until it has served a request
    /// that is filed then.
    pub async fn restart(&mut self) -> (Duration, Duration) {
        self.place.kill();
        let begun = Instant::now();
        self.place.start();
        while !self.is_ready() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let ready = begun.elapsed();
        let transmitted = crate::seen::Count::of_requests(self, "Transmitted").await;
        let requests: Api<AssignmentRequest> = Api::namespaced(self.alice.clone(), NAMESPACE);
        let last = wish(self.size.resources - 1);
        requests.create(&PostParams::default(), &last).await.unwrap();
        (ready, transmitted.full(1).await - begun)
    }

    fn is_ready(&self) -> bool {
        let listens = TcpStream::connect(("127.0.0.1", self.place.port)).is_ok();
        listens && self.place.ask_operator("/readyz").starts_with("HTTP/1.1 200")
    }

    /// The objects as the API server lists them.
    pub async fn bytes(&self) -> Vec<Bytes> {
        let mut all = Vec::new();
        for kind in KINDS {
            all.push(self.bytes_of(kind).await);
        }
        all
    }

    async fn bytes_of(&self, kind: &'static str) -> Bytes {
        let list = Request::new(format!("/apis/handoff.dev/v1alpha1/namespaces/{NAMESPACE}/{kind}"));
        let mut page = ListParams::default().limit(500);
        let (mut count, mut bytes) = (0, 0);
        loop {
            let text = self.admin.request_text(list.list(&page).unwrap()).await.unwrap();
            bytes += text.len();
            let listed: Page = serde_json::from_str(&text).unwrap();
            count += listed.items.len();
            match listed.metadata.continue_.filter(|next| !next.is_empty()) {
                Some(next) => page = page.continue_token(&next),
                None => return Bytes { kind, count, bytes },
            }
        }
    }
}

/// A page of a list, of whatever.
#[derive(Deserialize)]
struct Page {
    metadata: ListMeta,
    items: Vec<IgnoredAny>,
}
