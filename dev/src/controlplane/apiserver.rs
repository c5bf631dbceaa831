//! How kube-apiserver is started.

use std::process::Command;

use super::{ControlPlane, Error};
use crate::files::write_private;
use crate::ports;
use crate::process::Process;
use crate::state::{ApiServer, State};

/// Every request once, when it is answered: who, what, and with which result.
const AUDIT_POLICY: &str = "\
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - level: Metadata
";

pub(super) fn spawn(plane: &ControlPlane, before: &State) -> Result<(Process, u16), Error> {
    write_private(&plane.layout.audit_policy(), AUDIT_POLICY)?;
    let port = ports::prefer(before.apiserver.as_ref().map(|apiserver| apiserver.port)).map_err(Error::Port)?;
    let etcd_port = before.etcd.as_ref().map_or(0, |etcd| etcd.port);
    let command = command(plane, port, etcd_port);
    let process = Process::spawn(&command, &plane.layout.apiserver_log(), plane.options.guard.as_ref())?;
    let apiserver = ApiServer {
        process: process.id().clone(),
        port,
    };
    State::change(&plane.layout.state(), |state| state.apiserver = Some(apiserver))?;
    Ok((process, port))
}

fn command(plane: &ControlPlane, port: u16, etcd_port: u16) -> Command {
    let layout = &plane.layout;
    let files = [
        ("token-auth-file", layout.tokens()),
        ("tls-cert-file", layout.server_certificate()),
        ("tls-private-key-file", layout.server_key()),
        ("service-account-key-file", layout.service_account_public_key()),
        ("service-account-signing-key-file", layout.service_account_key()),
        ("audit-policy-file", layout.audit_policy()),
        ("audit-log-path", layout.audit_log()),
    ];
    let mut command = Command::new(plane.binaries.apiserver());
    command
        .arg(format!("--etcd-servers=http://127.0.0.1:{etcd_port}"))
        .arg(format!("--secure-port={port}"))
        .args([
            "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1",
            "--endpoint-reconciler-type=none",
        ])
        .args(["--authorization-mode=RBAC", "--service-cluster-ip-range=10.0.0.0/24"])
        .arg("--service-account-issuer=https://kubernetes.default.svc")
        // There are no controllers that would make service accounts for pods, and no pods.
        .arg("--disable-admission-plugins=ServiceAccount")
        // In megabytes: one file, whatever the test does.
        .arg("--audit-log-maxsize=1000000")
        .args(files.map(|(flag, path)| format!("--{flag}={}", path.display())));
    command
}
