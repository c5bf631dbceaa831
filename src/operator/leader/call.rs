//! The calls about the lease, on their way from the lease manager to the API server. Each ends in time, each write counts
//! only for the version of the lease that was seen, and what the answers say is passed on. Who leads is not decided here.
//!
//! The manager alone would not do. It does not say whether a renewal went through; and it goes by the clocks of two nodes
//! when it takes a lease that has run out, whatever others did since it looked. Here a lease has run out when it was seen
//! unchanged for as long as it lasts, by the clock that nobody sets.

use super::standing::{Says, Standing};
use anyhow::{Context, Result, bail, ensure};
use axum::http::{Method, Request, Response, StatusCode};
use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use kube::Client;
use kube::client::Body;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// What stands between the manager and the API server.
pub struct Calls {
    client: Client,
    identity: String,
    /// How long one call may take.
    patience: Duration,
    /// How long a lease lasts at least.
    duration: Duration,
    seen: Mutex<Seen>,
    standing: Arc<Standing>,
}

/// The lease as it was last seen.
#[derive(Debug, Default)]
struct Seen {
    /// What the manager knows of; none when it has to look first.
    version: Option<String>,
    spec: LeaseSpec,
    /// Since when the holder and its last renewal are the same; none: nobody has looked.
    since: Option<Instant>,
}

impl Seen {
    fn holder(&self) -> Option<&str> {
        self.spec.holder_identity.as_deref().filter(|holder| !holder.is_empty())
    }

    /// Takes in a lease; answers whether it was renewed or changed hands.
    fn see(&mut self, spec: LeaseSpec) -> bool {
        let is_new = self.since.is_none()
            || (&spec.holder_identity, &spec.renew_time) != (&self.spec.holder_identity, &self.spec.renew_time);
        if is_new {
            self.since = Some(Instant::now());
        }
        self.spec = spec;
        is_new
    }

    /// Whether somebody else has it, and may still work.
    fn is_others(&self, identity: &str, duration: Duration, now: Instant) -> bool {
        let seconds = self.spec.lease_duration_seconds.unwrap_or_default();
        let lasts = duration.max(Duration::from_secs(u64::try_from(seconds).unwrap_or_default()));
        let Some(since) = self.since else { return true };
        self.holder().is_some_and(|holder| holder != identity) && now < since + lasts
    }
}

impl Calls {
    pub fn new(client: Client, identity: String, [patience, duration]: [Duration; 2], standing: Arc<Standing>) -> Self {
        Self {
            client,
            identity,
            patience,
            duration,
            seen: Mutex::default(),
            standing,
        }
    }

    pub fn leads(&self) -> bool {
        self.standing.leads()
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the lease is somebody else's who may still work.
    pub fn is_others(&self) -> bool {
        self.seen().is_others(&self.identity, self.duration, Instant::now())
    }

    /// One look of our own. The manager does not know of it: what it writes counts for what it saw itself.
    ///
    /// # Errors
    /// When there was no answer in time, or a bad one.
    pub async fn look(&self, namespace: &str, name: &str) -> Result<()> {
        let api: kube::Api<Lease> = kube::Api::namespaced(self.client.clone(), namespace);
        let led = self.leads();
        let answer = tokio::time::timeout(self.patience, api.get_opt(name)).await;
        let lease = answer.context("the API server did not answer in time")??;
        self.seen().see(lease.unwrap_or_default().spec.unwrap_or_default());
        let holder = self.seen().holder().map(str::to_owned);
        // Who led before is told so at once. Who did not may have taken it since this was sent.
        if let Some(holder) = holder.filter(|holder| led && *holder != self.identity) {
            self.standing.hear(Says::Others(Some(holder)));
        }
        Ok(())
    }

    /// One call of the manager.
    ///
    /// # Errors
    /// When there was no answer in time, or the lease is not as the manager saw it.
    pub async fn make(&self, request: Request<Body>) -> Result<Response<Body>> {
        let sent = Instant::now();
        let (parts, body) = request.into_parts();
        let writes = parts.method == Method::PATCH;
        let body = if writes { self.only_as_seen(body).await? } else { body };
        let call = async {
            let (parts, body) = self.client.send(Request::from_parts(parts, body)).await?.into_parts();
            anyhow::Ok((parts, body.collect_bytes().await?))
        };
        let answer = tokio::time::timeout(self.patience, call).await;
        let (parts, body) = answer.context("the API server did not answer in time")??;
        if writes && parts.status == StatusCode::CONFLICT {
            self.seen().version = None;
            bail!("somebody else wrote the lease meanwhile");
        }
        if !parts.status.is_success() {
            return Ok(Response::from_parts(parts, Body::from(body.to_vec())));
        }
        let mut answer: Value = serde_json::from_slice(&body).context("the lease cannot be read")?;
        let lease = serde_json::from_value(answer.clone()).context("the lease cannot be read")?;
        self.note(lease, writes.then_some(sent));
        if !writes && !self.is_others() && self.seen().holder().is_some_and(|holder| holder != self.identity) {
            // The manager would wait until the clock of this node says so, too.
            answer["spec"]["renewTime"] = json!(null);
        }
        Ok(Response::from_parts(parts, Body::from(serde_json::to_vec(&answer)?)))
    }

    /// Without this the lease of somebody who has just renewed or taken it could be taken.
    async fn only_as_seen(&self, body: Body) -> Result<Body> {
        let bytes = body.collect_bytes().await?;
        let mut patch: Value = serde_json::from_slice(&bytes)?;
        let takes_it = patch.pointer("/spec/holderIdentity").is_some_and(Value::is_null);
        ensure!(!(takes_it && self.is_others()), "somebody else has the lease");
        let version = self.seen().version.clone();
        patch["metadata"]["resourceVersion"] = version.context("the lease has to be read first")?.into();
        Ok(Body::from(serde_json::to_vec(&patch)?))
    }

    /// Takes in an answer to the manager; that of a write says when it was sent.
    fn note(&self, lease: Lease, sent: Option<Instant>) {
        let mut seen = self.seen();
        seen.version = lease.metadata.resource_version;
        let is_new = seen.see(lease.spec.unwrap_or_default());
        let holder = seen.holder().map(str::to_owned);
        drop(seen);
        self.standing.hear(match (holder, sent) {
            (Some(holder), Some(sent)) if holder == self.identity && is_new => Says::Renewed(sent),
            (Some(holder), _) if holder == self.identity => Says::Ours,
            (holder, _) => Says::Others(holder),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::Seen;
    use jiff::{Timestamp, ToSpan};
    use k8s_openapi::api::coordination::v1::LeaseSpec;
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::MicroTime;
    use std::time::Duration;

    const LASTS: Duration = Duration::from_secs(15);
    const SECOND: Duration = Duration::from_secs(1);

    fn held_by(holder: &str, hours: i64) -> LeaseSpec {
        let renewed = Timestamp::UNIX_EPOCH.checked_add(hours.hours()).unwrap();
        LeaseSpec {
            holder_identity: Some(holder.to_owned()),
            renew_time: Some(MicroTime(renewed)),
            lease_duration_seconds: Some(15),
            ..LeaseSpec::default()
        }
    }

    #[test]
    fn a_lease_has_run_out_when_it_was_seen_unchanged_for_as_long_as_it_lasts_whatever_its_times_say() {
        let mut seen = Seen::default();
        assert!(seen.see(held_by("other", 1)));
        assert!(!seen.see(held_by("other", 1)));
        let since = seen.since.unwrap();
        assert!(seen.is_others("me", LASTS, since + LASTS - SECOND));
        assert!(!seen.is_others("me", LASTS, since + LASTS));
        assert!(seen.see(held_by("other", 2)));
        let since = seen.since.unwrap();
        assert!(seen.is_others("me", LASTS, since + LASTS - SECOND));
    }

    #[test]
    fn a_lease_lasts_as_long_as_its_holder_says_or_as_this_process_thinks() {
        let mut seen = Seen::default();
        seen.see(held_by("other", 1));
        let since = seen.since.unwrap();
        assert!(seen.is_others("me", SECOND, since + LASTS - SECOND));
        assert!(seen.is_others("me", 2 * LASTS, since + LASTS));
    }

    #[test]
    fn what_is_free_or_ours_is_nobody_elses_and_what_was_not_looked_at_may_be() {
        let mut seen = Seen::default();
        let now = tokio::time::Instant::now();
        assert!(seen.is_others("me", LASTS, now));
        seen.see(LeaseSpec::default());
        assert!(!seen.is_others("me", LASTS, now));
        seen.see(held_by("me", 1));
        assert!(!seen.is_others("me", LASTS, now));
    }
}
