//! End to end with a managed system that is real: an OpenLDAP server. People work in it with ldapadd, ldapmodify and
//! ldapdelete as their orders say, `ldapsearch` exports it, and `kubectl handoff sync` takes the export in.
//!
//! Needs a control plane (`make test` starts one), and OpenLDAP: without it the stories are listed as ignored, and with
//! HANDOFF_REQUIRE_LDAP=1 they fail. That is decided at run time, hence a harness of its own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    unreachable_pub,
    dead_code
)]

mod directory;
#[path = "../sync/hall.rs"]
mod hall;
mod office;
#[path = "../place/mod.rs"]
mod place;
mod stories;

use directory::Programs;
use libtest_mimic::{Arguments, Trial};
use std::process::ExitCode;

type Story = fn(Programs);

const STORIES: [(&str, Story); 3] = [
    (
        "joiners_are_verified_or_refuted_by_what_the_directory_has",
        stories::joiners,
    ),
    ("a_refuted_joiner_comes_back_and_is_mended", stories::reopened),
    ("a_leaver_is_gone_when_a_newer_export_lacks_the_entry", stories::leaver),
];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let programs = Programs::find();
    let required = std::env::var("HANDOFF_REQUIRE_LDAP").is_ok_and(|value| value == "1");
    let skipped = programs.is_err() && !required;
    if let (true, Err(missing)) = (skipped, &programs) {
        for (name, _) in STORIES {
            eprintln!("SKIPPED ldap::{name}: {missing}");
        }
    }
    let trial = |(name, story): (&str, Story)| {
        let programs = programs.clone();
        let run = move || {
            story(programs?);
            Ok(())
        };
        Trial::test(name, run).with_ignored_flag(skipped)
    };
    libtest_mimic::run(&arguments, STORIES.map(trial).into()).exit_code()
}
