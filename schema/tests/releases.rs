//! Operators and data planes of neighbouring releases understand each other.
//!
//! `releases/<number>/` holds what that release says: an assignment that uses everything it knows, as its
//! state file has it, and the messages of a stream about it. Once a release is out its folder stays as it
//! is; `UPDATE_GOLDEN=1` writes that of the release in the making.

#![cfg(feature = "stream")]

use std::path::{Path, PathBuf};
use std::{env, fs};

use limpet_schema::stream::{
    Ack, Assignment, FromDataPlane, Hello, Id, Nack, RELEASE, Resource, Said, ToDataPlane,
};
use prost::Message;
use serde_json::{Value, json};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/releases")
}

fn releases() -> Vec<PathBuf> {
    let entries = fs::read_dir(folder()).expect("it is committed");
    let mut found: Vec<PathBuf> = entries.map(|e| e.expect("readable").path()).collect();
    found.sort();
    found
}

fn assignment(release: &Path) -> Value {
    let text = fs::read_to_string(release.join("assignment.json")).expect("it is committed");
    serde_json::from_str(&text).expect("it is JSON")
}

fn read(assignment: &Value) -> Assignment {
    serde_json::from_value(assignment.clone()).expect("an assignment")
}

/// Messages as they travel, in hexadecimal, one a line.
fn messages(release: &Path, name: &str) -> Vec<Vec<u8>> {
    let text = fs::read_to_string(release.join(name)).expect("it is committed");
    let byte = |hex: &[u8]| {
        let hex = std::str::from_utf8(hex).expect("ASCII");
        u8::from_str_radix(hex, 16).expect("hexadecimal")
    };
    let bytes = |line: &str| line.as_bytes().chunks(2).map(byte).collect();
    text.lines().map(bytes).collect()
}

fn hex(messages: &[Vec<u8>]) -> String {
    let line = |bytes: &Vec<u8>| bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let lines: Vec<String> = messages.iter().map(line).collect();
    lines.join("\n") + "\n"
}

/// What today's operator says of an assignment: first all of it, then that its certificates are gone, then
/// that another replica leads.
fn told(assignment: &Assignment) -> [ToDataPlane; 3] {
    let changes = without_certificates(assignment).changes_since(assignment);
    let whole = ToDataPlane {
        version: 7,
        is_whole: true,
        release: RELEASE.to_owned(),
        ..assignment.changes_since(&Assignment::default())
    };
    let changed = ToDataPlane {
        version: 8,
        release: RELEASE.to_owned(),
        ..changes
    };
    let elsewhere = ToDataPlane {
        leader: "10.0.0.2:9443".to_owned(),
        release: RELEASE.to_owned(),
        ..ToDataPlane::default()
    };
    [whole, changed, elsewhere]
}

fn without_certificates(assignment: &Assignment) -> Assignment {
    let mut changed = assignment.clone();
    changed.certificates.clear();
    changed
}

/// What today's data plane says in one stream.
fn said() -> [FromDataPlane; 3] {
    let failed = [("Gateway/shop/gateway/http".to_owned(), "taken".to_owned())];
    let said = [
        Said::Hello(Hello {
            fleet: "limpet".to_owned(),
            pod: "limpet-0".to_owned(),
            release: RELEASE.to_owned(),
        }),
        Said::Ack(Ack {
            version: 7,
            failed_listeners: failed.into(),
        }),
        Said::Nack(Nack {
            version: 8,
            reason: "refused".to_owned(),
        }),
    ];
    said.map(|said| FromDataPlane { said: Some(said) })
}

#[test]
fn what_this_release_says_is_recorded() {
    let release = folder().join(RELEASE);
    let told = told(&read(&assignment(&release))).map(|message| message.encode_to_vec());
    let said = said().map(|message| message.encode_to_vec());
    for (name, messages) in [
        ("to_data_plane.hex", &told[..]),
        ("from_data_plane.hex", &said),
    ] {
        let path = release.join(name);
        if env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(&path, hex(messages)).expect("it can be written");
        }
        let recorded = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            recorded == hex(messages),
            "{name} differs: write it with UPDATE_GOLDEN=1"
        );
    }
}

#[test]
fn the_recorded_assignment_is_written_as_it_was_read() {
    let recorded = assignment(&folder().join(RELEASE));
    let written = serde_json::to_value(read(&recorded)).expect("plain data");
    assert_eq!(written, recorded);
}

#[test]
fn todays_data_plane_reads_every_releases_operator() {
    for release in releases() {
        let told = messages(&release, "to_data_plane.hex");
        let told: Vec<ToDataPlane> = told
            .iter()
            .map(|bytes| ToDataPlane::decode(&**bytes).expect("a message"))
            .collect();
        let [whole, changed, elsewhere] = told.as_slice() else {
            panic!("{} messages", told.len());
        };
        let (mut found, expected) = (Assignment::default(), read(&assignment(&release)));
        found.apply(whole).expect("readable");
        assert_eq!(found, expected, "{}", release.display());
        found.apply(changed).expect("readable");
        assert_eq!(found, without_certificates(&expected));
        assert_eq!(elsewhere.leader, "10.0.0.2:9443");
    }
}

#[test]
fn todays_operator_reads_every_releases_data_plane() {
    for release in releases() {
        let found: Vec<FromDataPlane> = messages(&release, "from_data_plane.hex")
            .iter()
            .map(|bytes| FromDataPlane::decode(&**bytes).expect("a message"))
            .collect();
        let number = release.file_name().expect("a release").to_string_lossy();
        let mut expected = said();
        if let Some(Said::Hello(hello)) = &mut expected[0].said {
            hello.release = number.into_owned();
        }
        assert_eq!(found, expected);
    }
}

#[test]
fn every_releases_data_plane_finds_what_it_knows_in_what_todays_operator_says() {
    for release in releases() {
        let told = told(&read(&assignment(&release)));
        for (now, bytes) in told.iter().zip(messages(&release, "to_data_plane.hex")) {
            let then = ToDataPlane::decode(&*bytes).expect("a message");
            assert_eq!(now.removed, then.removed);
            for old in &then.put {
                let new = now.put.iter().find(|new| new.id == old.id);
                let new = json_of(new.expect("it is still told"));
                assert!(
                    holds(&new, &json_of(old)),
                    "{:?} lacks something: {new}",
                    old.id
                );
            }
        }
    }
}

#[test]
fn what_a_later_operator_adds_is_left_out() {
    let assignment = read(&assignment(&folder().join(RELEASE)));
    let [mut later, ..] = told(&assignment);
    for resource in &mut later.put {
        let mut json = json_of(resource);
        add_everywhere(&mut json);
        resource.json = serde_json::to_vec(&json).expect("plain data");
    }
    later.put.push(Resource {
        id: Some(Id {
            kind: 99,
            name: "x".to_owned(),
        }),
        json: b"{}".to_vec(),
    });
    let mut bytes = later.encode_to_vec();
    // A field of tag 15, a text of one byte.
    bytes.extend([15 << 3 | 2, 1, b'x']);
    let message = ToDataPlane::decode(&*bytes).expect("a message");
    let mut found = Assignment::default();
    found.apply(&message).expect("readable");
    assert_eq!(found, assignment);
}

fn json_of(resource: &Resource) -> Value {
    serde_json::from_slice(&resource.json).expect("JSON")
}

/// Whether all of `old` is in `new`.
fn holds(new: &Value, old: &Value) -> bool {
    match (new, old) {
        (Value::Object(new), Value::Object(old)) => old
            .iter()
            .all(|(name, old)| new.get(name).is_some_and(|new| holds(new, old))),
        (Value::Array(new), Value::Array(old)) => {
            new.len() == old.len() && new.iter().zip(old).all(|(new, old)| holds(new, old))
        }
        _ => new == old,
    }
}

/// Puts a field into every object that has fields of fixed names: variants of an enum have but one.
fn add_everywhere(value: &mut Value) {
    let is_variant = |object: &serde_json::Map<String, Value>| {
        let names = [
            "forward", "redirect", "prefix", "exact", "regex", "full", "cors", "mirror", "rewrite",
        ];
        let is_one = |name: &String| names.contains(&name.as_str()) || name.contains('-');
        object.len() == 1 && object.keys().all(is_one)
    };
    match value {
        Value::Object(object) => {
            object.values_mut().for_each(add_everywhere);
            if !is_variant(object) {
                object.insert("of_a_later_release".to_owned(), json!({"x": 1}));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(add_everywhere),
        _ => {}
    }
}
