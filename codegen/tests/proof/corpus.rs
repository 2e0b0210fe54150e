//! Objects made of the examples by changing one place at a time: to each boundary of what it may
//! hold, to just beyond it, to another type, and to nothing.

use std::collections::{BTreeMap, BTreeSet};

use limpet_codegen::ir::{Duration, Field, Node, Shape};
use serde_json::{Map, Value, json};

/// An object and where it was changed, such as `spec.rules[].host`.
pub struct Case {
    pub place: String,
    pub object: Value,
}

/// The places that examples show, and the values of each type.
#[derive(Default)]
struct Shown {
    places: BTreeSet<String>,
    values: BTreeMap<String, Vec<Value>>,
}

/// The examples with what they leave out in one place and show in another: a type that two fields
/// share is judged in both. One more for each example that can be completed.
pub fn completed(root: &Node, examples: &[Value], is_valid: impl Fn(&Value) -> bool) -> Vec<Value> {
    let mut shown = Shown::default();
    examples
        .iter()
        .for_each(|example| shown.note(root, "", example));
    let mut completed = examples.to_vec();
    for example in examples {
        let mut last = example.clone();
        // What was put in may leave out something in turn.
        while let Some(next) = shown.more(root, "", &last).into_iter().find(&is_valid) {
            shown.note(root, "", &next);
            completed.push(next.clone());
            last = next;
        }
    }
    completed
}

impl Shown {
    fn note(&mut self, node: &Node, place: &str, value: &Value) {
        self.places.insert(place.to_owned());
        let known = self.values.entry(node.at.clone()).or_default();
        if !known.contains(value) {
            known.push(value.clone());
        }
        match (&node.shape, value) {
            (Shape::Struct(fields), Value::Object(object)) => {
                for field in fields {
                    if let Some(value) = object.get(&field.name) {
                        self.note(&field.node, &format!("{place}.{}", field.name), value);
                    }
                }
            }
            (Shape::List { items, .. }, Value::Array(list)) => {
                let below = format!("{place}[]");
                list.iter().for_each(|item| self.note(items, &below, item));
            }
            _ => {}
        }
    }

    /// Every value with one part added or exchanged that shows a place not shown yet.
    fn more(&self, node: &Node, place: &str, value: &Value) -> Vec<Value> {
        match (&node.shape, value) {
            (Shape::Struct(fields), Value::Object(object)) => {
                let more = fields.iter().flat_map(|field| {
                    let below = format!("{place}.{}", field.name);
                    let inside = object
                        .get(&field.name)
                        .map(|v| self.more(&field.node, &below, v));
                    let others = self.others(&field.node, &below);
                    let values = inside.into_iter().flatten().chain(others);
                    values
                        .map(|value| with(object, &field.name, value))
                        .collect::<Vec<_>>()
                });
                more.collect()
            }
            (Shape::List { items, .. }, Value::Array(list)) => {
                let below = format!("{place}[]");
                let more = list.iter().enumerate().flat_map(|(index, item)| {
                    self.more(items, &below, item).into_iter().map(move |item| {
                        let mut list = list.clone();
                        list[index] = item;
                        Value::Array(list)
                    })
                });
                more.collect()
            }
            _ => Vec::new(),
        }
    }

    /// Values of the same type, from elsewhere, that show something new here.
    fn others(&self, node: &Node, place: &str) -> Vec<Value> {
        let values = self.values.get(&node.at).into_iter().flatten();
        let is_news = |value: &&Value| {
            let mut here = Shown::default();
            here.note(node, place, value);
            !here.places.is_subset(&self.places)
        };
        values.filter(is_news).cloned().collect()
    }
}

/// The examples, and every change of one place in them.
pub fn around(root: &Node, examples: &[Value]) -> Vec<Case> {
    let mut seen = BTreeSet::new();
    let mut cases = Vec::new();
    for example in examples {
        let mut emit = |place: &str, object: Value| {
            if seen.insert(object.to_string()) {
                cases.push(Case {
                    place: place.to_owned(),
                    object,
                });
            }
        };
        emit("", example.clone());
        change(root, "", example, &mut emit);
    }
    cases
}

/// Which fields of which structs the examples show.
pub fn places(root: &Node, examples: &[Value]) -> BTreeSet<(String, String)> {
    let mut places = BTreeSet::new();
    examples
        .iter()
        .for_each(|example| note_places(root, example, &mut places));
    places
}

fn note_places(node: &Node, value: &Value, places: &mut BTreeSet<(String, String)>) {
    match &node.shape {
        Shape::Struct(fields) => {
            for field in fields {
                if let Some(value) = value.get(&field.name) {
                    places.insert((node.at.clone(), field.name.clone()));
                    note_places(&field.node, value, places);
                }
            }
        }
        Shape::List { items, .. } => {
            let list = value.as_array().into_iter().flatten();
            list.for_each(|item| note_places(items, item, places));
        }
        _ => {}
    }
}

/// Calls `emit` with every change of `value` and its place.
fn change(node: &Node, place: &str, value: &Value, emit: &mut dyn FnMut(&str, Value)) {
    others(&node.shape)
        .into_iter()
        .for_each(|value| emit(place, value));
    match (&node.shape, value) {
        (Shape::Struct(fields), Value::Object(object)) => {
            fields
                .iter()
                .for_each(|field| change_field(field, place, object, emit));
        }
        (Shape::List { items, max, .. }, Value::Array(list)) => {
            let below = format!("{place}[]");
            for (index, item) in list.iter().enumerate() {
                change(items, &below, item, &mut |place, value| {
                    let mut list = list.clone();
                    list[index] = value;
                    emit(place, Value::Array(list));
                });
            }
            if let Some(first) = list.first() {
                let twice = [list.as_slice(), std::slice::from_ref(first)].concat();
                emit(place, Value::Array(twice));
                [*max, max + 1]
                    .into_iter()
                    .for_each(|len| emit(place, distinct(first, len)));
            }
        }
        _ => samples(node)
            .into_iter()
            .for_each(|value| emit(place, value)),
    }
}

fn change_field(
    field: &Field,
    place: &str,
    object: &Map<String, Value>,
    emit: &mut dyn FnMut(&str, Value),
) {
    let below = format!("{place}.{}", field.name);
    match object.get(&field.name) {
        Some(value) => {
            emit(place, Value::Object(without(object, &field.name)));
            change(&field.node, &below, value, &mut |place, value| {
                emit(place, with(object, &field.name, value));
            });
        }
        None => {
            let samples = samples(&field.node).into_iter();
            samples.for_each(|value| emit(&below, with(object, &field.name, value)));
        }
    }
}

/// `len` items that differ where a list wants them to.
fn distinct(item: &Value, len: usize) -> Value {
    let vary = |index: usize| {
        let mut item = item.clone();
        for key in ["name", "type"] {
            // Names and types of conditions are free words; the types of unions are not.
            let is_free = item.get("lastTransitionTime").is_some() || item.get("value").is_some();
            if let Some(Value::String(text)) = item.get_mut(key).filter(|_| is_free) {
                text.push_str(&index.to_string());
            }
        }
        item
    };
    (0..len).map(vary).collect()
}

fn without(object: &Map<String, Value>, name: &str) -> Map<String, Value> {
    let mut object = object.clone();
    object.shift_remove(name);
    object
}

fn with(object: &Map<String, Value>, name: &str, value: Value) -> Value {
    let mut object = object.clone();
    object.insert(name.to_owned(), value);
    Value::Object(object)
}

/// A value of each type but the right ones.
pub fn others(shape: &Shape) -> Vec<Value> {
    let any = [
        json!(null),
        json!(true),
        json!(7),
        json!(1.5),
        json!("x"),
        json!([]),
        json!({}),
    ];
    let is_right = |value: &Value| match shape {
        Shape::Struct(_) => value.is_object(),
        Shape::List { .. } => value.is_array(),
        Shape::Enum(_) | Shape::Text { .. } => value.is_string(),
        Shape::Integer { .. } | Shape::IntegerEnum(_) => value.is_i64(),
        Shape::Boolean => value.is_boolean(),
        Shape::Duration(bounds) => value.is_string() || (bounds.is_seconds_too && value.is_i64()),
    };
    any.into_iter().filter(|value| !is_right(value)).collect()
}

/// Values of the right type, in bounds and just beyond.
pub fn samples(node: &Node) -> Vec<Value> {
    let mut samples = match &node.shape {
        Shape::Struct(_) => vec![json!({}), json!({ "unknown": 1 })],
        Shape::List { .. } => vec![json!([])],
        Shape::Enum(words) => {
            let beside = words
                .iter()
                .flat_map(|word| [word.to_uppercase(), format!("{word} ")]);
            words
                .iter()
                .cloned()
                .chain(beside)
                .chain([String::new()])
                .map(Value::from)
                .collect()
        }
        Shape::Text { min, max, .. } => texts(*min, *max),
        Shape::Integer { min, max } => [min - 1, *min, min + 1, max - 1, *max, max + 1]
            .map(Value::from)
            .to_vec(),
        Shape::IntegerEnum(numbers) => numbers
            .iter()
            .flat_map(|n| [json!(n), json!(n + 1)])
            .collect(),
        Shape::Boolean => vec![json!(true), json!(false)],
        Shape::Duration(bounds) => durations(bounds),
    };
    samples.extend(node.example.clone());
    samples
}

fn texts(min: usize, max: usize) -> Vec<Value> {
    let lengths = [min.saturating_sub(1), min, max, max + 1];
    // é is one character of two bytes: lengths count characters.
    let long = lengths
        .into_iter()
        .flat_map(|len| ["a".repeat(len), "1".repeat(len), "\u{e9}".repeat(len)]);
    let odd = [
        "a",
        "A",
        "a.b",
        "a-b",
        "a--b",
        "-a",
        "a-",
        ".a",
        "a.",
        "a..b",
        "a b",
        "a\n",
        "\na",
        "a/b",
        "a_b",
        "Ab1",
        "1",
        "1.0",
        "1.",
        ".5",
        "-1",
        "!#$%&'*+-.^_`|~",
        "a;b",
        "a=b",
        "\"a\"",
        "a\u{0}",
        "2026-01-31T12:00:00Z",
        "2026-01-31T12:00:00.5+01:00",
        "2026-01-31 12:00:00Z",
        "2026-01-31",
    ];
    let time = |len: usize| {
        format!(
            "2026-01-31T12:00:00.{}Z",
            "5".repeat(len.saturating_sub(21))
        )
    };
    long.chain([time(max), time(max + 1)])
        .chain(odd.map(str::to_owned))
        .map(Value::from)
        .collect()
}

fn durations(bounds: &Duration) -> Vec<Value> {
    let (min, max) = (i64::from(bounds.min_seconds), i64::from(bounds.max_seconds));
    let seconds = [
        -1,
        0,
        1,
        min - 1,
        min,
        min + 1,
        max - 1,
        max,
        max + 1,
        i64::MAX,
        i64::MIN,
    ];
    let spelled = seconds
        .iter()
        .flat_map(|s| [json!(s), json!(s.to_string()), json!(format!("{s}s"))]);
    let spelled = spelled.filter(|value| bounds.is_seconds_too || !value.is_i64());
    let odd = [
        "",
        "0",
        "00",
        "0s",
        "0h0m",
        "0ms",
        "0us",
        "000ns",
        "1h30m",
        "1.5h",
        "1.5s",
        "1.500s",
        "0.5m",
        "1500ms",
        "0.5s500ms",
        "500ms",
        "1000us",
        "1us",
        "1000000ns",
        "1000000000ns",
        "1ns",
        "1.5ms",
        "9600h",
        "9600h1s",
        "9600h1ms",
        "576000m",
        "1d",
        "1w",
        "1 s",
        " 1s",
        "1s ",
        "1s\n",
        "+1s",
        "-1s",
        "--1s",
        "1",
        "1.5",
        "1.",
        ".5s",
        "1.s",
        "s",
        "1S",
        "1H",
        "1e3s",
        "0x1s",
        "\u{661}s",
        "1s1",
        "1h1h",
        "99999999999999999999",
        "9999999999999h",
        "99999999999999999999h",
    ];
    spelled
        .chain(odd.map(Value::from))
        .chain([64, 65].map(|len| json!("0".repeat(len))))
        .chain([64, 65].map(|len| json!(format!("{}1s", "0".repeat(len - 2)))))
        .collect()
}
