//! The chart's roles say what `operator/src/rbac.rs` says.

use std::fmt::Write;
use std::path::Path;

use limpet_operator::rbac::{CLUSTER, RELEASE, Right};

/// A rule of a role, as the chart has it.
fn rule(right: &Right) -> String {
    let list = |items: &[&str]| {
        let items = items
            .iter()
            .map(|item| format!("{:?}", item.replace("{release}", "{{ .Release.Name }}")));
        items.collect::<Vec<_>>().join(", ")
    };
    let mut text = format!("  # {}\n", right.why);
    writeln!(text, "  - apiGroups: [{}]", list(&[right.group])).expect("memory");
    writeln!(text, "    resources: [{}]", list(right.resources)).expect("memory");
    if !right.names.is_empty() {
        writeln!(text, "    resourceNames: [{}]", list(right.names)).expect("memory");
    }
    writeln!(text, "    verbs: [{}]", list(right.verbs)).expect("memory");
    text
}

fn role(kind: &str, rights: &[Right]) -> String {
    let namespace = match kind {
        "Role" => "  namespace: {{ .Release.Namespace }}\n",
        _ => "",
    };
    let name = match kind {
        // Two releases may share a cluster.
        "ClusterRole" => "{{ .Release.Namespace }}-{{ .Release.Name }}-operator",
        _ => "{{ .Release.Name }}-operator",
    };
    let rules: String = rights.iter().map(rule).collect();
    format!(
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: {kind}\nmetadata:\n  name: {name}\n{namespace}\
         rules:\n{rules}---\napiVersion: rbac.authorization.k8s.io/v1\nkind: {kind}Binding\nmetadata:\n  \
         name: {name}\n{namespace}roleRef:\n  apiGroup: rbac.authorization.k8s.io\n  kind: {kind}\n  name: \
         {name}\nsubjects:\n  - kind: ServiceAccount\n    name: {{{{ .Release.Name }}}}-operator\n    \
         namespace: {{{{ .Release.Namespace }}}}\n"
    )
}

fn template() -> String {
    format!(
        "# Generated from operator/src/rbac.rs by `UPDATE_GOLDEN=1 cargo test -p limpet-operator --test \
         chart`; do not edit.\napiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: {{{{ .Release.Name \
         }}}}-operator\n  namespace: {{{{ .Release.Namespace }}}}\n---\n{}---\n{}",
        role("ClusterRole", CLUSTER),
        role("Role", RELEASE)
    )
}

#[test]
fn the_charts_roles_are_the_tables() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../charts/limpet/templates/rbac.yaml");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, template()).expect("the chart is writable");
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        found,
        template(),
        "UPDATE_GOLDEN=1 rewrites {}",
        path.display()
    );
}

#[test]
fn nothing_is_asked_for_with_a_wildcard() {
    for right in CLUSTER.iter().chain(RELEASE) {
        let words = right
            .verbs
            .iter()
            .chain(right.resources)
            .chain([&right.group]);
        assert!(
            words.into_iter().all(|word| !word.contains('*')),
            "{right:?}"
        );
    }
}
