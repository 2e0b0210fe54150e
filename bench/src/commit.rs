//! Which commit is measured, as git tells it. Rendering is tested; git itself is not.

use std::process::Command;

/// Of the working tree as it is now: `make bench` builds what it measures right before. A missing git or
/// repository is told, no error.
pub fn line() -> String {
    let commit = git(&["rev-parse", "--short=12", "HEAD"]);
    // Documents change no number, and results are written into some.
    let status = ["status", "--porcelain", "--untracked-files=no"];
    let changes = git(&[&status[..], &["--", ":/", ":(exclude,top)*.md"]].concat());
    described(commit.as_deref(), changes.as_deref())
}

fn git(args: &[&str]) -> Option<String> {
    let mut command = Command::new("git");
    command.args(["-C", env!("CARGO_MANIFEST_DIR")]).args(args);
    let output = command.output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

fn described(commit: Option<&str>, changes: Option<&str>) -> String {
    match (commit, changes) {
        (Some(commit), Some("")) => format!("commit {commit}"),
        (Some(commit), Some(_)) => format!("commit {commit} and changes that are not committed"),
        (Some(commit), None) => format!("commit {commit}, changes unknown"),
        (None, _) => "commit unknown: there is no git repository here".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::described;

    #[test]
    fn changes_that_are_not_committed_are_told() {
        assert_eq!(described(Some("0123abc"), Some("")), "commit 0123abc");
        assert_eq!(
            described(Some("0123abc"), Some(" M Cargo.toml")),
            "commit 0123abc and changes that are not committed"
        );
        assert_eq!(
            described(Some("0123abc"), None),
            "commit 0123abc, changes unknown"
        );
        assert!(described(None, None).starts_with("commit unknown"));
    }
}
