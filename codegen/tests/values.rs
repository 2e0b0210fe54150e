//! The chart's values: what `values.yaml` says of each, `values.schema.json` allows, and the table of
//! its README repeats. `UPDATE_GOLDEN=1 cargo test -p limpet-codegen --test values` writes the table.
//! What helm makes of them is `charts/test.sh`'s.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;

const BEGIN: &str = "<!-- Generated from values.yaml by `UPDATE_GOLDEN=1 cargo test -p limpet-codegen \
                     --test values`; do not edit. -->\n";
const END: &str = "<!-- End of what is generated. -->\n";

/// A key with a comment of its own.
struct Row {
    /// `image.tag`
    path: String,
    description: String,
}

#[test]
fn every_value_is_described() {
    let described: Vec<_> = rows().into_iter().map(|row| row.path).collect();
    let mut leaves = Vec::new();
    undescribed("", &values(), &described, &mut leaves);
    assert!(leaves.is_empty(), "no comment above {leaves:?}");
}

#[test]
fn the_readme_has_a_row_for_every_value() {
    let path = chart("README.md");
    let readme = fs::read_to_string(&path).expect("the chart has a README");
    let (before, rest) = readme.split_once(BEGIN).expect("the table begins");
    let (_, after) = rest.split_once(END).expect("the table ends");
    let right = format!("{before}{BEGIN}{}{END}{after}", table());
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, &right).expect("the chart is writable");
        return;
    }
    assert!(readme == right, "UPDATE_GOLDEN=1 rewrites the table");
}

#[test]
fn the_schema_knows_the_values_and_no_others() {
    let described: Vec<_> = rows().into_iter().map(|row| row.path).collect();
    let schema = schema();
    let mut wrong = Vec::new();
    compare("", &values(), &schema, &schema, &described, &mut wrong);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_object_of_the_schema_takes_keys_it_does_not_know() {
    let mut open = Vec::new();
    open_objects("", &schema(), &mut open);
    assert!(
        open.is_empty(),
        "additionalProperties is not false: {open:?}"
    );
}

fn chart(file: &str) -> PathBuf {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    root.join("../charts/limpet").join(file)
}

fn values() -> Value {
    serde_saphyr::from_str(&text("values.yaml")).expect("values.yaml is YAML")
}

fn schema() -> Value {
    serde_json::from_str(&text("values.schema.json")).expect("values.schema.json is JSON")
}

fn text(file: &str) -> String {
    fs::read_to_string(chart(file)).expect("the chart has the file")
}

/// The keys with a comment above them, in the file's order.
fn rows() -> Vec<Row> {
    let (mut rows, mut parents, mut comment) =
        (Vec::new(), Vec::<(usize, String)>::new(), Vec::new());
    for line in text("values.yaml").lines() {
        let trimmed = line.trim_start();
        let indent = line.len() - trimmed.len();
        if let Some(words) = trimmed.strip_prefix("# ") {
            comment.push(words.to_owned());
            continue;
        }
        let words = std::mem::take(&mut comment).join(" ");
        let Some((key, _)) = trimmed.split_once(':') else {
            continue;
        };
        parents.retain(|(of_parent, _)| *of_parent < indent);
        parents.push((indent, key.to_owned()));
        if !words.is_empty() {
            let keys: Vec<_> = parents.iter().map(|(_, key)| key.as_str()).collect();
            rows.push(Row {
                path: keys.join("."),
                description: words,
            });
        }
    }
    rows
}

fn table() -> String {
    let values = values();
    let mut table = "| value | default | what it is |\n|---|---|---|\n".to_owned();
    for Row { path, description } in rows() {
        let pointer = format!("/{}", path.replace('.', "/"));
        let default = values.pointer(&pointer).expect("a path of the file");
        table += &format!("| `{path}` | `{default}` | {description} |\n");
    }
    table
}

fn join(path: &str, key: &str) -> String {
    match path {
        "" => key.to_owned(),
        _ => format!("{path}.{key}"),
    }
}

/// Leaves that neither they nor an object around them has a comment.
fn undescribed(path: &str, value: &Value, described: &[String], found: &mut Vec<String>) {
    if described.iter().any(|known| known == path) {
        return;
    }
    match value.as_object() {
        Some(object) => object
            .iter()
            .for_each(|(key, value)| undescribed(&join(path, key), value, described, found)),
        None => found.push(path.to_owned()),
    }
}

/// Looks into objects of the chart's own; what is inside a described one is Kubernetes'.
fn compare(
    path: &str,
    value: &Value,
    schema: &Value,
    root: &Value,
    described: &[String],
    wrong: &mut Vec<String>,
) {
    if described.iter().any(|known| known == path) {
        return;
    }
    let schema = resolved(schema, root);
    let keys = |object: &Value| -> BTreeSet<String> {
        let object = object.as_object().into_iter().flatten();
        object.map(|(key, _)| key.clone()).collect()
    };
    let (has, mut may_have) = (keys(value), keys(&schema["properties"]));
    if path.is_empty() {
        // Helm's own.
        may_have.remove("global");
    }
    let differing = has.symmetric_difference(&may_have);
    wrong.extend(differing.map(|key| join(path, key)));
    for key in has.intersection(&may_have) {
        let (value, schema) = (&value[key], &schema["properties"][key]);
        compare(&join(path, key), value, schema, root, described, wrong);
    }
}

fn resolved<'a>(schema: &'a Value, root: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(reference) => root
            .pointer(reference.trim_start_matches('#'))
            .expect("a definition of this schema"),
        None => schema,
    }
}

fn open_objects(at: &str, schema: &Value, found: &mut Vec<String>) {
    if schema["type"] == "object"
        && schema.get("properties").is_some()
        && schema["additionalProperties"] != false
    {
        found.push(at.to_owned());
    }
    for (key, inner) in schema.as_object().into_iter().flatten() {
        open_objects(&format!("{at}/{key}"), inner, found);
    }
}
