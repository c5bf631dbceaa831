//! Two operators that share a lease: one works, the other keeps warm. Whatever becomes of the leader, the other takes over,
//! nobody works at the same time, and every request ends as it should.
//!
//! Needs a control plane: `make test` starts one. `HANDOFF_REPLICAS_REQUESTS=300` has more requests and more faults.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod crowd;
mod place;
mod proxy;
mod replica;

use crowd::board::only_legal_moves;
use crowd::{Crowd, outcome, stories};
use k8s_openapi::api::coordination::v1::Lease;
use kube::api::{Api, Patch, PatchParams};
use place::Place;
use proxy::Fault;
use replica::Replica;
use replica::lease::History;
use replica::record::Record;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::runtime::Runtime;
use tokio::time::Instant;

/// What becomes of a leader.
#[derive(Clone, Copy, Debug)]
enum Blow {
    Killed,
    /// None of its calls is answered any more.
    Unanswered,
    /// Every connection that it makes is closed.
    Disconnected,
    /// It is asked to stop.
    Asked,
    /// Somebody writes another holder into the lease.
    Overruled,
}

/// In the middle of its work: after so many writes of a round.
const WRITES: usize = 12;

fn requests() -> usize {
    let said = std::env::var("HANDOFF_REPLICAS_REQUESTS");
    said.map_or(100, |said| said.parse().unwrap())
}

fn blows() -> Vec<Blow> {
    use Blow::{Asked, Disconnected, Killed, Overruled, Unanswered};
    let mut blows = vec![Killed, Unanswered, Killed, Disconnected, Killed, Asked, Overruled];
    if requests() >= 300 {
        blows.extend([Killed, Killed]);
    }
    blows
}

struct Pair {
    replicas: [Replica; 2],
    record: Arc<Record>,
    lease: History,
    gave_back: Vec<String>,
    namespace: String,
}

impl Pair {
    async fn of(place: &Place) -> Self {
        let record = Arc::new(Record::default());
        let lease = History::watch(crowd::user("admin").await, &place.namespace);
        let first = Replica::start(place, "a", &record).await;
        let second = Replica::start(place, "b", &record).await;
        first.is_warm().await;
        second.is_warm().await;
        Self {
            replicas: [first, second],
            record,
            lease,
            gave_back: Vec::new(),
            namespace: place.namespace.clone(),
        }
    }

    /// The leader, and who waits.
    async fn roles(&mut self) -> (&mut Replica, &mut Replica) {
        let leader = self.lease.held_by_another_than(&[]).await;
        let [first, second] = &mut self.replicas;
        if first.process == leader {
            (first, second)
        } else {
            assert_eq!(second.process, leader);
            (second, first)
        }
    }

    /// The leader is hit in the middle of its work; ends when the other one works. A new process is then ready to follow.
    async fn hit(&mut self, blow: Blow) {
        let (record, namespace) = (Arc::clone(&self.record), self.namespace.clone());
        let (leader, follower) = self.roles().await;
        let (old, new) = (leader.process.clone(), follower.process.clone());
        record.until_writes(&old, record.writes_of(&old) + WRITES).await;
        assert_eq!(record.writes_of(&new), 0, "{new} wrote, and did not lead");
        let (hit, before) = (Instant::now(), record.so_far().len());
        let gave_back = match blow {
            Blow::Killed => {
                leader.kill();
                false
            }
            Blow::Unanswered => {
                leader.cut(Fault::Silence);
                ends_by_itself(leader).await;
                false
            }
            Blow::Disconnected => {
                leader.cut(Fault::Drop);
                ends_by_itself(leader).await;
                false
            }
            Blow::Asked => {
                leader.terminate();
                let ended = leader.ended().await;
                assert!(ended.success(), "{ended}: {}", leader.log());
                true
            }
            Blow::Overruled => {
                overrule(&namespace).await;
                ends_by_itself(leader).await;
                assert!(leader.log().contains("somebody has the lease"), "{}", leader.log());
                false
            }
        };
        let gone = hit.elapsed();
        assert_eq!(self.lease.held_by_another_than(&[&old]).await, new);
        let taken = hit.elapsed();
        record.until_writes(&new, 0).await;
        let all = record.so_far();
        let later = &all[before..];
        let first = later.iter().find(|made| made.by == new && made.is_write()).unwrap();
        let works = first.at - hit;
        println!(
            "{blow:?}: {old} was gone after {gone:.1?}, {new} had the lease after {taken:.1?} and wrote after {works:.1?}"
        );
        let listed = later
            .iter()
            .find(|made| made.by == new && made.is_list() && made.at < first.at);
        assert!(listed.is_none(), "{new} listed before it worked: {listed:?}");
        if gave_back {
            self.gave_back.push(old.clone());
        }
        let [first, second] = &mut self.replicas;
        let ended = if first.process == old { first } else { second };
        ended.start_again();
        ended.is_warm().await;
        assert!(
            ended.says("/readyz").starts_with("HTTP/1.1 200"),
            "{}",
            ended.says("/readyz")
        );
        assert!(ended.says("/metrics").contains("handoff_leader 0"));
    }
}

/// No replica of this name exists, so the lease runs out.
async fn overrule(namespace: &str) {
    let leases: Api<Lease> = Api::namespaced(crowd::user("admin").await, namespace);
    let all = leases.list(&Default::default()).await.unwrap();
    let name = all.items[0].metadata.name.clone().unwrap();
    let other = json!({"spec": {"holderIdentity": "somebody"}});
    leases
        .patch(&name, &PatchParams::default(), &Patch::Merge(other))
        .await
        .unwrap();
}

async fn ends_by_itself(cut: &mut Replica) {
    let ended = cut.ended().await;
    assert_eq!(ended.code(), Some(1), "{}", cut.log());
    assert!(cut.log().contains("does not lead any more"), "{}", cut.log());
}

#[test]
fn whatever_becomes_of_the_leader_the_other_one_goes_on() {
    let place = Place::without_operator("replicas");
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async {
        let began = Instant::now();
        let crowd = Crowd::of(&place.namespace).await;
        let mut pair = Pair::of(&place).await;
        let (leader, follower) = pair.roles().await;
        assert!(leader.says("/metrics").contains("handoff_leader 1"));
        assert!(follower.says("/metrics").contains("handoff_leader 0"));
        assert!(follower.says("/readyz").starts_with("HTTP/1.1 200"));
        let (blows, owners) = (blows(), requests() / 5);
        let share = |round: usize| round * owners / blows.len();
        for (round, blow) in blows.iter().enumerate() {
            let owners = share(round)..share(round + 1);
            let told = tokio::spawn(stories::tell_those(Arc::clone(&crowd), owners));
            pair.hit(*blow).await;
            told.await.unwrap();
        }
        crowd.caught_up().await;
        assert_eq!(crowd.filed(), owners * 5);
        only_legal_moves(crowd.board.seen().record());
        same_stories_end_the_same(&crowd, owners);
        let held = pair.lease.one_leads_at_a_time(&pair.gave_back);
        assert_eq!(
            held,
            pair.record.one_writes_at_a_time(),
            "who held the lease, and who wrote"
        );
        println!(
            "{} requests, led by {held:?}, in {:.0?}",
            crowd.filed(),
            began.elapsed()
        );
    });
}

/// Every fourth owner has the same story: no request or order of one is more, less, or other than those of another.
fn same_stories_end_the_same(crowd: &Crowd, owners: usize) {
    let told = |number: usize| -> BTreeMap<_, _> {
        let owner = stories::owner_name(number);
        let anonymous = |text: &str| text.replace(&owner, "OWNER");
        let outcome = outcome(&crowd.board, |other| other == owner);
        let entries = outcome.iter();
        entries
            .map(|(name, shown)| (anonymous(name), anonymous(&shown.to_string())))
            .collect()
    };
    for number in 4..owners {
        assert_eq!(told(number), told(number % 4), "{}", stories::owner_name(number));
    }
}
