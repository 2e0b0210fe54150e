//! The order in which objects are read changes nothing: every golden manifest, shuffled, gives the
//! same bytes. Manifests that define an object twice are left out; there the first is used.

use std::fs;
use std::path::Path;

use limpet_translator::inputs;
use limpet_translator::translate::{Settings, translate};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

/// The snapshot, the statuses, and whether an object was defined twice.
fn run(documents: &[String]) -> (String, bool) {
    let file = tempfile::Builder::new().suffix(".yaml").tempfile();
    let file = file.expect("a temporary file");
    fs::write(file.path(), documents.join("\n---\n")).expect("writable");
    let loaded = inputs::read(&[file.path().to_owned()], "default");
    let mut problems = loaded.refusals.iter().flat_map(|refusal| &refusal.problems);
    let is_twice = problems.any(|problem| problem.id == "object-duplicate");
    let output = translate(&loaded.inputs, &Settings::default());
    let bytes = serde_json::to_string(&(&output.snapshot, &output.statuses));
    (bytes.expect("plain data"), is_twice)
}

#[test]
fn the_order_of_objects_changes_no_byte() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let files = fs::read_dir(folder).expect("the folder is there");
    let paths = files.map(|file| file.expect("readable").path());
    let mut tried = 0;
    for path in paths.filter(|path| path.to_string_lossy().ends_with(".in.yaml")) {
        let text = fs::read_to_string(&path).expect("readable");
        let documents: Vec<String> = text.split("\n---\n").map(str::to_owned).collect();
        let (expected, is_twice) = run(&documents);
        if is_twice {
            continue;
        }
        tried += 1;
        let mut runner = TestRunner::new(Config {
            cases: 16,
            ..Config::default()
        });
        let shuffled = Just(documents).prop_shuffle();
        let outcome = runner.run(&shuffled, |documents| {
            prop_assert_eq!(&run(&documents).0, &expected);
            Ok(())
        });
        assert!(outcome.is_ok(), "{}: {outcome:?}", path.display());
    }
    assert!(tried > 5, "only {tried} manifests were tried");
}
