//! The Debian package: what is in it, and what its unit does.

mod support;

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use support::{PATIENCE, client, free_port, limpet_command, serve};
use tempfile::TempDir;

const UNIT: &str = "usr/lib/systemd/system/limpet.service";

fn build(to: &str) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../packaging/deb/build");
    let output = Command::new(script)
        .args([env!("CARGO_BIN_EXE_limpet"), to])
        // A binary with what debuggers want takes half a minute.
        .env("DPKG_DEB_COMPRESSOR_TYPE", "none")
        .output()
        .expect("it can be run");
    assert!(output.status.success(), "{output:?}");
}

/// Whether a command of Debian is there. Where everything is to be tested, it must be.
fn has(command: &str) -> bool {
    let found = Command::new("sh")
        .arg("-c")
        .arg(format!("command -v {command}"))
        .output();
    let found = found.expect("there is a shell").status.success();
    assert!(
        found || std::env::var_os("CI").is_none(),
        "install {command}"
    );
    found
}

/// The package's files, with their paths in the unit and the settings leading to them.
struct Installed {
    folder: TempDir,
}

impl Installed {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        build(&format!("{}/", folder.path().display()));
        let installed = Self { folder };
        for file in [UNIT, "etc/limpet/limpet.toml"] {
            installed.edit(file, |text| {
                ["/usr/bin/", "/etc/limpet/", "/var/lib/limpet"]
                    .iter()
                    .fold(text, |text, path| {
                        let moved = installed.path(path.trim_start_matches('/'));
                        text.replace(path, &moved.display().to_string())
                    })
            });
        }
        installed
    }

    fn path(&self, file: &str) -> PathBuf {
        // Keeps a slash at the end.
        PathBuf::from(format!("{}/{file}", self.folder.path().display()))
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path(file)).expect("it is in the package")
    }

    fn edit(&self, file: &str, change: impl Fn(String) -> String) {
        fs::write(self.path(file), change(self.read(file))).expect("the folder is ours");
    }

    /// Runs what systemd would.
    fn start(&self) -> Child {
        let unit = self.read(UNIT);
        let line = unit
            .lines()
            .find_map(|line| line.strip_prefix("ExecStart="));
        let mut words = line.expect("a unit starts something").split(' ');
        let mut command = Command::new(words.next().expect("split gives one"));
        for (name, _) in limpet_command().get_envs() {
            command.env_remove(name);
        }
        command.args(words).stdout(Stdio::piped());
        command.spawn().expect("the package holds it")
    }
}

#[test]
fn systemd_takes_the_unit() {
    if !has("systemd-analyze") {
        return;
    }
    let installed = Installed::new();
    let verify = Command::new("systemd-analyze")
        .args(["verify", "--man=no"])
        .arg(installed.path(UNIT))
        .output()
        .expect("it is there");
    assert!(
        verify.status.success() && verify.stderr.is_empty(),
        "{verify:?}"
    );
}

#[test]
fn the_units_command_line_serves_the_example_takes_changes_live_and_drains() {
    let installed = Installed::new();
    let (port, first, second) = (free_port(), free_port(), free_port());
    for (name, port) in [("first", first), ("second", second)] {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).expect("the port is free");
        serve(name.to_owned(), listener);
    }
    let example = "etc/limpet/manifests/example.yaml";
    installed.edit(example, |text| {
        text.replace("port: 8080", &format!("port: {port}"))
            .replace("port: 8001", &format!("port: {first}"))
            .replace("port: 8002", &format!("port: {second}"))
    });
    installed.edit("etc/limpet/limpet.toml", |text| {
        format!(
            "{text}\nadmin = \"127.0.0.1:{}\"\ningress_port = {}\ningress_tls_port = {}\n",
            free_port(),
            free_port(),
            free_port()
        )
    });
    let mut limpet = installed.start();
    let mut lines = BufReader::new(limpet.stdout.take().expect("it is piped")).lines();
    let served = lines.find(|line| line.as_ref().is_ok_and(|line| line.contains("Programmed")));
    assert!(served.is_some(), "it ended before it served");
    let reply = client(port, None);
    let pin = reply.cookie();
    assert!(pin.starts_with("session="), "{pin}");
    for _ in 0..8 {
        assert_eq!(client(port, Some(&pin)).body, reply.body);
    }
    installed.edit(example, |text| {
        text.replace("cookieDuration: 1h", "cookieDuration: 2h")
    });
    let until = Instant::now() + PATIENCE;
    let is_changed = || {
        client(port, None)
            .set_cookie
            .is_some_and(|cookie| cookie.contains("Max-Age=7200;"))
    };
    while !is_changed() {
        assert!(Instant::now() < until, "the change is not served");
        std::thread::yield_now();
    }
    let kill = Command::new("kill").arg(limpet.id().to_string()).status();
    assert!(kill.expect("kill is there").success());
    // Its output ends with it.
    lines.for_each(drop);
    assert!(limpet.wait().expect("it was started").success());
}

#[test]
fn the_package_has_all_of_its_files_and_keeps_what_people_edit() {
    if !has("dpkg-deb") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let package = folder.path().join("limpet.deb");
    build(package.to_str().expect("UTF-8"));
    let dpkg = |args: &[&str]| {
        let output = Command::new("dpkg-deb").args(args).arg(&package).output();
        String::from_utf8(output.expect("it is there").stdout).expect("UTF-8")
    };
    let contents = dpkg(&["--contents"]);
    for file in [
        "./usr/bin/limpet",
        "./usr/lib/systemd/system/limpet.service",
        "./usr/lib/sysusers.d/limpet.conf",
        "./usr/share/man/man1/limpet-run.1.gz",
        "./usr/share/bash-completion/completions/limpet",
        "./usr/share/zsh/vendor-completions/_limpet",
        "./usr/share/fish/vendor_completions.d/limpet.fish",
        "./usr/share/doc/limpet/copyright",
    ] {
        assert!(
            contents
                .lines()
                .any(|line| line.ends_with(&format!(" {file}"))),
            "{file} in {contents}"
        );
    }
    assert!(
        contents.lines().all(|line| line.contains(" root/root ")),
        "{contents}"
    );
    // Every file in /etc is one that an upgrade asks about.
    let listed = fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../packaging/deb/conffiles"),
    );
    let listed = listed.expect("it is there");
    for line in contents
        .lines()
        .filter(|line| line.contains(" ./etc/") && !line.ends_with('/'))
    {
        let (_, path) = line
            .split_once(" .")
            .expect("dpkg-deb begins paths with a dot");
        assert!(
            listed.lines().any(|known| known == path),
            "{path} is no conffile"
        );
    }
}
