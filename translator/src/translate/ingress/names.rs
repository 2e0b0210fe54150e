//! What Ingresses name that an IngressExtension can say something about.

use std::collections::BTreeSet;

use k8s_openapi::api::networking::v1::{Ingress, IngressBackend};

use super::or_any;

/// The names in some Ingresses.
#[derive(Default)]
pub struct Names {
    /// Hosts; `*` is every host.
    pub hosts: BTreeSet<String>,
    /// Services of paths and default backends.
    pub services: BTreeSet<String>,
}

impl Names {
    /// Adds those of one Ingress.
    pub fn add(&mut self, ingress: &Ingress) {
        let Some(spec) = &ingress.spec else { return };
        let rules = spec.rules.iter().flatten();
        let hosts = rules.clone().map(|rule| or_any(rule.host.as_deref()));
        self.hosts.extend(hosts.map(str::to_owned));
        let paths = rules.flat_map(|rule| rule.http.iter().flat_map(|http| &http.paths));
        let backends = paths.map(|path| &path.backend);
        let services = backends.chain(&spec.default_backend).filter_map(service);
        self.services.extend(services);
    }
}

fn service(backend: &IngressBackend) -> Option<String> {
    Some(backend.service.as_ref()?.name.clone())
}
