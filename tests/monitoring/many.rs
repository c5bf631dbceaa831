//! Two hundred types and two thousand orders: how many series there are follows the types, and not the orders.

use super::crowd::user;
use super::place::Place;
use super::prometheus::{Programs, Prometheus, Target};
use futures::{StreamExt, stream};
use handoff_core::api::{AssignmentRequest, ProvisioningOrder, ResourceType};
use kube::api::{Api, Patch, PatchParams, PostParams};
use serde_json::json;
use tokio::runtime::Runtime;

const TYPES: usize = 200;
const ORDERS: usize = 2_000;
/// As docs/metrics.md says: of a type at rest, and at most once people answer; with each state and reason one more.
const AT_REST: usize = 20;
const ANSWERED: usize = 47;
/// Of these, with orders that were confirmed and none that was proven: one result, two histograms, one end of orders and of requests.
const CONFIRMED: usize = 1 + 2 * 15 + 2;
/// Every combination of labels that the operator has for itself: passes, calls, and fifteen gauges.
const OWN: usize = 4 * 8 * 14 + 9 * 12 * 7 + 15;
/// Calls at a time.
const AT_ONCE: usize = 16;

const OF_TYPES: &str = "count({__name__=~\"handoff_.+\",type!=\"\"})";
const OF_ITSELF: &str = "count({__name__=~\"handoff_.+\",type=\"\"})";

struct Town {
    place: Place,
    runtime: Runtime,
    prometheus: Prometheus,
}

impl Town {
    /// With its types, and no order.
    fn new(programs: &Programs) -> Self {
        let mut place = Place::without_operator("monitoring-many");
        place.run("admin", &["delete", "rtype", "badge"]).unwrap();
        let runtime = Runtime::new().unwrap();
        runtime.block_on(types(&place.namespace));
        place.start();
        let target = Target {
            pod: "handoff-0".to_owned(),
            port: place.port,
        };
        let prometheus = Prometheus::start(programs, "many", "5s", &[target]);
        Self {
            place,
            runtime,
            prometheus,
        }
    }

    /// Each of these owners asks for one thing of each type, and bob says of one of them that it is done everywhere.
    fn works(&self, owners: std::ops::Range<usize>) {
        let (done, all) = (owners.start + 1, owners.end * TYPES);
        let namespace = &self.place.namespace;
        self.runtime.block_on(requests(namespace, owners.clone()));
        self.shows("sum(handoff_orders{state!=\"None\"})", all);
        self.runtime.block_on(confirm(namespace, owners.start));
        self.shows("sum(handoff_requests{state=\"Executed\"})", done.min(2) * TYPES);
    }

    #[track_caller]
    fn shows(&self, expression: &str, number: usize) {
        self.prometheus
            .until_is(expression, f64::from(u32::try_from(number).unwrap()));
    }
}

async fn types(namespace: &str) {
    let api: Api<ResourceType> = Api::namespaced(user("gita").await, namespace);
    let made = (0..TYPES).map(|number| {
        let spec = json!({"targetEntityType": format!("Thing{number}"), "provisioningConnection": {"package": "ManualTicket"}});
        let kind = ResourceType::new(&format!("type-{number}"), serde_json::from_value(spec).unwrap());
        let api = api.clone();
        async move { api.create(&PostParams::default(), &kind).await.map(drop) }
    });
    all(made).await;
}

async fn requests(namespace: &str, owners: std::ops::Range<usize>) {
    let api: Api<AssignmentRequest> = Api::namespaced(user("alice").await, namespace);
    let of_owner = |owner: usize| (0..TYPES).map(move |number| (owner, number));
    let filed = owners.flat_map(of_owner).map(|(owner, number)| {
        let spec = json!({"operation": "Create", "resourceTypeRef": {"name": format!("type-{number}")}, "owner": {"id": format!("o{owner}")}});
        let request = AssignmentRequest::new(&format!("o{owner}-{number}"), serde_json::from_value(spec).unwrap());
        let api = api.clone();
        async move { api.create(&PostParams::default(), &request).await.map(drop) }
    });
    all(filed).await;
}

async fn confirm(namespace: &str, owner: usize) {
    let api: Api<ProvisioningOrder> = Api::namespaced(user("bob").await, namespace);
    let done = Patch::Merge(json!({"spec": {"decision": {"result": "Confirmed"}}}));
    let confirmed = (0..TYPES).map(|number| {
        let (api, done) = (api.clone(), done.clone());
        let order = format!("type-{number}.o{owner}.1");
        async move { api.patch(&order, &PatchParams::default(), &done).await.map(drop) }
    });
    all(confirmed).await;
}

async fn all(calls: impl Iterator<Item = impl Future<Output = kube::Result<()>>>) {
    let answers: Vec<_> = stream::iter(calls).buffer_unordered(AT_ONCE).collect().await;
    for answer in answers {
        answer.unwrap();
    }
}

pub fn series_follow_the_types(programs: Programs) {
    let _turn = super::turn();
    let page = std::fs::read_to_string("docs/metrics.md").unwrap();
    let page = page.split_whitespace().collect::<Vec<_>>().join(" ");
    let formula =
        format!("A type costs {AT_REST} series at rest, at most {ANSWERED} more once people answer its orders");
    assert!(page.contains(&formula), "docs/metrics.md does not say: {formula}");

    let town = Town::new(&programs);
    town.shows(OF_TYPES, TYPES * AT_REST);
    town.works(0..1);
    town.shows(OF_TYPES, TYPES * (AT_REST + CONFIRMED));
    town.works(1..ORDERS / TYPES);
    town.shows("sum(handoff_orders)", ORDERS);
    town.shows("sum(handoff_order_decisions_total)", 2 * TYPES);
    town.shows(OF_TYPES, TYPES * (AT_REST + CONFIRMED));
    const { assert!(CONFIRMED <= ANSWERED + 2) };
    let own = town
        .prometheus
        .until("its own series", |prometheus| prometheus.value(OF_ITSELF));
    println!(
        "{TYPES} types, {ORDERS} orders: {} series of types, {own} of the operator itself",
        TYPES * (AT_REST + CONFIRMED)
    );
    assert!(own <= f64::from(u32::try_from(OWN).unwrap()), "{own}");
}
