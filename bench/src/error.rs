//! Why a measurement cannot be made.

use std::io;

use thiserror::Error;

/// Why a measurement cannot be made.
#[derive(Debug, Error)]
pub enum Error {
    /// The operating system refuses something.
    #[error("{what}: {source}")]
    Io {
        /// What was tried.
        what: String,
        /// The operating system's word.
        source: io::Error,
    },
    /// A program that bench/install.sh or cargo would have put there.
    #[error("{program} is not there: run {remedy}")]
    Missing {
        /// The program.
        program: String,
        /// What installs it.
        remedy: &'static str,
    },
    /// Other programs run, so that results would not be those of a quiet machine.
    #[error(
        "the load average is {load:.2}: results are written only where it is at most {max:.2}, as \
         other programs spoil them. End those (`top` shows them) and start again, or print the \
         results without keeping them: leave out --results (make: RESULTS=)"
    )]
    Busy {
        /// Of the last minute.
        load: f64,
        /// What is allowed.
        max: f64,
    },
    /// A peer does not answer as it must.
    #[error("{peer} is not serving: {why}; it says:\n{log}")]
    NotServing {
        /// The peer.
        peer: String,
        /// What it did instead.
        why: String,
        /// The end of its output.
        log: String,
    },
    /// Another program's output is not what its version of today prints.
    #[error("{what} cannot be read: {text}")]
    Unreadable {
        /// Whose output.
        what: &'static str,
        /// The output.
        text: String,
    },
}

/// A result with this crate's error.
pub type Result<T> = std::result::Result<T, Error>;

/// Says what was tried when the operating system refused it.
pub trait Context<T> {
    /// Adds what was tried.
    fn context(self, what: impl FnOnce() -> String) -> Result<T>;
}

impl<T> Context<T> for io::Result<T> {
    fn context(self, what: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|source| Error::Io {
            what: what(),
            source,
        })
    }
}
