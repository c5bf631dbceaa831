//! `/livez` and `/readyz`. They read two flags and nothing else.

use axum::{Router, extract::State, http::StatusCode, routing::get};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::net::TcpListener;

/// How many first lists are still to come.
#[derive(Clone, Debug)]
pub struct Warmth(Arc<AtomicUsize>);

impl Warmth {
    /// So many watchers have to list first.
    pub fn waiting_for(watchers: usize) -> Self {
        Self(Arc::new(AtomicUsize::new(watchers)))
    }

    /// One watcher has listed.
    pub fn one_done(&self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }

    /// Whether every watcher has listed.
    pub fn is_warm(&self) -> bool {
        self.0.load(Ordering::SeqCst) == 0
    }
}

/// Answers until the process ends.
///
/// # Errors
/// When the socket fails.
pub async fn serve(listener: TcpListener, warmth: Warmth) -> std::io::Result<()> {
    let ready = |State(warmth): State<Warmth>| async move {
        let missing = warmth.0.load(Ordering::SeqCst);
        if missing == 0 {
            (StatusCode::OK, "ok\n".to_owned())
        } else {
            (
                StatusCode::SERVICE_UNAVAILABLE,
                format!("{missing} kinds have not been listed yet\n"),
            )
        }
    };
    let router = Router::new()
        .route("/livez", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .with_state(warmth);
    axum::serve(listener, router).await
}
