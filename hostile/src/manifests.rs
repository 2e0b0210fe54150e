//! Manifests: the same text always means the same, what is accepted compiles, and no text of an
//! author leaves its place: no line break or NUL ever reaches what a snapshot has sent.

use std::io::Write;

use limpet_dataplane::testing::Served;
use limpet_translator::inputs;
use limpet_translator::translate::{Settings, translate};
use serde_json::Value;

use crate::snapshot::is_served_well;

/// Judges the content of a file with manifests.
pub fn manifests(bytes: &[u8]) {
    let mut file = tempfile::Builder::new()
        .suffix(".yaml")
        .tempfile()
        .expect("a place for files");
    file.write_all(bytes).expect("a little room");
    let translated = || {
        let loaded = inputs::read(&[file.path().to_owned()], "default");
        let output = translate(&loaded.inputs, &Settings::default());
        (output, loaded.refusals)
    };
    let (output, refusals) = translated();
    assert_eq!((&output, &refusals), (&translated().0, &translated().1));
    let snapshot = &output.snapshot;
    assert_eq!(snapshot.check(), []);
    strings_are_one_line(&serde_json::to_value(snapshot).expect("plain data"));
    let served = Served::new(snapshot).expect("what is translated compiles");
    is_served_well(&served);
}

/// What is only compared with a request's bytes, and never sent.
const COMPARED: [&str; 1] = ["match"];

fn strings_are_one_line(value: &Value) {
    match value {
        Value::String(text) => is_one_line(text),
        Value::Array(values) => values.iter().for_each(strings_are_one_line),
        Value::Object(members) => members
            .iter()
            .filter(|(name, _)| !COMPARED.contains(&name.as_str()))
            .for_each(|(name, value)| {
                is_one_line(name);
                strings_are_one_line(value);
            }),
        _ => {}
    }
}

fn is_one_line(text: &str) {
    assert!(!text.contains(['\r', '\n', '\0']), "{text:?}");
}
