//! Gives an object its type, and names everything in the way.
//!
//! Reading stops at the first value that has the wrong type. Such a value is then replaced by one
//! that can be read, and reading goes on, so that a person learns of all of them at once; what comes
//! out is only judged, never used.

use limpet_schema::messages::{self, Message};
use limpet_schema::problem::{Problem, Reason};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use serde_path_to_error::Segment;

/// The most values that are replaced to read on; one answer names fewer problems.
const STAND_INS_MAX: usize = 40;

/// The most characters of a value that a message repeats.
const QUOTE_MAX: usize = 64;

/// What became of an object.
pub struct Typed<T> {
    /// With its type, if it has no problem.
    pub object: Option<T>,
    /// Everything that is wrong.
    pub problems: Vec<Problem>,
    /// Fields that its type does not have.
    pub unknown: Vec<Problem>,
}

/// Reads an object, and lets it be judged.
pub fn read<T: DeserializeOwned>(object: &Value, judge: fn(&T) -> Vec<Problem>) -> Typed<T> {
    let (read, unknown) = attempt::<T>(object);
    let (object, problems, unknown) = match read {
        Ok(typed) => {
            let problems = judge(&typed);
            (Some(typed), problems, unknown)
        }
        Err(fault) => {
            let (problems, unknown) = all_problems(object.clone(), fault, judge);
            (None, problems, unknown)
        }
    };
    Typed {
        object: object.filter(|_| problems.is_empty()),
        problems,
        unknown,
    }
}

/// A value that cannot be read.
struct Fault {
    /// Where: names and indexes.
    spot: Vec<String>,
    problem: Problem,
    /// A word that the field takes, if it takes only some.
    word: Option<String>,
}

fn attempt<T: DeserializeOwned>(object: &Value) -> (Result<T, Fault>, Vec<Problem>) {
    let mut unknown = Vec::new();
    let mut note = |path: serde_ignored::Path<'_>| {
        let field = shown(&path);
        // The type stands for them.
        if !["apiVersion", "kind"].contains(&field.as_str()) {
            unknown.push(unknown_field(field));
        }
    };
    let reader = serde_ignored::Deserializer::new(object, &mut note);
    let read = serde_path_to_error::deserialize(reader).map_err(|error| fault(&error));
    (read, unknown)
}

fn all_problems<T: DeserializeOwned>(
    mut object: Value,
    first: Fault,
    judge: fn(&T) -> Vec<Problem>,
) -> (Vec<Problem>, Vec<Problem>) {
    let mut problems: Vec<Problem> = Vec::new();
    // What is said about a stand-in says nothing about the object.
    let is_news = |problems: &[Problem], problem: &Problem| {
        let field = &problem.field;
        !problems
            .iter()
            .any(|known| is_at_or_below(field, &known.field))
    };
    let mut next = Some(first);
    for _ in 0..STAND_INS_MAX {
        let Some(fault) = next else { break };
        next = replace::<T>(&mut object, &fault);
        if is_news(&problems, &fault.problem) {
            problems.push(fault.problem);
        }
    }
    let (read, unknown) = attempt::<T>(&object);
    let judged = read.iter().flat_map(judge);
    let judged: Vec<Problem> = judged
        .filter(|problem| is_news(&problems, problem))
        .collect();
    problems.extend(judged);
    (problems, unknown)
}

fn is_at_or_below(field: &str, parent: &str) -> bool {
    field
        .strip_prefix(parent)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// Puts a value in place of the faulty one with which reading gets further; the fault it then gets
/// to, if any.
fn replace<T: DeserializeOwned>(object: &mut Value, fault: &Fault) -> Option<Fault> {
    let stand_ins = [
        Value::Null,
        json!(fault.word),
        json!(""),
        json!(0),
        json!(false),
        json!([]),
        json!({}),
    ];
    for stand_in in stand_ins {
        *place(object, &fault.spot)? = stand_in;
        match attempt::<T>(object).0 {
            Err(next) if next.spot == fault.spot => {}
            read => return read.err(),
        }
    }
    None
}

fn place<'a>(object: &'a mut Value, spot: &[String]) -> Option<&'a mut Value> {
    let (last, parents) = spot.split_last()?;
    let mut parent = object;
    for part in parents {
        parent = step(parent, part)?;
    }
    match parent {
        Value::Object(fields) => Some(fields.entry(last.as_str()).or_insert(Value::Null)),
        other => step(other, last),
    }
}

fn step<'a>(value: &'a mut Value, part: &str) -> Option<&'a mut Value> {
    match value {
        Value::Object(fields) => fields.get_mut(part),
        Value::Array(items) => items.get_mut(part.parse::<usize>().ok()?),
        _ => None,
    }
}

fn fault(error: &serde_path_to_error::Error<serde_json::Error>) -> Fault {
    let (mut spot, mut field) = (Vec::new(), String::new());
    for segment in error.path() {
        match segment {
            Segment::Seq { index } => {
                field.push_str(&format!("[{index}]"));
                spot.push(index.to_string());
            }
            Segment::Map { key } => push(&mut field, &mut spot, key),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    let text = error.inner().to_string();
    let (reason, message, is) = match quoted(&text, "missing field `") {
        Some(missing) => {
            push(&mut field, &mut spot, missing);
            let message = "must be given".to_owned();
            (Reason::Required, message, &messages::FIELD_REQUIRED)
        }
        None => words(&text),
    };
    let word = text.split_once(", expected ").map(|(_, words)| words);
    let word = word.and_then(|words| words.split('`').nth(1));
    let problem = problem(field, reason, message, is);
    Fault {
        spot,
        problem,
        word: word.map(str::to_owned),
    }
}

fn push(field: &mut String, spot: &mut Vec<String>, key: &str) {
    if !field.is_empty() {
        field.push('.');
    }
    field.push_str(key);
    spot.push(key.to_owned());
}

/// How the words begin that say of bytes that they are no base64.
const BASE64_FAULTS: [&str; 4] = [
    "Invalid symbol",
    "Invalid input length",
    "Invalid last symbol",
    "Invalid padding",
];

/// serde's words, as people would say it who know YAML.
fn words(text: &str) -> (Reason, String, &'static Message) {
    if let Some(found) = quoted(text, "unknown variant `") {
        let (_, expected) = text.split_once(", expected ").unwrap_or_default();
        let expected = expected.trim_start_matches("one of ").replace('`', "\"");
        let message = format!("{found:?} is not {}", expected.replace(", ", " or "));
        return (Reason::NotSupported, message, &messages::FIELD_ENUM);
    }
    if BASE64_FAULTS.iter().any(|fault| text.starts_with(fault)) {
        let message = "must be base64, as all of a Secret's data; plain text goes into stringData";
        return (
            Reason::TypeInvalid,
            message.to_owned(),
            &messages::FIELD_TYPE,
        );
    }
    let found = text
        .strip_prefix("invalid type: ")
        .or_else(|| text.strip_prefix("invalid value: "));
    let message = match found.and_then(|found| found.rsplit_once(", expected ")) {
        Some((found, expected)) => format!("must be {}, is {}", wanted(expected), is(found)),
        None => text.to_owned(),
    };
    (Reason::TypeInvalid, message, &messages::FIELD_TYPE)
}

fn wanted(expected: &str) -> &str {
    match expected {
        "i32" | "i64" | "u16" | "u32" | "u64" => "a whole number",
        "bool" | "a boolean" => "true or false",
        "a sequence" => "a list",
        "a string" | "string" => "a string",
        "a map" => "an object",
        kind if kind.starts_with("struct ") || kind.starts_with(char::is_uppercase) => "an object",
        other => other,
    }
}

fn is(found: &str) -> String {
    let (kind, value) = found.split_once(' ').unwrap_or((found, ""));
    let shown = match kind {
        "map" => "an object".to_owned(),
        "sequence" => "a list".to_owned(),
        "string" => format!("the string {value}"),
        "integer" | "floating" | "boolean" => found.split('`').nth(1).unwrap_or(found).to_owned(),
        _ => found.to_owned(),
    };
    match shown.char_indices().nth(QUOTE_MAX) {
        Some((end, _)) => format!("{}...", &shown[..end]),
        None => shown,
    }
}

fn quoted<'a>(text: &'a str, start: &str) -> Option<&'a str> {
    text.strip_prefix(start)?.split('`').next()
}

fn unknown_field(field: String) -> Problem {
    let message = "unknown field, ignored; check its spelling and indentation".to_owned();
    let is = &messages::FIELD_UNKNOWN;
    problem(field, Reason::NotSupported, message, is)
}

fn shown(path: &serde_ignored::Path<'_>) -> String {
    use serde_ignored::Path;
    match path {
        Path::Root => String::new(),
        Path::Seq { parent, index } => format!("{}[{index}]", shown(parent)),
        Path::Map { parent, key } => match shown(parent).as_str() {
            "" => key.clone(),
            parent => format!("{parent}.{key}"),
        },
        Path::Some { parent }
        | Path::NewtypeStruct { parent }
        | Path::NewtypeVariant { parent } => shown(parent),
    }
}

fn problem(field: String, reason: Reason, message: String, is: &'static Message) -> Problem {
    Problem {
        field,
        reason,
        message,
        id: is.id,
    }
}
