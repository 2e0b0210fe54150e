//! The pods behind every peer, three of one Service and a thousand of another: one process that never is the
//! bottleneck.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use super::{Programs, free_port};
use crate::cpus::Cpus;
use crate::error::Result;
use crate::probe;
use crate::process::Process;

const START_TIMEOUT: Duration = Duration::from_secs(5);

/// The backends; they end with this value.
#[derive(Debug)]
pub struct Backends {
    /// The same for each.
    pub port: u16,
    _process: Process,
}

impl Backends {
    /// Where the three listen; `bench/peers` names the same.
    pub const ADDRESSES: [Ipv4Addr; 3] = [
        Ipv4Addr::new(127, 0, 0, 11),
        Ipv4Addr::new(127, 0, 0, 12),
        Ipv4Addr::new(127, 0, 0, 13),
    ];

    /// Where the thousand listen.
    pub fn thousand() -> impl Iterator<Item = Ipv4Addr> {
        (0..1000).map(|number: u32| {
            let [_, _, high, low] = (number + 256 * 16).to_be_bytes();
            Ipv4Addr::new(127, 0, high, low)
        })
    }

    /// Starts them and waits until they answer.
    pub fn start(programs: &Programs, cpus: &Cpus, folder: &Path) -> Result<Self> {
        let all: Vec<Ipv4Addr> = Self::ADDRESSES
            .into_iter()
            .chain(Self::thousand())
            .collect();
        Self::start_on(&all, programs, cpus, folder)
    }

    /// The same on other addresses.
    pub fn start_on(
        addresses: &[Ipv4Addr],
        programs: &Programs,
        cpus: &Cpus,
        folder: &Path,
    ) -> Result<Self> {
        let port = free_port()?;
        let with_port = |address: &Ipv4Addr| SocketAddr::from((*address, port));
        let addresses: Vec<SocketAddr> = addresses.iter().map(with_port).collect();
        let mut args = vec!["backend".to_owned()];
        for address in &addresses {
            args.extend(["--listen".to_owned(), address.to_string()]);
        }
        let mut process = Process::start("backend", cpus, programs.bench()?, args, folder)?;
        for address in addresses {
            process.wait_until(START_TIMEOUT, || {
                let answer = probe::get(address, "/", None);
                answer.map(drop).map_err(|error| error.to_string())
            })?;
        }
        Ok(Self {
            port,
            _process: process,
        })
    }
}
