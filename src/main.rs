//! `handoff`: the operator, and the CRDs and pages that belong to it.

use anyhow::Result;
use clap::{Args, Parser, Subcommand, ValueEnum};
use handoff::generated::{self, Files};
use handoff::operator::{Settings, Terms, run};
use handoff::version::VERSION_AND_COMMIT;
use mimalloc::MiMalloc;
use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::PathBuf;
use tracing_subscriber::EnvFilter;

/// It gives memory back after a rush, which that of glibc does not, and is quick where the program is static (musl).
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Manual provisioning on Kubernetes: people do the work, the operator makes the hand-over reliable.
#[derive(Parser)]
#[command(name = "handoff", version = VERSION_AND_COMMIT)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    run: RunArgs,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the operator (also without a subcommand).
    Run(RunArgs),
    /// Writes or checks the CustomResourceDefinitions.
    Crds(FilesArgs),
    /// Writes or checks the pages of the documentation that are made of the code.
    Docs(FilesArgs),
}

#[derive(Args)]
struct RunArgs {
    /// Watch only these namespaces; all when absent.
    #[arg(long = "namespace", env = "HANDOFF_NAMESPACES", value_delimiter = ',')]
    namespaces: Vec<String>,
    /// Address of /livez, /readyz and /metrics.
    #[arg(long, default_value = "0.0.0.0:8080")]
    listen: SocketAddr,
    /// Several operators may run, and the one that holds a lease works. Without it this one works, and has to be the only one.
    #[arg(long)]
    leader_election: bool,
    #[command(flatten)]
    lease: LeaseArgs,
    /// How log lines look.
    #[arg(long, value_enum, default_value = "text")]
    log_format: LogFormat,
    /// Which log lines to write, for example info or handoff=debug.
    #[arg(long, default_value = "info")]
    log_level: String,
}

#[derive(Args)]
struct LeaseArgs {
    /// Name of the lease.
    #[arg(long, default_value = "handoff")]
    lease_name: String,
    /// Its namespace; that of the pod when absent.
    #[arg(long, env = "POD_NAMESPACE")]
    lease_namespace: Option<String>,
    /// Seconds after the last renewal after which another replica takes the lease.
    #[arg(long, default_value_t = 15)]
    lease_duration: u64,
    /// Seconds after the last renewal after which the leader ends. Has to be less than the duration.
    #[arg(long, default_value_t = 10)]
    lease_renew_deadline: u64,
    /// Seconds between two renewals, and between two looks of those who wait.
    #[arg(long, default_value_t = 2)]
    lease_retry: u64,
}

#[derive(Args)]
struct FilesArgs {
    /// Writes the files into this folder.
    #[arg(long, required_unless_present = "check", conflicts_with = "check")]
    write: Option<PathBuf>,
    /// Fails when a file in this folder is not what the code says.
    #[arg(long)]
    check: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum LogFormat {
    Text,
    Json,
}

fn main() -> Result<()> {
    let cli = Cli::parse();
    match cli.command {
        Some(Command::Crds(args)) => generate(&generated::crds()?, &args),
        Some(Command::Docs(args)) => generate(&generated::docs()?, &args),
        Some(Command::Run(args)) => operate(args),
        None => operate(cli.run),
    }
}

fn generate(files: &Files, FilesArgs { write, check }: &FilesArgs) -> Result<()> {
    write
        .as_deref()
        .map_or(Ok(()), |folder| generated::write(files, folder))?;
    check
        .as_deref()
        .map_or(Ok(()), |folder| generated::check(files, folder))
}

fn operate(args: RunArgs) -> Result<()> {
    let logs = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_new(&args.log_level)?)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    match args.log_format {
        LogFormat::Text => logs.init(),
        LogFormat::Json => logs.json().init(),
    }
    let LeaseArgs {
        lease_name,
        lease_namespace,
        lease_duration,
        lease_renew_deadline,
        lease_retry,
    } = args.lease;
    let terms = Terms {
        name: lease_name,
        namespace: lease_namespace,
        duration: lease_duration,
        deadline: lease_renew_deadline,
        retry: lease_retry,
    };
    let settings = Settings {
        namespaces: args.namespaces,
        listen: args.listen,
        election: args.leader_election.then_some(terms),
    };
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(run(settings))
}
