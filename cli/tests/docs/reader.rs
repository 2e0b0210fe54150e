//! Somebody who does what a page says: a shell in an empty folder, with a network of its own.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How long a command may take to print what the page says.
const PATIENCE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(50);
/// What a gateway prints last when it serves.
const SERVES: [&str; 2] = ["Serving on ", "Manifests   "];

/// The reader of one page.
pub struct Reader {
    shell: Child,
    says: ChildStdin,
    hears: BufReader<ChildStdout>,
    folder: tempfile::TempDir,
    served: Vec<(String, String)>,
    scripts: usize,
}

impl Reader {
    /// Starts a shell in a folder that holds what a reader has: the checkout's examples and chart.
    pub fn start(root: &Path) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for made in ["page", "scripts", "home", "bin"] {
            fs::create_dir(folder.path().join(made)).expect("the folder is ours");
        }
        for shared in ["examples", "charts"] {
            let original = root.join(shared).canonicalize().expect("it is there");
            link(&original, &folder.path().join("page").join(shared));
        }
        let binary = Path::new(env!("CARGO_BIN_EXE_limpet"));
        link(binary, &folder.path().join("bin/limpet"));
        let mut shell = shell(folder.path())
            .spawn()
            .expect("unshare and bash are there");
        let mut reader = Self {
            says: shell.stdin.take().expect("it is piped"),
            hears: BufReader::new(shell.stdout.take().expect("it is piped")),
            shell,
            folder,
            served: Vec::new(),
            scripts: 0,
        };
        let up = reader.ask("ip link set lo up && echo yes || echo no");
        assert_eq!(up, "yes", "a network of its own: see `tools.sh docs`");
        reader
    }

    /// Writes a file of the page.
    pub fn write(&self, file: &str, text: &str) {
        let path = self.folder.path().join("page").join(file);
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("the folder is ours");
        fs::write(path, text).expect("the folder is ours");
    }

    /// Runs a block until it ends and prints as the page says: a change needs a moment.
    pub fn run(&mut self, at: &str, text: &str, printed: Option<&str>, succeeds: bool) {
        let until = Instant::now() + PATIENCE;
        loop {
            let (script, out) = self.script(text);
            let status = self.ask(&format!(
                "timeout 60 bash -euo pipefail {} >{} 2>&1 </dev/null; echo $?",
                script.display(),
                out.display()
            ));
            let said = fs::read_to_string(out).expect("it was written");
            let is_like = printed.is_none_or(|printed| is_like(&said, printed));
            if (status == "0") == succeeds && is_like {
                return;
            }
            assert!(
                Instant::now() < until,
                "{at}: status {status}; the page says\n{}\nbut it was\n{said}",
                printed.unwrap_or("nothing")
            );
            thread::sleep(PAUSE);
        }
    }

    /// Starts a block and waits until it serves.
    pub fn serve(&mut self, at: &str, text: &str) {
        let (script, out) = self.script(&format!("exec {text}"));
        let process = self.ask(&format!(
            "bash {} >{} 2>&1 </dev/null & echo $!",
            script.display(),
            out.display()
        ));
        let until = Instant::now() + PATIENCE;
        loop {
            let said = fs::read_to_string(&out).unwrap_or_default();
            if SERVES.iter().any(|last| said.contains(last)) {
                self.served.push((at.to_owned(), process));
                return;
            }
            assert!(Instant::now() < until, "{at}: it does not serve:\n{said}");
            thread::sleep(PAUSE);
        }
    }

    /// Ends what is served, as Ctrl-C would.
    pub fn end(mut self) {
        for (at, process) in std::mem::take(&mut self.served) {
            let status = self.ask(&format!("kill -TERM {process}; wait {process}; echo $?"));
            assert_eq!(status, "0", "{at}: its end");
        }
    }

    fn script(&mut self, text: &str) -> (PathBuf, PathBuf) {
        self.scripts += 1;
        let path = |kind: &str| {
            let name = format!("scripts/{}.{kind}", self.scripts);
            self.folder.path().join(name)
        };
        fs::write(path("sh"), text).expect("the folder is ours");
        (path("sh"), path("out"))
    }

    fn ask(&mut self, command: &str) -> String {
        writeln!(self.says, "{command}").expect("the shell is there");
        let mut line = String::new();
        self.hears.read_line(&mut line).expect("the shell is there");
        line.trim_end().to_owned()
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        for (_, process) in std::mem::take(&mut self.served) {
            self.ask(&format!("kill -KILL {process}; wait {process}; echo"));
        }
        // An error means that it has ended by itself.
        let _ = self.shell.kill();
        let _ = self.shell.wait();
    }
}

fn shell(folder: &Path) -> Command {
    let mut shell = Command::new("unshare");
    if !rustix::process::geteuid().is_root() {
        shell.arg("--map-root-user");
    }
    let path = std::env::var("PATH").unwrap_or_default();
    let bin = folder.join("bin");
    shell
        .args(["--net", "bash"])
        .env_clear()
        .env("PATH", format!("{}:{path}:/usr/sbin:/sbin", bin.display()))
        .env("HOME", folder.join("home"))
        .current_dir(folder.join("page"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    shell
}

fn link(original: &Path, place: &Path) {
    std::os::unix::fs::symlink(original, place).expect("the folder is ours");
}

/// `…` on the page stands for anything.
fn is_like(said: &str, printed: &str) -> bool {
    let plain = |text: &str| {
        let lines = text.trim().lines().map(str::trim_end);
        lines.collect::<Vec<_>>().join("\n")
    };
    let (said, printed) = (plain(said), plain(printed));
    let mut parts = printed.split('…');
    let mut rest = match parts.next().and_then(|first| said.strip_prefix(first)) {
        Some(rest) => rest,
        None => return false,
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}
