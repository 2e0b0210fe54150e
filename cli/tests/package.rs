//! What packages and shells ask the binary for.

mod support;

use std::fs;
use std::process::Command;

use support::limpet_command;

fn output_of(args: &[&str]) -> String {
    let output = limpet_command()
        .args(args)
        .output()
        .expect("the binary is built");
    assert!(output.status.success(), "{args:?}: {output:?}");
    String::from_utf8(output.stdout).expect("it prints UTF-8")
}

#[test]
fn it_says_which_version_it_is() {
    let expected = concat!("limpet ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!(output_of(&["version"]), expected);
    assert_eq!(output_of(&["--version"]), expected);
}

#[test]
fn bash_completes_commands_and_flags() {
    let check = |words: [&str; 3], expected: &str| {
        let [command, before, word] = words;
        let script = format!(
            "{}\nCOMP_WORDS=({command} {before} {word}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))\n\
             _limpet limpet '{word}' '{before}'; echo \"${{COMPREPLY[@]}}\"",
            output_of(&["completions", "bash"])
        );
        let output = Command::new("bash")
            .arg("-c")
            .arg(script)
            .output()
            .expect("bash runs");
        assert_eq!(
            String::from_utf8_lossy(&output.stdout).trim(),
            expected,
            "{output:?}"
        );
    };
    check(["limpet", "", "rota"], "rotate-key");
    check(["limpet", "run", "--header"], "--header-timeout-secs");
}

#[test]
fn every_shell_that_is_named_gets_a_script_that_knows_the_commands() {
    for shell in ["bash", "zsh", "fish"] {
        let script = output_of(&["completions", shell]);
        for known in ["run", "check", "explain", "demo"] {
            assert!(script.contains(known), "{shell}: {known}");
        }
    }
}

#[test]
fn pages_that_cannot_be_written_name_the_folder_and_the_remedy() {
    let output = limpet_command()
        .args(["man", "/dev/null/man1"])
        .output()
        .expect("the binary is built");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{said}");
    let start = "limpet: cannot write man pages to /dev/null/man1: ";
    assert!(
        said.starts_with(start) && said.contains("[man-unwritable]"),
        "{said}"
    );
}

#[test]
fn there_is_a_man_page_for_every_command_with_its_flags() {
    let folder = tempfile::tempdir().expect("a folder");
    let pages = folder.path().join("man1");
    output_of(&["man", pages.to_str().expect("UTF-8")]);
    for command in [
        "",
        "-run",
        "-check",
        "-explain",
        "-operator",
        "-dataplane",
        "-demo",
    ] {
        let page = pages.join(format!("limpet{command}.1"));
        assert!(page.exists(), "{}", page.display());
    }
    let run = fs::read_to_string(pages.join("limpet-run.1")).expect("it was written");
    for said in [
        "header\\-timeout\\-secs",
        "LIMPET_FILENAME",
        "Settings file",
    ] {
        assert!(run.contains(said), "{said}");
    }
}
