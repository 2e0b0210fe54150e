//! `charts/limpet/files/`: what the Helm chart installs of ours, copied from `schema/generated`.

use crate::Outputs;

const CRDS: &str = "schema/generated/crds/";
const RULES: &str = "schema/generated/admission/validatingwebhookconfiguration.rules.yaml";

/// The CRDs, which stay when the release goes, and the webhook's rules.
pub fn emit(outputs: &Outputs) -> Outputs {
    let crds = outputs.iter().filter_map(|(path, text)| {
        let name = path.strip_prefix(CRDS)?;
        let keep = "metadata:\n  annotations:\n    helm.sh/resource-policy: keep\n";
        let text = text.replacen("metadata:\n", keep, 1);
        Some((format!("charts/limpet/files/crds/{name}"), text))
    });
    let rules = outputs.get(RULES).map(|text| {
        let path = "charts/limpet/files/validatingwebhookconfiguration.rules.yaml";
        (path.to_owned(), text.clone())
    });
    crds.chain(rules).collect()
}
