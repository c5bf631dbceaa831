//! One pass: gather, decide, apply, report. It reads like a table of contents; rules are `handoff-core`'s.

use super::error::PassError;
use super::faults;
use super::index::{Key, LineKey, ObjectKey};
use super::report::Told;
use super::{Operator, clock, lock};
use handoff_core::engine::{ObjectKind, Report, decide_line, decide_request, decide_type};
use jiff::Timestamp;
use kube::ResourceExt;

/// How a pass ended.
pub struct Done {
    /// Whether anything was written: then it is decided once more.
    pub wrote: bool,
    /// When to decide again although nothing happened.
    pub wake_at: Option<Timestamp>,
}

impl Operator {
    /// Works on one key.
    ///
    /// # Errors
    /// The first write that failed; what was written before it stands.
    pub(super) async fn pass(&self, key: &Key) -> Result<Done, PassError> {
        faults::pass(self, key);
        match key {
            Key::Line(line) => self.line_pass(line).await,
            Key::Request(request) => self.request_pass(request).await,
            Key::Type(kind) => self.type_pass(kind).await,
        }
    }

    async fn line_pass(&self, key: &LineKey) -> Result<Done, PassError> {
        if let Some(order) = lock(&self.index).unreadable.order_of(key) {
            let object = order.to_owned();
            return Err(PassError::Unreadable { object });
        }
        let snapshot = lock(&self.index).line_snapshot(key, clock::now());
        let decision = decide_line(&snapshot);
        for update in &decision.order_updates {
            self.write_order(update).await?;
        }
        let mut new_uid = None;
        if let Some(new) = &decision.new_order {
            new_uid = self.make_order(key, new).await?;
        }
        for update in &decision.request_updates {
            self.write_request(update).await?;
        }
        let uid = |report: &Report| match report.kind {
            ObjectKind::AssignmentRequest => snapshot
                .requests
                .iter()
                .find(|object| object.name_any() == report.name)
                .and_then(|object| object.uid()),
            ObjectKind::ProvisioningOrder => {
                let known = snapshot.orders.iter().find(|object| object.name_any() == report.name);
                known.and_then(|object| object.uid()).or_else(|| new_uid.clone())
            }
            ObjectKind::ResourceType => None,
        };
        let wrote =
            !decision.order_updates.is_empty() || decision.new_order.is_some() || !decision.request_updates.is_empty();
        for report in decision.reports {
            let uid = uid(&report);
            self.mouth.tell(Told {
                report,
                namespace: key.namespace.clone(),
                uid,
            });
        }
        Ok(Done {
            wrote,
            wake_at: decision.wake_at,
        })
    }

    async fn request_pass(&self, key: &ObjectKey) -> Result<Done, PassError> {
        let snapshot = lock(&self.index).request_snapshot(key, clock::now());
        let Some(snapshot) = snapshot else {
            return Ok(Done {
                wrote: false,
                wake_at: None,
            });
        };
        let decision = decide_request(&snapshot);
        if let Some(update) = &decision.update {
            self.write_request(update).await?;
        }
        for report in decision.reports {
            self.mouth.tell(Told {
                report,
                namespace: key.0.clone(),
                uid: snapshot.request.uid(),
            });
        }
        Ok(Done {
            wrote: false,
            wake_at: decision.wake_at,
        })
    }

    async fn type_pass(&self, key: &ObjectKey) -> Result<Done, PassError> {
        let snapshot = lock(&self.index).type_snapshot(key, clock::now());
        let Some(snapshot) = snapshot else {
            return Ok(Done {
                wrote: false,
                wake_at: None,
            });
        };
        let decision = decide_type(&snapshot);
        let object = &snapshot.resource_type.object;
        if let Some(status) = &decision.status {
            self.write_type(object, status).await?;
        }
        for report in decision.reports {
            self.mouth.tell(Told {
                report,
                namespace: key.0.clone(),
                uid: object.uid(),
            });
        }
        Ok(Done {
            wrote: false,
            wake_at: None,
        })
    }
}
