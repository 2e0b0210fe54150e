//! `limpet`, the one binary: parses the command line, and hands over to one module a command.
//!
//! | command | module |
//! |---|---|
//! | `run` | [`run`]: the standalone gateway |
//! | `operator` | [`operator`]: the operator of a cluster |
//! | `dataplane` | [`dataplane`]: a data plane of a fleet |
//! | `check` | [`check`]: validation only |
//! | `diff` | [`diff`]: what manifests would change |
//! | `explain` | [`explain`], [`flags`]: what a name means |
//! | `rotate-key` | [`state`]: the affinity key's file |
//! | `demo` | [`demo`]: the specification's eight steps, checked as they happen |
//! | `version`, `completions`, `man` | [`package`]: what packages and shells want |
//!
//! It owns settings, signals and what is printed; translation and serving live in their crates.
//! Tested by `cli/tests`, which run the binary as a person would.

mod args;
mod check;
mod dataplane;
mod demo;
mod diff;
mod explain;
mod flags;
mod logging;
mod memory;
#[cfg(feature = "operator")]
mod operator;
mod output;
mod package;
mod run;
mod settings;
mod signals;
mod standalone;
mod state;

use std::process::ExitCode;

use clap::Parser;

use args::{Args, Command};

fn main() -> ExitCode {
    let outcome = match Args::parse().command {
        Command::Run(flags) => run::run(&flags),
        #[cfg(feature = "operator")]
        Command::Operator(args) => operator::operator(args),
        Command::Dataplane(args) => dataplane::dataplane(&args),
        Command::Check(args) => check::check(&args),
        Command::Diff(args) => diff::diff(&args),
        Command::Explain(args) => explain::explain(&args),
        Command::RotateKey(args) => state::rotate_key(&args),
        Command::Demo(args) => demo::demo(&args),
        Command::Version => package::version(),
        Command::Completions(args) => package::completions(&args),
        Command::Man(args) => package::man(&args),
        Command::DemoBackend(args) => demo::backend::serve(&args),
    };
    outcome.unwrap_or_else(|error| {
        output::error(&error);
        ExitCode::FAILURE
    })
}
