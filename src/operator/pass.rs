//! One pass: gather, decide, apply, report. It reads like a table of contents; rules are `handoff-core`'s.

use super::error::PassError;
use super::faults;
use super::index::{Key, LineKey, ObjectKey};
use super::report::Told;
use super::{Operator, clock, lock};
use handoff_core::api::ResourceTypeStatus;
use handoff_core::engine::retention::request_goes_at;
use handoff_core::engine::{
    Filing, LineDecision, ObjectKind, Policies, Report, RequestUpdate, decide_line, decide_request, decide_type,
};
use jiff::Timestamp;
use kube::ResourceExt;
use tracing::warn;

/// How often others may take the room that an order needs, before the pass gives way to them.
const ROUNDS: usize = 3;
/// After a removal that failed it is paused as after so many tries: nobody waits for it.
const TRIES: u32 = 6;

/// How a pass ended.
pub struct Done {
    /// Whether anything was written: then it is decided once more.
    pub wrote: bool,
    /// When to decide again although nothing happened.
    pub wake_at: Option<Timestamp>,
}

impl Done {
    /// Nothing is to be decided again at once.
    pub fn idle(wake_at: Option<Timestamp>) -> Self {
        Self { wrote: false, wake_at }
    }
}

impl Operator {
    /// Works on one key.
    ///
    /// # Errors
    /// The first write that failed; what was written before it stands.
    pub(super) async fn pass(&self, key: &Key) -> Result<Done, PassError> {
        faults::pass(self, key);
        let doubt = lock(&self.index).doubt_of(key);
        let done = match key {
            Key::Line(line) => self.line_pass(line).await,
            Key::Request(request) => self.request_pass(request).await,
            Key::Type(kind) => self.type_pass(kind).await,
            Key::Sync(synchronization) => self.synchronization_pass(synchronization).await,
        }?;
        if !done.wrote && lock(&self.index).settle(key, doubt) {
            self.wake([key.clone()].into());
        }
        Ok(done)
    }

    /// What is to be done about a line; `None` when it is at rest. An order that uses up room of its type's thresholds has
    /// that room then.
    async fn decide(&self, line: &LineKey) -> Result<Option<LineDecision>, PassError> {
        lock(&self.index).release(line);
        for _ in 0..ROUNDS {
            let Some(snapshot) = self.gather(line).await? else {
                return Ok(None);
            };
            let decision = decide_line(&snapshot);
            let has_room = |operation| lock(&self.index).reserve(line, operation, snapshot.now);
            if decision.slot.is_none_or(has_room) {
                return Ok(Some(decision));
            }
        }
        Err(PassError::Stale {
            object: format!("the room that the thresholds of {} leave", line.type_name),
        })
    }

    async fn line_pass(&self, key: &LineKey) -> Result<Done, PassError> {
        let Some(decision) = self.decide(key).await? else {
            return Ok(self.tidy(key, None).await);
        };
        if let Some(change) = &decision.resource {
            self.write_resource(key, change).await?;
        }
        // Each right after its write: when a later write fails, the next pass no longer knows that this was done.
        let tell = |kind: ObjectKind, name: &str, uid: Option<String>| {
            let of_object = |report: &&Report| report.kind == kind && report.name == name;
            let reports = decision.reports.iter().filter(of_object).cloned().collect();
            self.tell(reports, &key.namespace, uid.as_deref());
        };
        for update in &decision.order_updates {
            self.write_order(update).await?;
            tell(
                ObjectKind::ProvisioningOrder,
                &update.order.name_any(),
                update.order.uid(),
            );
        }
        if let Some(new) = &decision.new_order {
            let uid = self.make_order(key, new).await?;
            tell(ObjectKind::ProvisioningOrder, &new.order.name_any(), uid);
        }
        // What cannot be filed stops nobody else: only its cause does not say that it was.
        let mut unfiled: Vec<(&Filing, PassError)> = Vec::new();
        for filing in &decision.new_requests {
            if let Err(problem) = self.file_request(&key.namespace, filing).await {
                unfiled.push((filing, problem));
            }
        }
        let is_cause = |update: &&RequestUpdate| {
            unfiled
                .iter()
                .any(|(filing, _)| filing.cause.uid() == update.request.uid())
        };
        for update in decision.request_updates.iter().filter(|update| !is_cause(update)) {
            self.write_request(update).await?;
            tell(
                ObjectKind::AssignmentRequest,
                &update.request.name_any(),
                update.request.uid(),
            );
        }
        if let Some((_, problem)) = unfiled.pop() {
            return Err(problem);
        }
        let wrote = decision.resource.is_some()
            || !decision.order_updates.is_empty()
            || decision.new_order.is_some()
            || !decision.new_requests.is_empty()
            || !decision.request_updates.is_empty();
        if !wrote {
            return Ok(self.tidy(key, decision.wake_at).await);
        }
        Ok(Done {
            wrote,
            wake_at: decision.wake_at,
        })
    }

    /// Removes what has been kept long enough of a line of which nothing else is to be done. Where that fails the line
    /// goes on all the same, and it is tried again.
    async fn tidy(&self, key: &LineKey, wake_at: Option<Timestamp>) -> Done {
        match self.part_with_old(key).await {
            Ok(wrote) => Done { wrote, wake_at },
            Err(problem) => {
                let pause = problem.retry_after(TRIES);
                warn!(
                    ?key,
                    ?pause,
                    "{problem}: what has been kept long enough stays for now, and is tried again"
                );
                let again = clock::now().checked_add(pause).ok();
                Done {
                    wrote: false,
                    wake_at: [wake_at, again].into_iter().flatten().min(),
                }
            }
        }
    }

    async fn request_pass(&self, key: &ObjectKey) -> Result<Done, PassError> {
        let snapshot = lock(&self.index).request_snapshot(key, clock::now());
        let Some(snapshot) = snapshot else {
            return Ok(Done::idle(None));
        };
        let decision = decide_request(&snapshot);
        let mut goes_at = None;
        if let Some(update) = &decision.update {
            self.write_request(update).await?;
        } else if *snapshot.policies == Policies::InForce && lock(&self.index).is_homeless(key) {
            let at = request_goes_at(&snapshot.request, snapshot.resource_type.as_deref());
            goes_at = self.part_with_request(&snapshot.request, at).await?;
        }
        self.tell(decision.reports, &key.0, snapshot.request.uid().as_deref());
        Ok(Done::idle([decision.wake_at, goes_at].into_iter().flatten().min()))
    }

    async fn type_pass(&self, key: &ObjectKey) -> Result<Done, PassError> {
        let snapshot = lock(&self.index).type_snapshot(key, clock::now());
        let Some(snapshot) = snapshot else {
            return Ok(Done::idle(None));
        };
        let decision = decide_type(&snapshot);
        let object = &snapshot.resource_type.object;
        if let Some(status) = &decision.status {
            self.write_type(object, status).await?;
            let counts = |of: &ResourceTypeStatus| (of.open_orders, of.overdue_orders, of.resources);
            if object.status.as_ref().map(counts) != Some(counts(status)) {
                lock(&self.index).note_counted(key, snapshot.now);
            }
        }
        self.tell(decision.reports, &key.0, object.uid().as_deref());
        Ok(Done::idle(decision.wake_at))
    }

    /// Tells people what was decided about one object.
    pub(super) fn tell(&self, reports: Vec<Report>, namespace: &str, uid: Option<&str>) {
        for report in reports {
            self.mouth.tell(Told {
                report,
                namespace: namespace.to_owned(),
                uid: uid.map(str::to_owned),
            });
        }
    }
}
