//! A command with a control plane of its own, which is thrown away when the command ends.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, IsTerminal};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::thread::sleep;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::binaries::Binaries;
use crate::clock;
use crate::controlplane::{self, ControlPlane, Options};
use crate::files::{FileError, create_private_dir, random_hex, remove_dir};
use crate::guard::{Guard, exit_code};
use crate::install;
use crate::interrupt::Interrupt;
use crate::layout::Layout;
use crate::operator::{self, Program};
use crate::policies::Stamping;
use crate::process::copy;
use crate::progress::Progress;
use crate::state;

const SIGINT: u8 = 2;
const POLL: Duration = Duration::from_millis(50);
const GRACE: Duration = Duration::from_secs(10);
/// Of how many failed runs the logs are kept.
const KEPT: usize = 10;

/// Why the command was not run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The control plane does not run.
    #[error(transparent)]
    ControlPlane(#[from] controlplane::Error),
    /// CRDs, policies or roles could not be applied.
    #[error(transparent)]
    Install(#[from] install::Error),
    /// The operator does not run.
    #[error(transparent)]
    Operator(#[from] operator::Error),
    /// Its state could not be read.
    #[error(transparent)]
    State(#[from] state::Error),
    /// A folder could not be made or removed.
    #[error(transparent)]
    File(#[from] FileError),
    /// The folder given is in use.
    #[error("{} is not empty: name a new folder, or none", .0.display())]
    NotEmpty(PathBuf),
    /// The command could not be run.
    #[error("cannot run {}", .program.display())]
    Run {
        /// The program.
        program: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// What to run, and where.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// Where CRDs, policies and roles are.
    pub repository: &'a Path,
    /// etcd, kube-apiserver and kubectl.
    pub binaries: &'a Binaries,
    /// A new or empty folder, which is kept; else a temporary one, which is removed.
    pub dir: Option<&'a Path>,
    /// The operator to run beside it, if any.
    pub operator: Option<&'a Program>,
    /// Whether the policies that write down who did it are installed; none: nothing is, the cluster is left empty.
    pub stamping: Option<Stamping>,
    /// The program helm, where the command is to find it.
    pub helm: Option<&'a Path>,
    /// The program gitops-health, likewise.
    pub gitops_health: Option<&'a Path>,
    /// The program to run.
    pub program: &'a OsStr,
    /// Its arguments.
    pub args: &'a [OsString],
    /// The handoff-dev program, which also is the guard.
    pub launcher: &'a Path,
}

/// Runs a command with a control plane of its own and returns its exit code. When the command fails
/// or nothing could be started, the logs are kept under `target/controlplane-logs`.
pub fn with(request: &Request<'_>, progress: Progress, interrupt: &Interrupt) -> Result<u8, Error> {
    let dir = folder(request.dir)?;
    let result = in_folder(request, &dir, interrupt);
    if request.dir.is_none() {
        if !matches!(result, Ok(0)) && interrupt.signal().is_none() {
            keep_logs(request.repository, &dir, progress);
        }
        remove_dir(&dir)?;
    }
    result
}

fn folder(given: Option<&Path>) -> Result<PathBuf, Error> {
    let dir = match given {
        Some(dir) => dir.to_owned(),
        None => env::temp_dir().join(format!("handoff-with-{}", random_hex(6)?)),
    };
    create_private_dir(&dir)?;
    let mut entries = fs::read_dir(&dir).map_err(FileError::new("read", &dir))?;
    if entries.next().is_some() {
        return Err(Error::NotEmpty(dir));
    }
    Ok(dir.canonicalize().map_err(FileError::new("find", &dir))?)
}

fn in_folder(request: &Request<'_>, dir: &Path, interrupt: &Interrupt) -> Result<u8, Error> {
    let remove = request.dir.is_none().then(|| dir.to_owned());
    let guard = Guard {
        program: request.launcher.to_owned(),
        remove,
    };
    let options = Options {
        guard: Some(guard.clone()),
        interrupt: interrupt.clone(),
    };
    let plane = ControlPlane::start(request.binaries, dir, options)?;
    if let Some(stamping) = request.stamping {
        install::install(&plane.kubectl(), request.repository, stamping)?;
    }
    if let Some(program) = request.operator {
        operator::start(program, plane.layout(), Some(&guard), interrupt)?;
    }
    let mut command = Command::new(request.program);
    command
        .args(request.args)
        .envs(variables(request.binaries, plane.layout()))
        .envs(request.helm.into_iter().flat_map(|helm| helm_variables(helm, dir)))
        .envs(request.gitops_health.map(|program| ("GITOPS_HEALTH", program)));
    for name in env::vars_os().map(|(name, _)| name).filter(|name| is_about_us(name)) {
        command.env_remove(name);
    }
    let code = run(&command, &guard, interrupt).map_err(|source| Error::Run {
        program: PathBuf::from(request.program),
        source,
    });
    operator::stop(plane.layout())?;
    plane.stop();
    code
}

fn variables(binaries: &Binaries, layout: &Layout) -> Vec<(&'static str, OsString)> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(binaries.folder().to_owned()).chain(env::split_paths(&path));
    vec![
        ("KUBECONFIG", layout.kubeconfig().into()),
        ("KUBECACHEDIR", layout.kubectl_cache().into()),
        ("HANDOFF_TEST_DIR", layout.dir().into()),
        ("HANDOFF_AUDIT_LOG", layout.audit_log().into()),
        ("KUBECTL", binaries.kubectl().into()),
        ("PATH", env::join_paths(folders).unwrap_or(path)),
    ]
}

/// Cargo, where it started us, names our package so; a cargo that we start would build again whatever looks at that.
fn is_about_us(name: &std::ffi::OsStr) -> bool {
    let name = name.to_string_lossy();
    ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_CRATE_", "CARGO_BIN_"]
        .iter()
        .any(|start| name.starts_with(start))
}

/// Helm keeps what it keeps in the folder of this run, and reads nothing of the user's.
fn helm_variables(helm: &Path, dir: &Path) -> Vec<(&'static str, OsString)> {
    let own = |name: &str| dir.join("helm").join(name).into();
    vec![
        ("HELM", helm.into()),
        ("HELM_CACHE_HOME", own("cache")),
        ("HELM_CONFIG_HOME", own("config")),
        ("HELM_DATA_HOME", own("data")),
    ]
}

/// On a terminal the command shares our process group, so that it can read, and gets Ctrl-C itself.
/// Elsewhere it has its own group and a guard, and all of it is asked to end when we are.
fn run(command: &Command, guard: &Guard, interrupt: &Interrupt) -> io::Result<u8> {
    let shared = io::stdin().is_terminal();
    let mut command = if shared { copy(command) } else { guard.wrap(command) };
    if !shared {
        command.process_group(0);
    }
    let mut child = command.spawn()?;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(exit_code(status));
        }
        match interrupt.signal() {
            // From the terminal: the command got it too, and decides.
            Some(SIGINT) if shared => interrupt.forget(),
            Some(signal) => {
                end(&mut child, shared)?;
                return Ok(128 + signal);
            }
            None => {}
        }
        sleep(POLL);
    }
}

fn end(child: &mut Child, shared: bool) -> io::Result<()> {
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let send = |signal| match pid {
        Some(pid) if shared => drop(kill_process(pid, signal)),
        Some(pid) => drop(kill_process_group(pid, signal)),
        None => {}
    };
    send(Signal::TERM);
    let started = clock::now();
    while child.try_wait()?.is_none() {
        if started.elapsed() >= GRACE {
            send(Signal::KILL);
            child.wait()?;
        }
        sleep(POLL);
    }
    Ok(())
}

/// Copies the logs before their folder is removed. A failure here must not hide the first one.
fn keep_logs(repository: &Path, dir: &Path, progress: Progress) {
    let kept = repository.join("target/controlplane-logs");
    let Some(name) = dir.file_name() else { return };
    let target = kept.join(name);
    if let Err(error) = copy_logs(dir, &target) {
        progress.line(&format!("the logs could not be kept in {}: {error}", target.display()));
        return;
    }
    progress.line(&format!("the logs are kept in {}", target.display()));
    remove_oldest(&kept);
}

fn copy_logs(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        if let Some(name) = path
            .file_name()
            .filter(|_| path.extension().is_some_and(|extension| extension == "log"))
        {
            fs::copy(&path, to.join(name))?;
        }
    }
    Ok(())
}

fn remove_oldest(kept: &Path) {
    let modified = |path: &PathBuf| path.metadata().and_then(|metadata| metadata.modified()).ok();
    let entries = fs::read_dir(kept).into_iter().flatten().flatten();
    let mut folders: Vec<_> = entries.map(|entry| entry.path()).collect();
    folders.sort_by_key(modified);
    for old in folders.iter().rev().skip(KEPT) {
        let _ = remove_dir(old);
    }
}
