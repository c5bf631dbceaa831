//! The command line of the launcher.

use std::ffi::OsString;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use handoff_dev::binaries::Binaries;
use handoff_dev::binaries::tool::{GITOPS_HEALTH, HELM, Tool};
use handoff_dev::interrupt::Interrupt;
use handoff_dev::layout::Layout;
use handoff_dev::operator::Program;
use handoff_dev::policies::Stamping;
use handoff_dev::progress::Progress;
use handoff_dev::users::USERS;
use handoff_dev::{guard, repository, up, with};

/// A real Kubernetes control plane for demo and tests: etcd and kube-apiserver on free loopback ports.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Cmd,
}

#[derive(Subcommand)]
enum Cmd {
    /// Start control plane and operator and leave them running; does only what is missing.
    Up {
        /// Where data, logs and kubeconfig go [default: .run in the repository].
        #[arg(long)]
        dir: Option<PathBuf>,
        /// The operator program [default: target/debug/handoff in the repository].
        #[arg(long, conflicts_with = "no_operator")]
        operator: Option<PathBuf>,
        /// Do not start the operator.
        #[arg(long)]
        no_operator: bool,
    },
    /// Stop what `up` started and remove its folder.
    Down {
        /// The folder given to `up` [default: .run in the repository].
        #[arg(long)]
        dir: Option<PathBuf>,
    },
    /// Run a command with a control plane of its own, then throw that away.
    With {
        /// An operator to start beside it [default: none].
        #[arg(long)]
        operator: Option<PathBuf>,
        /// Leave out the policies that write down who did it, as on Kubernetes before 1.36.
        #[arg(long)]
        without_stamping: bool,
        /// Install nothing: no CRDs, no policies, no roles, no namespaces.
        #[arg(long, conflicts_with_all = ["operator", "without_stamping"])]
        bare: bool,
        /// Find or build helm, and give its path to the command as HELM.
        #[arg(long)]
        helm: bool,
        /// Find or build gitops-health, and give its path to the command as GITOPS_HEALTH.
        #[arg(long)]
        gitops: bool,
        /// A new folder for data and logs, which is kept [default: a temporary one, which is removed].
        #[arg(long)]
        dir: Option<PathBuf>,
        /// The command.
        #[arg(last = true, required = true)]
        command: Vec<OsString>,
    },
    /// Find or build etcd, kube-apiserver and kubectl, and print their folder.
    Assets,
    /// Find or build helm, and run it.
    Helm {
        /// Its arguments.
        #[arg(last = true)]
        args: Vec<OsString>,
    },
    /// Find or build gitops-health, and run it: what kstatus, Argo CD and Flux say of objects.
    GitopsHealth {
        /// Its arguments.
        #[arg(last = true)]
        args: Vec<OsString>,
    },
    /// Run a command until it ends or the parent is gone.
    #[command(hide = true)]
    Guard {
        #[arg(long)]
        parent: u32,
        #[arg(long)]
        remove: Option<PathBuf>,
        #[arg(last = true, required = true)]
        command: Vec<OsString>,
    },
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Cmd) -> Result<ExitCode> {
    match command {
        Cmd::Up {
            dir,
            operator,
            no_operator,
        } => run_up(dir, operator, no_operator),
        Cmd::Down { dir } => run_down(dir),
        Cmd::With {
            operator,
            without_stamping,
            bare,
            helm,
            gitops,
            dir,
            command,
        } => {
            let stamping = if without_stamping { Stamping::Off } else { Stamping::On };
            let surroundings = Surroundings {
                operator: operator.as_deref(),
                stamping: (!bare).then_some(stamping),
                helm,
                gitops,
                dir: dir.as_deref(),
            };
            run_with(&surroundings, &command)
        }
        Cmd::Assets => {
            let binaries = Binaries::ensure(&root()?, Progress::stderr())?;
            say(&binaries.folder().display().to_string());
            Ok(ExitCode::SUCCESS)
        }
        Cmd::Helm { args } => run_tool(&HELM, &args),
        Cmd::GitopsHealth { args } => run_tool(&GITOPS_HEALTH, &args),
        Cmd::Guard {
            parent,
            remove,
            command,
        } => {
            let (program, args) = command.split_first().context("no command given")?;
            Ok(ExitCode::from(guard::run(parent, remove.as_deref(), program, args)?))
        }
    }
}

fn root() -> Result<PathBuf> {
    repository::root().context("run this inside the repository of Handoff")
}

/// Becomes the tool; returns only what kept it from that.
fn run_tool(tool: &Tool, args: &[OsString]) -> Result<ExitCode> {
    let program = tool.ensure(&root()?, Progress::stderr())?;
    let failed = Command::new(&program).args(args).exec();
    Err(failed).with_context(|| format!("cannot run {}", program.display()))
}

fn run_up(dir: Option<PathBuf>, operator: Option<PathBuf>, no_operator: bool) -> Result<ExitCode> {
    let root = root()?;
    let dir = dir.unwrap_or_else(|| root.join(".run"));
    let operator = operator.unwrap_or_else(|| root.join("target/debug/handoff"));
    let operator = if no_operator {
        None
    } else {
        Some(Program::find(&operator)?)
    };
    let progress = Progress::stderr();
    let binaries = Binaries::ensure(&root, progress)?;
    // From here on there is something to stop; before, being killed is fine.
    let interrupt = Interrupt::register().context("cannot listen to signals")?;
    let layout = match up::up(&root, &binaries, &dir, operator.as_ref(), progress, &interrupt) {
        Ok(layout) => layout,
        Err(error) => return interrupted(&interrupt).map_or_else(|| Err(error.into()), Ok),
    };
    print_usage(&layout, &binaries);
    Ok(ExitCode::SUCCESS)
}

fn print_usage(layout: &Layout, binaries: &Binaries) {
    let kubeconfig = layout.kubeconfig();
    let contexts: Vec<_> = USERS.iter().map(|user| user.context).collect();
    say(&format!(
        "\n  export KUBECONFIG={}\n  kubectl --context alice get assignmentrequests\n\ncontexts: {}",
        relative(&kubeconfig).display(),
        contexts.join(", ")
    ));
    if !is_on_path("kubectl")
        && let Some(folder) = binaries.kubectl().parent()
    {
        say(&format!(
            "\nno kubectl is on the path; this is the one of the control plane:\n\n  export PATH=\"$PATH:{}\"",
            folder.display()
        ));
    }
}

fn is_on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// To standard output; whoever closed it does not want to know.
fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

fn relative(path: &Path) -> &Path {
    let current = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(current).unwrap_or(path)
}

fn run_down(dir: Option<PathBuf>) -> Result<ExitCode> {
    let dir = match dir {
        Some(dir) => dir,
        None => root()?.join(".run"),
    };
    let message = if up::down(&dir)? {
        "stopped, and removed"
    } else {
        "nothing is running in"
    };
    say(&format!("{message} {}", dir.display()));
    Ok(ExitCode::SUCCESS)
}

/// What a command finds around it.
struct Surroundings<'a> {
    operator: Option<&'a Path>,
    /// None: nothing is installed.
    stamping: Option<Stamping>,
    helm: bool,
    gitops: bool,
    dir: Option<&'a Path>,
}

fn run_with(surroundings: &Surroundings<'_>, command: &[OsString]) -> Result<ExitCode> {
    let Surroundings {
        operator,
        stamping,
        helm,
        gitops,
        dir,
    } = *surroundings;
    let root = root()?;
    let (program, args) = command.split_first().context("no command given")?;
    let operator = operator.map(Program::find).transpose()?;
    let launcher = std::env::current_exe().context("cannot find this program")?;
    let progress = Progress::stderr();
    let binaries = Binaries::ensure(&root, progress)?;
    let ensured = |wanted: bool, tool: &Tool| wanted.then(|| tool.ensure(&root, progress)).transpose();
    let helm = ensured(helm, &HELM)?;
    let gitops_health = ensured(gitops, &GITOPS_HEALTH)?;
    let interrupt = Interrupt::register().context("cannot listen to signals")?;
    let request = with::Request {
        repository: &root,
        binaries: &binaries,
        dir,
        operator: operator.as_ref(),
        stamping,
        helm: helm.as_deref(),
        gitops_health: gitops_health.as_deref(),
        program,
        args,
        launcher: &launcher,
    };
    match with::with(&request, progress, &interrupt) {
        Ok(code) => Ok(ExitCode::from(code)),
        Err(error) => interrupted(&interrupt).map_or_else(|| Err(error.into()), Ok),
    }
}

/// The exit code of a command that was asked to end, as a shell shows it.
fn interrupted(interrupt: &Interrupt) -> Option<ExitCode> {
    let signal = interrupt.signal()?;
    eprintln!("interrupted");
    Some(ExitCode::from(128 + signal))
}
