//! etcd and kube-apiserver in a folder: RBAC on, users from a token file, every request in an audit log.

mod apiserver;
mod etcd;
mod ready;

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::binaries::Binaries;
use crate::certs;
use crate::files::{FileError, create_private_dir, read_if_exists, write_private};
use crate::guard::Guard;
use crate::interrupt::Interrupt;
use crate::kubeconfig;
use crate::kubectl::Kubectl;
use crate::layout::Layout;
use crate::process::{self, Process};
use crate::state::{self, State};
use crate::users::{ADMIN, OPERATOR, Tokens, USERS};

const GRACE: Duration = Duration::from_secs(5);
/// How often another port is tried when somebody else took ours.
const ATTEMPTS: u32 = 5;

/// Why there is no control plane.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A component ended or did not get ready.
    #[error("{component} {reason}; the last lines of {}:\n{lines}", log.display())]
    Component {
        /// The guilty one.
        component: &'static str,
        /// What happened.
        reason: String,
        /// Its log.
        log: PathBuf,
        /// The end of its log.
        lines: String,
        /// Whether another process took its port first.
        lost_port: bool,
    },
    /// This process was asked to end.
    #[error("interrupted")]
    Interrupted,
    /// No port could be had.
    #[error("no free port on 127.0.0.1")]
    Port(#[source] io::Error),
    /// A program could not be started.
    #[error(transparent)]
    Process(#[from] process::Error),
    /// Keys or certificates could not be made.
    #[error(transparent)]
    Certificates(#[from] certs::Error),
    /// The state could not be read or written.
    #[error(transparent)]
    State(#[from] state::Error),
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
}

/// What the launcher brings along.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Ends the processes when the launcher is gone; without it they may outlive it.
    pub guard: Option<Guard>,
    /// Looked at while waiting.
    pub interrupt: Interrupt,
}

/// A running control plane. Stopped when dropped, unless [detached](Self::detach).
#[derive(Debug)]
pub struct ControlPlane {
    binaries: Binaries,
    layout: Layout,
    options: Options,
    etcd: Option<Process>,
    apiserver: Option<Process>,
}

impl ControlPlane {
    /// Starts etcd and kube-apiserver in a folder and waits until they are ready. Data, keys, tokens and,
    /// if they are free, ports of an earlier run in the folder are used again.
    pub fn start(binaries: &Binaries, dir: &Path, options: Options) -> Result<Self, Error> {
        create_private_dir(dir)?;
        let dir = dir.canonicalize().map_err(FileError::new("find", dir))?;
        let layout = Layout::new(&dir);
        // The mark that the folder is ours.
        State::change(&layout.state(), |_| ())?;
        let mut plane = Self {
            binaries: binaries.clone(),
            layout,
            options,
            etcd: None,
            apiserver: None,
        };
        plane.start_etcd()?;
        plane.start_apiserver()?;
        Ok(plane)
    }

    /// The control plane that runs in this folder and is ready, if there is one.
    pub fn attach(binaries: &Binaries, dir: &Path) -> Result<Option<Self>, Error> {
        let Ok(dir) = dir.canonicalize() else { return Ok(None) };
        let layout = Layout::new(&dir);
        let state = State::read(&layout.state())?;
        let etcd = state
            .etcd
            .map(|etcd| Process::attach(etcd.process))
            .filter(Process::is_alive);
        let apiserver = state
            .apiserver
            .map(|apiserver| Process::attach(apiserver.process))
            .filter(Process::is_alive);
        if etcd.is_none() || apiserver.is_none() || !ready::says_ready(&binaries.kubectl(), &layout) {
            return Ok(None);
        }
        Ok(Some(Self {
            binaries: binaries.clone(),
            layout,
            options: Options::default(),
            etcd,
            apiserver,
        }))
    }

    /// The files in its folder.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// kubectl as admin.
    pub fn kubectl(&self) -> Kubectl {
        Kubectl::new(self.binaries.kubectl(), self.layout.clone())
    }

    /// Ends kube-apiserver alone, as a crash does if `grace` is zero.
    pub fn stop_apiserver(&mut self, grace: Duration) {
        if let Some(mut apiserver) = self.apiserver.take() {
            apiserver.stop(grace);
        }
    }

    /// Starts kube-apiserver again after [`Self::stop_apiserver`], on the same port if it is still free.
    pub fn start_apiserver(&mut self) -> Result<(), Error> {
        let ca = certs::ensure(&self.layout)?;
        let tokens = self.tokens()?;
        self.with_ports(|plane| {
            let state = State::read(&plane.layout.state())?;
            let (process, port) = apiserver::spawn(plane, &state)?;
            plane.apiserver = Some(process);
            plane.write_kubeconfigs(port, &ca, &tokens)?;
            ready::wait_for_apiserver(plane)
        })
    }

    /// Leaves it running.
    pub fn detach(mut self) {
        self.etcd = None;
        self.apiserver = None;
    }

    /// Ends kube-apiserver, then etcd.
    pub fn stop(mut self) {
        self.stop_all();
    }

    fn stop_all(&mut self) {
        self.stop_apiserver(GRACE);
        if let Some(mut etcd) = self.etcd.take() {
            etcd.stop(GRACE);
        }
    }

    fn start_etcd(&mut self) -> Result<(), Error> {
        self.with_ports(|plane| {
            let state = State::read(&plane.layout.state())?;
            let started = etcd::spawn(plane, &state)?;
            plane.etcd = Some(started.process);
            ready::wait_for_etcd(plane, started.port, &started.member)
        })
    }

    /// Starts something; again, on other ports, if somebody else was faster.
    fn with_ports(&mut self, mut start: impl FnMut(&mut Self) -> Result<(), Error>) -> Result<(), Error> {
        for _ in 1..ATTEMPTS {
            match start(self) {
                Err(Error::Component { lost_port: true, .. }) => {}
                result => return result,
            }
        }
        start(self)
    }

    /// Those of an earlier run in the folder, else new ones.
    fn tokens(&self) -> Result<Tokens, FileError> {
        let path = self.layout.tokens();
        if let Some(tokens) = read_if_exists(&path)?.as_deref().and_then(Tokens::from_csv) {
            return Ok(tokens);
        }
        let tokens = Tokens::random()?;
        write_private(&path, &tokens.to_csv())?;
        Ok(tokens)
    }

    fn write_kubeconfigs(&self, port: u16, ca: &str, tokens: &Tokens) -> Result<(), FileError> {
        let all = kubeconfig::render(port, ca, &USERS, tokens, ADMIN);
        write_private(&self.layout.kubeconfig(), &all)?;
        let operator: Vec<_> = USERS.into_iter().filter(|user| user.context == OPERATOR).collect();
        let operator = kubeconfig::render(port, ca, &operator, tokens, OPERATOR);
        write_private(&self.layout.operator_kubeconfig(), &operator)
    }
}

impl Drop for ControlPlane {
    fn drop(&mut self) {
        self.stop_all();
    }
}

/// Ends what the state of a folder names and still runs: operator, kube-apiserver, etcd. Says whether anything did.
pub fn stop_recorded(layout: &Layout) -> Result<bool, state::Error> {
    let state = State::read(&layout.state())?;
    let processes = [
        state.operator.map(|operator| operator.process),
        state.apiserver.map(|apiserver| apiserver.process),
        state.etcd.map(|etcd| etcd.process),
    ];
    let mut any = false;
    for mut process in processes
        .into_iter()
        .flatten()
        .map(Process::attach)
        .filter(Process::is_alive)
    {
        process.stop(GRACE);
        any = true;
    }
    Ok(any)
}
