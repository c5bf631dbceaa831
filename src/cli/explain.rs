//! `kubectl handoff explain`: what a state or a reason means, and who moves it on. It asks nobody: all of it is the table
//! that `docs/states.md` is made of.

use clap::Args;
use handoff_core::api::ProvisioningState as State;
use handoff_core::api::reason::Reason;
use handoff_core::api::states_page::{MOVES, meaning, place, sorted};
use std::fmt::Write as _;
use std::io::Write as _;

/// Explains a state or a reason, as objects show them: what it means, who moves it on, and the commands that help.
///
/// Without a word it lists all of them.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Exit codes: 0 done; 1 there is no such word; 2 wrong usage.")]
pub struct ExplainArgs {
    /// A state or a reason, in any spelling of its letters.
    #[arg(value_name = "STATE|REASON")]
    pub word: Option<String>,
}

/// Does it.
///
/// # Errors
/// In words: there is no such state or reason.
pub fn explain(args: &ExplainArgs) -> Result<(), String> {
    let text = match &args.word {
        Some(word) => about(word)?,
        None => everything(),
    };
    // A reader that went away is nothing to complain about.
    let _ = write!(std::io::stdout(), "{text}");
    Ok(())
}

fn about(word: &str) -> Result<String, String> {
    let is_it = |name: &str| name.eq_ignore_ascii_case(word);
    let states = State::ALL.into_iter().filter(|state| is_it(state.as_str()));
    let reasons = sorted().into_iter().filter(|reason| is_it(reason.name));
    let texts: Vec<String> = states.map(of_state).chain(reasons.map(of_reason)).collect();
    if texts.is_empty() {
        return Err(format!("{word:?} is neither a state nor a reason{}", instead(word)));
    }
    Ok(texts.join("\n"))
}

/// What else may have been meant.
fn instead(word: &str) -> String {
    let word = word.to_ascii_lowercase();
    let names = sorted().into_iter().map(|reason| reason.name);
    let names = names.chain(State::ALL.iter().map(|state| state.as_str()));
    let near = names.filter(|name| {
        let name = name.to_ascii_lowercase();
        !word.is_empty() && (name.contains(&word) || word.contains(&name))
    });
    let near: Vec<_> = near.collect();
    if near.is_empty() {
        ": `kubectl handoff explain` lists them".to_owned()
    } else {
        format!(": did you mean {}?", near.join(", "))
    }
}

fn of_state(state: State) -> String {
    let moves = MOVES.iter().filter(|(from, _, _)| *from == state);
    let onward: Vec<String> = moves.map(|(_, to, why)| format!("{to}: {why}")).collect();
    let onward = if onward.is_empty() {
        "nowhere: it is final".to_owned()
    } else {
        onward.join("\n")
    };
    let here = sorted().into_iter().filter(|reason| reason.states.contains(&state));
    let here: Vec<&str> = here.map(|reason| reason.name).collect();
    block(&[
        ("STATE", state.as_str()),
        ("MEANS", &meaning(state)),
        ("AN ORDER GOES TO", &onward),
        ("REASONS", &here.join("\n")),
    ])
}

fn of_reason(reason: &Reason) -> String {
    block(&[
        ("REASON", reason.name),
        ("STANDS IN", &place(reason).replace('`', "")),
        ("MEANS", reason.means),
        ("NEXT", &reason.next.replace(". The ", ".\nThe ")),
        ("COMMANDS", &reason.commands.join("\n")),
    ])
}

/// Fields below each other, their lines aligned; a field without a text is left out.
fn block(fields: &[(&str, &str)]) -> String {
    let width = fields.iter().map(|(name, _)| name.len()).max().unwrap_or(0) + 3;
    let mut text = String::new();
    for (name, value) in fields.iter().filter(|(_, value)| !value.is_empty()) {
        for (number, line) in value.lines().enumerate() {
            let name = if number == 0 { format!("{name}:") } else { String::new() };
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{name:<width$}{line}");
        }
    }
    text
}

fn everything() -> String {
    let mut text = "STATES\n".to_owned();
    let states = State::ALL.into_iter().map(|state| (state.as_str(), meaning(state)));
    let reasons = sorted().into_iter();
    let reasons: Vec<_> = reasons.map(|reason| (reason.name, reason.means.to_owned())).collect();
    let states: Vec<_> = states.collect();
    let all = states.iter().chain(&reasons);
    let width = all.map(|(name, _)| name.len()).max().unwrap_or(0) + 2;
    let list = |text: &mut String, all: &[(&str, String)]| {
        for (name, means) in all {
            let _ = writeln!(text, "  {name:<width$}{means}");
        }
    };
    list(&mut text, &states);
    text.push_str("\nREASONS\n");
    list(&mut text, &reasons);
    text
}

#[cfg(test)]
mod tests {
    use super::{about, everything};

    #[test]
    fn a_reason_is_explained_in_any_spelling() {
        let text = about("refuted").unwrap();
        assert_eq!(
            text,
            "REASON:     Refuted
STANDS IN:  order, request: Errored
MEANS:      It was confirmed, and a complete snapshot that was taken later shows something else; the message says what.
NEXT:       The operator: starts the next attempt, where the type says Reopen and attempts are left.
            The reviewer: has it tried again, or ends its requests.
            The fulfiller: may have it tried again too.
COMMANDS:   kubectl patch porder ORDER --type=merge -p '{\"spec\":{\"recovery\":{\"action\":\"Retry\"}}}'
            kubectl patch porder ORDER --type=merge -p '{\"spec\":{\"recovery\":{\"action\":\"Abandon\"}}}'
"
        );
    }

    #[test]
    fn a_state_says_where_it_goes() {
        let text = about("Transmitted").unwrap();
        assert!(text.starts_with("STATE:             Transmitted\n"), "{text}");
        assert!(
            text.contains("AN ORDER GOES TO:  Executed: a person confirms it\n"),
            "{text}"
        );
        assert!(text.contains("REASONS:           HandedOver\n"), "{text}");
        let text = about("VERIFIED").unwrap();
        assert!(text.contains("nowhere: it is final"), "{text}");
    }

    #[test]
    fn an_unknown_word_says_what_may_be_meant() {
        let near = "\"refute\" is neither a state nor a reason: did you mean Refuted?";
        assert_eq!(about("refute").unwrap_err(), near);
        let far = "\"blue\" is neither a state nor a reason: `kubectl handoff explain` lists them";
        assert_eq!(about("blue").unwrap_err(), far);
        assert!(about("").is_err());
    }

    #[test]
    fn without_a_word_everything_is_listed() {
        let text = everything();
        for word in ["  AwaitingApproval ", "  WaitingForDependency ", "  Suspicious "] {
            assert!(text.contains(word), "{word} is missing in {text}");
        }
    }
}
