//! Stories that need something which not everybody has: without it they are listed as ignored, with the words that say how to
//! get it, and where a variable demands it they fail. That is decided at run time, hence a harness of its own. It knows no
//! story.
#![allow(dead_code, unreachable_pub)]

use libtest_mimic::{Arguments, Trial};
use std::path::PathBuf;
use std::process::ExitCode;

/// Its name, and what it does with what was found.
pub type Story<T> = (&'static str, fn(T));

/// Where a program is: on the PATH or in one of these folders; else the words that name it and say how to get it.
pub fn program(name: &str, folders: &[&str], how: &str) -> Result<PathBuf, String> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut places = std::env::split_paths(&path)
        .chain(folders.iter().map(PathBuf::from))
        .map(|folder| folder.join(name));
    let found = places.find(|place| place.is_file());
    found.ok_or_else(|| format!("{name} is missing: {how}"))
}

/// Runs the stories of a suite with what was found, and whatever else the suite has that needs nothing.
pub fn run<T: Clone + Send + 'static>(
    suite: &str,
    demand: &str,
    found: &Result<T, String>,
    stories: &[Story<T>],
    others: Vec<Trial>,
) -> ExitCode {
    let arguments = Arguments::from_args();
    let demanded = std::env::var(demand).is_ok_and(|value| value == "1");
    let skipped = found.is_err() && !demanded;
    let trials = stories.iter().map(|(name, story)| {
        if let (true, Err(missing)) = (skipped, found) {
            eprintln!("SKIPPED {suite}::{name}: {missing}");
        }
        let (found, story) = (found.clone(), *story);
        let trial = move || {
            story(found?);
            Ok(())
        };
        Trial::test(*name, trial).with_ignored_flag(skipped)
    });
    let all = others.into_iter().chain(trials).collect();
    libtest_mimic::run(&arguments, all).exit_code()
}
