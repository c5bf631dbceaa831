//! Tells people what was done: a log line and a Kubernetes event in the same words. It never holds up a pass.

use handoff_core::api::{AssignmentRequest, ProvisioningOrder, ResourceType, Synchronization};
use handoff_core::engine::{ObjectKind, Report};
use k8s_openapi::api::core::v1::ObjectReference;
use kube::runtime::events::{Event, EventType, Recorder, Reporter};
use kube::{Client, Resource};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tracing::{info, warn};

/// How many events may wait to be sent.
const WAITING: usize = 4096;
/// Longest note of an event, in bytes.
const NOTE: usize = 1024;

/// One report with the object it is about.
#[derive(Debug)]
pub struct Told {
    /// What to tell.
    pub report: Report,
    /// Namespace of the object.
    pub namespace: String,
    /// Uid of the object.
    pub uid: Option<String>,
}

/// Where passes leave their reports.
#[derive(Clone, Debug)]
pub struct Mouth(Sender<Option<Told>>);

impl Mouth {
    /// Logs at once, and queues the event; a full queue drops it with a warning.
    pub fn tell(&self, told: Told) {
        let Report {
            kind,
            name,
            reason,
            message,
            warning,
            action: _,
        } = &told.report;
        let namespace = &told.namespace;
        if *warning {
            warn!(?kind, namespace, name, reason, "{message}");
        } else {
            info!(?kind, namespace, name, reason, "{message}");
        }
        if self.0.try_send(Some(told)).is_err() {
            warn!("an event was dropped: {WAITING} are waiting to be sent already; the log has it");
        }
    }
}

impl Mouth {
    /// Nothing more will be told: the sender ends when everything before this is sent.
    pub async fn close(&self) {
        let _ended = self.0.send(None).await;
    }
}

/// A mouth, and the task that sends its events.
pub fn mouth(client: Client) -> (Mouth, tokio::task::JoinHandle<()>) {
    let (sender, receiver) = channel(WAITING);
    (Mouth(sender), tokio::spawn(send(client, receiver)))
}

async fn send(client: Client, mut reports: Receiver<Option<Told>>) {
    let recorder = Recorder::new(
        client,
        Reporter {
            controller: "handoff".to_owned(),
            instance: None,
        },
    );
    while let Some(Some(told)) = reports.recv().await {
        let reference = reference(&told);
        let event = Event {
            type_: if told.report.warning {
                EventType::Warning
            } else {
                EventType::Normal
            },
            reason: told.report.reason.to_owned(),
            note: Some(cut(&told.report.message)),
            action: told.report.action.to_owned(),
            secondary: None,
        };
        let sent = tokio::time::timeout(super::apply::PATIENCE, recorder.publish(&event, &reference)).await;
        match sent {
            Ok(Ok(())) => {}
            Ok(Err(error)) => warn!(
                name = told.report.name,
                "its event was not accepted: {error}; the log has it"
            ),
            Err(_) => warn!(
                name = told.report.name,
                "its event was not accepted in time; the log has it"
            ),
        }
    }
}

fn cut(message: &str) -> String {
    let mut end = message.len().min(NOTE);
    while !message.is_char_boundary(end) {
        end -= 1;
    }
    message[..end].to_owned()
}

fn reference(told: &Told) -> ObjectReference {
    let (kind, api_version) = match told.report.kind {
        ObjectKind::ResourceType => (ResourceType::kind(&()), ResourceType::api_version(&())),
        ObjectKind::AssignmentRequest => (AssignmentRequest::kind(&()), AssignmentRequest::api_version(&())),
        ObjectKind::Synchronization => (Synchronization::kind(&()), Synchronization::api_version(&())),
        ObjectKind::ProvisioningOrder => (ProvisioningOrder::kind(&()), ProvisioningOrder::api_version(&())),
    };
    ObjectReference {
        kind: Some(kind.into_owned()),
        api_version: Some(api_version.into_owned()),
        namespace: Some(told.namespace.clone()),
        name: Some(told.report.name.clone()),
        uid: told.uid.clone(),
        ..ObjectReference::default()
    }
}
