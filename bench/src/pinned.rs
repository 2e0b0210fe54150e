//! One session that asks a running peer for the small reply, on many connections.

use std::path::Path;

use crate::cpus::Cpus;
use crate::error::Result;
use crate::peers::{Peer, Running};
use crate::wrk::{self, Clients, Load, Seen};
use crate::{probe, sessions};

const CONNECTIONS: u32 = 64;
const PATH: &str = "/";

/// It.
pub struct Pinned<'a> {
    running: &'a Running,
    load_cpus: &'a Cpus,
    folder: &'a Path,
    cookie: String,
    answer_bytes: usize,
}

impl<'a> Pinned<'a> {
    /// Begins the session; `folder` is for wrk's script.
    pub fn begin(
        peer: Peer,
        running: &'a Running,
        load_cpus: &'a Cpus,
        folder: &'a Path,
    ) -> Result<Self> {
        let cookie = sessions::cookies(peer, running, PATH, 1)?.remove(0);
        let answer = probe::get(running.address, PATH, Some(&cookie));
        let answer = answer.map_err(|error| running.process.not_serving(error.to_string()))?;
        Ok(Self {
            running,
            load_cpus,
            folder,
            cookie,
            answer_bytes: answer.bytes,
        })
    }

    /// Asks for so long. A wrong answer is an error.
    pub fn load(&self, seconds: u32) -> Result<Seen> {
        let load = Load {
            to: self.running.address,
            is_encrypted: false,
            path: PATH,
            clients: Clients::One(&self.cookie),
            fields: &[],
            connections: CONNECTIONS,
            seconds,
        };
        let seen = wrk::run(&load, self.load_cpus, self.folder)?;
        let faults = seen.faults(self.answer_bytes, CONNECTIONS);
        if faults.is_empty() {
            Ok(seen)
        } else {
            Err(self.running.process.not_serving(faults.join(", ")))
        }
    }
}
