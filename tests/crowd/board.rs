//! What a person with two `kubectl get --watch` sees, and the record of every change of every order.

use futures::StreamExt;
use handoff_core::api::condition::{FINISHED, STALLED, holding, holds};
use handoff_core::api::provisioning_order::DecisionResult;
use handoff_core::api::{AssignmentRequest, Condition, ProvisioningOrder, ProvisioningState, reason};
use kube::api::Api;
use kube::core::NamespaceResourceScope;
use kube::runtime::watcher::{Config, Event};
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Client, Resource, ResourceExt};
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Longer than any wait that ends well.
const PATIENCE: Duration = Duration::from_secs(120);

/// What was seen so far.
#[derive(Default)]
pub struct Seen {
    requests: BTreeMap<String, AssignmentRequest>,
    orders: BTreeMap<String, ProvisioningOrder>,
    record: Vec<ProvisioningOrder>,
    /// What requests said that waited and named no command.
    silent: BTreeSet<String>,
    lists: usize,
}

impl Seen {
    pub fn request(&self, name: &str) -> Option<&AssignmentRequest> {
        self.requests.get(name)
    }

    pub fn order(&self, name: &str) -> Option<&ProvisioningOrder> {
        self.orders.get(name)
    }

    pub fn requests(&self) -> impl Iterator<Item = &AssignmentRequest> {
        self.requests.values()
    }

    /// What requests said that waited and named no command that helps.
    pub fn silent(&self) -> &BTreeSet<String> {
        &self.silent
    }

    pub fn orders(&self) -> impl Iterator<Item = &ProvisioningOrder> {
        self.orders.values()
    }

    /// Every version of every order, in the order in which the API server wrote them.
    pub fn record(&self) -> &[ProvisioningOrder] {
        assert_eq!(self.lists, 2, "a watch had to list again: the record has a gap");
        &self.record
    }
}

/// Two watches that are shared by everybody who waits.
pub struct Board {
    seen: Arc<Mutex<Seen>>,
    changes: watch::Receiver<()>,
    watches: Vec<JoinHandle<()>>,
}

impl Board {
    pub async fn watch(client: Client, namespace: &str) -> Self {
        let seen = Arc::new(Mutex::new(Seen::default()));
        let (changed, changes) = watch::channel(());
        let requests = follow(
            Api::<AssignmentRequest>::namespaced(client.clone(), namespace),
            Arc::clone(&seen),
            changed.clone(),
            |seen, request| {
                seen.silent.extend(says_no_command(&request));
                seen.requests.insert(request.name_any(), request);
            },
        );
        let orders = follow(
            Api::<ProvisioningOrder>::namespaced(client, namespace),
            Arc::clone(&seen),
            changed,
            |seen, order| {
                seen.record.push(order.clone());
                seen.orders.insert(order.name_any(), order);
            },
        );
        let board = Self {
            seen,
            changes,
            watches: vec![tokio::spawn(requests), tokio::spawn(orders)],
        };
        board.until("the first lists", |seen| seen.lists == 2).await;
        board
    }

    pub fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap()
    }

    /// Waits until what is seen is so.
    pub async fn until(&self, what: &str, mut so: impl FnMut(&Seen) -> bool) {
        let mut changes = self.changes.clone();
        let wait = async {
            while !so(&self.seen()) {
                changes.changed().await.unwrap();
            }
        };
        if tokio::time::timeout(PATIENCE, wait).await.is_err() {
            let (seen, line) = (self.seen(), what.split([' ', '-', '/']).next().unwrap_or(what));
            let owner = line.split('.').nth(1).unwrap_or(line);
            let requests = seen.requests().filter(|request| request.spec.owner.id == owner);
            let requests: Vec<_> = requests.map(|request| (request.name_any(), &request.status)).collect();
            let orders = seen.orders().filter(|order| order.spec.owner.id == owner);
            let orders: Vec<_> = orders.map(|order| (order.name_any(), &order.status)).collect();
            panic!("waited in vain for {what}:\n{requests:#?}\n{orders:#?}");
        }
    }
}

impl Drop for Board {
    fn drop(&mut self) {
        for watch in &self.watches {
            watch.abort();
        }
    }
}

async fn follow<K>(api: Api<K>, seen: Arc<Mutex<Seen>>, changed: watch::Sender<()>, put: fn(&mut Seen, K))
where
    K: Resource<Scope = NamespaceResourceScope> + Clone + Debug + DeserializeOwned + Send + 'static,
{
    let mut events = watcher(api, Config::default()).default_backoff().boxed();
    while let Some(event) = events.next().await {
        {
            let mut seen = seen.lock().unwrap();
            match event {
                Ok(Event::Init | Event::Delete(_)) | Err(_) => {}
                Ok(Event::InitDone) => seen.lists += 1,
                Ok(Event::InitApply(object) | Event::Apply(object)) => put(&mut seen, object),
            }
        }
        changed.send_replace(());
    }
}

/// What a request says that waits, if it names no command.
fn says_no_command(request: &AssignmentRequest) -> Option<String> {
    let status = request.status.as_ref()?;
    let waits = match status.provisioning_state? {
        ProvisioningState::None
        | ProvisioningState::AwaitingApproval
        | ProvisioningState::Pending
        | ProvisioningState::Transmitted => true,
        ProvisioningState::Executed
        | ProvisioningState::Verified
        | ProvisioningState::Errored
        | ProvisioningState::Inactive
        | ProvisioningState::Error => false,
    };
    let message = status.message.clone().unwrap_or_default();
    let reason = status.reason.as_deref().unwrap_or_default();
    (waits && !message.contains("kubectl ")).then(|| format!("{} {reason}: {message}", request.name_any()))
}

/// Whether an object says that it is at its end.
pub fn is_finished(conditions: &[Condition]) -> bool {
    holds(conditions, FINISHED)
}

fn state(order: &ProvisioningOrder) -> ProvisioningState {
    let status = order.status.as_ref();
    status.and_then(|status| status.state).unwrap_or_default()
}

/// Whether an order holds its line: nobody else may work on that resource.
fn holds_its_line(order: &ProvisioningOrder) -> bool {
    match state(order) {
        ProvisioningState::None
        | ProvisioningState::AwaitingApproval
        | ProvisioningState::Pending
        | ProvisioningState::Transmitted
        | ProvisioningState::Error => true,
        ProvisioningState::Errored => {
            let conditions = order.status.iter().flat_map(|status| &status.conditions);
            let conditions: Vec<_> = conditions.cloned().collect();
            order.spec.recovery.is_none()
                && holding(&conditions, STALLED).map(|condition| condition.reason.as_str())
                    == Some(reason::RECOVERY_NEEDED)
        }
        ProvisioningState::Executed | ProvisioningState::Verified | ProvisioningState::Inactive => false,
    }
}

/// Panics when the record holds an illegal move, an order that jumps over Executed or is taken from a person's hands, a
/// number that was left out or used again, or two open orders of one line.
pub fn only_legal_moves(record: &[ProvisioningOrder]) {
    let mut orders: BTreeMap<String, ProvisioningOrder> = BTreeMap::new();
    for order in record {
        let name = order.name_any();
        let before = orders.get(&name);
        assert_legal(&name, before.map_or(ProvisioningState::None, state), order);
        let is_new = before.is_none();
        let another = before.is_some_and(|before| before.metadata.uid != order.metadata.uid);
        assert!(!another, "{name} was made twice");
        orders.insert(name.clone(), order.clone());
        let line = |other: &&ProvisioningOrder| {
            other.spec.resource_type_ref == order.spec.resource_type_ref
                && other.spec.resource.identifier == order.spec.resource.identifier
        };
        let of_line: Vec<_> = orders.values().filter(line).collect();
        let open = of_line.iter().filter(|order| holds_its_line(order));
        let open: Vec<_> = open.map(|order| order.name_any()).collect();
        assert!(open.len() <= 1, "two open orders at once: {open:?}");
        let number = i64::try_from(of_line.len()).unwrap();
        assert!(
            !is_new || order.spec.sequence == number,
            "{name} is number {number} of its line"
        );
    }
}

fn assert_legal(name: &str, from: ProvisioningState, order: &ProvisioningOrder) {
    let to = state(order);
    assert!(from.may_become(to), "{name} went from {from} to {to}");
    let decision = order.spec.decision.as_ref();
    let claimed = decision.is_some_and(|decision| decision.result == DecisionResult::Confirmed);
    let ends = matches!(to, ProvisioningState::Verified | ProvisioningState::Errored);
    assert!(
        from == to || !ends || !claimed || from == ProvisioningState::Executed,
        "{name} was confirmed and went from {from} to {to} without Executed"
    );
    let withdrawn = from == ProvisioningState::Transmitted && to == ProvisioningState::Inactive;
    let unclaimed = order.spec.policy.decision.claim_required && order.spec.assignee.is_none();
    assert!(!withdrawn || unclaimed, "{name} was taken from a person's hands");
}
