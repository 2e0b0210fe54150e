//! What is said about an HTTPRoute.

use limpet_schema::gateway_api::httproutes::HttpRouteRulesMatchesPathType;
use limpet_schema::messages;
use limpet_schema::snapshot::Action;
use serde_json::{Value, json};

use super::super::{Settings, pattern};
use super::Plan;
use super::attach::{Parent, Refused};
use crate::status::{Condition, ObjectStatus, conditions, object, with_id};

impl Plan<'_> {
    /// Its status; none where there is nothing to say.
    pub fn status(&self, settings: &Settings) -> Option<ObjectStatus> {
        let parents = self
            .parents
            .iter()
            .filter_map(|parent| self.parent(parent, settings));
        let parents: Vec<Value> = parents.collect();
        let warnings = self.warnings(settings);
        if parents.is_empty() && warnings.is_empty() {
            return None;
        }
        // Nothing is written where no parent is ours.
        let status = match parents.is_empty() {
            true => json!({}),
            false => object([("parents", parents.into())]),
        };
        Some(ObjectStatus {
            kind: "HTTPRoute".to_owned(),
            namespace: self.key.namespace.clone(),
            name: self.key.name.clone(),
            status,
            warnings,
        })
    }

    fn parent(&self, parent: &Parent, settings: &Settings) -> Option<Value> {
        let reference = self.route.spec.parent_refs.as_ref()?.get(parent.index)?;
        let mut said = match &parent.verdict {
            Err(Refused::NoGateway(_)) => return None,
            Err(Refused::ByGateway(reason, message)) => {
                vec![Condition::no("Accepted", reason, message)]
            }
            Ok(_) => self.accepted(),
        };
        said.push(self.resolved());
        let conditions = conditions(self.route.metadata.generation, &said);
        Some(object([
            ("parentRef", json!(reference)),
            ("controllerName", settings.controller_name.as_str().into()),
            ("conditions", conditions),
        ]))
    }

    /// A rule that cannot be served is dropped, as the Gateway API has it (`PartiallyInvalid`).
    fn accepted(&self) -> Vec<Condition> {
        let dropped: Vec<String> = self
            .rules
            .iter()
            .enumerate()
            .filter_map(|(index, rule)| {
                rule.as_ref()
                    .err()
                    .map(|why| format!("spec.rules[{index}]: {}", why.message))
            })
            .collect();
        let text = dropped.join("; ");
        match dropped.len() {
            0 => vec![Condition::yes("Accepted", "Accepted", "Valid HTTPRoute")],
            n if n == self.rules.len() => {
                vec![Condition::no("Accepted", "UnsupportedValue", text)]
            }
            _ => vec![
                Condition::yes("Accepted", "Accepted", "Valid HTTPRoute but for some rules"),
                Condition::yes(
                    "PartiallyInvalid",
                    "UnsupportedValue",
                    format!("Dropped Rule: {text}"),
                ),
            ],
        }
    }

    fn resolved(&self) -> Condition {
        let (mut reason, mut said) = (None, Vec::new());
        for (rule, compiled) in self.rules.iter().enumerate() {
            for (field, missing) in compiled.iter().flat_map(|rule| &rule.unresolved) {
                reason.get_or_insert(missing.reason);
                let field = format!("spec.rules[{rule}].{field}");
                said.push(format!("{field}: {}", missing.message));
            }
        }
        match reason {
            None => Condition::yes(
                "ResolvedRefs",
                "ResolvedRefs",
                "All references are resolved",
            ),
            Some(reason) => Condition::no("ResolvedRefs", reason, said.join("; ")),
        }
    }

    /// In a cluster a route that no Gateway of ours takes may be anybody's: nothing is said about it.
    fn warnings(&self, settings: &Settings) -> Vec<String> {
        let is_missing = |parent: &Parent| matches!(parent.verdict, Err(Refused::NoGateway(_)));
        let has_ours = self.parents.iter().any(|parent| !is_missing(parent));
        let is_told = has_ours || settings.fleet.is_none() && !self.is_anothers();
        if !is_told {
            return Vec::new();
        }
        let strays = self
            .parents
            .iter()
            .filter_map(|parent| match &parent.verdict {
                Err(Refused::NoGateway(message)) => Some(message.clone()),
                _ => None,
            });
        strays.chain(self.ignored()).chain(self.literal()).collect()
    }

    /// Fields that mean nothing where a rule answers by a redirect.
    fn ignored(&self) -> impl Iterator<Item = String> + '_ {
        let rules = self
            .route
            .spec
            .rules
            .iter()
            .flatten()
            .zip(&self.rules)
            .enumerate();
        rules.flat_map(|(index, (rule, compiled))| {
            let fields = [
                ("retry", rule.retry.is_some()),
                ("sessionPersistence", rule.session_persistence.is_some()),
            ];
            let compiled = compiled.as_ref().ok();
            let redirects = compiled
                .is_some_and(|compiled| matches!(compiled.rule.action, Action::Redirect(_)));
            fields
                .into_iter()
                .filter(move |(_, is_set)| redirects && *is_set)
                .map(move |(field, _)| {
                    let text = format!("spec.rules[{index}].{field} is ignored");
                    with_id(text, &messages::FIELD_IGNORED)
                })
        })
    }

    /// Paths that are taken literally, and look as if something else was meant.
    fn literal(&self) -> impl Iterator<Item = String> + '_ {
        let rules = self.route.spec.rules.iter().flatten().enumerate();
        let matches = rules.flat_map(|(rule, spec)| {
            let matches = spec.matches.iter().flatten().enumerate();
            matches.map(move |(index, when)| (rule, index, when.path.as_ref()))
        });
        matches.filter_map(|(rule, index, path)| {
            let path = path?;
            let is_regex = path.r#type == Some(HttpRouteRulesMatchesPathType::RegularExpression);
            let text = path.value.as_deref().filter(|_| !is_regex)?;
            pattern::begins_at(text)?;
            let text = format!(
                "spec.rules[{rule}].matches[{index}].path: {text} is taken literally, not as a pattern; \
                 type PathPrefix takes everything below a path, RegularExpression takes expressions"
            );
            Some(with_id(text, &messages::PATH_LITERAL))
        })
    }
}
