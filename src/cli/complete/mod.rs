//! Completion in the shell: commands and flags from the command line's own definition, and names from the cluster. It writes
//! nothing, and what goes wrong is silent: whoever presses a key wants no message.

mod ask;
mod words;

use super::words::harmless;
use ask::{Ask, What};
use clap::{Arg, Args, Command, ValueEnum};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate, ValueCompleter, complete};
use handoff_core::api::ProvisioningState;
use handoff_core::api::states_page::sorted;
use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use words::Words;

/// The bits of a completion directive, as kubectl (and every program made with cobra) understands them.
const NO_SPACE: u8 = 2;
const NO_FILES: u8 = 4;

/// Prints what completes the command line in your shell.
///
/// kubectl completes `kubectl handoff` itself where it finds an executable `kubectl_complete-handoff` in the PATH: that is what
/// `kubectl handoff completion kubectl` prints. The others are for the program called by its own name, kubectl-handoff.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Examples:\n  \
        kubectl handoff completion kubectl > ~/.local/bin/kubectl_complete-handoff\n  \
        chmod +x ~/.local/bin/kubectl_complete-handoff\n  \
        source <(kubectl handoff completion bash)")]
pub struct CompletionArgs {
    /// What is to complete.
    #[arg(value_enum)]
    pub shell: Shell,
}

/// What can complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// kubectl, in any shell that it completes in: bash, zsh, fish, PowerShell.
    Kubectl,
    /// bash, for kubectl-handoff.
    Bash,
    /// zsh, for kubectl-handoff.
    Zsh,
    /// fish, for kubectl-handoff.
    Fish,
}

/// What the shell asks while somebody types.
#[derive(Args, Clone, Debug)]
pub struct CompleteArgs {
    /// The words after `kubectl handoff`, the last being typed.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub words: Vec<OsString>,
}

/// The script.
pub fn script(shell: Shell) -> &'static str {
    match shell {
        Shell::Kubectl => "#!/bin/sh\nexec kubectl-handoff __complete \"$@\"\n",
        Shell::Bash => "source <(COMPLETE=bash kubectl-handoff)\n",
        Shell::Zsh => "source <(COMPLETE=zsh kubectl-handoff)\n",
        Shell::Fish => "COMPLETE=fish kubectl-handoff | source\n",
    }
}

/// Answers a shell that asks by the environment variable COMPLETE, and ends the process then.
pub fn answer_shell(command: fn() -> Command) {
    let told = std::env::args_os().skip(1).skip_while(|word| word != "--").skip(2);
    let words = Words::of(told.collect());
    clap_complete::CompleteEnv::with_factory(move || with_names(command(), &words))
        // What kubectl calls it is two words, and would take kubectl's own completion away.
        .bin("kubectl-handoff")
        .complete();
}

/// What can stand in the place of the last word: a line each with its meaning after a tab, and the directive at the end.
pub fn answer(command: Command, args: CompleteArgs) -> String {
    let mut words = args.words;
    if words.is_empty() {
        words.push(OsString::new());
    }
    let mut command = with_names(command, &Words::of(words.clone()));
    words.insert(0, OsString::from("kubectl-handoff"));
    let last = words.len() - 1;
    // Flags only where one is begun: there are more of them than of what is looked for.
    let flags = words[last].to_string_lossy().starts_with('-');
    let found = complete(&mut command, words, last, None).unwrap_or_default();
    let mut directive = NO_FILES;
    let mut text = String::new();
    for candidate in found.iter().filter(|candidate| !candidate.is_hide_set()) {
        let value = candidate.get_value().to_string_lossy();
        // A name that holds more than a name could forge a candidate, or steer the shell.
        if (value.starts_with('-') && !flags) || harmless(&value) != value {
            continue;
        }
        if value.ends_with('/') {
            directive |= NO_SPACE;
        }
        let help = candidate.get_help().map(ToString::to_string).unwrap_or_default();
        let help = harmless(help.lines().next().unwrap_or_default());
        let tab = if help.is_empty() { "" } else { "\t" };
        let _ = writeln!(text, "{value}{tab}{help}");
    }
    let _ = writeln!(text, ":{directive}");
    text
}

/// The same command line, whose arguments know what they can be.
fn with_names(command: Command, words: &Words) -> Command {
    let words = words.clone();
    let names: Vec<String> = command
        .get_subcommands()
        .map(|command| command.get_name().to_owned())
        .collect();
    let command = command.mut_args(|arg| completed(arg, &words));
    names.into_iter().fold(command, |command, name| {
        command.mut_subcommand(name, |inner| with_names(inner, &words))
    })
}

fn completed(arg: Arg, words: &Words) -> Arg {
    let what = match arg.get_id().as_str() {
        "names" | "subject" => What::Objects,
        "resource_type" => What::Types,
        "owner" => What::Owners,
        "entity_type" => What::EntityTypes,
        "namespace" => What::Namespaces,
        "context" => What::Contexts,
        "state" => return arg.add(ArgValueCompleter::new(Known(states()))),
        "word" => return arg.add(ArgValueCompleter::new(Known(states_and_reasons()))),
        _other => return arg,
    };
    arg.add(ArgValueCompleter::new(Ask {
        what,
        words: words.clone(),
    }))
}

/// Words that are known without asking.
struct Known(Vec<&'static str>);

impl ValueCompleter for Known {
    fn complete(&self, current: &OsStr) -> Vec<CompletionCandidate> {
        starting_with(self.0.iter().map(|word| ((*word).to_owned(), String::new())), current)
    }
}

fn states() -> Vec<&'static str> {
    ProvisioningState::ALL.iter().map(|state| state.as_str()).collect()
}

fn states_and_reasons() -> Vec<&'static str> {
    let mut all = states();
    all.extend(sorted().iter().map(|reason| reason.name));
    all
}

/// Those that begin with what is typed, each with what it means.
fn starting_with(all: impl IntoIterator<Item = (String, String)>, current: &OsStr) -> Vec<CompletionCandidate> {
    let current = current.to_string_lossy();
    all.into_iter()
        .filter(|(value, _)| value.starts_with(&*current))
        .map(|(value, help)| {
            let help = Some(help).filter(|help| !help.is_empty());
            CompletionCandidate::new(value).help(help.map(Into::into))
        })
        .collect()
}
