//! Waiting until a component is ready, or knowing why it is not.

use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use serde_json::Value;

use super::{ControlPlane, Error};
use crate::kubectl::Kubectl;
use crate::layout::Layout;
use crate::process::Process;
use crate::{clock, http, logs, ports};

const ETCD: &str = "etcd";
const APISERVER: &str = "kube-apiserver";
const TIMEOUT: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(100);

/// Waits until an etcd that answers on the port is this one: somebody else may have been faster.
pub(super) fn wait_for_etcd(plane: &mut ControlPlane, port: u16, member: &str) -> Result<(), Error> {
    wait(plane, ETCD, |_| {
        match http::request(port, "POST", "/v3/cluster/member/list", "{}") {
            Ok((200, body)) if is_member(&body, member) => Ok(()),
            Ok((status, _)) => Err(format!("answers with status {status}, not as itself")),
            Err(error) => Err(error.to_string()),
        }
    })
}

fn is_member(body: &str, member: &str) -> bool {
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    let mut members = body["members"].as_array().into_iter().flatten();
    members.any(|candidate| candidate["name"] == member)
}

/// Waits until the API server says so; that it is ours is proved by its certificate.
pub(super) fn wait_for_apiserver(plane: &mut ControlPlane) -> Result<(), Error> {
    wait(plane, APISERVER, |plane| {
        let kubectl = Kubectl::new(plane.binaries.kubectl(), plane.layout.clone());
        ask(&kubectl).map_err(|error| error.to_string())
    })
}

/// Whether the API server of a folder is ready now.
pub(super) fn says_ready(kubectl: &Path, layout: &Layout) -> bool {
    ask(&Kubectl::new(kubectl.to_owned(), layout.clone())).is_ok()
}

fn ask(kubectl: &Kubectl) -> Result<(), crate::kubectl::Error> {
    kubectl
        .run(&["get", "--raw", "/readyz", "--request-timeout=2s"])
        .map(drop)
}

fn wait(
    plane: &mut ControlPlane,
    component: &'static str,
    probe: impl Fn(&ControlPlane) -> Result<(), String>,
) -> Result<(), Error> {
    let started = clock::now();
    loop {
        check_alive(plane)?;
        let answer = probe(plane);
        // Alive after its answer as well, so that the answer was its own.
        check_alive(plane)?;
        let Err(problem) = answer else { return Ok(()) };
        if plane.options.interrupt.signal().is_some() {
            return Err(Error::Interrupted);
        }
        if started.elapsed() >= TIMEOUT {
            let seconds = TIMEOUT.as_secs();
            return Err(failed(
                plane,
                component,
                format!("was not ready after {seconds} s ({problem})"),
            ));
        }
        sleep(POLL);
    }
}

/// An error that names the component that ended, the one underneath first.
fn check_alive(plane: &mut ControlPlane) -> Result<(), Error> {
    if let Some(reason) = plane.etcd.as_mut().and_then(Process::ended) {
        return Err(failed(plane, ETCD, reason));
    }
    let apiserver = plane.apiserver.as_mut().and_then(Process::ended);
    apiserver.map_or(Ok(()), |reason| Err(failed(plane, APISERVER, reason)))
}

fn failed(plane: &ControlPlane, component: &'static str, reason: String) -> Error {
    let (process, log) = match component {
        ETCD => (&plane.etcd, plane.layout.etcd_log()),
        _ => (&plane.apiserver, plane.layout.apiserver_log()),
    };
    let output = process.as_ref().map(Process::output).unwrap_or_default();
    let lost_port = ports::was_taken(&output);
    Error::Component {
        component,
        reason,
        lines: logs::last_lines(&output, logs::SHOWN),
        log,
        lost_port,
    }
}
