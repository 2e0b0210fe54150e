//! Manifests of many routes: each an HTTPRoute for a host of its own, a RoutePolicy that makes it
//! sticky, a Service and its endpoints; a hundred routes a file. One more route is in a file of its
//! own, which changes.

use std::fmt::Write as _;
use std::fs;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use crate::error::{Context, Result};
use crate::peers::free_port;

const ROUTES_PER_FILE: u32 = 100;

/// A folder of manifests.
#[derive(Debug)]
pub struct Manifests {
    folder: tempfile::TempDir,
    /// How many routes, without the one that changes.
    pub routes: u32,
    /// The Gateway's.
    pub port: u16,
}

/// Where every Service's endpoint of this index listens.
pub fn address(endpoint: u32) -> Ipv4Addr {
    Ipv4Addr::from(Ipv4Addr::new(127, 0, 0, 11).to_bits() + endpoint)
}

/// The host of a route.
pub fn host(route: u32) -> String {
    format!("r{route}.bench.test")
}

/// The host that the changing route has at a version.
pub fn changed_host(version: u32) -> String {
    format!("v{version}.change.test")
}

impl Manifests {
    /// Writes them.
    pub fn write(routes: u32, endpoints: u32, backend_port: u16) -> Result<Self> {
        let folder = tempfile::tempdir().context(|| "a temporary folder".to_owned())?;
        let manifests = Self {
            folder,
            routes,
            port: free_port()?,
        };
        fs::create_dir(manifests.path()).context(|| "a folder of manifests".to_owned())?;
        manifests.put("gateway.yaml", &gateway(manifests.port))?;
        for first in (0..routes).step_by(ROUTES_PER_FILE as usize) {
            let last = routes.min(first + ROUTES_PER_FILE);
            let text: String = (first..last)
                .map(|route| sticky_route(route, endpoints, backend_port))
                .collect();
            manifests.put(&format!("routes-{first:06}.yaml"), &text)?;
        }
        manifests.change(0)?;
        Ok(manifests)
    }

    /// The folder.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("manifests")
    }

    /// Gives the changing route another host.
    pub fn change(&self, version: u32) -> Result<()> {
        self.put(
            "changing.yaml",
            &http_route("changing", &changed_host(version), "svc-0"),
        )
    }

    /// Whole or not at all, as an editor would.
    fn put(&self, name: &str, text: &str) -> Result<()> {
        let new = self.folder.path().join("new");
        let write = |path: &Path| {
            fs::write(path, text)?;
            fs::rename(path, self.path().join(name))
        };
        write(&new).context(|| format!("the manifest {name}"))
    }
}

fn gateway(port: u16) -> String {
    format!(
        "apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {{name: gateway, namespace: bench}}
spec:
  gatewayClassName: limpet
  listeners:
    - {{name: http, protocol: HTTP, port: {port}}}
---
"
    )
}

fn http_route(name: &str, host: &str, service: &str) -> String {
    format!(
        "apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {{name: {name}, namespace: bench}}
spec:
  parentRefs: [{{name: gateway}}]
  hostnames: [{host}]
  rules:
    - backendRefs: [{{name: {service}, port: 80}}]
---
"
    )
}

fn sticky_route(route: u32, endpoints: u32, backend_port: u16) -> String {
    let name = format!("route-{route}");
    let service = format!("svc-{route}");
    let mut text = http_route(&name, &host(route), &service);
    let pods: String = (0..endpoints)
        .map(|endpoint| pod(route, endpoint))
        .collect();
    write!(
        text,
        "apiVersion: alb.networking.azure.io/v1
kind: RoutePolicy
metadata: {{name: {name}, namespace: bench}}
spec:
  targetRef: {{group: gateway.networking.k8s.io, kind: HTTPRoute, name: {name}}}
  default:
    sessionAffinity: {{affinityType: application-cookie, cookieName: nomnom, cookieDuration: 3600}}
---
apiVersion: v1
kind: Service
metadata: {{name: {service}, namespace: bench}}
spec:
  ports: [{{name: http, port: 80, targetPort: {backend_port}}}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: {service}-1
  namespace: bench
  labels: {{kubernetes.io/service-name: {service}}}
addressType: IPv4
ports: [{{name: http, port: {backend_port}}}]
endpoints:
{pods}---
"
    )
    .expect("a String takes everything");
    text
}

fn pod(route: u32, endpoint: u32) -> String {
    format!(
        "  - addresses: [{}]
    conditions: {{ready: true}}
    targetRef: {{kind: Pod, namespace: bench, name: pod-{route}-{endpoint}, \
         uid: {route:08x}-0000-4000-8000-{endpoint:012x}}}
",
        address(endpoint)
    )
}

#[cfg(test)]
mod tests {
    use limpet_translator::inputs;
    use limpet_translator::translate::{Settings, translate};

    use super::*;

    #[test]
    fn limpet_takes_all_of_them() {
        let manifests = Manifests::write(12, 3, 1234).expect("a temporary folder");
        let loaded = inputs::read(&[manifests.path()], "bench");
        assert_eq!(loaded.refusals, []);
        let snapshot = translate(&loaded.inputs, &Settings::default()).snapshot;
        assert_eq!(snapshot.rules.len(), 13);
        assert_eq!(snapshot.backends.len(), 12);
        let endpoints = snapshot.backends.values();
        assert!(
            endpoints
                .into_iter()
                .all(|backend| backend.endpoints.len() == 3)
        );
    }
}
