//! A control plane with the operator that is left running in a folder, until it is taken down.

use std::fs;
use std::path::{Path, PathBuf};

use crate::binaries::Binaries;
use crate::controlplane::{self, ControlPlane, Options, stop_recorded};
use crate::dirlock::DirLock;
use crate::files::{FileError, remove_dir};
use crate::install;
use crate::interrupt::Interrupt;
use crate::layout::Layout;
use crate::operator::{self, Program};
use crate::policies::Stamping;
use crate::progress::Progress;
use crate::state::{self, State};

/// Why it could not be brought up or taken down.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The control plane does not run.
    #[error(transparent)]
    ControlPlane(#[from] controlplane::Error),
    /// CRDs, policies or roles could not be applied.
    #[error("the control plane runs, but something could not be installed in it")]
    Install(#[from] install::Error),
    /// The operator does not run.
    #[error(transparent)]
    Operator(#[from] operator::Error),
    /// The state could not be read.
    #[error(transparent)]
    State(#[from] state::Error),
    /// A folder could not be made or removed.
    #[error(transparent)]
    File(#[from] FileError),
    /// There is something else in the folder.
    #[error("{} is not empty and has no state.json of a control plane, so it is left alone", .0.display())]
    NotOurs(PathBuf),
}

/// Brings up what does not run yet, and brings up to date what does. Without an operator to run,
/// one that runs is left alone.
pub fn up(
    repository: &Path,
    binaries: &Binaries,
    dir: &Path,
    operator: Option<&Program>,
    progress: Progress,
    interrupt: &Interrupt,
) -> Result<Layout, Error> {
    let _lock = DirLock::create(dir)?;
    check_ours(dir)?;
    let plane = ensure_control_plane(binaries, dir, progress, interrupt)?;
    let layout = plane.layout().clone();
    let kubectl = plane.kubectl();
    // From here on it stays, whatever happens: the next `up` goes on from there.
    plane.detach();
    install::install(&kubectl, repository, Stamping::On)?;
    progress.line("CRDs, policies and roles are up to date");
    if let Some(program) = operator {
        ensure_operator(program, &layout, progress, interrupt)?;
    }
    Ok(layout)
}

fn ensure_control_plane(
    binaries: &Binaries,
    dir: &Path,
    progress: Progress,
    interrupt: &Interrupt,
) -> Result<ControlPlane, Error> {
    if let Some(plane) = ControlPlane::attach(binaries, dir)? {
        progress.line("the control plane runs already");
        return Ok(plane);
    }
    if stop_recorded(&Layout::new(dir))? {
        progress.line("the control plane was only half alive; starting it again on the same data");
    } else {
        progress.line("starting etcd and kube-apiserver");
    }
    Ok(ControlPlane::start(
        binaries,
        dir,
        Options {
            guard: None,
            interrupt: interrupt.clone(),
        },
    )?)
}

fn ensure_operator(program: &Program, layout: &Layout, progress: Progress, interrupt: &Interrupt) -> Result<(), Error> {
    match State::read(&layout.state())?.operator {
        Some(running) if program.is_running_as(&running) => {
            progress.line(&format!("the operator runs already, on port {}", running.port));
            return Ok(());
        }
        Some(other) if other.process.is_alive() => progress.line("the operator has changed; starting it again"),
        Some(_) | None => progress.line("starting the operator"),
    }
    operator::stop(layout)?;
    let port = operator::start(program, layout, None, interrupt)?;
    progress.line(&format!("the operator is ready, on port {port}"));
    Ok(())
}

/// Ends what runs in a folder and removes the folder; says whether there was anything.
pub fn down(dir: &Path) -> Result<bool, Error> {
    let Some(_lock) = DirLock::existing(dir)? else {
        return Ok(false);
    };
    let layout = Layout::new(dir);
    check_ours(dir)?;
    let any = stop_recorded(&layout)?;
    remove_dir(dir)?;
    Ok(any)
}

/// An error for a folder with other things in it: `down` would remove them.
fn check_ours(dir: &Path) -> Result<(), Error> {
    let mut entries = fs::read_dir(dir).map_err(FileError::new("read", dir))?;
    let ours = Layout::new(dir).state().is_file() || entries.next().is_none();
    if ours {
        Ok(())
    } else {
        Err(Error::NotOurs(dir.to_owned()))
    }
}
