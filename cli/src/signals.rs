//! What signals mean to whatever serves: SIGTERM and Ctrl-C end gracefully, Ctrl-C after that ends at
//! once, SIGHUP reads the affinity keys again. SIGUSR1 and SIGUSR2 mean something to other servers, and
//! would end this one without a drain: here they mean nothing. Tested by `cli/tests/signals.rs`.

use std::io;
use std::process;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2};
use signal_hook::iterator::Signals;

/// What shells give as the status of a process that Ctrl-C ended.
const INTERRUPTED: i32 = 130;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// SIGHUP.
    Reload,
    /// SIGTERM or Ctrl-C.
    End,
}

/// What is asked for from now on.
pub struct Asked {
    signals: Signals,
    is_ending: bool,
}

impl Asked {
    /// Takes the signals over from the kernel, which would end the process.
    pub fn listen() -> io::Result<Self> {
        Ok(Self {
            signals: Signals::new([SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2])?,
            is_ending: false,
        })
    }
}

impl Iterator for Asked {
    type Item = Ask;

    fn next(&mut self) -> Option<Ask> {
        loop {
            match self.signals.forever().next()? {
                SIGHUP => return Some(Ask::Reload),
                SIGINT if self.is_ending => end_at_once(),
                SIGINT | SIGTERM => {
                    self.is_ending = true;
                    return Some(Ask::End);
                }
                other => tracing::info!("signal {other} means nothing to Limpet"),
            }
        }
    }
}

/// Whoever asks again does not want to wait for what is in flight.
pub fn end_at_once() -> ! {
    tracing::info!("interrupted again: not waiting for what is in flight");
    process::exit(INTERRUPTED)
}
