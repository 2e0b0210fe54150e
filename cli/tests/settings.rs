//! Settings from the environment.

mod support;

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use support::{free_port, limpet_command};

#[test]
fn the_environment_says_what_flags_say_and_strangers_in_it_do_no_harm() {
    let folder = tempfile::tempdir().expect("a folder");
    let manifest = folder.path().join("gateway.yaml");
    let text = format!(
        "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {{name: gateway}}\n\
         spec:\n  gatewayClassName: limpet\n  listeners: [{{name: http, protocol: HTTP, port: {}}}]\n",
        free_port()
    );
    std::fs::write(&manifest, text).expect("the folder is ours");
    let mut child = limpet_command()
        .args(["run", "-o", "json"])
        .env("LIMPET_FILENAME", &manifest)
        // Looks like a number.
        .env("LIMPET_NAMESPACE", "123")
        .env("LIMPET_WORKERS", "1")
        .env("LIMPET_ADMIN", format!("127.0.0.1:{}", free_port()))
        .env("LIMPET_INGRESS_PORT", free_port().to_string())
        .env("LIMPET_STATE", folder.path().join("state"))
        // The flag wins.
        .env("LIMPET_OUTPUT", "table")
        // What Kubernetes tells every pod beside a Service named limpet.
        .env("LIMPET_PORT", "tcp://10.0.0.1:80")
        .env("LIMPET_SERVICE_HOST", "10.0.0.1")
        .env("LIMPET_WROKERS", "7")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary is built");
    let stdout = child.stdout.take().expect("it is piped");
    let mut line = String::new();
    BufReader::new(stdout)
        .read_line(&mut line)
        .expect("it prints");
    let _ = child.kill();
    let output = child.wait_with_output().expect("it was started");
    let said = String::from_utf8_lossy(&output.stderr);
    let view: serde_json::Value = serde_json::from_str(&line).expect(&said);
    assert_eq!(view["statuses"][0]["namespace"], "123");
    let warned = said
        .lines()
        .filter(|line| line.contains("[setting-unknown]"));
    let warned: Vec<&str> = warned.collect();
    assert_eq!(warned.len(), 1, "{said}");
    assert!(warned[0].contains("LIMPET_WROKERS"), "{said}");
}
