//! What `build.rs` says of the commit, in repositories made for it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

/// The script as a program.
static SCRIPT: LazyLock<PathBuf> = LazyLock::new(|| {
    let program = folder("program").join("build");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("build.rs");
    let args = ["--edition=2024", "-o", program.to_str().unwrap()];
    run(Command::new("rustc").args(args).arg(source));
    program
});

/// An empty one.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("build-script").join(name);
    let _absent = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

#[track_caller]
fn run(command: &mut Command) -> String {
    // Neither the repository that somebody commits to right now, nor what they have set for all of theirs.
    for name in ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "GIT_OBJECT_DIRECTORY"] {
        command.env_remove(name);
    }
    command
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1");
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[track_caller]
fn git(folder: &Path, args: &[&str]) -> String {
    let who = ["-c", "user.name=Anna", "-c", "user.email=anna@example.org"];
    run(Command::new("git").args(who).args(args).current_dir(folder))
}

/// A repository with one commit.
fn repository(name: &str) -> PathBuf {
    let folder = folder(name);
    git(&folder, &["init", "--quiet"]);
    std::fs::create_dir(folder.join("src")).unwrap();
    for file in ["src/main.rs", "README.md"] {
        std::fs::write(folder.join(file), "one").unwrap();
    }
    git(&folder, &["add", "."]);
    git(&folder, &["commit", "--quiet", "--message=one"]);
    folder
}

fn head(folder: &Path) -> String {
    git(folder, &["rev-parse", "--short=12", "HEAD"])
}

/// What the script says to cargo there.
fn said(folder: &Path, profile: &str, given: Option<&str>) -> String {
    let mut command = Command::new(&*SCRIPT);
    command
        .current_dir(folder)
        .env("PROFILE", profile)
        .env_remove("HANDOFF_COMMIT");
    run(command.envs(given.map(|given| ("HANDOFF_COMMIT", given))))
}

fn commit(said: &str) -> &str {
    let commit = said
        .lines()
        .find_map(|line| line.strip_prefix("cargo::rustc-env=HANDOFF_COMMIT="));
    commit.unwrap()
}

fn watched(said: &str) -> Vec<&str> {
    said.lines()
        .filter_map(|line| line.strip_prefix("cargo::rerun-if-changed="))
        .collect()
}

#[test]
fn sources_without_a_repository_are_of_an_unknown_commit() {
    assert_eq!(commit(&said(&folder("unpacked"), "release", None)), "unknown");
}

/// Such as an archive that was unpacked inside of another project.
#[test]
fn a_repository_around_the_sources_is_not_theirs() {
    let around = repository("around");
    assert_eq!(commit(&said(&around.join("src"), "release", None)), "unknown");
}

#[test]
fn what_is_given_counts() {
    let folder = repository("given");
    assert_eq!(commit(&said(&folder, "release", Some("0123456789ab"))), "0123456789ab");
    // Set to nothing it is as good as not set.
    assert_eq!(commit(&said(&folder, "release", Some(""))), head(&folder));
}

#[test]
fn only_other_sources_are_another_program() {
    let folder = repository("dirty");
    let clean = head(&folder);
    assert_eq!(commit(&said(&folder, "release", None)), clean);
    std::fs::write(folder.join("README.md"), "two").unwrap();
    assert_eq!(commit(&said(&folder, "release", None)), clean);
    std::fs::write(folder.join("src/main.rs"), "two").unwrap();
    assert_eq!(commit(&said(&folder, "release", None)), format!("{clean}-dirty"));
}

/// Cargo runs the script again when one of these is younger, and always when one is not there.
#[test]
fn a_release_looks_for_new_commits_also_in_a_worktree() {
    let main = repository("main");
    let work = folder("work");
    git(&main, &["worktree", "add", "--quiet", work.to_str().unwrap()]);
    for folder in [main, work] {
        let before = said(&folder, "release", None);
        let watched = watched(&before);
        let age = |path: &&str| std::fs::read(folder.join(path)).unwrap();
        let heads: Vec<_> = watched.iter().filter(|path| path.ends_with("HEAD")).copied().collect();
        let old: Vec<_> = heads.iter().map(age).collect();
        git(&folder, &["commit", "--quiet", "--allow-empty", "--message=two"]);
        assert_ne!(heads.iter().map(age).collect::<Vec<_>>(), old, "{watched:?}");
        assert!(watched.iter().all(|path| folder.join(path).exists()), "{watched:?}");
    }
}

/// Else every commit would build every test anew.
#[test]
fn a_debug_build_looks_at_the_sources_alone() {
    let folder = repository("debug");
    let said = said(&folder, "debug", None);
    assert_eq!(watched(&said), ["src"]);
    assert_eq!(commit(&said), head(&folder));
}
