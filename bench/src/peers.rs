//! The proxies that are compared: how each is started, with the configuration in `bench/peers`.

mod backends;
mod peer;
mod ports;
mod programs;

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::args::Driver;
use crate::cpus::Cpus;
use crate::error::{Context, Result};
use crate::probe;
use crate::process::Process;
use crate::tls;

pub use backends::Backends;
pub use peer::Peer;
pub use ports::free_port;
pub use programs::Programs;

/// The cookie of every peer.
pub const COOKIE_NAME: &str = "nomnom";

const START_TIMEOUT: Duration = Duration::from_secs(20);

/// What a peer is started with.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a> {
    /// Where the programs are.
    pub programs: &'a Programs,
    /// Where the backends listen.
    pub backend_port: u16,
    /// Serving threads.
    pub workers: usize,
    /// Processors.
    pub cpus: &'a Cpus,
    /// For configuration, logs and state; of this one start.
    pub folder: &'a Path,
    /// The program that runs the peer's, and its arguments; none: the peer runs alone.
    pub under: &'a [String],
}

/// A peer that serves.
#[derive(Debug)]
pub struct Running {
    /// Its processes.
    pub process: Process,
    /// Where clients go.
    pub address: SocketAddr,
    /// The same over TLS; not the relay's.
    pub encrypted: SocketAddr,
    /// Where metrics are; Limpet's only.
    pub admin: SocketAddr,
}

/// Starts a peer and waits until it answers.
pub fn start(peer: Peer, setting: &Setting<'_>) -> Result<Running> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?));
    let encrypted = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?));
    let admin = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?));
    let identity = tls::Identity::new().context(|| "a certificate".to_owned())?;
    identity
        .write(setting.folder)
        .context(|| "the certificate".to_owned())?;
    let plan = Plan {
        peer,
        setting,
        address,
        encrypted,
        identity,
        admin,
    };
    let mut process = plan.spawn()?;
    process.wait_until(START_TIMEOUT, || match probe::get(address, "/", None) {
        Ok(answer) if answer.status == 200 => Ok(()),
        Ok(answer) => Err(format!("it answers {}", answer.status)),
        Err(error) => Err(error.to_string()),
    })?;
    Ok(Running {
        process,
        address,
        encrypted,
        admin,
    })
}

/// What `limpet run` is told to serve these manifests.
pub fn limpet_args(
    setting: &Setting<'_>,
    manifests: &str,
    admin: SocketAddr,
    driver: Driver,
) -> Vec<String> {
    let state = setting.folder.join("state").display().to_string();
    let (admin, workers) = (admin.to_string(), setting.workers.to_string());
    let args = [
        ["--filename", manifests],
        ["--namespace", "bench"],
        ["--workers", &workers],
        ["--driver", driver.name()],
        ["--admin", &admin],
        ["--state", &state],
    ];
    let flags = args.as_flattened().iter();
    ["run"]
        .iter()
        .chain(flags)
        .map(|arg| (*arg).to_owned())
        .collect()
}

/// Writes each line that begins with `@EACH@` a thousand times, once for each endpoint.
fn repeat(template: &str) -> String {
    let lines = template
        .lines()
        .map(|line| match line.strip_prefix("@EACH@") {
            None => format!("{line}\n"),
            Some(line) => Backends::thousand()
                .enumerate()
                .map(|(number, address)| {
                    line.replace("@NUMBER@", &format!("{number:03}"))
                        .replace("@ADDRESS@", &address.to_string())
                        + "\n"
                })
                .collect(),
        });
    lines.collect()
}

struct Plan<'a> {
    peer: Peer,
    setting: &'a Setting<'a>,
    address: SocketAddr,
    encrypted: SocketAddr,
    identity: tls::Identity,
    admin: SocketAddr,
}

impl Plan<'_> {
    fn spawn(&self) -> Result<Process> {
        match self.peer {
            Peer::Relay => self.relay(Driver::IoUring),
            Peer::RelayEpoll => self.relay(Driver::Epoll),
            Peer::Limpet => self.limpet(Driver::IoUring, None),
            Peer::LimpetEpoll => self.limpet(Driver::Epoll, None),
            Peer::LimpetObserved => self.limpet(
                Driver::IoUring,
                Some(&self.setting.folder.join("access.json")),
            ),
            Peer::Haproxy => self.haproxy(),
            Peer::Nginx => self.nginx(),
            Peer::Envoy => self.envoy(),
        }
    }

    fn relay(&self, driver: Driver) -> Result<Process> {
        let to = SocketAddr::from((Backends::ADDRESSES[0], self.setting.backend_port));
        self.process(
            self.setting.programs.bench()?,
            [
                "relay",
                "--listen",
                &self.address.to_string(),
                "--to",
                &to.to_string(),
                "--workers",
                &self.setting.workers.to_string(),
                "--driver",
                driver.name(),
            ],
        )
    }

    fn limpet(&self, driver: Driver, access_log: Option<&Path>) -> Result<Process> {
        let manifests = self.config("limpet.yaml", include_str!("../peers/limpet.yaml"))?;
        let mut args = limpet_args(self.setting, &manifests, self.admin, driver);
        if let Some(log) = access_log {
            args.extend(["--access-log".to_owned(), log.display().to_string()]);
        }
        self.process(
            self.setting.programs.limpet()?,
            args.iter().map(String::as_str),
        )
    }

    fn haproxy(&self) -> Result<Process> {
        let config = self.config("haproxy.cfg", include_str!("../peers/haproxy.cfg"))?;
        // What a thread's small cache gives up is kept for all: such large buffers would go back to the
        // kernel with nearly every request.
        let args = ["-db", "-dMglobal", "-f", &config];
        self.process(self.setting.programs.haproxy()?, args)
    }

    fn nginx(&self) -> Result<Process> {
        let config = self.config("nginx.conf", include_str!("../peers/nginx.conf"))?;
        let prefix = self.setting.folder.display().to_string();
        self.process(
            self.setting.programs.nginx()?,
            ["-p", &prefix, "-e", "stderr", "-c", &config],
        )
    }

    fn envoy(&self) -> Result<Process> {
        let config = self.config("envoy.yaml", include_str!("../peers/envoy.yaml"))?;
        let workers = self.setting.workers.to_string();
        let args = ["--disable-hot-restart", "--log-level", "warning"];
        let args = args
            .into_iter()
            .chain(["--concurrency", &workers, "-c", &config]);
        self.process(self.setting.programs.envoy()?, args)
    }

    fn process<'a>(
        &self,
        program: &Path,
        args: impl IntoIterator<Item = &'a str>,
    ) -> Result<Process> {
        let Setting {
            cpus,
            folder,
            under,
            ..
        } = self.setting;
        let program = program.display().to_string();
        let args = args.into_iter().map(str::to_owned);
        let mut command = under.iter().cloned().chain([program]).chain(args);
        let first = command.next().expect("the peer's program at least");
        Process::start(self.peer.name(), cpus, Path::new(&first), command, folder)
    }

    /// Writes a configuration; its path.
    fn config(&self, name: &str, template: &str) -> Result<String> {
        let text = repeat(template)
            .replace("@LISTEN@", &self.address.to_string())
            .replace("@PORT@", &self.address.port().to_string())
            .replace("@TLS_LISTEN@", &self.encrypted.to_string())
            .replace("@TLS_PORT@", &self.encrypted.port().to_string())
            .replace("@CERTIFICATE@", &BASE64.encode(&self.identity.certificate))
            .replace("@KEY@", &BASE64.encode(&self.identity.key))
            .replace("@BACKEND_PORT@", &self.setting.backend_port.to_string())
            .replace("@WORKERS@", &self.setting.workers.to_string())
            .replace("@FOLDER@", &self.setting.folder.display().to_string());
        let path = self.setting.folder.join(name);
        fs::write(&path, text).context(|| format!("the configuration {name}"))?;
        Ok(path.display().to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::repeat;

    #[test]
    fn a_line_for_each_endpoint_is_written_a_thousand_times() {
        let text = repeat("a\n@EACH@ w@NUMBER@ @ADDRESS@\nb\n");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 1002);
        assert_eq!((lines[0], lines[1001]), ("a", "b"));
        assert_eq!(lines[1], " w000 127.0.16.0");
        assert_eq!(lines[1000], " w999 127.0.19.231");
    }
}
