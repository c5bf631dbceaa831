//! Sends requests, and says what became of each. What they say has been decided before.

use super::super::answer::drive::Drive;
use super::super::answer::outcome::{self, Outcome, Words, reason};
use super::super::calls::{CallError, patiently};
use super::super::choice::At;
use super::super::cluster::Cluster;
use super::super::dry_run::DryRun;
use super::super::facts::standing;
use super::super::progress;
use super::gather::ROLE;
use futures::StreamExt;
use handoff_core::api::condition::{FINISHED, SUCCEEDED, holds};
use handoff_core::api::{AssignmentRequest, AssignmentRequestSpec};
use kube::api::{Api, PostParams};
use kube::{Resource, ResourceExt};
use std::sync::atomic::{AtomicBool, Ordering};

/// A run.
pub(super) struct Sending<'a> {
    /// Where.
    pub cluster: &'a Cluster,
    /// Whether anything is written.
    pub dry_run: DryRun,
    /// How many writes are on their way at once.
    pub parallel: usize,
    /// Whether a line is printed for each.
    pub aloud: bool,
    /// How it is said.
    pub words: Words,
}

/// The words of every run.
pub(super) fn words(dry_run: DryRun) -> Words {
    Words {
        verb: "create",
        done: "created",
        noun: "request",
        prefix: "assignmentrequest.handoff.dev",
        note: dry_run.note(),
        everywhere: false,
    }
}

/// What a check found.
#[derive(Debug)]
pub(super) enum Found {
    /// Each would be stored.
    Fine,
    /// These would not: place among those that were checked, and why.
    Refused(Vec<(usize, String)>),
    /// It is not known: why.
    Failed(String),
}

impl Sending<'_> {
    /// Has the API server check all of them, and stores none. A right that is missing is missing for all: then the first
    /// answer is enough.
    pub(super) async fn check(&self, requests: &[AssignmentRequest]) -> Found {
        let bar = progress::bar("checking", requests.len());
        let checks = requests.iter().enumerate().map(|(place, request)| async move {
            let answer = self.post(request, true).await;
            (place, answer)
        });
        let mut checks = futures::stream::iter(checks).buffered(self.parallel);
        let mut refused = Vec::new();
        let mut end = None;
        while let Some((place, answer)) = checks.next().await {
            bar.inc(1);
            match answer {
                Ok(()) => {}
                // Somebody else made it meanwhile: that is seen when it is written.
                Err(error) if error.code() == Some(409) => {}
                Err(error) if error.may_pass() => {
                    end = Some(Found::Failed(error.to_string()));
                    break;
                }
                Err(error) if error.advice(ROLE, &self.cluster.namespace).is_some() => {
                    refused = vec![(place, self.explained(&error))];
                    break;
                }
                Err(error) => refused.push((place, self.explained(&error))),
            }
        }
        bar.finish_and_clear();
        match end {
            Some(end) => end,
            None if refused.is_empty() => Found::Fine,
            None => Found::Refused(refused),
        }
    }

    /// Writes them.
    pub(super) async fn run(
        &self,
        settled: Vec<(At, Outcome, String)>,
        requests: Vec<AssignmentRequest>,
    ) -> Vec<outcome::Result> {
        let stop = AtomicBool::new(false);
        let drive = Drive {
            words: self.words,
            parallel: self.parallel,
            aloud: self.aloud,
            kind: &AssignmentRequest::kind(&()),
            stop: &stop,
        };
        let sends = requests.into_iter().map(|request| (self.at(&request), request));
        let stop = &stop;
        drive
            .run(settled, sends.collect(), |request| async move {
                self.write(&request, stop).await
            })
            .await
    }

    /// Where a request is, or will be.
    pub(super) fn at(&self, request: &AssignmentRequest) -> At {
        At {
            namespace: self.cluster.namespace.clone(),
            name: request.name_any(),
        }
    }

    async fn write(&self, request: &AssignmentRequest, stop: &AtomicBool) -> (Outcome, Option<String>) {
        if self.dry_run == DryRun::Client {
            return (Outcome::Done, None);
        }
        let error = match self.post(request, self.dry_run == DryRun::Server).await {
            Ok(()) => return (Outcome::Done, None),
            Err(error) => error,
        };
        if error.may_pass() {
            // The next ones would wait as long, one after the other.
            stop.store(true, Ordering::Relaxed);
            return (Outcome::Failed, Some(error.to_string()));
        }
        if error.code() == Some(409) {
            let (api, name) = (self.api(), request.name_any());
            let there = patiently(|| api.get_opt(&name)).await;
            // A lost answer of our own write reads like this, too.
            if let Ok(Some(there)) = there {
                return there_already(&there, &request.spec).outcome();
            }
        }
        (Outcome::Refused, Some(self.explained(&error).replace('\n', " ")))
    }

    async fn post(&self, request: &AssignmentRequest, dry_run: bool) -> Result<(), CallError> {
        let how = PostParams {
            dry_run,
            field_manager: Some("kubectl-handoff".to_owned()),
        };
        let api = self.api();
        patiently(|| api.create(&how, request)).await.map(drop)
    }

    fn api(&self) -> Api<AssignmentRequest> {
        Api::namespaced(self.cluster.client.clone(), &self.cluster.namespace)
    }

    fn explained(&self, error: &CallError) -> String {
        let namespace = &self.cluster.namespace;
        match error.advice(ROLE, namespace) {
            Some(_) => error.explained(ROLE, namespace),
            None => reason(&error.to_string()),
        }
    }
}

/// What it means that a request of this name exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum There {
    /// It asks for the same; how it stands.
    Same(String),
    /// It does not ask for that, or not any more: why, and what helps.
    Otherwise(String),
}

impl There {
    /// As the outcome of this run.
    pub(super) fn outcome(self) -> (Outcome, Option<String>) {
        match self {
            Self::Same(told) => (Outcome::Already, Some(told)),
            Self::Otherwise(why) => (Outcome::Refused, Some(why)),
        }
    }
}

/// Whether a request of this name says what is wished, and still does: one that ended without it wishes nothing any more.
pub(super) fn there_already(there: &AssignmentRequest, wanted: &AssignmentRequestSpec) -> There {
    let name = there.name_any();
    if wish_of(&there.spec) != wish_of(wanted) {
        return There::Otherwise(format!(
            "there is another request of this name, which asks for something else: choose another --name (kubectl describe areq {name})"
        ));
    }
    let Some(status) = &there.status else {
        return There::Same("there".to_owned());
    };
    let standing = standing(status.provisioning_state, status.reason.as_deref());
    let ended = holds(&status.conditions, FINISHED) && !holds(&status.conditions, SUCCEEDED);
    if ended {
        return There::Otherwise(format!(
            "the request {name} asked for the same and ended without it ({standing}). To ask again, give it another name (--name, or a column name), or take the old one away: kubectl delete areq {name}"
        ));
    }
    There::Same(format!("there ({standing})"))
}

/// What was wished, without who asked and what became of it.
fn wish_of(spec: &AssignmentRequestSpec) -> AssignmentRequestSpec {
    AssignmentRequestSpec {
        requested_by: None,
        approvals: Default::default(),
        cancel: None,
        ..spec.clone()
    }
}
