//! `limpet check` and `limpet explain`.

mod support;

use std::fs;
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
        "spec.default.sessionAffinity.cookieName: application-cookie needs a cookieName",
        "spec.default.sessionAffinity.cookieDuration: -1: must be whole seconds",
        "[kind-unknown]",
        "[field-type]",
    ] {
        assert!(text.contains(part), "{part} is not in:\n{text}");
    }
}

#[test]
fn what_means_nothing_to_a_gateway_is_skipped_with_a_line_and_what_is_misspelt_is_guessed() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("all.yaml");
    let check = |text: &str, code: i32, lines: &[&str]| {
        fs::write(&path, text).expect("the folder is ours");
        let output = limpet(&["check", "-f", &path.to_string_lossy()]);
        let text = stdout(&output);
        assert_eq!(output.status.code(), Some(code), "{text}");
        for line in lines {
            assert!(text.contains(line), "{line} is not in:\n{text}");
        }
    };
    let deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: cart}\n";
    let service =
        "---\napiVersion: v1\nkind: Service\nmetadata: {name: cart}\nspec: {ports: [{port: 80}]}\n";
    check(
        &format!("{deployment}{service}"),
        0,
        &[
            "Deployment default/cart: kind: Deployment means nothing to a gateway and is skipped [kind-skipped]",
            "no problem",
        ],
    );
    check(
        &service.replace("Service", "Servce"),
        1,
        &["kind: Servce is no kind that Limpet reads; did you mean Service? [kind-unknown]"],
    );
    check(
        &service.replace("port: 80", "port: 80, targetport: 8080"),
        1,
        &[
            "spec.ports[0].targetport: unknown field, ignored; did you mean targetPort? [field-unknown]",
        ],
    );
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

/// The objects that a good whole needs; a case replaces a part of it.
const GOOD: &str = "
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: gateway}
spec:
  gatewayClassName: limpet
  listeners: [{name: http, protocol: HTTP, port: 8080}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: route}
spec:
  parentRefs: [{name: gateway}]
  rules: [{backendRefs: [{name: echo, port: 80}]}]
---
apiVersion: alb.networking.azure.io/v1
kind: RoutePolicy
metadata: {name: policy}
spec:
  targetRef: {group: gateway.networking.k8s.io, kind: HTTPRoute, name: route}
  default: {sessionAffinity: {affinityType: managed-cookie}}
---
apiVersion: v1
kind: Service
metadata: {name: echo}
spec: {ports: [{name: http, port: 80}]}
";

/// What `check` says of a text, and its exit status.
fn checked(text: &str) -> (String, Option<i32>) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("all.yaml");
    std::fs::write(&path, text).expect("the folder is ours");
    let output = limpet(&["check", "-f", &path.to_string_lossy()]);
    let said = [&output.stdout[..], &output.stderr[..]].concat();
    (
        String::from_utf8_lossy(&said).into_owned(),
        output.status.code(),
    )
}

#[test]
fn what_run_would_say_is_said() {
    let (said, code) = checked(GOOD);
    assert_eq!(code, Some(0), "{said}");
    let cases = [
        (
            "name: echo, port: 80",
            "name: gone, port: 80",
            "backend-missing",
        ),
        (
            "name: echo, port: 80",
            "name: echo, port: 81",
            "backend-missing",
        ),
        (
            "name: echo, port: 80",
            "name: echo, namespace: other, port: 80",
            "reference-not-permitted",
        ),
        (
            "kind: HTTPRoute, name: route",
            "kind: HTTPRoute, name: gone",
            "policy-target-missing",
        ),
        ("default: {session", "override: {session", "policy-override"),
        (
            "gatewayClassName: limpet",
            "gatewayClassName: nginx",
            "class-unknown",
        ),
        ("{name: gateway}]", "{name: gone}]", "parent-unknown"),
        (
            "protocol: HTTP, port: 8080}",
            "protocol: TCP, port: 8080}",
            "listener-protocol-unsupported",
        ),
        (
            "port: 8080}]",
            "port: 8080}, {name: twin, protocol: HTTP, port: 8080}]",
            "listener-conflict",
        ),
        (
            "protocol: HTTP, port: 8080}",
            "protocol: HTTPS, port: 8443, tls: {certificateRefs: [{name: gone}]}}",
            "certificate-invalid",
        ),
        (
            "rules: [{",
            "rules: [{sessionPersistence: {type: Header, sessionName: a}, ",
            "rule-unsupported",
        ),
        (
            "managed-cookie}",
            "managed-cookie, cookieName: a}",
            "managed-cookie-fixed",
        ),
    ];
    for (good, bad, id) in cases {
        assert!(GOOD.contains(good), "{good}");
        let (said, code) = checked(&GOOD.replace(good, bad));
        assert!(said.contains(&format!("[{id}]")), "{bad}: {said}");
        assert_eq!(code, Some(1), "{bad}: {said}");
    }
    let policy = GOOD.split("---").nth(2).expect("the policy");
    let two = format!(
        "{GOOD}---{}",
        policy.replace("name: policy", "name: second")
    );
    let (said, code) = checked(&two);
    assert!(
        said.contains("[policy-conflict]") && code == Some(1),
        "{said}"
    );
}

#[test]
fn nothing_to_check_is_an_error() {
    for text in ["", "# nothing\n---\n"] {
        let (said, code) = checked(text);
        assert!(said.contains("[no-objects]") && code == Some(1), "{said}");
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let output = limpet(&["check", "-f", &folder.path().to_string_lossy()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("[no-objects]"));
}
