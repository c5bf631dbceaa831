//! Says to the programs of which commit they are built. The image's builder has no `.git` and sets `HANDOFF_COMMIT` instead;
//! without either it is `unknown`. It may not say when or where that was: the same sources have to make the same program.

use std::path::Path;
use std::process::Command;

/// What the programs are built of. Anything else, such as a page of the documentation, makes no other program.
const SOURCES: &[&str] = &[
    "build.rs",
    "Cargo.toml",
    "Cargo.lock",
    "src",
    "core/Cargo.toml",
    "core/src",
    "charts/handoff/files",
];

fn main() {
    println!("cargo::rerun-if-env-changed=HANDOFF_COMMIT");
    let given = std::env::var("HANDOFF_COMMIT").ok();
    let commit = given.filter(|given| !given.is_empty()).or_else(from_git);
    println!(
        "cargo::rustc-env=HANDOFF_COMMIT={}",
        commit.as_deref().unwrap_or("unknown")
    );
}

/// The commit, with `-dirty` where the sources are not what it has. None where this is no repository of its own: one around
/// it is another's.
fn from_git() -> Option<String> {
    SOURCES.iter().for_each(|path| watch(path));
    if !Path::new(".git").exists() {
        return None;
    }
    let commit = git(&["rev-parse", "--short=12", "HEAD"])?;
    let status = [&["status", "--porcelain", "--untracked-files=no", "--"], SOURCES].concat();
    let dirty = if git(&status)?.is_empty() { "" } else { "-dirty" };
    watch_commits();
    Some(commit + dirty)
}

/// A commit, or another branch, of the same sources is another version, but no reason to build all tests again: only a
/// release looks. What a debug build says stays true: of these sources it was made.
fn watch_commits() {
    if std::env::var("PROFILE").is_ok_and(|profile| profile == "release") {
        // The second one grows with each commit, also where a branch is kept in a packed file.
        for name in ["HEAD", "logs/HEAD"] {
            // In a worktree these are elsewhere.
            let path = git(&["rev-parse", "--git-path", name]);
            path.iter().for_each(|path| watch(path));
        }
    }
}

/// One that is not there would make every build a new one.
fn watch(path: &str) {
    if Path::new(path).exists() {
        println!("cargo::rerun-if-changed={path}");
    }
}

fn git(args: &[&str]) -> Option<String> {
    let output = Command::new("git").args(args).output();
    let error = match output {
        Ok(output) if output.status.success() => {
            let text = String::from_utf8_lossy(&output.stdout);
            return Some(text.trim().to_owned());
        }
        Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        Err(error) => error.to_string(),
    };
    println!(
        "cargo::warning=the program will not say of which commit it is: git {}: {error}",
        args.join(" ")
    );
    None
}
