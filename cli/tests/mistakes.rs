//! What people type who are new to Limpet, and the exact lines that they get from `check` and `run`: one
//! pair of files a mistake in `mistakes/`, which read as a table.
//!
//! `UPDATE_GOLDEN=1 cargo test -p limpet --test mistakes` writes the answers anew; somebody reads what differs.

mod support;

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Mutex;
use std::thread;

use support::{free_port, limpet_command};

/// How many are tried at a time: each is two processes that mostly wait for one another.
const AT_A_TIME: usize = 4;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mistakes")
}

fn inputs() -> Vec<PathBuf> {
    let entries = fs::read_dir(folder()).expect("it is in the tree");
    let paths = entries.map(|entry| entry.expect("it can be read").path());
    let mut inputs: Vec<PathBuf> = paths
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "yaml")
        })
        .collect();
    inputs.sort();
    inputs
}

fn checked(name: &str) -> String {
    let output = limpet_command()
        .args(["check", "-f", name])
        .current_dir(folder())
        .output()
        .expect("the binary is built");
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8(said).expect("UTF-8");
    // The same in each.
    let lines = said.lines().filter(|line| !line.starts_with("Not seen: "));
    let status = output.status.code().expect("it ends by itself");
    let lines: Vec<&str> = lines.collect();
    format!("{}\n(exit status {status})", lines.join("\n"))
}

/// What it prints before it says where it serves.
fn run(name: &str, text: &str) -> String {
    let scratch = tempfile::tempdir().expect("a folder");
    let [gateway, ingress, tls, admin] = [(); 4].map(|()| free_port().to_string());
    let text = text.replace("port: 8080", &format!("port: {gateway}"));
    fs::write(scratch.path().join(name), text).expect("the folder is ours");
    let mut limpet = limpet_command()
        .args(["run", "--workers", "1", "--state", "state", "-f", name])
        .args(["--ingress-port", &ingress, "--ingress-tls-port", &tls])
        .args(["--admin", &format!("127.0.0.1:{admin}")])
        .current_dir(scratch.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary is built");
    let lines = BufReader::new(limpet.stdout.take().expect("it is piped")).lines();
    let lines = lines
        .map_while(Result::ok)
        .take_while(|line| !line.is_empty());
    let said: Vec<String> = lines.collect();
    limpet.kill().expect("it was started");
    limpet.wait().expect("it was started");
    let said = said
        .join("\n")
        .replace(&gateway, "8080")
        .replace(&ingress, "8081");
    said.replace(&tls, "8481")
}

fn answers(input: &Path) -> String {
    let name = input
        .file_name()
        .and_then(|name| name.to_str())
        .expect("UTF-8");
    let text = fs::read_to_string(input).expect("it can be read");
    format!(
        "$ limpet check -f {name}\n{}\n\n$ limpet run -f {name}\n{}\n",
        checked(name),
        run(name, &text)
    )
}

#[test]
fn every_mistake_is_answered_as_the_table_says() {
    let inputs = inputs();
    assert!(inputs.len() >= 60, "{}", inputs.len());
    let left = Mutex::new(inputs.iter());
    let wrong = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                loop {
                    let next = left.lock().expect("nobody panics with it").next();
                    let Some(input) = next else { break };
                    let (golden, now) = (input.with_extension("txt"), answers(input));
                    if std::env::var_os("UPDATE_GOLDEN").is_some() {
                        fs::write(&golden, now).expect("the tree is ours");
                    } else if fs::read_to_string(&golden).ok().as_ref() != Some(&now) {
                        wrong
                            .lock()
                            .expect("nobody panics with it")
                            .push((golden, now));
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().expect("nobody panics with it");
    for (golden, now) in &wrong {
        eprintln!("{} is other than:\n{now}", golden.display());
    }
    assert!(
        wrong.is_empty(),
        "{} answers differ; UPDATE_GOLDEN=1 writes them",
        wrong.len()
    );
}
