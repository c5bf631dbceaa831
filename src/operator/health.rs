//! `/livez`, `/readyz` and `/metrics`, and what the second says. They read what others found out and nothing else.

use super::metrics::Metrics;
use axum::http::header::CONTENT_TYPE;
use axum::{Router, extract::State, http::StatusCode, routing::get};
use handoff_core::engine::Policies;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch::Sender;
use tokio::time::Instant;

/// What a scraper is told that it gets.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What has to be known before anything is worked on.
#[derive(Clone, Debug)]
pub struct Readiness {
    /// How many first lists are still to come.
    missing: Sender<usize>,
    policies: Sender<Proof>,
    metrics: Metrics,
}

/// What is known of the admission policies.
#[derive(Clone, Debug)]
enum Proof {
    /// No verdict yet; why not.
    None(String),
    /// The last verdict, and since when it is that.
    Verdict(Policies, Instant),
}

impl Readiness {
    /// So many watchers have to list first, and the policies have to be judged.
    pub fn waiting_for(watchers: usize, metrics: Metrics) -> Self {
        Self {
            missing: Sender::new(watchers),
            policies: Sender::new(Proof::None("they were not looked at yet".to_owned())),
            metrics,
        }
    }

    /// One watcher has listed.
    pub fn one_listed(&self) {
        self.missing.send_modify(|missing| *missing = missing.saturating_sub(1));
    }

    /// Until every watcher has listed.
    pub async fn listed(&self) {
        // Only fails when the sender is gone, and we hold one.
        let _gone = self
            .missing
            .subscribe()
            .wait_for(|missing| *missing == 0)
            .await
            .is_err();
    }

    /// Why there is no verdict on the policies yet; says nothing once there is one.
    pub fn no_verdict_since(&self, why: &str) {
        self.policies.send_if_modified(|proof| {
            let waits = matches!(proof, Proof::None(_));
            if waits {
                *proof = Proof::None(why.to_owned());
            }
            waits
        });
    }

    /// The verdict on the policies.
    pub fn judged(&self, verdict: &Policies) {
        self.metrics.judged(*verdict == Policies::InForce);
        self.policies.send_if_modified(|proof| {
            let is_news = !matches!(proof, Proof::Verdict(before, _) if before == verdict);
            if is_news {
                *proof = Proof::Verdict(verdict.clone(), Instant::now());
            }
            is_news
        });
    }

    /// Whether decisions can be made: everything is listed, and it is known whether the policies are in force.
    pub fn may_decide(&self) -> bool {
        *self.missing.borrow() == 0 && matches!(*self.policies.borrow(), Proof::Verdict(..))
    }

    /// Until decisions can be made.
    pub async fn decidable(&self) {
        self.listed().await;
        let mut policies = self.policies.subscribe();
        // Only fails when the sender is gone, and we hold one.
        let _gone = policies
            .wait_for(|proof| matches!(proof, Proof::Verdict(..)))
            .await
            .is_err();
    }

    /// For how long the policies have been known to be in force without a break.
    pub fn believed_for(&self) -> Duration {
        match &*self.policies.borrow() {
            Proof::Verdict(Policies::InForce, since) => since.elapsed(),
            Proof::None(_) | Proof::Verdict(Policies::NotInForce(_), _) => Duration::ZERO,
        }
    }

    /// What keeps the operator from its work.
    fn problem(&self) -> Option<String> {
        let missing = *self.missing.borrow();
        if missing > 0 {
            return Some(format!("{missing} kinds have not been listed yet"));
        }
        match &*self.policies.borrow() {
            Proof::None(why) => Some(format!(
                "whether the admission policies are in force is not known yet: {why}"
            )),
            Proof::Verdict(Policies::NotInForce(words), _) => Some(format!(
                "the admission policies are not in force, so nothing moves: {words}"
            )),
            Proof::Verdict(Policies::InForce, _) => None,
        }
    }
}

/// Answers until the process ends.
///
/// # Errors
/// When the socket fails.
pub async fn serve(listener: TcpListener, readiness: Readiness) -> std::io::Result<()> {
    let ready = |State(readiness): State<Readiness>| async move {
        readiness
            .problem()
            .map_or((StatusCode::OK, "ok\n".to_owned()), |problem| {
                (StatusCode::SERVICE_UNAVAILABLE, format!("{problem}\n"))
            })
    };
    let metrics = |State(readiness): State<Readiness>| async move {
        let text = readiness
            .metrics
            .text()
            .map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
        Ok::<_, StatusCode>(([(CONTENT_TYPE, OPEN_METRICS)], text))
    };
    let router = Router::new()
        .route("/livez", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(readiness);
    axum::serve(listener, router).await
}
