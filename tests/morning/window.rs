//! A window of a real terminal (tmux) in which somebody types.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// One person at one terminal.
pub struct Window {
    /// The socket of a tmux server of its own.
    socket: String,
    /// What the shell asks with.
    prompt: String,
}

impl Window {
    /// A shell of this person, this wide, with programs and a kubeconfig in the folder.
    pub fn open(person: &str, folder: &Path, columns: u16) -> Self {
        let window = Self {
            socket: format!("{}-{person}", folder.file_name().unwrap().display()),
            prompt: format!("{person}$"),
        };
        let rc = folder.join(format!("{person}.bashrc"));
        let socket = &window.socket;
        let told = format!(
            "PS1='{person}$ '\nPATH='{folder}':$PATH\nexport KUBECONFIG='{folder}/{person}.kubeconfig' TZ=UTC\n\
             unset COLUMNS NO_COLOR\nPROMPT_COMMAND='tmux -L {socket} wait-for -S prompt'\n",
            folder = folder.display(),
        );
        std::fs::write(&rc, told).unwrap();
        let shell = format!("bash --noprofile --rcfile {}", rc.display());
        let size = columns.to_string();
        let settings = [
            "-f",
            "/dev/null",
            "start-server",
            ";",
            "set-option",
            "-g",
            "history-limit",
            "20000",
            ";",
        ];
        let session = ["new-session", "-d", "-x", &size, "-y", "60", &shell];
        let mut args = settings.to_vec();
        args.extend(session);
        window.tmux(&args);
        window.prompt();
        window
    }

    fn tmux(&self, args: &[&str]) -> String {
        let output = Command::new("tmux")
            .args(["-L", &self.socket])
            .args(args)
            .output()
            .unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "tmux {args:?}: {error}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Waits until the shell asks for the next command.
    fn prompt(&self) {
        self.tmux(&["wait-for", "prompt"]);
        // It is told just before the shell writes it; what is typed earlier would stand in front.
        self.eventually("a prompt", || self.shown().trim_end().ends_with(&self.prompt));
    }

    /// Nothing tells what has been drawn.
    fn eventually(&self, what: &str, is_so: impl Fn() -> bool) {
        let seen = (0..600).any(|_| {
            std::thread::sleep(Duration::from_millis(50));
            is_so()
        });
        assert!(seen, "{what} is not there: {}", self.shown());
    }

    fn keys(&self, text: &str) {
        self.tmux(&["send-keys", "-l", text]);
        self.tmux(&["send-keys", "Enter"]);
    }

    /// Types a command and waits until it is over.
    pub fn types(&self, command: &str) {
        self.keys(command);
        self.prompt();
    }

    /// Types a command that asks something.
    pub fn begins(&self, command: &str) {
        self.keys(command);
    }

    /// Waits until these words are asked, and answers.
    pub fn answers(&self, question: &str, answer: &str, enter: bool) {
        self.eventually(question, || self.shown().contains(question));
        self.tmux(&["send-keys", "-l", answer]);
        if enter {
            self.tmux(&["send-keys", "Enter"]);
        }
    }

    /// Waits until the command is over.
    pub fn done(&self) {
        self.prompt();
    }

    /// Everything that stood in the window, lines that were broken at its edge put together.
    pub fn shown(&self) -> String {
        self.tmux(&["capture-pane", "-p", "-J", "-S", "-"])
    }

    /// Waits until what stands in the window now, without what went off its top, is so.
    pub fn shows(&self, what: &str, is_so: impl Fn(&str) -> bool) {
        self.eventually(what, || is_so(&self.tmux(&["capture-pane", "-p", "-J"])));
    }

    /// Ends what goes on by itself, as with Ctrl-C, and waits for the prompt.
    pub fn interrupts(&self) {
        self.tmux(&["send-keys", "C-c"]);
        self.prompt();
    }

    /// The same with its colours.
    pub fn coloured(&self) -> String {
        self.tmux(&["capture-pane", "-p", "-e", "-S", "-"])
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        let _ = Command::new("tmux").args(["-L", &self.socket, "kill-server"]).status();
    }
}
