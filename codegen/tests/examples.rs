//! Every example of the sources gives exactly the problems that it states.

use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

use limpet_codegen::emit::explain;
use limpet_codegen::fixture::{Fixture, fixtures};
use limpet_codegen::{lower, source::Sources};
use limpet_schema::problem::Problem;
use limpet_schema::rules::{Kind, check};

fn all() -> Vec<Fixture> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schema");
    let sources = Sources::read(&folder).expect("the sources are sound");
    fixtures(&lower::lower(&sources).expect("the sources are sound"))
}

fn problems(fixture: &Fixture) -> Vec<Problem> {
    let kind = Kind::find("alb.networking.azure.io/v1", &fixture.kind).expect("a known kind");
    check(kind, &fixture.object)
}

#[test]
fn every_example_gives_exactly_its_problems() {
    for fixture in all() {
        let found = problems(&fixture);
        let found: Vec<_> = found.iter().map(|p| (p.id, p.field.as_str())).collect();
        let expected = fixture
            .problems
            .iter()
            .map(|p| (p.id.as_str(), p.field.as_str()));
        assert_eq!(found, expected.collect::<Vec<_>>(), "{}", fixture.name);
    }
}

/// `codegen/tests/messages.txt` shows every message as people meet it. `UPDATE_GOLDEN=1` writes it.
#[test]
fn every_message_reads_as_reviewed() {
    let mut text = String::new();
    for fixture in all().iter().filter(|fixture| !fixture.problems.is_empty()) {
        let _ = writeln!(text, "{}", fixture.name);
        for problem in problems(fixture) {
            let _ = writeln!(text, "  {problem}");
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/messages.txt");
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, &text).expect("writable");
    }
    assert_eq!(fs::read_to_string(&path).expect("it is committed"), text);
}

#[test]
fn the_generator_explains_as_the_product_does() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schema");
    let sources = Sources::read(&folder).expect("the sources are sound");
    for topic in [
        "spec.default.sessionAffinity.cookieName",
        "RoutePolicy",
        "rewrite-url",
        "spec.nothing",
    ] {
        let text = explain(&sources, topic).expect("the sources are sound");
        assert_eq!(text, limpet_schema::explain(topic), "{topic}");
    }
}
