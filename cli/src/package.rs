//! What packages and shells want of the command line: its version, completions and man pages.
//!
//! All of it is made from [`Args`], and says what `--help` says. Tested by `cli/tests/package.rs`.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::CommandFactory;
use limpet_schema::messages;
use thiserror::Error;

use crate::args::{Args, CompletionsArgs, ManArgs};
use crate::output::Unwritable;

/// Prints the name and the version.
pub fn version() -> anyhow::Result<ExitCode> {
    print(Args::command().render_version().as_bytes())
}

/// Prints a script that completes commands and flags.
pub fn completions(args: &CompletionsArgs) -> anyhow::Result<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "limpet", &mut script);
    print(&script)
}

/// Writes a page for each command.
pub fn man(args: &ManArgs) -> anyhow::Result<ExitCode> {
    let folder = &args.out;
    fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(Args::command(), folder))
        .map_err(|error| ManUnwritable(folder.clone(), error))?;
    Ok(ExitCode::SUCCESS)
}

/// There are no pages.
#[derive(Debug, Error)]
#[error(
    "cannot write man pages to {path}: {1}; {remedy} [{id}]",
    path = .0.display(),
    remedy = messages::MAN_UNWRITABLE.remedy,
    id = messages::MAN_UNWRITABLE.id
)]
struct ManUnwritable(PathBuf, io::Error);

/// A reader that has seen enough, such as `head`, is no error.
fn print(text: &[u8]) -> anyhow::Result<ExitCode> {
    match io::stdout().write_all(text) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Unwritable(error).into()),
        _ => Ok(ExitCode::SUCCESS),
    }
}
