//! `limpet diff`: what manifests would change, against files and against a running gateway.

mod support;

use std::path::Path;
use std::process::Output;

use serde_json::Value;
use support::{Backends, Limpet, ROUTE_POLICY, client, free_port, gateway, limpet_command};

/// Of manifests in `test-infra`.
fn diff(filename: &Path, against: &str, more: &[&str]) -> Output {
    let mut command = limpet_command();
    command.args(["diff", "-n", "test-infra", "--against", against]);
    command.arg("-f").arg(filename).args(more);
    command.output().expect("the binary is built")
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).expect("it prints UTF-8")
}

/// The examples' folder, edited.
fn edited(edits: &[(&str, &str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for entry in std::fs::read_dir(examples()).expect("the examples") {
        let path = entry.expect("an entry").path();
        let name = path
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let mut text = std::fs::read_to_string(&path).expect("text");
        for (_, old, new) in edits.iter().filter(|(file, ..)| *file == name) {
            assert!(text.contains(old), "{name} has {old}");
            text = text.replace(old, new);
        }
        std::fs::write(folder.path().join(name), text).expect("the folder is ours");
    }
    folder
}

fn examples() -> String {
    concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/session-affinity").to_owned()
}

#[test]
fn of_equal_folders_there_is_no_difference() {
    let same = edited(&[]);
    let output = diff(same.path(), &examples(), &["--exit-code"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(stdout(&output).starts_with("No difference\n"), "{output:?}");
}

#[test]
fn objects_listeners_routes_and_endpoints_that_a_change_touches_are_told() {
    let new = edited(&[
        (
            "echo.yaml",
            "addresses: [\"127.0.0.13\"]",
            "addresses: [\"127.0.0.14\"]",
        ),
        ("gateway.yaml", "port: 8080", "port: 8090"),
        (
            "gateway.yaml",
            "  rules:\n",
            "  hostnames: [shop.test]\n  rules:\n",
        ),
        ("route-policy.yaml", "nomnom", "crumb"),
    ]);
    std::fs::remove_file(new.path().join("ingress.yaml")).expect("it is there");
    let output = diff(new.path(), &examples(), &["--exit-code"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        stdout(&output),
        "Object      changed: Gateway test-infra/gateway\n\
         Object      changed: HTTPRoute test-infra/http-route\n\
         Object      changed: RoutePolicy test-infra/session-affinity-route-policy\n\
         Object      gone: Ingress test-infra/echo\n\
         Object      changed: EndpointSlice test-infra/echo-1\n\
         Listener    changed: Gateway/test-infra/gateway/http (hosts, port)\n\
         Listener    gone: Ingress\n\
         Route       changed: HTTPRoute/test-infra/http-route (matches, session affinity)\n\
         Route       gone: Ingress/test-infra/echo\n\
         Endpoints   Service/test-infra/echo/80: 1 new (127.0.0.14:18080), 1 gone (127.0.0.13:18080)\n\
         Sessions    not known: files hold none; --against http://127.0.0.1:9900 asks a running gateway\n"
    );
    assert_eq!(diff(new.path(), &examples(), &[]).status.code(), Some(0));
}

#[test]
fn a_file_that_would_be_refused_is_a_difference() {
    let new = edited(&[("gateway.yaml", "port: 8080", "port: 808080")]);
    let output = diff(new.path(), &examples(), &["--exit-code", "-o", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let told: Value = serde_json::from_str(stdout(&output)).expect("one document");
    assert_eq!(told["refused"][0]["object"], "Gateway test-infra/gateway");
}

#[test]
fn what_cannot_be_compared_is_no_difference() {
    let new = edited(&[]);
    let nobody = format!("http://127.0.0.1:{}", free_port());
    for (against, id) in [
        (nobody.as_str(), "[admin-unanswered]"),
        ("/nowhere", "/nowhere"),
    ] {
        let output = diff(new.path(), against, &["--exit-code"]);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(id), "{said}");
    }
}

/// A gateway with a session on each of three pods, and manifests for it.
struct Shop {
    backends: Backends,
    limpet: Limpet,
    new: tempfile::TempDir,
    port: u16,
}

impl Shop {
    fn open() -> Self {
        let (backends, port) = (Backends::start(3), free_port());
        let limpet = Limpet::start(&[
            ("echo.yaml", &backends.manifest()),
            ("gateway.yaml", &gateway(port)),
            ("route-policy.yaml", ROUTE_POLICY),
        ]);
        let pods = ["pod-0", "pod-1", "pod-2"];
        for pod in pods {
            let mut first = client(port, None);
            while first.body != pod {
                first = client(port, None);
            }
            client(port, Some(&first.cookie()));
        }
        let new = tempfile::tempdir().expect("a folder");
        Self {
            backends,
            limpet,
            new,
            port,
        }
    }

    /// What would become of the sessions: how many there are, move and end.
    fn fate(&self, echo: &str, policy: &str) -> (u64, u64, u64) {
        let files = [
            ("echo", echo),
            ("gateway", &gateway(self.port)),
            ("policy", policy),
        ];
        for (name, text) in files {
            let path = self.new.path().join(format!("{name}.yaml"));
            std::fs::write(path, text).expect("the folder is ours");
        }
        let against = format!("http://{}", self.limpet.admin);
        let output = diff(self.new.path(), &against, &["-o", "json"]);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let told: Value = serde_json::from_str(stdout(&output)).expect("one document");
        assert_eq!(told["objects"], Value::Null);
        let fate = &told["sessions"][0];
        assert_eq!(fate["route"], "HTTPRoute/test-infra/http-route");
        let count = |what: &str| fate[what].as_u64().expect("a number");
        (count("sessions"), count("move"), count("end"))
    }
}

#[test]
fn of_a_running_gateways_sessions_those_move_whose_pod_goes_and_those_end_whose_cookie_does() {
    let shop = Shop::open();
    let all = shop.backends.manifest();
    let (sessions, moved, ended) = shop.fate(&all, ROUTE_POLICY);
    assert!(sessions >= 3);
    assert_eq!((moved, ended), (0, 0), "nothing changes");
    let fewer = shop.backends.manifest_where(|pod| pod != "pod-1");
    let (_, moved, ended) = shop.fate(&fewer, ROUTE_POLICY);
    assert!(
        (1..sessions).contains(&moved),
        "those of pod-1: {moved} of {sessions}"
    );
    assert_eq!(ended, 0);
    let none = shop.backends.manifest_where(|_| false);
    assert_eq!(shop.fate(&none, ROUTE_POLICY), (sessions, 0, sessions));
    let renamed = ROUTE_POLICY.replace("nomnom", "crumb");
    assert_eq!(shop.fate(&all, &renamed), (sessions, 0, sessions));
}
