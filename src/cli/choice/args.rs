//! The flags that say which objects are meant. The same words as in kubectl.

use clap::Args;
use handoff_core::api::ProvisioningState;
use std::path::PathBuf;

/// Which objects: by their names, from files or from standard input; or whatever fits all of the given flags.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Which objects")]
pub struct Choice {
    /// Names, with or without the kind before a slash.
    #[arg(value_name = "NAME", help_heading = None)]
    pub names: Vec<String>,
    /// File with objects (YAML, JSON) or with names, a line each; - reads standard input. May be given several times.
    #[arg(short, long, value_name = "FILE")]
    pub filename: Vec<PathBuf>,
    /// Those with these labels, for example team=erp,site!=north.
    #[arg(short = 'l', long, value_name = "LABELS", value_parser = said)]
    pub selector: Option<String>,
    /// Those with these fields, for example spec.operation=Delete.
    #[arg(long, value_name = "FIELDS", value_parser = said)]
    pub field_selector: Option<String>,
    /// Those of this ResourceType.
    #[arg(long = "type", value_name = "TYPE", value_parser = said)]
    pub resource_type: Option<String>,
    /// Those of this owner, by the owner's id.
    #[arg(long, value_name = "OWNER", value_parser = said)]
    pub owner: Option<String>,
    /// Those in this state; the state that the command is for when absent.
    #[arg(long, value_name = "STATE", value_parser = state)]
    pub state: Option<ProvisioningState>,
    /// All that the command is for.
    #[arg(long)]
    pub all: bool,
}

/// Which orders.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Which objects")]
pub struct OrderChoice {
    /// Which objects.
    #[command(flatten)]
    pub choice: Choice,
    /// Those whose targetEntityType is this, for example CrmAccount.
    #[arg(long, value_name = "KIND", value_parser = said)]
    pub entity_type: Option<String>,
    /// Those that you have claimed.
    #[arg(long, conflicts_with = "unclaimed")]
    pub mine: bool,
    /// Those that nobody has claimed.
    #[arg(long)]
    pub unclaimed: bool,
}

/// Which requests.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Which objects")]
pub struct RequestChoice {
    /// Which objects.
    #[command(flatten)]
    pub choice: Choice,
    /// Those that you asked for.
    #[arg(long)]
    pub mine: bool,
}

impl Choice {
    /// Whether objects are named, rather than searched.
    pub(in crate::cli) fn is_named(&self) -> bool {
        !self.names.is_empty() || !self.filename.is_empty()
    }

    /// Whether anything says which objects are to be searched.
    fn searches(&self) -> bool {
        self.selector.is_some()
            || self.field_selector.is_some()
            || self.resource_type.is_some()
            || self.owner.is_some()
            || self.state.is_some()
    }
}

/// What is wrong with flags, in words.
pub(super) fn check(choice: &Choice, other_filters: bool, everywhere: bool) -> Result<(), String> {
    if everywhere && !choice.names.is_empty() {
        return Err("a name means one namespace: give -n NAMESPACE instead of --all-namespaces".to_owned());
    }
    let searches = choice.searches() || other_filters;
    match (choice.is_named(), choice.all, searches) {
        (true, true, _) => Err("names and --all exclude each other: give one of them".to_owned()),
        (true, false, true) => Err(
            "names and filters (-l, --type, --owner and so on) exclude each other: give names, or filters".to_owned(),
        ),
        (false, false, false) => Err("which ones? Give names, -f FILE, filters such as --type, or --all".to_owned()),
        (true, false, false) | (false, true, _) | (false, false, true) => Ok(()),
    }
}

/// A text that says something: an empty one, as of a variable that is not set, would mean everything.
fn said(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        return Err("it is empty, which would mean all: leave the flag out if that is meant".to_owned());
    }
    Ok(text.to_owned())
}

/// A state, in any case of its letters.
fn state(text: &str) -> Result<ProvisioningState, String> {
    let all = ProvisioningState::ALL;
    let found = all.iter().find(|state| state.as_str().eq_ignore_ascii_case(text));
    found.copied().ok_or_else(|| {
        let names: Vec<_> = all.iter().map(|state| state.as_str()).collect();
        format!("there is no such state; there are {}", names.join(", "))
    })
}
