//! `kubectl handoff man`: pages for `man`, made of the command line's own definition.

use clap::{Args, Command};
use std::path::PathBuf;

/// Writes a man page for every command into a folder.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Example:\n  kubectl handoff man ~/.local/share/man/man1 && man kubectl-handoff-confirm")]
pub struct ManArgs {
    /// The folder; it is made if it is not there.
    #[arg(value_name = "FOLDER")]
    pub folder: PathBuf,
}

/// Does it.
///
/// # Errors
/// In words: the folder cannot be written.
pub fn man(command: Command, args: &ManArgs) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("{} cannot be written: {error}", args.folder.display());
    std::fs::create_dir_all(&args.folder).map_err(failed)?;
    // The name of a page is that of the program, not what kubectl calls it.
    let command = command.bin_name("kubectl-handoff").display_name("kubectl-handoff");
    clap_mangen::generate_to(command, &args.folder).map_err(failed)
}
