//! The generator's command line.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command talks to its user"
)]

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use limpet_codegen::compat::{self, Verdict};
use limpet_codegen::emit::{COMMAND, explain};
use limpet_codegen::source::Sources;
use limpet_codegen::{drift, gateway_api, generate, write};

/// Generates Limpet's API from the JSON schemas in schema/.
#[derive(Parser)]
#[command(version)]
struct Args {
    /// The repository.
    #[arg(long, global = true, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/.."))]
    root: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Writes every output.
    Gen,
    /// Fails if an output is not what the sources make.
    Check,
    /// Fails if the sources refuse what older ones accepted.
    Compat {
        /// The folder with the older sources.
        #[arg(long, value_name = "DIR")]
        against: PathBuf,
        /// Accept changes of which nobody knows whether they refuse anything.
        #[arg(long)]
        allow_unknown: bool,
    },
    /// Prints what a field or message id means.
    Explain {
        /// `spec.default.sessionAffinity.cookieName`, `RoutePolicy`, `field-enum`
        topic: String,
    },
}

fn main() -> anyhow::Result<ExitCode> {
    let Args { root, command } = Args::parse();
    match command {
        Command::Gen => {
            write(&root, &generate(&root)?)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Check => check(&root),
        Command::Compat {
            against,
            allow_unknown,
        } => compat(&root, &against, allow_unknown),
        Command::Explain { topic } => {
            let sources = Sources::read(&root.join("schema"))?;
            let unknown = || anyhow::anyhow!("{topic}: no field and no message id");
            print!("{}", explain(&sources, &topic)?.ok_or_else(unknown)?);
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn check(root: &Path) -> anyhow::Result<ExitCode> {
    let drifted = drift(root, &generate(root)?)?;
    if !drifted.is_empty() {
        eprintln!("not what the sources make:");
        drifted.iter().for_each(|file| eprintln!("  {file}"));
        eprintln!("Change the sources in schema/ instead, and run: {COMMAND}");
    }
    let foreign = gateway_api::drift(root)?;
    if !foreign.is_empty() {
        eprintln!("not what kopium made of the Gateway API:");
        foreign.iter().for_each(|file| eprintln!("  {file}"));
        eprintln!(
            "Change nothing there by hand, and run: {}",
            gateway_api::COMMAND
        );
    }
    Ok(if drifted.is_empty() && foreign.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn compat(root: &Path, against: &Path, allow_unknown: bool) -> anyhow::Result<ExitCode> {
    let (old, new) = (
        Sources::read(against)?,
        Sources::read(&root.join("schema"))?,
    );
    let mut findings = compat::compare(&old, &new)?;
    findings.retain(|finding| finding.verdict != Verdict::Unknown || !allow_unknown);
    findings.iter().for_each(|finding| eprintln!("{finding}"));
    if findings
        .iter()
        .any(|finding| finding.verdict == Verdict::Unknown)
    {
        eprintln!("Look at what nobody knows; if nothing in use is refused, add --allow-unknown.");
    }
    Ok(if findings.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
