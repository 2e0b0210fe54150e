//! The demo's manifests and ports.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};

use anyhow::Context;

const FOLDER: &str = "examples/session-affinity";

const FILES: [(&str, &str); 5] = [
    (
        "echo.yaml",
        include_str!("../../../examples/session-affinity/echo.yaml"),
    ),
    (
        "gateway.yaml",
        include_str!("../../../examples/session-affinity/gateway.yaml"),
    ),
    (
        "ingress.yaml",
        include_str!("../../../examples/session-affinity/ingress.yaml"),
    ),
    (
        "ingress-extension.yaml",
        include_str!("../../../examples/session-affinity/ingress-extension.yaml"),
    ),
    (
        "route-policy.yaml",
        include_str!("../../../examples/session-affinity/route-policy.yaml"),
    ),
];

/// The ports the demo listens on. The defaults are those that the manifests name.
pub struct Ports {
    /// Of the Gateway's listener.
    pub gateway: u16,
    /// Of Ingress.
    pub ingress: u16,
    /// Of each backend, on an address of its own.
    pub backend: u16,
    /// Of the admin listener.
    pub admin: u16,
}

impl Default for Ports {
    fn default() -> Self {
        Self {
            gateway: 8080,
            ingress: 8081,
            backend: 18080,
            admin: 9900,
        }
    }
}

impl Ports {
    /// Those that the manifests name, where nobody listens on any of them.
    pub fn usual() -> Option<Self> {
        let ports = Self::default();
        let all = [ports.gateway, ports.ingress, ports.backend, ports.admin];
        let is_free = |port| TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).is_ok();
        all.into_iter().all(is_free).then_some(ports)
    }

    /// Ports that nobody listens on now.
    pub fn free() -> anyhow::Result<Self> {
        let mut held = Vec::new();
        let mut next = || -> anyhow::Result<u16> {
            let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).context("no free port")?;
            let port = listener.local_addr()?.port();
            held.push(listener);
            Ok(port)
        };
        Ok(Self {
            gateway: next()?,
            ingress: next()?,
            backend: next()?,
            admin: next()?,
        })
    }
}

/// Where the manifests and the state lie while the demo runs.
pub struct Manifests {
    folder: PathBuf,
    scratch: tempfile::TempDir,
}

impl Manifests {
    /// Uses the checkout's manifests where `in_place` asks for it and they are there, else a copy
    /// that names `ports`.
    pub fn place(ports: &Ports, in_place: bool) -> anyhow::Result<Self> {
        let scratch = tempfile::tempdir().context("the demo needs a temporary folder")?;
        let checkout = Path::new(FOLDER);
        if in_place && checkout.is_dir() {
            return Ok(Self {
                folder: checkout.to_owned(),
                scratch,
            });
        }
        let folder = scratch.path().join("manifests");
        std::fs::create_dir(&folder)?;
        for (name, text) in FILES {
            std::fs::write(folder.join(name), with_ports(text, ports))?;
        }
        Ok(Self { folder, scratch })
    }

    /// The folder with the manifests.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A fresh state folder, gone with the demo.
    pub fn state_folder(&self) -> PathBuf {
        self.scratch.path().join("state")
    }
}

fn with_ports(text: &str, ports: &Ports) -> String {
    text.replace("18080", &ports.backend.to_string())
        .replace("port: 8080", &format!("port: {}", ports.gateway))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_that_are_taken_are_not_used() {
        // By this test, or by whoever was here first.
        let _taken = TcpListener::bind((Ipv4Addr::UNSPECIFIED, Ports::default().gateway));
        assert!(Ports::usual().is_none());
    }
}
