//! How etcd is started: one member, on loopback, without fsync, because its data is not precious.

use std::process::Command;

use super::{ControlPlane, Error};
use crate::files::random_hex;
use crate::ports;
use crate::process::Process;
use crate::state::{Etcd, State};

pub(super) struct Started {
    pub(super) process: Process,
    pub(super) port: u16,
    /// The name that only this etcd has.
    pub(super) member: String,
}

pub(super) fn spawn(plane: &ControlPlane, before: &State) -> Result<Started, Error> {
    let before = before.etcd.as_ref();
    let port = ports::prefer(before.map(|etcd| etcd.port)).map_err(Error::Port)?;
    let peer_port = ports::prefer(before.map(|etcd| etcd.peer_port)).map_err(Error::Port)?;
    let member = format!("handoff-{}", random_hex(8)?);
    let command = command(plane, port, peer_port, &member);
    let process = Process::spawn(&command, &plane.layout.etcd_log(), plane.options.guard.as_ref())?;
    let etcd = Etcd {
        process: process.id().clone(),
        port,
        peer_port,
    };
    State::change(&plane.layout.state(), |state| state.etcd = Some(etcd))?;
    Ok(Started { process, port, member })
}

fn command(plane: &ControlPlane, port: u16, peer_port: u16, member: &str) -> Command {
    let client = format!("http://127.0.0.1:{port}");
    let peer = format!("http://127.0.0.1:{peer_port}");
    let mut command = Command::new(plane.binaries.etcd());
    command
        .arg(format!("--name={member}"))
        .arg(format!("--data-dir={}", plane.layout.etcd_data().display()))
        .arg(format!("--listen-client-urls={client}"))
        .arg(format!("--advertise-client-urls={client}"))
        .arg(format!("--listen-peer-urls={peer}"))
        .arg(format!("--initial-advertise-peer-urls={peer}"))
        .arg(format!("--initial-cluster={member}={peer}"))
        .args(["--unsafe-no-fsync", "--log-level=warn"]);
    command
}
