//! `schema/generated/admission/`: which requests the webhook is asked about.

use serde_json::json;

use super::yaml;
use crate::ir::Api;
use crate::{Outputs, Result};

/// The `rules` of the ValidatingWebhookConfiguration: every kind, created or changed.
pub fn emit(api: &Api) -> Result<Outputs> {
    let rules = api.kinds.iter().map(|kind| {
        let meta = &kind.meta;
        json!({
            "apiGroups": [meta.group],
            "apiVersions": [meta.version],
            "operations": ["CREATE", "UPDATE"],
            "resources": [meta.plural],
            "scope": meta.scope,
        })
    });
    let text = yaml::file("schema/*.schema.json", &rules.collect())?;
    let path = "schema/generated/admission/validatingwebhookconfiguration.rules.yaml";
    Ok(Outputs::from([(path.to_owned(), text)]))
}
