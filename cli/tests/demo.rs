//! `limpet demo`, as a person who meets Limpet runs it.

mod support;

use std::fs;

use support::limpet_command;

#[test]
fn it_shows_eight_steps_and_leaves_manifests_that_need_no_further_flag() {
    let scratch = tempfile::tempdir().expect("a folder");
    let folder = scratch.path().join("shop");
    let demo = limpet_command()
        .args(["demo", "--check", "--keep"])
        .arg(&folder)
        .output()
        .expect("the binary is built");
    let shown = String::from_utf8(demo.stdout).expect("UTF-8");
    assert!(demo.status.success(), "{shown}");
    let last = "  8  |<- 200 ---------------|                      |  Limpet returns the answer";
    assert_eq!(shown.matches(last).count(), 2, "{shown}");
    assert!(shown.lines().all(|line| line.len() <= 100), "{shown}");
    assert_eq!(fs::read_dir(&folder).expect("it was made").count(), 5);
    let check = limpet_command()
        .arg("check")
        .arg("-f")
        .arg(&folder)
        .output();
    let check = check.expect("the binary is built");
    assert!(check.status.success(), "{check:?}");
}
