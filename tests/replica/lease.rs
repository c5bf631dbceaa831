//! Every version of the lease, as a watch of it says.

use super::{PATIENCE, TERMS};
use futures::StreamExt;
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::coordination::v1::{Lease, LeaseSpec};
use kube::Client;
use kube::api::Api;
use kube::runtime::watcher::{Config, Event};
use kube::runtime::{WatchStreamExt, watcher};
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub struct History {
    versions: watch::Receiver<Vec<LeaseSpec>>,
    watch: JoinHandle<()>,
}

impl History {
    pub fn watch(client: Client, namespace: &str) -> Self {
        let (sender, versions) = watch::channel(Vec::new());
        let api: Api<Lease> = Api::namespaced(client, namespace);
        let watch = tokio::spawn(async move {
            let mut events = watcher(api, Config::default()).default_backoff().boxed();
            while let Some(event) = events.next().await {
                match event {
                    Ok(Event::Apply(lease) | Event::InitApply(lease)) => {
                        sender.send_modify(|all: &mut Vec<LeaseSpec>| all.push(lease.spec.unwrap_or_default()));
                    }
                    Ok(Event::Init | Event::InitDone | Event::Delete(_)) | Err(_) => {}
                }
            }
        });
        Self { versions, watch }
    }

    /// Waits until a process other than these holds the lease; answers which.
    pub async fn held_by_another_than(&self, others: &[&str]) -> String {
        let mut versions = self.versions.clone();
        let process = |all: &Vec<LeaseSpec>| {
            let process = process_of(all.last()?)?;
            (!others.contains(&process.as_str())).then_some(process)
        };
        let waited = tokio::time::timeout(PATIENCE, versions.wait_for(|all| process(all).is_some())).await;
        let all = waited
            .unwrap_or_else(|_| panic!("nobody but {others:?} took the lease"))
            .unwrap();
        process(&all).unwrap()
    }

    /// Panics when somebody got the lease before the holder's last renewal had run out, unless that one gave it back.
    /// Answers who held it, one after the other.
    pub fn one_leads_at_a_time(&self, gave_back: &[String]) -> Vec<String> {
        let duration = SignedDuration::from_secs(i64::try_from(TERMS[0]).unwrap());
        let mut held: Vec<(String, Timestamp)> = Vec::new();
        for version in self.versions.borrow().iter() {
            let Some(process) = process_of(version) else { continue };
            let renewed = version.renew_time.as_ref().unwrap().0;
            if let Some((before, until)) = held.last_mut() {
                if *before == process {
                    *until = renewed + duration;
                    continue;
                }
                let acquired = version.acquire_time.as_ref().unwrap().0;
                let too_early = acquired < *until && !gave_back.contains(before);
                assert!(
                    !too_early,
                    "{process} took the lease of {before} at {acquired}, before {until}"
                );
            }
            let again = held.iter().any(|(before, _)| *before == process);
            assert!(!again, "{process} lost the lease and got it back");
            held.push((process, renewed + duration));
        }
        held.into_iter().map(|(process, _)| process).collect()
    }
}

impl Drop for History {
    fn drop(&mut self) {
        self.watch.abort();
    }
}

fn process_of(version: &LeaseSpec) -> Option<String> {
    let (process, _random) = version.holder_identity.as_ref()?.split_once('_')?;
    Some(process.to_owned())
}
