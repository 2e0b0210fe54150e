//! Text becomes objects: YAML with several documents, JSON, and lists of objects.

mod unique;

use std::path::Path;

use limpet_schema::messages;
use limpet_schema::problem::{Problem, Reason};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Source;
use unique::{TWICE, Unique};

/// The longest text that is read, in bytes: about 100 000 objects.
pub const TEXT_MAX: usize = 64 << 20;

/// The most YAML nodes of one text.
const NODES_MAX: usize = 4_000_000;

/// The most characters of a malformed line's name that are shown.
const SHOWN_MAX: usize = 60;

/// The deepest nesting. Objects of our kinds need about 16 levels.
const DEPTH_MAX: usize = 64;

/// The most aliases used in one text.
const ALIASES_MAX: usize = 10_000;

/// The most parsing events that all aliases of one text may stand for.
const ALIASED_MAX: usize = 100_000;

/// An object as it was written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// Where.
    pub source: Source,
    /// What.
    pub value: Value,
}

/// The objects of a text, in order; empty documents are left out.
///
/// # Errors
/// When the text is neither YAML nor JSON, or beyond the bounds of this module.
pub fn parse(file: &Path, text: &str) -> Result<Vec<Document>, Problem> {
    if text.len() > TEXT_MAX {
        let message = format!(
            "longer than {} MiB; split it into several files",
            TEXT_MAX >> 20
        );
        return Err(malformed(Reason::TooLong, message));
    }
    let values = values(text)?.into_iter().flat_map(items);
    let numbered = values.filter(|value| !value.is_null()).zip(1..);
    Ok(numbered
        .map(|(value, number)| document(file, number, value))
        .collect())
}

fn document(file: &Path, number: usize, value: Value) -> Document {
    Document {
        source: Source {
            file: file.to_owned(),
            document: Some(number),
        },
        value,
    }
}

fn values(text: &str) -> Result<Vec<Value>, Problem> {
    // JSON is nearly YAML; what starts like it and is none is left to the YAML parser's judgement.
    if text.trim_start().starts_with(['{', '[']) {
        let json: Result<Vec<Unique>, _> = serde_json::Deserializer::from_str(text)
            .into_iter()
            .collect();
        match json {
            Ok(values) => return Ok(values.into_iter().map(|Unique(value)| value).collect()),
            Err(error) if error.to_string().contains(TWICE) => {
                return Err(malformed(Reason::Invalid, error.to_string()));
            }
            Err(_) => {}
        }
    }
    let options = serde_saphyr::options! {
        with_snippet: false,
        // `n` and `off` are good names.
        strict_booleans: true,
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: ALIASED_MAX },
        budget: serde_saphyr::budget! {
            max_events: 2 * NODES_MAX,
            max_nodes: NODES_MAX,
            max_depth: DEPTH_MAX,
            max_aliases: ALIASES_MAX,
            max_total_scalar_bytes: TEXT_MAX,
            max_documents: NODES_MAX,
        },
    };
    serde_saphyr::from_multiple_with_options(text, options).map_err(|error| {
        // The library tells programmers what they could set.
        let said = error.to_string();
        let said = said.replace(", set DuplicateKeyPolicy in Options if acceptable", "");
        let line = error.location().map(|location| location.line());
        let hint = line.and_then(|line| hint(text, usize::try_from(line).ok()?));
        malformed(Reason::Invalid, said + &hint.unwrap_or_default())
    })
}

/// What a person sees at a line, which counts from 1. A tab is named: it looks like the spaces beside it.
fn hint(text: &str, number: usize) -> Option<String> {
    let lines: Vec<(usize, &str)> = text
        .lines()
        .enumerate()
        .skip(number.saturating_sub(2))
        .take(3)
        .collect();
    let is_tabbed = |line: &str| line.trim_start_matches(' ').starts_with('\t');
    if let Some((index, _)) = lines.iter().find(|(_, line)| is_tabbed(line)) {
        return Some(format!("; a tab indents line {}, use spaces", index + 1));
    }
    let (_, line) = lines.into_iter().find(|(index, _)| index + 1 == number)?;
    // Values are left out: this may be a Secret.
    let (name, _) = line.split_once(':')?;
    let shown: String = name.trim().chars().take(SHOWN_MAX).collect();
    (!shown.is_empty()).then(|| format!("; the line begins with {shown:?}"))
}

/// The items of a list of objects; another object is its own only item.
fn items(mut value: Value) -> Vec<Value> {
    let is_list = value["kind"]
        .as_str()
        .is_some_and(|kind| kind.ends_with("List"));
    match value.get_mut("items").map(Value::take) {
        Some(Value::Array(items)) if is_list => items,
        Some(other) => {
            value["items"] = other;
            vec![value]
        }
        None => vec![value],
    }
}

fn malformed(reason: Reason, message: String) -> Problem {
    Problem {
        field: String::new(),
        reason,
        message,
        id: messages::YAML_MALFORMED.id,
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use serde_json::json;

    use super::*;

    fn check(text: &str, expected: &[Value]) {
        let documents = parse(Path::new("f"), text).expect("readable");
        let values: Vec<Value> = documents
            .into_iter()
            .map(|document| document.value)
            .collect();
        assert_eq!(values, expected, "{text}");
    }

    fn refused(text: &str) -> String {
        parse(Path::new("f"), text)
            .expect_err("a bound")
            .to_string()
    }

    #[test]
    fn documents_and_lists() {
        check("", &[]);
        check("---\n# nothing\n---\n", &[]);
        check(
            "a: 1\n---\n---\nb: 2\n",
            &[json!({"a": 1}), json!({"b": 2})],
        );
        check("{\n\t\"a\": 1}", &[json!({"a": 1})]);
        check(
            "{\"a\": 1}\n{\"a\": 2}",
            &[json!({"a": 1}), json!({"a": 2})],
        );
        check("{a: 1}", &[json!({"a": 1})]);
        check(
            "kind: List\nitems: [{kind: A}, {kind: B}]",
            &[json!({"kind": "A"}), json!({"kind": "B"})],
        );
        check("kind: A\nitems: 1", &[json!({"kind": "A", "items": 1})]);
    }

    #[test]
    fn a_text_cut_short_is_refused() {
        assert!(refused("a: [1, 2").contains("[yaml-malformed]"));
        assert!(
            refused("a: \"b").contains("line 1"),
            "{}",
            refused("a: \"b")
        );
    }

    #[test]
    fn the_malformed_line_is_shown_and_a_tab_is_named() {
        let tabbed = refused("spec:\n\trules: []\n");
        assert!(
            tabbed.contains("; a tab indents line 2, use spaces [yaml-malformed]"),
            "{tabbed}"
        );
        let unclosed = refused("a: 1\nb: [1, 2\nc: 3\n");
        assert!(
            unclosed.contains("; the line begins with \"c\""),
            "{unclosed}"
        );
        let secret = refused("data:\n  key: : hunter2\n");
        assert!(!secret.contains("hunter2"), "{secret}");
        let long = refused(&format!("a: 1\na{}: : 1\n", "x".repeat(500)));
        assert!(long.len() < 300, "{long}");
    }

    #[test]
    fn a_key_that_is_there_twice_is_refused_in_yaml_and_json() {
        for text in ["a: 1\na: 2\n", "{\n\t\"a\": {\"b\": 1, \"b\": 2}}"] {
            let said = refused(text);
            assert!(
                said.contains("duplicate") && said.contains("line"),
                "{said}"
            );
            assert!(!said.contains("Options"), "{said}");
        }
    }

    #[test]
    fn hostile_texts_are_refused() {
        refused(&"[".repeat(DEPTH_MAX + 1));
        let mut bomb = "a0: &a0 [x]\n".to_owned();
        for n in 1..12 {
            let refs = vec![format!("*a{}", n - 1); 10].join(",");
            writeln!(bomb, "a{n}: &a{n} [{refs}]").expect("memory");
        }
        refused(&bomb);
        refused(&" ".repeat(TEXT_MAX + 1));
    }
}
