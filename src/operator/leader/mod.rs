//! Of all replicas the one that holds the lease works. This says whether that is this process; what work is, is not known
//! here.
//!
//! A lease is no fence: what a leader sent before it stopped can arrive late, by the time of one call at most. Nothing breaks
//! by that, since every write of the operator is conditional (on the version that was decided on) or has a name of its own
//! (an order's number, a request's cause): the one that comes second is refused, and decided anew.

mod call;
mod guard;
mod standing;

pub use guard::guarded;
pub use standing::Standing;

use anyhow::{Result, ensure};
use call::Calls;
use kube::{Client, client::Body};
use kube_lease_manager::{LeaseCreateMode, LeaseManager, LeaseManagerError, LeaseParams};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot::{Sender, channel};
use tokio::task::JoinHandle;
use tracing::{info, warn};

/// How long giving the lease back may take.
const FAREWELL: Duration = Duration::from_secs(3);

/// What the command line says about the lease.
#[derive(Clone, Debug)]
pub struct Terms {
    /// Name of the Lease.
    pub name: String,
    /// Its namespace; that of the process when absent.
    pub namespace: Option<String>,
    /// Seconds after the last renewal after which others take the lease.
    pub duration: u64,
    /// Seconds after the last renewal after which this process stops: fewer than the duration.
    pub deadline: u64,
    /// Seconds between two renewals, and between two looks of who waits.
    pub retry: u64,
}

impl Terms {
    /// # Errors
    /// When a leader would not have stopped before others take the lease, or would not have tried to renew it twice.
    pub fn check(&self) -> Result<()> {
        let Self {
            duration,
            deadline,
            retry,
            ..
        } = self;
        ensure!(
            *retry >= 1 && 2 * retry <= *deadline && deadline < duration,
            "a leader cannot keep its lease like this: --lease-retry has to be 1 or more, --lease-renew-deadline ({deadline}) twice --lease-retry ({retry}) or more, and --lease-duration ({duration}) more than --lease-renew-deadline, in seconds"
        );
        Ok(())
    }
}

/// Tries to lead, and then to go on leading, until it is told to give up.
pub struct Campaign {
    give_up: Sender<()>,
    ended: JoinHandle<()>,
}

impl Campaign {
    /// Begins as soon as `ready` is done: who knows nothing yet would only hold up the work.
    pub fn begin(
        client: Client,
        terms: &Terms,
        standing: Arc<Standing>,
        ready: impl Future<Output = ()> + Send + 'static,
    ) -> Self {
        let namespace = terms.namespace.clone();
        let namespace = namespace.unwrap_or_else(|| client.default_namespace().to_owned());
        let identity = identity();
        let times = [
            Duration::from_secs(terms.deadline) / 3,
            Duration::from_secs(terms.duration),
        ];
        let calls = Calls::new(client, identity.clone(), times, standing);
        let candidate = Candidate {
            namespace,
            identity,
            terms: terms.clone(),
            calls: Arc::new(calls),
        };
        let (give_up, asked) = channel();
        let ended = tokio::spawn(async move {
            let campaign = async {
                ready.await;
                candidate.run().await;
            };
            tokio::select! {
                () = campaign => {}
                _asked = asked => candidate.leave().await,
            }
        });
        Self { give_up, ended }
    }

    /// Gives the lease back, if it is this process's: others need not wait until it has run out.
    pub async fn end(self) {
        let _ended = self.give_up.send(());
        if tokio::time::timeout(FAREWELL, self.ended).await.is_err() {
            warn!("the lease could not be given back in time: another replica takes it when it has run out");
        }
    }
}

struct Candidate {
    namespace: String,
    identity: String,
    terms: Terms,
    calls: Arc<Calls>,
}

impl Candidate {
    /// Does not end by itself. What comes of it is noted by [`Calls`].
    async fn run(&self) {
        info!(
            namespace = self.namespace,
            name = self.terms.name,
            identity = self.identity,
            "waiting for the lease"
        );
        let retry = Duration::from_secs(self.terms.retry);
        loop {
            while self.somebody_else_has_it().await {
                tokio::time::sleep(retry).await;
            }
            let attempt = async {
                let manager = self.manager().await?;
                loop {
                    manager.changed().await?;
                }
            };
            let overtaken = async {
                loop {
                    tokio::time::sleep(retry).await;
                    if !self.calls.leads() && self.somebody_else_has_it().await {
                        break;
                    }
                }
            };
            let attempt: Result<(), LeaseManagerError> = tokio::select! {
                attempt = attempt => attempt,
                () = overtaken => Ok(()),
            };
            if let Err(problem) = attempt {
                warn!(
                    "the lease could not be taken or renewed, and it is tried again: {}",
                    said(&problem)
                );
                tokio::time::sleep(retry / 2).await;
            }
        }
    }

    /// Looks at the lease. While that fails, somebody may have it.
    async fn somebody_else_has_it(&self) -> bool {
        if let Err(problem) = self.calls.look(&self.namespace, &self.terms.name).await {
            warn!("the lease could not be looked at, and it is tried again: {problem:#}");
            return true;
        }
        self.calls.is_others()
    }

    /// A new one reads the lease anew.
    async fn manager(&self) -> Result<LeaseManager, LeaseManagerError> {
        let Terms { duration, retry, .. } = self.terms;
        // It renews so long before the end.
        let params = LeaseParams::new(&self.identity, duration, duration - retry);
        let client = self.client();
        LeaseManager::new(
            client,
            &self.terms.name,
            &self.namespace,
            params,
            LeaseCreateMode::AutoCreate,
        )
        .await
    }

    fn client(&self) -> Client {
        let calls = Arc::clone(&self.calls);
        let service = tower::service_fn(move |request: axum::http::Request<Body>| {
            let calls = Arc::clone(&calls);
            async move { calls.make(request).await }
        });
        Client::new(service, &self.namespace)
    }

    async fn leave(&self) {
        if !self.calls.leads() {
            return;
        }
        let given_back = async {
            let manager = self.manager().await?;
            // That has read the lease.
            if self.calls.leads() {
                manager.changed().await?;
                manager.release().await?;
            }
            Ok::<_, LeaseManagerError>(())
        };
        match given_back.await {
            Ok(()) => info!("the lease is given back"),
            Err(problem) => {
                warn!(
                    "the lease could not be given back, another replica takes it when it has run out: {}",
                    said(&problem)
                );
            }
        }
    }
}

/// With the causes, which the manager's words leave out.
fn said(problem: &LeaseManagerError) -> String {
    let causes = std::iter::successors(Some(problem as &dyn std::error::Error), |cause| cause.source());
    let mut words: Vec<String> = causes.map(ToString::to_string).collect();
    words.dedup();
    words.join(": ")
}

/// Nobody else's, also when a container of the pod starts again.
fn identity() -> String {
    let host = std::env::var("HOSTNAME").ok().filter(|host| !host.is_empty());
    let host = host.or_else(|| Some(std::fs::read_to_string("/etc/hostname").ok()?.trim().to_owned()));
    let random = RandomState::new().hash_one(std::process::id());
    format!("{}_{random:016x}", host.as_deref().unwrap_or("handoff"))
}
