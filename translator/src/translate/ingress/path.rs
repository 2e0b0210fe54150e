//! The paths of one Ingress.

use k8s_openapi::api::networking::v1::{HTTPIngressPath, Ingress, IngressBackend};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use limpet_schema::messages;
use limpet_schema::snapshot::{
    ANY_HOST, Action, BackendId, Forward, Match, PathEdit, PathMatch, Rule, Timeouts, UrlRewrite,
    WeightedBackend,
};

use super::extension::{Extension, HostSettings};
use super::{Precedence, Served, host, matching, or_any};
use crate::inputs::ObjectKey;
use crate::status::with_id;

use super::super::pattern;
use super::super::services::{Backends, PortRef};

/// Reads the paths of one Ingress.
pub struct Paths<'p, 'a> {
    /// Whose.
    pub ingress: &'p ObjectKey,
    /// Its age.
    pub age: Option<Time>,
    /// The IngressExtension bound to it.
    pub extension: Option<&'p Extension<'a>>,
    /// Where its Services are found.
    pub backends: &'p mut Backends<'a>,
    /// What is wrong.
    pub warnings: &'p mut Vec<String>,
}

impl Paths<'_, '_> {
    /// Every path under every host, and the default backend.
    pub fn read(&mut self, ingress: &Ingress) -> Vec<Served> {
        let Some(spec) = &ingress.spec else {
            return Vec::new();
        };
        let mut served = Vec::new();
        for (number, rule) in spec.rules.iter().flatten().enumerate() {
            let host = or_any(rule.host.as_deref());
            let settings = self.extension.and_then(|extension| extension.host(host));
            let more = settings
                .iter()
                .flat_map(|settings| settings.additional_hosts);
            let hosts: Vec<&str> = [host].into_iter().chain(more.map(String::as_str)).collect();
            let paths = rule.http.iter().flat_map(|http| &http.paths);
            for (index, path) in paths.enumerate() {
                self.warnings.extend(literal(number, index, path));
                let rule = self.rule(number, index, path, settings);
                let when = when(path);
                served.extend(
                    hosts
                        .iter()
                        .map(|host| self.served(number, index, host, when.clone(), rule.clone())),
                );
            }
        }
        served.extend(
            spec.default_backend
                .as_ref()
                .map(|backend| self.default_backend(backend)),
        );
        served
    }

    fn served(&self, number: usize, index: usize, host: &str, when: Match, rule: Rule) -> Served {
        let owner = (self.age.clone(), self.ingress.clone(), number, index);
        Served {
            id: format!("Ingress/{}/{number}/{index}", self.ingress),
            field: format!("spec.rules[{number}].http.paths[{index}]"),
            host: host.to_owned(),
            precedence: Precedence::of(&when, owner),
            when: host::narrow(host, when),
            rule,
        }
    }

    /// What takes the requests that no path of any Ingress takes.
    fn default_backend(&mut self, backend: &IngressBackend) -> Served {
        let forward = self.forward("spec.defaultBackend", backend);
        Served {
            id: format!("Ingress/{}/default", self.ingress),
            field: String::new(),
            host: ANY_HOST.to_owned(),
            precedence: Precedence::last((self.age.clone(), self.ingress.clone(), 0, 0)),
            when: matching::everything(),
            rule: Rule {
                route: format!("Ingress/{}", self.ingress),
                filters: Vec::new(),
                action: Action::Forward(forward),
            },
        }
    }

    fn rule(
        &mut self,
        number: usize,
        index: usize,
        path: &HTTPIngressPath,
        settings: Option<&HostSettings<'_>>,
    ) -> Rule {
        let field = format!("spec.rules[{number}].http.paths[{index}].backend");
        let filters = settings.map(|settings| &settings.filters);
        let redirect = filters.and_then(|filters| filters.redirect.clone());
        let action = if let Some(mut redirect) = redirect {
            redirect.path = redirect.path.map(|edit| fit(edit, path));
            Action::Redirect(redirect)
        } else {
            let mut forward = self.forward(&field, &path.backend);
            let rewrite = filters.and_then(|filters| filters.rewrite.clone());
            forward.rewrite = rewrite.map(
                |UrlRewrite {
                     hostname,
                     path: edit,
                 }| UrlRewrite {
                    hostname,
                    path: edit.map(|edit| fit(edit, path)),
                },
            );
            Action::Forward(forward)
        };
        Rule {
            route: format!("Ingress/{}", self.ingress),
            filters: filters
                .map(|filters| filters.edits.clone())
                .unwrap_or_default(),
            action,
        }
    }

    fn forward(&mut self, field: &str, backend: &IngressBackend) -> Forward {
        let service = backend
            .service
            .as_ref()
            .map(|service| service.name.as_str());
        let settings = service
            .zip(self.extension)
            .and_then(|(service, extension)| extension.service(service));
        let found = self.backend(backend);
        let backend = found
            .map_err(|why| self.warnings.push(format!("{field}: {why}")))
            .ok();
        Forward {
            backends: vec![WeightedBackend {
                backend,
                weight: 1,
                ..WeightedBackend::default()
            }],
            rewrite: None,
            timeouts: Timeouts {
                request_ms: settings.and_then(|settings| settings.request_timeout_ms),
                backend_request_ms: None,
            },
            retry: None,
            affinity: settings.and_then(|settings| settings.affinity(&self.ingress.namespace)),
        }
    }

    fn backend(&mut self, backend: &IngressBackend) -> Result<BackendId, String> {
        let Some(service) = &backend.service else {
            let text = "resource backends cannot be served";
            return Err(with_id(text, &messages::BACKEND_KIND));
        };
        let port = service.port.as_ref().expect("checked on entry");
        let port = match (port.number, &port.name) {
            (Some(number), _) => PortRef::Number(number),
            (None, name) => PortRef::Name(name.as_deref().expect("checked on entry")),
        };
        let service = ObjectKey::new(&self.ingress.namespace, &service.name);
        self.backends.find(&service, port)
    }
}

/// ImplementationSpecific is Prefix here.
fn when(path: &HTTPIngressPath) -> Match {
    let text = path.path.as_deref().unwrap_or("/");
    let path = match path.path_type.as_str() {
        "Exact" => PathMatch::Exact(text.to_owned()),
        _ => matching::prefix(text),
    };
    Match {
        path,
        ..matching::everything()
    }
}

/// Under an exact path the matched prefix is the whole path.
fn fit(edit: PathEdit, path: &HTTPIngressPath) -> PathEdit {
    match edit {
        PathEdit::Prefix(new) if path.path_type == "Exact" => PathEdit::Full(new),
        edit => edit,
    }
}

/// Other controllers read patterns; here, as in the API's words, a path is text.
fn literal(number: usize, index: usize, path: &HTTPIngressPath) -> Option<String> {
    let text = path.path.as_deref()?;
    let before = pattern::prefix_before(text, pattern::begins_at(text)?);
    let text = format!(
        "spec.rules[{number}].http.paths[{index}]: path {text} is taken literally, not as a pattern; \
         pathType Prefix with path {before} takes everything below it"
    );
    Some(with_id(text, &messages::PATH_LITERAL))
}
