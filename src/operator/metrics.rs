//! What `/metrics` says, as OpenMetrics. Names and labels come from fixed sets, never from objects; nothing is decided here.

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use std::fmt;
use std::sync::Arc;

/// Every metric of the operator.
#[derive(Clone, Debug)]
pub struct Metrics {
    registry: Arc<Registry>,
    policies_in_force: Gauge,
    leader: Gauge,
}

impl Metrics {
    /// All of them at their start: what was not proven is not so.
    pub fn new() -> Self {
        let (policies_in_force, leader) = (Gauge::default(), Gauge::default());
        let mut registry = Registry::with_prefix("handoff");
        registry.register(
            "policies_in_force",
            "1 while the admission policies are proven to be in force; 0: nothing moves",
            policies_in_force.clone(),
        );
        registry.register(
            "leader",
            "1 while this replica leads; 0: it keeps ready for that",
            leader.clone(),
        );
        Self {
            registry: Arc::new(registry),
            policies_in_force,
            leader,
        }
    }

    /// The verdict on the policies.
    pub fn judged(&self, in_force: bool) {
        self.policies_in_force.set(i64::from(in_force));
    }

    /// This replica leads now. It ends when it does not any more.
    pub fn leads(&self) {
        self.leader.set(1);
    }

    /// The text that a scrape gets.
    ///
    /// # Errors
    /// When a metric cannot be written as text; a fault of the program.
    pub fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}
