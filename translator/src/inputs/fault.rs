//! What is wrong with a value, in the words of people who know YAML.

use std::error::Error;
use std::fmt::{self, Display, Formatter};

use limpet_schema::messages::{self, Message};
use limpet_schema::problem::{Problem, Reason};
use serde::de::{self, Expected, Unexpected};

use super::reader::Path;

/// The most characters of a value that a message repeats.
const QUOTE_MAX: usize = 64;

/// How the words begin that say of bytes that they are no base64.
const BASE64_FAULTS: [&str; 4] = [
    "Invalid symbol",
    "Invalid input length",
    "Invalid last symbol",
    "Invalid padding",
];

/// A value that cannot be read.
#[derive(Debug)]
pub struct Fault {
    /// Where: names and indexes.
    pub spot: Vec<String>,
    /// What is said about it.
    pub problem: Problem,
    /// A word that the field takes, if it takes only some.
    pub word: Option<String>,
    /// Whether `spot` is known.
    is_placed: bool,
}

impl Fault {
    fn new(reason: Reason, message: String, is: &Message) -> Self {
        Self {
            spot: Vec::new(),
            problem: Problem {
                field: String::new(),
                reason,
                message,
                id: is.id,
            },
            word: None,
            is_placed: false,
        }
    }

    fn of_type(message: String) -> Self {
        Self::new(Reason::TypeInvalid, message, &messages::FIELD_TYPE)
    }

    fn place(&mut self, path: &Path<'_>) {
        // A missing field is named already.
        let name = std::mem::take(&mut self.problem.field);
        self.problem.field = match (path.shown(), name) {
            (path, name) if name.is_empty() || path.is_empty() => path + &name,
            (path, name) => format!("{path}.{name}"),
        };
        self.spot.splice(0..0, path.parts());
        self.is_placed = true;
    }
}

/// A fault on its way out of serde, which hands it from value to value: small.
#[derive(Debug)]
pub struct ReadError(Box<Fault>);

impl ReadError {
    /// It is here, unless it is known to be further in.
    pub fn at(mut self, path: &Path<'_>) -> Self {
        if !self.0.is_placed {
            self.0.place(path);
        }
        self
    }
}

impl From<Fault> for ReadError {
    fn from(fault: Fault) -> Self {
        Self(Box::new(fault))
    }
}

impl From<ReadError> for Fault {
    fn from(error: ReadError) -> Self {
        *error.0
    }
}

impl Display for ReadError {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.problem.field, self.0.problem.message)
    }
}

impl Error for ReadError {}

impl de::Error for ReadError {
    fn custom<T: Display>(text: T) -> Self {
        let text = text.to_string();
        if BASE64_FAULTS.iter().any(|fault| text.starts_with(fault)) {
            let right =
                "must be base64, as all of a Secret's data; plain text goes into stringData";
            return Fault::of_type(right.to_owned()).into();
        }
        Fault::of_type(text).into()
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let expected = expected.to_string();
        Fault::of_type(format!("must be {}, is {}", wanted(&expected), is(found))).into()
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_type(found, expected)
    }

    fn unknown_variant(found: &str, expected: &'static [&'static str]) -> Self {
        let words: Vec<String> = expected.iter().map(|word| format!("{word:?}")).collect();
        let message = format!("{found:?} is not {}", words.join(" or "));
        let mut fault = Fault::new(Reason::NotSupported, message, &messages::FIELD_ENUM);
        fault.word = expected.first().map(|word| (*word).to_owned());
        fault.into()
    }

    fn missing_field(name: &'static str) -> Self {
        let message = "must be given".to_owned();
        let mut fault = Fault::new(Reason::Required, message, &messages::FIELD_REQUIRED);
        name.clone_into(&mut fault.problem.field);
        fault.spot.push(name.to_owned());
        fault.into()
    }
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

fn is(found: Unexpected<'_>) -> String {
    let shown = match found {
        Unexpected::Map => "an object".to_owned(),
        Unexpected::Seq => "a list".to_owned(),
        Unexpected::Str(text) => format!("the string {text:?}"),
        Unexpected::Bool(value) => value.to_string(),
        Unexpected::Unsigned(number) => number.to_string(),
        Unexpected::Signed(number) => number.to_string(),
        Unexpected::Float(number) => json_number(number),
        Unexpected::Unit => "null".to_owned(),
        other => other.to_string(),
    };
    match shown.char_indices().nth(QUOTE_MAX) {
        Some((end, _)) => format!("{}...", &shown[..end]),
        None => shown,
    }
}

/// As it was written.
fn json_number(number: f64) -> String {
    serde_json::Number::from_f64(number)
        .map_or_else(|| number.to_string(), |number| number.to_string())
}
