//! Builds the binaries with Go, once per user and version.

use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use super::{Error, KUBERNETES_VERSION, Purpose, go, is_program};
use crate::files::{FileError, create_private_dir};
use crate::logs;
use crate::progress::Progress;

const REFRESH: Duration = Duration::from_millis(500);

/// A program to build.
pub(super) struct Target {
    pub(super) name: &'static str,
    /// Folder of the Go module that pins it.
    pub(super) module: &'static str,
    pub(super) package: &'static str,
    /// About how long it takes on two cores.
    pub(super) minutes: u32,
    /// Whether it is told its version as Kubernetes is.
    pub(super) kubernetes: bool,
}

pub(super) const CONTROL_PLANE: [Target; 3] = [
    Target {
        name: "kube-apiserver",
        module: "dev/controlplane/kubernetes",
        package: "k8s.io/kubernetes/cmd/kube-apiserver",
        minutes: 5,
        kubernetes: true,
    },
    Target {
        name: "kubectl",
        module: "dev/controlplane/kubernetes",
        package: "k8s.io/kubernetes/cmd/kubectl",
        minutes: 1,
        kubernetes: true,
    },
    Target {
        name: "etcd",
        module: "dev/controlplane/etcd",
        package: "go.etcd.io/etcd/server/v3",
        minutes: 1,
        kubernetes: false,
    },
];

/// Builds what is missing in the folder; when others build already, waits for them.
pub(super) fn all(
    targets: &[Target],
    purpose: &Purpose,
    repository: &Path,
    folder: &Path,
    progress: Progress,
) -> Result<(), Error> {
    create_private_dir(folder)?;
    let path = folder.join("build.lock");
    let lock = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
    let lock = lock.map_err(FileError::new("open", &path))?;
    if lock.try_lock().is_err() {
        progress.line(&format!("another command builds {}; waiting for it", purpose.what));
        lock.lock().map_err(FileError::new("lock", &path))?;
    }
    remove_leftovers(folder);
    for target in targets {
        if !is_program(&folder.join(target.name)) {
            build(target, purpose, repository, folder, progress)?;
        }
    }
    Ok(())
}

/// What a build that was killed left behind.
fn remove_leftovers(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.path().extension().is_some_and(|extension| extension == "tmp") {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn build(
    target: &Target,
    purpose: &Purpose,
    repository: &Path,
    folder: &Path,
    progress: Progress,
) -> Result<(), Error> {
    let module = repository.join(target.module);
    go::check(&module, purpose)?;
    let unit = if target.minutes == 1 { "minute" } else { "minutes" };
    progress.line(&format!(
        "building {} with Go, once: about {} {unit} on two cores",
        target.name, target.minutes
    ));
    let destination = folder.join(target.name);
    let temporary = destination.with_extension("tmp");
    let child = command(target, &module, &temporary).spawn().map_err(Error::Run)?;
    let (succeeded, messages) = follow(child, target.name, progress)?;
    if !succeeded {
        return Err(Error::Build {
            name: target.name,
            lines: logs::last_lines(&messages, logs::SHOWN),
        });
    }
    fs::rename(&temporary, &destination).map_err(FileError::new("write", &destination))?;
    Ok(())
}

fn command(target: &Target, module: &Path, output: &PathBuf) -> Command {
    let mut command = Command::new("go");
    command
        .args(["build", "-v", "-trimpath", "-ldflags"])
        .arg(ldflags(target.kubernetes))
        .arg("-o")
        .arg(output)
        .arg(target.package)
        .current_dir(module)
        .env("CGO_ENABLED", "0")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    command
}

/// Without symbols; Kubernetes learns its version here.
fn ldflags(kubernetes: bool) -> String {
    if !kubernetes {
        return "-s -w".to_owned();
    }
    let mut numbers = KUBERNETES_VERSION.split('.');
    let (major, minor) = (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default());
    let version = "k8s.io/component-base/version";
    format!(
        "-s -w -X {version}.gitVersion=v{KUBERNETES_VERSION} -X {version}.gitMajor={major} -X {version}.gitMinor={minor}"
    )
}

/// Shows how far it is; returns whether it succeeded, and what it said other than the names of packages.
fn follow(mut child: Child, name: &str, progress: Progress) -> Result<(bool, String), Error> {
    let (send, receive) = channel();
    let errors = child.stderr.take();
    thread::spawn(move || {
        for line in errors
            .into_iter()
            .flat_map(|errors| BufReader::new(errors).lines())
            .map_while(Result::ok)
        {
            if send.send(line).is_err() {
                break;
            }
        }
    });
    let mut live = progress.live();
    let mut seen = Seen::default();
    loop {
        match receive.recv_timeout(REFRESH) {
            Ok(line) => seen.line(line),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        live.update(&seen.text(name));
    }
    let status = child.wait().map_err(Error::Run)?;
    live.finish(&seen.text(name));
    Ok((status.success(), seen.messages))
}

#[derive(Default)]
struct Seen {
    downloaded: u32,
    compiled: u32,
    messages: String,
}

impl Seen {
    fn line(&mut self, line: String) {
        if line.starts_with("go: downloading ") {
            self.downloaded += 1;
        } else if line.contains([' ', ':']) {
            self.messages.push_str(&line);
            self.messages.push('\n');
        } else {
            self.compiled += 1;
        }
    }

    fn text(&self, name: &str) -> String {
        let downloaded = match self.downloaded {
            0 => String::new(),
            count => format!("{count} modules downloaded, "),
        };
        format!("{name}: {downloaded}{} packages compiled", self.compiled)
    }
}

#[cfg(test)]
mod tests {
    use super::{Seen, ldflags};

    #[test]
    fn kubernetes_knows_its_version() {
        assert_eq!(
            ldflags(true),
            "-s -w -X k8s.io/component-base/version.gitVersion=v1.37.2 \
             -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=37"
        );
        assert_eq!(ldflags(false), "-s -w");
    }

    #[test]
    fn counts_what_go_says() {
        let mut seen = Seen::default();
        for line in [
            "go: downloading example.org/x v1.0.0",
            "example.org/x",
            "internal/abi",
            "x.go:1:2: undefined: y",
        ] {
            seen.line(line.to_owned());
        }
        assert_eq!(seen.text("etcd"), "etcd: 1 modules downloaded, 2 packages compiled");
        assert_eq!(seen.messages, "x.go:1:2: undefined: y\n");
    }
}
