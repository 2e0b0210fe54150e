//! `limpet check` and `limpet explain`.

mod support;

use std::path::Path;
use std::process::Output;

use support::limpet_command;

fn limpet(args: &[&str]) -> Output {
    limpet_command()
        .args(args)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
        .output()
        .expect("the binary is built")
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).expect("it prints UTF-8")
}

#[test]
fn the_examples_have_no_problem() {
    let output = limpet(&[
        "check",
        "-n",
        "test-infra",
        "-f",
        "examples/session-affinity",
    ]);
    assert!(output.status.success(), "{}", stdout(&output));
}

#[test]
fn every_problem_is_printed_with_its_field_and_id_and_the_status_is_1() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("policy.yaml");
    std::fs::write(
        &path,
        "apiVersion: alb.networking.azure.io/v1\n\
         kind: RoutePolicy\n\
         metadata: {name: bad}\n\
         spec:\n  \
           targetRef: {group: '', kind: HTTPRoute, name: 7}\n  \
           default: {sessionAffinity: {affinityType: application-cookie, cookieDuration: -1}}\n\
         ---\n\
         kind: Nonsense\n",
    )
    .expect("the folder is ours");
    let output = limpet(&["check", "-f", &path.to_string_lossy()]);
    assert_eq!(output.status.code(), Some(1));
    let text = stdout(&output);
    for part in [
        "spec.targetRef.name: ",
        "spec.default.sessionAffinity.cookieName: Required value: ",
        "spec.default.sessionAffinity.cookieDuration: Invalid value: ",
        "[kind-unknown]",
        "[field-type]",
    ] {
        assert!(text.contains(part), "{part} is not in:\n{text}");
    }
}

#[test]
fn explain_knows_a_field_a_message_id_and_near_misses() {
    let field = limpet(&["explain", "spec.default.sessionAffinity.cookieName"]);
    assert!(stdout(&field).contains("128"), "{}", stdout(&field));
    assert!(stdout(&limpet(&["explain", "kind-unknown"])).contains("apiVersion"));
    let miss = limpet(&["explain", "spec.cookieName"]);
    assert_eq!(miss.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&miss.stderr).contains("sessionAffinity.cookieName"));
}

#[test]
fn the_examples_of_its_help_are_explained() {
    let help = limpet(&["explain", "--help"]);
    let examples: Vec<&str> = stdout(&help)
        .lines()
        .filter_map(|line| line.trim().strip_prefix("limpet explain "))
        .collect();
    assert!(examples.len() >= 3, "{examples:?}");
    for topic in examples {
        assert!(limpet(&["explain", topic]).status.success(), "{topic}");
    }
}

#[test]
fn a_field_that_would_be_ignored_is_a_problem() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("policy.yaml");
    std::fs::write(
        &path,
        "apiVersion: alb.networking.azure.io/v1\n\
         kind: RoutePolicy\n\
         metadata: {name: misspelt}\n\
         spec:\n  \
           targetRef: {group: '', kind: HTTPRoute, name: http-route}\n  \
           default: {sessionAfinity: {affinityType: managed-cookie}}\n",
    )
    .expect("the folder is ours");
    let output = limpet(&["check", "-f", &path.to_string_lossy()]);
    assert_eq!(output.status.code(), Some(1));
    let text = stdout(&output);
    assert!(
        text.contains("spec.default.sessionAfinity: ") && text.contains("[field-unknown]"),
        "{text}"
    );
}

#[test]
fn what_is_said_of_a_limit_names_its_setting() {
    for (id, flag) in [
        ("head-timeout", "--header-timeout-secs"),
        ("body-timeout", "--idle-timeout-secs"),
        ("upstream-timeout", "--request-timeout-secs"),
        ("upstream-unreachable", "--connect-timeout-secs"),
    ] {
        let explained = limpet(&["explain", id]);
        assert!(
            stdout(&explained).contains(flag),
            "{id}: {}",
            stdout(&explained)
        );
        for command in ["run", "dataplane"] {
            let help = limpet(&[command, "--help"]);
            assert!(stdout(&help).contains(flag), "{command} has no {flag}");
        }
    }
}
