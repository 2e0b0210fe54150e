//! The settings of `limpet run`: flags over environment (`LIMPET_...`) over a TOML file over
//! defaults. An unknown key of the file is an error that names it; an unknown variable is only said,
//! as Kubernetes puts variables of its own beside a Service named `limpet`. Tested below and by
//! `cli/tests/settings.rs`.

use std::ffi::OsStr;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use figment::Figment;
use figment::providers::{Format, Serialized, Toml};
use ipnet::IpNet;
use limpet_translator::translate;
use serde::{Deserialize, Serialize};

use crate::args::{Driver, Output, RunFlags};

/// What `limpet run` works with. The flags of the same names tell what each means.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Settings {
    pub filename: Vec<PathBuf>,
    pub namespace: String,
    pub bind: IpAddr,
    pub ingress_port: u16,
    pub ingress_tls_port: u16,
    pub workers: usize,
    pub driver: Driver,
    pub admin: SocketAddr,
    pub state: PathBuf,
    pub access_log: Option<PathBuf>,
    pub requests_per_session_max: u32,
    pub request_timeout_secs: u64,
    pub header_timeout_secs: u64,
    pub idle_timeout_secs: u64,
    pub connect_timeout_secs: u64,
    pub trusted_proxies: Vec<IpNet>,
    pub proxy_protocol_from: Vec<IpNet>,
    pub via: bool,
    pub drain_timeout_secs: u64,
    pub log: String,
    pub output: Output,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            filename: Vec::new(),
            namespace: "default".to_owned(),
            bind: Ipv4Addr::LOCALHOST.into(),
            ingress_port: 8081,
            ingress_tls_port: 8481,
            workers: std::thread::available_parallelism().map_or(1, usize::from),
            driver: Driver::Auto,
            admin: (Ipv4Addr::LOCALHOST, 9900).into(),
            state: crate::state::default_folder(),
            access_log: None,
            requests_per_session_max: 1024,
            request_timeout_secs: 60,
            header_timeout_secs: 10,
            idle_timeout_secs: 60,
            connect_timeout_secs: 2,
            trusted_proxies: Vec::new(),
            proxy_protocol_from: Vec::new(),
            via: true,
            drain_timeout_secs: 30,
            log: "info".to_owned(),
            output: Output::Table,
        }
    }
}

impl Settings {
    /// Puts the layers together.
    pub fn load(flags: &RunFlags) -> anyhow::Result<Self> {
        let settings = Self::from_layers(flags)?;
        anyhow::ensure!(
            !settings.filename.is_empty(),
            "no manifests: name files or folders with -f, for example `limpet run -f examples/session-affinity` [settings-invalid]"
        );
        anyhow::ensure!(
            settings.workers > 0,
            "workers is 0; it must be 1 or more [settings-invalid]"
        );
        Ok(settings)
    }

    /// What the translator is told.
    pub fn for_translation(&self) -> translate::Settings {
        translate::Settings {
            bind: self.bind,
            ingress_port: self.ingress_port,
            ingress_tls_port: self.ingress_tls_port,
            ..translate::Settings::default()
        }
    }

    /// What the data plane is told.
    pub fn for_data_plane(&self) -> limpet_dataplane::Settings {
        limpet_dataplane::Settings {
            workers: self.workers,
            driver: self.driver.into(),
            admin: Some(self.admin),
            access_log: self.access_log.clone(),
            requests_per_session_max: self.requests_per_session_max,
            request_timeout: Duration::from_secs(self.request_timeout_secs),
            header_timeout: Duration::from_secs(self.header_timeout_secs),
            idle_timeout: Duration::from_secs(self.idle_timeout_secs),
            connect_timeout: Duration::from_secs(self.connect_timeout_secs),
            drain_timeout: Duration::from_secs(self.drain_timeout_secs),
            trusted_proxies: self.trusted_proxies.clone(),
            proxy_protocol_from: self.proxy_protocol_from.clone(),
            via: self.via,
            ..limpet_dataplane::Settings::default()
        }
    }

    fn from_layers(flags: &RunFlags) -> anyhow::Result<Self> {
        let mut layers = Figment::from(Serialized::defaults(Self::default()));
        if let Some(path) = &flags.config {
            layers = layers.merge(Toml::file_exact(existing(path)?));
        }
        let settings = layers.merge(Serialized::defaults(flags)).extract();
        settings.map_err(|error| anyhow::anyhow!("{error} [settings-invalid]"))
    }
}

/// Variables that look like settings and are none.
pub fn unknown_variables() -> Vec<String> {
    let flags = RunFlags::augment_args(clap::Command::new("run"));
    let known: Vec<&OsStr> = flags
        .get_arguments()
        .filter_map(clap::Arg::get_env)
        .collect();
    let names = std::env::vars_os().map(|(name, _)| name);
    let unknown = names.filter(|name| !known.contains(&name.as_os_str()));
    unknown
        .filter_map(|name| name.into_string().ok())
        .filter(|name| name.starts_with("LIMPET_") && !is_of_a_service(name))
        .collect()
}

/// `<service>_SERVICE_HOST`, `<service>_PORT_80_TCP_ADDR`, ...
fn is_of_a_service(name: &str) -> bool {
    name.contains("_SERVICE_") || name.contains("_PORT_") || name.ends_with("_PORT")
}

fn existing(path: &Path) -> anyhow::Result<&Path> {
    anyhow::ensure!(
        path.is_file(),
        "settings file {}: no such file [settings-invalid]",
        path.display()
    );
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> (tempfile::TempDir, RunFlags) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("limpet.toml");
        std::fs::write(&path, text).expect("the folder is ours");
        let flags = RunFlags {
            config: Some(path),
            ..RunFlags::default()
        };
        (folder, flags)
    }

    #[test]
    fn a_flag_wins_over_the_file_and_the_file_over_the_default() {
        let (_folder, mut flags) = file("namespace = \"shop\"\nworkers = 3\n");
        flags.workers = Some(7);
        let settings = Settings::from_layers(&flags).expect("both layers are right");
        assert_eq!((settings.namespace.as_str(), settings.workers), ("shop", 7));
        assert_eq!(settings.ingress_port, Settings::default().ingress_port);
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_name_and_file() {
        let (_folder, flags) = file("wrokers = 3\n");
        let error = Settings::from_layers(&flags)
            .expect_err("the key is misspelt")
            .to_string();
        assert!(
            error.contains("wrokers") && error.contains("limpet.toml"),
            "{error}"
        );
    }

    #[test]
    fn a_wrong_type_is_refused_with_its_key() {
        let (_folder, flags) = file("workers = \"many\"\n");
        let error = Settings::from_layers(&flags)
            .expect_err("not a number")
            .to_string();
        assert!(error.contains("workers"), "{error}");
    }

    #[test]
    fn limits_in_time_reach_the_data_plane() {
        let (_folder, mut flags) = file("idle_timeout_secs = 0\nconnect_timeout_secs = 4\n");
        flags.header_timeout_secs = Some(3);
        let settings = Settings::from_layers(&flags).expect("both layers are right");
        let told = settings.for_data_plane();
        let secs = Duration::from_secs;
        assert_eq!(
            (told.header_timeout, told.idle_timeout, told.connect_timeout),
            (secs(3), Duration::ZERO, secs(4))
        );
    }

    #[test]
    fn who_is_trusted_and_what_is_said_reach_the_data_plane() {
        let (_folder, flags) =
            file("trusted_proxies = [\"10.0.0.0/8\", \"fd00::/8\"]\nvia = false\n");
        let told = Settings::from_layers(&flags)
            .expect("it is right")
            .for_data_plane();
        let trusted: Vec<String> = told
            .trusted_proxies
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            (trusted, told.via),
            (vec!["10.0.0.0/8".to_owned(), "fd00::/8".to_owned()], false)
        );
        let (_folder, flags) = file("trusted_proxies = [\"10.0.0.0\"]\n");
        let error = Settings::from_layers(&flags)
            .expect_err("no network")
            .to_string();
        assert!(error.contains("trusted_proxies"), "{error}");
    }
}
