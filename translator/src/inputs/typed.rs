//! Gives an object its type, and names everything in the way.
//!
//! Reading stops at the first value that has the wrong type. Such a value is then replaced by one
//! that can be read, and reading goes on, so that a person learns of all of them at once; what comes
//! out is only judged, never used.

use limpet_schema::messages;
use limpet_schema::problem::{Problem, Reason};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::fault::Fault;
use super::reader::{self, Unknown};

/// The most values that are replaced to read on; one answer names fewer problems.
const STAND_INS_MAX: usize = 40;

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

fn attempt<T: DeserializeOwned>(object: &Value) -> (Result<T, Fault>, Vec<Problem>) {
    let (read, mut unknown) = reader::read(object);
    // The type stands for them.
    unknown.retain(|unknown| !["apiVersion", "kind"].contains(&unknown.field.as_str()));
    (read, unknown.into_iter().map(unknown_field).collect())
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

fn unknown_field(unknown: Unknown) -> Problem {
    let message = match unknown.meant {
        Some(meant) => format!("unknown field, ignored; did you mean {meant}?"),
        None => "unknown field, ignored; check its spelling and indentation".to_owned(),
    };
    Problem {
        field: unknown.field,
        reason: Reason::NotSupported,
        message,
        id: messages::FIELD_UNKNOWN.id,
    }
}
