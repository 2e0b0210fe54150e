//! The generator's command line.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use limpet_codegen::{generate, write};

/// Generates Limpet's API from the JSON schemas in schema/.
#[derive(Parser)]
#[command(version)]
struct Args {
    /// The repository.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/.."))]
    root: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Writes every output.
    Gen,
}

fn main() -> anyhow::Result<ExitCode> {
    let args = Args::parse();
    match args.command {
        Command::Gen => {
            write(&args.root, &generate(&args.root)?)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
