//! What the queue has before it, for `/metrics`. It orders nothing: the scheduler does.

use crate::operator::index::Key;
use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Keys that were woken and have not begun, and how many are worked on.
#[derive(Debug, Default)]
pub(super) struct Backlog {
    waiting: Mutex<HashSet<Key>>,
    in_flight: AtomicUsize,
}

impl Backlog {
    fn waiting(&self) -> MutexGuard<'_, HashSet<Key>> {
        // Every change of it is one call.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn woken(&self, key: &Key) {
        self.waiting().insert(key.clone());
    }

    pub(super) fn begins(&self, key: &Key) {
        self.waiting().remove(key);
        self.in_flight.fetch_add(1, Ordering::Relaxed);
    }

    /// It is let go: whoever leads has it too.
    pub(super) fn dropped(&self, key: &Key) {
        self.waiting().remove(key);
    }

    pub(super) fn ends(&self) {
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
    }

    /// Waiting, and in flight.
    pub(super) fn depth(&self) -> (usize, usize) {
        (self.waiting().len(), self.in_flight.load(Ordering::Relaxed))
    }
}
