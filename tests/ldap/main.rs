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
#[path = "../needed/mod.rs"]
mod needed;
mod office;
#[path = "../place/mod.rs"]
mod place;
mod stories;

use directory::Programs;
use needed::Story;
use std::process::ExitCode;

const STORIES: [Story<Programs>; 3] = [
    (
        "joiners_are_verified_or_refuted_by_what_the_directory_has",
        stories::joiners,
    ),
    ("a_refuted_joiner_comes_back_and_is_mended", stories::reopened),
    ("a_leaver_is_gone_when_a_newer_export_lacks_the_entry", stories::leaver),
];

fn main() -> ExitCode {
    needed::run("ldap", "HANDOFF_REQUIRE_LDAP", &Programs::find(), &STORIES, Vec::new())
}
