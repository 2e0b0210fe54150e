//! The demo's manifests and ports.

use std::fs;
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
    /// Writes a copy that names `ports` to a folder that stays (`keep`), or uses the checkout's manifests
    /// where `in_place` asks for it and they are there, or a copy that goes with the demo.
    pub fn place(ports: &Ports, in_place: bool, keep: Option<&Path>) -> anyhow::Result<Self> {
        let scratch = tempfile::tempdir().context("the demo needs a temporary folder")?;
        let checkout = Path::new(FOLDER);
        let folder = match keep {
            Some(folder) => folder.to_owned(),
            None if in_place && checkout.is_dir() => checkout.to_owned(),
            None => scratch.path().join("manifests"),
        };
        if folder != checkout || keep.is_some() {
            write_copy(&folder, ports)?;
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

/// What somebody has edited is not written over.
fn write_copy(folder: &Path, ports: &Ports) -> anyhow::Result<()> {
    let shown = folder.display();
    fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {shown}"))?;
    let is_empty = fs::read_dir(folder)?.next().is_none();
    anyhow::ensure!(
        is_empty,
        "{shown} is not empty; name a folder that is, or a new one"
    );
    for (name, text) in FILES {
        fs::write(folder.join(name), adapted(text, ports))
            .with_context(|| format!("cannot write {name} to {shown}"))?;
    }
    Ok(())
}

/// With these ports, and with the namespace in every object, so that `limpet run` needs no `-n`.
fn adapted(text: &str, ports: &Ports) -> String {
    let policy = "  name: session-affinity-route-policy\n";
    text.replace("18080", &ports.backend.to_string())
        .replace("port: 8080", &format!("port: {}", ports.gateway))
        .replace(policy, &format!("{policy}  namespace: test-infra\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_a_folder_is_not_written_over() {
        let folder = tempfile::tempdir().expect("a folder");
        let mine = folder.path().join("gateway.yaml");
        fs::write(&mine, "mine").expect("the folder is ours");
        let placed = Manifests::place(&Ports::default(), true, Some(folder.path()));
        let error = placed.err().expect("it is refused").to_string();
        assert!(
            error.ends_with("is not empty; name a folder that is, or a new one"),
            "{error}"
        );
        assert_eq!(fs::read_to_string(&mine).expect("it is there"), "mine");
    }

    #[test]
    fn ports_that_are_taken_are_not_used() {
        // By this test, or by whoever was here first.
        let _taken = TcpListener::bind((Ipv4Addr::UNSPECIFIED, Ports::default().gateway));
        assert!(Ports::usual().is_none());
    }
}
