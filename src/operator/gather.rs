//! Reads the bodies that the index does not keep, so that a line can be decided on. It decides nothing.

use super::apply::{Indexed, within};
use super::error::PassError;
use super::index::{Gathered, LineKey, Missing, Uid};
use super::watch::take_in;
use super::{Operator, clock, lock};
use futures::StreamExt;
use handoff_core::api::{AssignmentRequest, ProvisioningOrder};
use handoff_core::engine::{LineSnapshot, identity};
use kube::api::{Api, ListParams};
use kube::core::DeserializeGuard;

/// Bodies that are read at the same time.
const READS: usize = 8;
/// How often a line may change while its bodies are read, before the pass gives way to others.
const ROUNDS: usize = 3;

impl Operator {
    /// Everything about a line; `None` when it is at rest.
    pub(super) async fn gather(&self, line: &LineKey) -> Result<Option<LineSnapshot>, PassError> {
        for _ in 0..ROUNDS {
            let gathered = lock(&self.index).gather(line, clock::now());
            match gathered {
                Gathered::Dormant => return Ok(None),
                Gathered::Unreadable(object) => return Err(PassError::Unreadable { object }),
                Gathered::Whole(snapshot) => return Ok(Some(*snapshot)),
                Gathered::Missing(missing) => self.fetch(line, &missing).await?,
            }
        }
        Err(PassError::Stale {
            object: format!("{} {}", line.type_name, line.identifier),
        })
    }

    /// Reads what is missing: the orders with one list, what the list did not have and the requests one by one.
    async fn fetch(&self, line: &LineKey, missing: &Missing) -> Result<(), PassError> {
        if !missing.orders.is_empty() {
            self.list_orders(line).await?;
        }
        let still = match lock(&self.index).gather(line, clock::now()) {
            Gathered::Missing(still) => still,
            Gathered::Dormant | Gathered::Unreadable(_) | Gathered::Whole(_) => return Ok(()),
        };
        self.read_each::<ProvisioningOrder>(&line.namespace, &still.orders)
            .await?;
        self.read_each::<AssignmentRequest>(&line.namespace, &still.requests)
            .await
    }

    /// Reads these objects, each known by name and uid. One that cannot be read stops whoever needs it, who says which.
    pub(super) async fn read_each<K: Indexed>(
        &self,
        namespace: &str,
        wanted: &[(String, Uid)],
    ) -> Result<(), PassError> {
        let api: Api<DeserializeGuard<K>> = Api::namespaced(self.client.clone(), namespace);
        let reads = wanted.iter().cloned().map(|(name, uid)| {
            let api = api.clone();
            async move {
                let read = within(&name, api.get_opt(&name)).await;
                (name, uid, read)
            }
        });
        let mut reads = futures::stream::iter(reads).buffer_unordered(READS);
        while let Some((name, uid, read)) = reads.next().await {
            match read? {
                Some(object) => {
                    let unreadable = object.0.is_err();
                    take_in(self, object);
                    if unreadable {
                        return Err(PassError::Unreadable { object: name });
                    }
                }
                None => self.wake(K::remove(self, &(namespace.to_owned(), name), uid)),
            }
        }
        Ok(())
    }

    async fn list_orders(&self, line: &LineKey) -> Result<(), PassError> {
        let api: Api<DeserializeGuard<ProvisioningOrder>> = Api::namespaced(self.client.clone(), &line.namespace);
        let of_line = identity::line_selector(&line.type_name, &line.identifier);
        let about = format!("the orders of {} {}", line.type_name, line.identifier);
        let listed = within(&about, api.list(&ListParams::default().labels(&of_line))).await?;
        // One that cannot be read is missed below by name, and the answer says why.
        for order in listed.into_iter().filter_map(|order| order.0.ok()) {
            self.absorb(order);
        }
        Ok(())
    }
}
