//! The command line as a whole, and what is shipped for other programs that call it.

use super::Cli;
use super::page::page;
use clap::{CommandFactory, Parser};
use serde_json::Value;

#[test]
fn the_definition_is_sound() {
    Cli::command().debug_assert();
}

#[test]
fn the_reference_names_every_command() {
    let text = page(Cli::command());
    for command in Cli::command()
        .get_subcommands()
        .filter(|command| !command.is_hide_set())
    {
        assert!(
            text.contains(&format!("\n## {}", command.get_name())),
            "{}",
            command.get_name()
        );
    }
    assert!(!text.contains("__complete"));
}

fn words(args: &Value) -> Vec<String> {
    let args = args.as_array().unwrap();
    args.iter()
        .map(|arg| arg.as_str().unwrap().replace('$', "some-"))
        .collect()
}

/// Every key of k9s runs a command line that there is.
#[test]
fn the_keys_of_k9s_run() {
    let text = include_str!("../../plugin/k9s-plugins.yaml");
    let file: Value = serde_saphyr::from_str(text).unwrap();
    let plugins = file["plugins"].as_object().unwrap();
    let mut keys: Vec<&str> = plugins
        .values()
        .map(|plugin| plugin["shortCut"].as_str().unwrap())
        .collect();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), plugins.len(), "a key is given twice");
    for (name, plugin) in plugins {
        let args = words(&plugin["args"]);
        let line = match plugin["command"].as_str().unwrap() {
            "kubectl" => args,
            "sh" => {
                let (line, _pager) = args[1].split_once(" | ").unwrap();
                let line = line.strip_prefix("kubectl ").unwrap();
                line.split(' ').map(|word| word.trim_matches('"').to_owned()).collect()
            }
            other => panic!("{name} runs {other}"),
        };
        assert_eq!(line[0], "handoff", "{name}");
        let parsed =
            Cli::try_parse_from(std::iter::once("kubectl-handoff").chain(line[1..].iter().map(String::as_str)));
        parsed.unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

#[test]
fn the_manifest_of_krew_is_one() {
    let text = include_str!("../../plugin/krew.yaml");
    let file: Value = serde_saphyr::from_str(text).unwrap();
    assert_eq!(file["metadata"]["name"], "handoff");
    assert!(file["spec"]["shortDescription"].as_str().unwrap().len() <= 50);
    for platform in file["spec"]["platforms"].as_array().unwrap() {
        assert_eq!(platform["bin"], "kubectl-handoff");
        assert!(platform["sha256"].is_string() && platform["uri"].is_string());
    }
}
