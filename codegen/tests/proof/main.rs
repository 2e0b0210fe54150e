//! The proof: the sources, the CRDs with their CEL rules, and the rule table give every object the
//! same verdict.
//!
//! The objects are the examples, a corpus made of them by changing one place at a time, and
//! thousands of generated ones. Unknown fields may be in any of them: all three ignore them. Left
//! out are fractions that binary floats cannot hold exactly: the CEL interpreter at hand reads them
//! as floats, the API server does not.
//!
//! The mutation tests take away or change one entry of the rule table, or one constraint or CEL rule
//! of the CRD, at a time; the proof must fail over the corpus.

mod corpus;
mod crd_mutants;
mod generate;
mod judges;
mod mutants;
mod structural;

use std::cell::LazyCell;
use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use limpet_codegen::fixture::fixtures;
use limpet_codegen::ir::{Api, Kind, Shape};
use limpet_codegen::{lower, source::Sources};
use limpet_schema::{messages, rules};
use proptest::strategy::Strategy;
use proptest::test_runner::{Config, TestRunner};
use serde_json::Value;

use judges::Judges;

/// How many objects are generated for each kind.
const GENERATED: u32 = 12_000;

fn sources() -> Sources {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schema");
    Sources::read(&folder).expect("the sources are sound")
}

fn api() -> Api {
    lower::lower(&sources()).expect("the sources are sound")
}

fn kind<'a>(api: &'a Api, name: &str) -> &'a Kind {
    api.kinds
        .iter()
        .find(|kind| kind.meta.kind == name)
        .expect("a known kind")
}

fn table(name: &str) -> &'static rules::Kind {
    rules::Kind::find("alb.networking.azure.io/v1", name).expect("a known kind")
}

fn examples(api: &Api, kind: &str, is_valid: bool) -> Vec<Value> {
    let fixtures = fixtures(api).into_iter();
    let wanted = fixtures.filter(|f| f.kind == kind && f.problems.is_empty() == is_valid);
    wanted.map(|fixture| fixture.object).collect()
}

#[test]
fn the_valid_examples_show_every_field() {
    let api = api();
    for kind in &api.kinds {
        let shown = corpus::places(&kind.root, &examples(&api, &kind.meta.kind, true));
        let mut all = Vec::new();
        kind.root.walk(&mut |node| {
            if let Shape::Struct(fields) = &node.shape {
                all.extend(
                    fields
                        .iter()
                        .map(|field| (node.at.clone(), field.name.clone())),
                );
            }
        });
        all.retain(|field| !shown.contains(field));
        assert_eq!(
            all,
            [],
            "{}: fields that no valid example shows",
            kind.meta.kind
        );
    }
}

#[test]
fn route_policy_corpus_gets_one_verdict() {
    check_corpus("RoutePolicy");
}

#[test]
fn ingress_extension_corpus_gets_one_verdict() {
    check_corpus("IngressExtension");
}

#[test]
fn route_policy_generated_objects_get_one_verdict() {
    check_generated("RoutePolicy");
}

#[test]
fn ingress_extension_generated_objects_get_one_verdict() {
    check_generated("IngressExtension");
}

#[test]
fn every_entry_of_the_route_policy_table_is_needed() {
    check_mutants("RoutePolicy");
}

#[test]
fn every_entry_of_the_ingress_extension_table_is_needed() {
    check_mutants("IngressExtension");
}

#[test]
fn every_constraint_of_the_route_policy_crd_is_needed() {
    check_crd_mutants("RoutePolicy");
}

#[test]
fn every_constraint_of_the_ingress_extension_crd_is_needed() {
    check_crd_mutants("IngressExtension");
}

#[test]
fn cel_says_what_the_rule_table_says() {
    for kind in rules::KINDS {
        let mut said = BTreeSet::new();
        judges::cel_messages(&judges::crd_schema(kind), &mut said);
        let mut expected = BTreeSet::new();
        texts(kind.root, 0, &mut expected);
        assert_eq!(said, expected, "{}", kind.kind);
    }
}

/// Of a value inside so many lists: in the second, what holds for it alone is a keyword.
fn texts(node: &rules::Node, lists: usize, into: &mut BTreeSet<String>) {
    into.extend(
        node.rules
            .iter()
            .map(|rule| format!("{} [{}]", rule.message, rule.id)),
    );
    match &node.shape {
        rules::Shape::Struct(fields) => fields
            .iter()
            .for_each(|field| texts(field.node, lists, into)),
        rules::Shape::List { items, .. } => texts(items, lists + 1, into),
        rules::Shape::Text { min, pattern, .. } if lists < 2 => {
            let shortest = match min {
                0 => None,
                1 => Some("must not be empty".to_owned()),
                _ => Some(format!("must have at least {min} characters")),
            };
            let id = messages::FIELD_LENGTH.id;
            into.extend(shortest.map(|says| format!("{says} [{id}]")));
            let id = messages::FIELD_PATTERN.id;
            into.extend(pattern.map(|pattern| format!("{} [{id}]", pattern.says)));
        }
        rules::Shape::Integer { min, max } if lists < 2 => {
            into.insert(format!(
                "must be from {min} to {max} [{}]",
                messages::FIELD_RANGE.id
            ));
        }
        rules::Shape::Duration(bounds) => {
            into.insert(format!("{} [{}]", bounds.says, messages::FIELD_DURATION.id));
        }
        _ => {}
    }
}

fn check_corpus(name: &str) {
    let api = api();
    let judges = Judges::new(&sources(), name);
    let invalid = examples(&api, name, false).into_iter();
    for object in invalid.chain(corpus(&api, name).into_iter().map(|case| case.object)) {
        judges
            .agree(&object)
            .unwrap_or_else(|difference| panic!("{difference}"));
    }
}

fn corpus(api: &Api, name: &str) -> Vec<corpus::Case> {
    let (root, examples) = (&kind(api, name).root, examples(api, name, true));
    let is_valid = |object: &Value| rules::check(table(name), object).is_empty();
    corpus::around(root, &corpus::completed(root, &examples, is_valid))
}

fn check_generated(name: &str) {
    let api = api();
    let judges = Judges::new(&sources(), name);
    let objects = generate::objects(&kind(&api, name).root);
    let config = Config {
        cases: GENERATED,
        failure_persistence: None,
        ..Config::default()
    };
    let mut runner = TestRunner::new(config);
    let valid = std::cell::Cell::new(0);
    let result = runner.run(
        &objects.prop_map(generate::Json),
        |generate::Json(object)| {
            let is_valid = judges
                .agree(&object)
                .map_err(proptest::test_runner::TestCaseError::fail)?;
            valid.set(valid.get() + u32::from(is_valid));
            Ok(())
        },
    );
    result.unwrap_or_else(|failure| panic!("{failure}"));
    let share = f64::from(valid.get()) / f64::from(GENERATED);
    assert!(
        (0.1..0.9).contains(&share),
        "{share} of the objects are valid: they prove too little"
    );
}

/// What no verdict depends on: a union's rule refuses the same objects, in words about the union.
/// Such a mutant must name other problems.
fn is_said_twice(place: &str, change: &str) -> bool {
    let unions = [".rewrites[]", ".urlRewrite.path", ".requestRedirect.path"];
    let is_union = unions.iter().any(|union| place.ends_with(union));
    let is_type = place.ends_with(".type") && change == "any word";
    let changes = ["without type", "type required: false", "without \"type\""];
    is_type || is_union && changes.contains(&change)
}

/// The corpus with the verdict of the source and of all that agree with it.
fn judged(name: &str) -> Vec<(corpus::Case, bool)> {
    let verdict = |object: &Value| rules::check(table(name), object).is_empty();
    let cases = corpus(&api(), name).into_iter();
    cases
        .map(|case| {
            let is_valid = verdict(&case.object);
            (case, is_valid)
        })
        .collect()
}

/// Whether the differential proof fails for a judge: it gives an object another verdict. Those that
/// were changed at the place in question come first.
fn fails(cases: &[(corpus::Case, bool)], place: &str, judge: impl Fn(&Value) -> bool) -> bool {
    let (near, far): (Vec<_>, Vec<_>) = cases.iter().partition(|(case, _)| case.place == place);
    let mut cases = near.into_iter().chain(far);
    cases.any(|(case, verdict)| judge(&case.object) != *verdict)
}

fn check_mutants(name: &str) {
    let (table, cases, api) = (table(name), judged(name), api());
    let examples = examples(&api, name, false);
    let mutants = mutants::of(table);
    assert!(mutants.len() > 40, "only {} mutants", mutants.len());
    let is_noticed = |mutant: &mutants::Mutant| {
        let judge = |object: &Value| rules::check(&mutant.kind, object).is_empty();
        let differs = |object| rules::check(table, object) != rules::check(&mutant.kind, object);
        match is_said_twice(&mutant.place, &mutant.change) {
            true => examples.iter().any(differs),
            false => fails(&cases, &mutant.place, judge),
        }
    };
    let unnoticed = mutants.iter().filter(|mutant| !is_noticed(mutant));
    let unnoticed: Vec<_> = unnoticed
        .map(|mutant| (&mutant.place, &mutant.change))
        .collect();
    assert!(unnoticed.is_empty(), "nobody notices: {unnoticed:#?}");
}

fn check_crd_mutants(name: &str) {
    let cases = judged(name);
    let schema = judges::crd_schema(table(name));
    let mutants = crd_mutants::of(&schema);
    assert!(mutants.len() > 20, "only {} mutants", mutants.len());
    let is_noticed = |mutant: &crd_mutants::Mutant| {
        is_said_twice(&mutant.place, &mutant.change) || is_refused(mutant, &schema, &cases)
    };
    let unnoticed = mutants.iter().filter(|mutant| !is_noticed(mutant));
    let unnoticed: Vec<_> = unnoticed
        .map(|mutant| (&mutant.place, &mutant.change))
        .collect();
    assert!(unnoticed.is_empty(), "nobody notices: {unnoticed:#?}");
}

/// Whether the proof fails for a CRD. CEL compiles each pattern for each value, so the changed place is
/// judged by itself, and the whole only where that may differ.
fn is_refused(
    mutant: &crd_mutants::Mutant,
    original: &Value,
    cases: &[(corpus::Case, bool)],
) -> bool {
    let (changed, original) = mutant.parts(original);
    let (changed, original) = (judges::Crd::new(&changed), judges::Crd::new(&original));
    let whole = LazyCell::new(|| judges::Crd::new(&mutant.schema));
    let mut known = HashMap::new();
    let mut differs = |value: &Value| {
        let verdicts = || changed.judge(value).is_ok() != original.judge(value).is_ok();
        *known.entry(value.to_string()).or_insert_with(verdicts)
    };
    cases.iter().any(|(case, is_valid)| {
        let values = crd_mutants::values(&case.object, &mutant.place);
        // A valid object of which a part is refused is refused.
        values.into_iter().any(&mut differs) && (*is_valid || whole.judge(&case.object).is_ok())
    })
}
