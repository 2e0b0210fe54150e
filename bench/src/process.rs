//! A program that runs on its processors for as long as this value lives, and not longer than the
//! bench itself. Its output goes to a file.

use std::ffi::OsStr;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::cpus::Cpus;
use crate::error::{Context, Error, Result};
use crate::sys;

/// How long a program may take to end before it is killed.
const END_TIMEOUT: Duration = Duration::from_secs(5);
const TICK: Duration = Duration::from_millis(10);
const LOG_LINES_SHOWN: usize = 20;

/// A running program.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts it; `folder` gets its output.
    pub fn start<S: AsRef<OsStr>>(
        name: &str,
        cpus: &Cpus,
        program: &Path,
        args: impl IntoIterator<Item = S>,
        folder: &Path,
    ) -> Result<Self> {
        let log = folder.join(format!("{name}.log"));
        let out = File::create(&log).context(|| format!("the output of {name}"))?;
        let err = out
            .try_clone()
            .context(|| format!("the output of {name}"))?;
        let child = pinned(cpus, program)
            .args(args)
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(err)
            .spawn()
            .context(|| {
                format!("{name} cannot be started with setpriv and taskset (util-linux)")
            })?;
        Ok(Self {
            name: name.to_owned(),
            child,
            log,
        })
    }

    /// Its number, the root of its tree.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks `is_ready` until it says so; the last refusal is told when it never does.
    pub fn wait_until(
        &mut self,
        limit: Duration,
        mut is_ready: impl FnMut() -> std::result::Result<(), String>,
    ) -> Result<()> {
        let until = Instant::now() + limit;
        loop {
            let Err(why) = is_ready() else {
                return Ok(());
            };
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(self.not_serving(format!("it ended, {status}")));
            }
            if Instant::now() > until {
                return Err(self.not_serving(why));
            }
            std::thread::sleep(TICK);
        }
    }

    /// The error that shows what it said.
    pub fn not_serving(&self, why: String) -> Error {
        let log = std::fs::read(&self.log).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = log.lines().collect();
        Error::NotServing {
            peer: self.name.clone(),
            why,
            log: lines[lines.len().saturating_sub(LOG_LINES_SHOWN)..].join("\n"),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        sys::terminate(self.child.id());
        let until = Instant::now() + END_TIMEOUT;
        while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < until {
            std::thread::sleep(TICK);
        }
        // Errors mean that it has ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A command on these processors, which ends when we do, even by a signal.
pub fn pinned(cpus: &Cpus, program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command
        .args(["--pdeathsig", "TERM", "taskset", "--cpu-list"])
        .arg(cpus.to_string())
        .arg(program);
    command
}
