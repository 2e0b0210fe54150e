//! What packages and shells want of the command line: its version, completions and man pages.
//!
//! All of it is made from [`Args`], and says what `--help` says. Tested by `cli/tests/package.rs`.

use std::fs;
use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::Context;
use clap::CommandFactory;

use crate::args::{Args, CompletionsArgs, ManArgs};

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
        .with_context(|| format!("cannot write man pages to {}", folder.display()))?;
    Ok(ExitCode::SUCCESS)
}

/// A reader that has seen enough, such as `head`, is no error.
fn print(text: &[u8]) -> anyhow::Result<ExitCode> {
    match io::stdout().write_all(text) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(ExitCode::SUCCESS),
    }
}
