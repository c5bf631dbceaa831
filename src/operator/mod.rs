//! The shell: index -> gather -> decide -> apply -> report. No business rule lives here.

mod apply;
mod catch_up;
mod clock;
mod error;
mod faults;
mod filing;
mod gather;
mod health;
pub mod index;
mod inventory;
mod leader;
mod merge_patch;
pub mod metrics;
mod pass;
mod policies;
mod queue;
mod report;
mod retention;
mod watch;

pub use leader::{Standing, Terms};

use crate::version::{COMMIT, VERSION};
use anyhow::{Context, Result, bail};
pub(crate) use faults::clock_step;
use futures::channel::mpsc::{UnboundedSender, unbounded};
use handoff_core::api::assignment_request::RequestedBy;
use index::{Index, Key};
use kube::client::ClientBuilder;
use kube::runtime::scheduler::ScheduleRequest;
use kube::{Client, Config};
use leader::Campaign;
use metrics::{Counted, Metrics};
use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Notify, OnceCell};
use tokio::task::JoinSet;
use tracing::{info, warn};

/// How long events may still be sent after the last pass.
const DRAIN: Duration = Duration::from_secs(5);

/// What the command line says.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Namespaces to watch; all when empty.
    pub namespaces: Vec<String>,
    /// Address of the probes.
    pub listen: SocketAddr,
    /// The lease by which replicas agree on who works; none: this is the only one.
    pub election: Option<Terms>,
}

/// What every pass uses.
struct Operator {
    client: Client,
    index: Arc<Mutex<Index>>,
    metrics: Metrics,
    mouth: report::Mouth,
    wakes: UnboundedSender<ScheduleRequest<Key>>,
    nudged: Notify,
    /// Something is to be looked at earlier than was said.
    aging: Notify,
    /// Who the operator is; none inside when the API server does not know either.
    myself: OnceCell<Option<RequestedBy>>,
}

/// A pass that panicked while it held the lock leaves whole data: every change of the index is one call.
fn lock(index: &Mutex<Index>) -> MutexGuard<'_, Index> {
    index.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Operator {
    fn wake(&self, keys: HashSet<Key>) {
        for key in keys {
            self.metrics.woken(&key);
            self.wake_in(key, Duration::ZERO);
        }
    }

    fn wake_in(&self, key: Key, pause: Duration) {
        // Only fails when the queue has ended: then nothing is to be worked on.
        let _ended = self.wakes.unbounded_send(queue::request(key, pause));
    }

    fn nudge(&self) {
        self.nudged.notify_one();
    }
}

/// Runs the operator until SIGTERM or SIGINT.
///
/// # Errors
/// When there is no cluster to talk to, or the probes' address is taken.
pub async fn run(settings: Settings) -> Result<()> {
    if let Some(terms) = &settings.election {
        terms.check()?;
    }
    let standing = Arc::new(match &settings.election {
        Some(terms) => Standing::following(Duration::from_secs(terms.deadline)),
        None => Standing::alone(),
    });
    let index: Arc<Mutex<Index>> = Arc::default();
    let metrics = Metrics::new(Arc::clone(&index), Arc::clone(&standing));
    let plain = connect(&metrics).await?;
    let client = leader::guarded(plain.clone(), Arc::clone(&standing));
    let listener = TcpListener::bind(settings.listen)
        .await
        .with_context(|| format!("cannot listen on {}: choose another --listen", settings.listen))?;
    let (wakes, queue) = unbounded();
    let (mouth, telling) = report::mouth(client.clone());
    let operator = Arc::new(Operator {
        client,
        index,
        metrics: metrics.clone(),
        mouth,
        wakes,
        nudged: Notify::new(),
        aging: Notify::new(),
        myself: OnceCell::new(),
    });
    let asking = Arc::clone(&operator);
    tokio::spawn(async move { asking.myself().await });

    let (mut watches, readiness) = observe(&operator, &settings.namespaces, &standing, metrics)?;
    tokio::spawn(health::serve(listener, readiness.clone()));
    let campaign = settings.election.as_ref().map(|terms| {
        let ready = readiness.clone();
        let warm = async move { ready.decidable().await };
        Campaign::begin(plain, terms, Arc::clone(&standing), warm)
    });
    info!(version = VERSION, commit = COMMIT, namespaces = ?settings.namespaces, listen = %settings.listen, "handoff started");
    let mut blind = None;
    let asked = stop()?;
    let until = async {
        tokio::select! {
            () = asked => {}
            ended = watches.join_next() => blind = ended,
        }
    };
    let work = async {
        queue::work(Arc::clone(&operator), queue, readiness, &standing, until).await;
        let drained = async {
            operator.mouth.close().await;
            telling.await
        };
        if tokio::time::timeout(DRAIN, drained).await.is_err() {
            warn!("some events were not sent in time; the log has them");
        }
    };
    tokio::select! {
        biased;
        // At once, in the middle of passes: another replica may work soon.
        why = standing.lost() => bail!("this replica does not lead any more, and ends: {why}. What it had begun, the next leader decides anew"),
        () = work => {}
    }
    if let Some(campaign) = campaign {
        campaign.end().await;
    }
    info!("handoff stopped");
    match blind {
        // Without a watch the operator would go on with what it knew and look healthy.
        Some(ended) => bail!("a watch ended by itself ({ended:?}): start the operator again, and report this"),
        None => Ok(()),
    }
}

/// A client that counts its calls.
///
/// # Errors
/// When there is no cluster to talk to.
async fn connect(metrics: &Metrics) -> Result<Client> {
    let mut config = Config::infer()
        .await
        .context("no cluster: set KUBECONFIG, or run inside one")?;
    config.default_retry = false;
    let client = ClientBuilder::try_from(config).context("the cluster's configuration cannot be used")?;
    Ok(client.with_layer(&Counted(metrics.clone())).build())
}

/// Everything that looks on, for as long as the process lives; and what has to be known before anything is worked on.
fn observe(
    operator: &Arc<Operator>,
    namespaces: &[String],
    standing: &Arc<Standing>,
    metrics: Metrics,
) -> Result<(JoinSet<()>, health::Readiness)> {
    let scopes: Vec<Option<&str>> = match namespaces {
        [] => vec![None],
        some => some.iter().map(|namespace| Some(namespace.as_str())).collect(),
    };
    let readiness = health::Readiness::waiting_for(scopes.len() * watch::KINDS, metrics);
    let mut watches = JoinSet::new();
    for scope in scopes {
        watch::start(&mut watches, operator, scope, &readiness);
    }
    policies::start(&mut watches, operator, namespaces, &readiness)?;
    let (aging, lead) = (Arc::clone(operator), Arc::clone(standing));
    watches.spawn(async move {
        // What a follower was told now it would not know when it leads.
        lead.led().await;
        retention::watch(aging).await;
    });
    Ok((watches, readiness))
}

fn stop() -> Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _signal = terminate.recv() => {}
            _signal = interrupt.recv() => {}
        }
    })
}
