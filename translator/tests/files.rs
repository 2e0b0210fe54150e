//! Manifests in files: what is read, what is kept when it cannot be, and that changes arrive.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::mpsc::Receiver;
use std::time::Duration;

use limpet_translator::inputs::{self, Held, Loaded, ObjectKey};
use tempfile::TempDir;

/// Longer than a change takes on a busy machine; only a failing test waits for it.
const PATIENCE: Duration = Duration::from_secs(20);

fn namespace(name: &str) -> String {
    format!("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: {name}\n")
}

fn names(loaded: &Loaded) -> Vec<&str> {
    loaded
        .inputs
        .namespaces
        .keys()
        .map(|key| key.name.as_str())
        .collect()
}

/// Waits until what is read is as it should be; earlier readings may be of a change half made.
fn wait_for(loaded: &Receiver<Loaded>, is_it: impl Fn(&Loaded) -> bool) -> Loaded {
    loop {
        let next = loaded
            .recv_timeout(PATIENCE)
            .expect("a reading as expected");
        if is_it(&next) {
            return next;
        }
    }
}

fn watch(path: &Path) -> Receiver<Loaded> {
    inputs::watch(&[path.to_owned()], "default", Held::default(), |_| {}).expect("inotify")
}

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("in the folder")).expect("writable");
        fs::write(path, text).expect("writable");
    }
    folder
}

#[test]
fn folders_are_read_to_the_bottom_without_hidden_files() {
    let folder = folder(&[
        ("a.yaml", &namespace("a")),
        ("b/c/b.yml", &namespace("b")),
        (
            "c.json",
            r#"{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "c"}}"#,
        ),
        ("notes.txt", "not a manifest"),
        (".hidden.yaml", &namespace("hidden")),
        ("..data/d.yaml", &namespace("hidden-too")),
    ]);
    let loaded = inputs::read(&[folder.path().to_owned()], "default");
    assert_eq!(loaded.refusals, []);
    assert_eq!(names(&loaded), ["a", "b", "c"]);
}

#[test]
fn a_file_that_is_not_there_is_refused_whole() {
    let loaded = inputs::read(&[PathBuf::from("/nowhere/at-all.yaml")], "default");
    let refusal = &loaded.refusals[0];
    assert_eq!(refusal.object, None);
    assert!(
        refusal.to_string().contains("[file-unreadable]"),
        "{refusal}"
    );
}

#[test]
fn objects_get_the_default_namespace_where_they_need_one() {
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: s}\n";
    let folder = folder(&[("s.yaml", service), ("n.yaml", &namespace("n"))]);
    let loaded = inputs::read(&[folder.path().to_owned()], "shop");
    let keys: Vec<String> = loaded
        .inputs
        .services
        .keys()
        .map(ToString::to_string)
        .collect();
    assert_eq!(keys, ["shop/s"]);
    assert_eq!(
        loaded
            .inputs
            .namespaces
            .keys()
            .next()
            .expect("read")
            .to_string(),
        "n"
    );
}

#[test]
fn a_half_written_file_keeps_what_it_held() {
    let folder = folder(&[("a.yaml", &namespace("a")), ("b.yaml", &namespace("b"))]);
    let loaded = watch(folder.path());
    wait_for(&loaded, |loaded| names(loaded) == ["a", "b"]);
    fs::write(folder.path().join("a.yaml"), "apiVersion: v1\nkind: [Names").expect("writable");
    fs::write(folder.path().join("b.yaml"), namespace("c")).expect("writable");
    let last = wait_for(&loaded, |loaded| names(loaded) == ["a", "c"]);
    assert!(
        last.refusals[0].to_string().contains("[yaml-malformed]"),
        "{:?}",
        last.refusals
    );
    fs::write(folder.path().join("a.yaml"), "").expect("writable");
    let is_emptied = |loaded: &Loaded| {
        loaded
            .refusals
            .iter()
            .any(|why| why.problems[0].id == "file-emptied")
    };
    assert_eq!(names(&wait_for(&loaded, is_emptied)), ["a", "c"]);
    fs::remove_file(folder.path().join("a.yaml")).expect("there");
    assert_eq!(
        wait_for(&loaded, |loaded| names(loaded) == ["c"]).refusals,
        []
    );
}

#[test]
fn an_object_whose_change_is_refused_stays_as_it_was() {
    let service = |port: u32| {
        format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: s}}\nspec: {{ports: [{{port: {port}}}]}}\n"
        )
    };
    let folder = folder(&[("s.yaml", &service(80))]);
    let loaded = watch(folder.path());
    let first = wait_for(&loaded, |loaded| loaded.inputs.services.len() == 1);
    fs::write(folder.path().join("s.yaml"), service(80_000)).expect("writable");
    let second = wait_for(&loaded, |loaded| !loaded.refusals.is_empty());
    assert_eq!(second.inputs, first.inputs);
}

#[test]
fn a_configmap_mount_that_swaps_its_link_is_read_anew() {
    let folder = folder(&[
        ("..one/a.yaml", &namespace("one")),
        ("..two/a.yaml", &namespace("two")),
    ]);
    let link = |target: &str, name: &str| {
        std::os::unix::fs::symlink(target, folder.path().join(name)).expect("writable");
    };
    link("..one", "..data");
    link("..data/a.yaml", "a.yaml");
    let loaded = watch(folder.path());
    wait_for(&loaded, |loaded| names(loaded) == ["one"]);
    link("..two", "..data_tmp");
    fs::rename(
        folder.path().join("..data_tmp"),
        folder.path().join("..data"),
    )
    .expect("same folder");
    wait_for(&loaded, |loaded| names(loaded) == ["two"]);
}

#[test]
fn a_single_file_that_an_editor_replaces_is_read_anew() {
    let folder = folder(&[("a.yaml", &namespace("one"))]);
    let file = folder.path().join("a.yaml");
    let loaded = watch(&file);
    wait_for(&loaded, |loaded| names(loaded) == ["one"]);
    fs::write(folder.path().join("a.tmp"), namespace("two")).expect("writable");
    fs::rename(folder.path().join("a.tmp"), &file).expect("same folder");
    wait_for(&loaded, |loaded| names(loaded) == ["two"]);
}

fn is_unreadable(loaded: &Loaded) -> bool {
    loaded
        .refusals
        .iter()
        .any(|why| why.problems[0].id == "file-unreadable")
}

#[test]
fn a_folder_that_is_gone_hides_what_it_held_and_is_read_when_it_is_back() {
    let folder = folder(&[("m/a.yaml", &namespace("a")), ("m/b.yaml", &namespace("b"))]);
    let named = folder.path().join("m");
    let loaded = watch(&named);
    wait_for(&loaded, |loaded| names(loaded) == ["a", "b"]);
    fs::rename(&named, folder.path().join("m.old")).expect("same folder");
    let gone = wait_for(&loaded, is_unreadable);
    assert_eq!(names(&gone), ["a", "b"]);
    assert_eq!(gone.refusals.len(), 1, "{:?}", gone.refusals);
    assert!(gone.refusals[0].to_string().contains("goes on being used"));
    fs::create_dir(&named).expect("writable");
    fs::write(named.join("c.yaml"), namespace("c")).expect("writable");
    assert_eq!(
        wait_for(&loaded, |loaded| names(loaded) == ["c"]).refusals,
        []
    );
    fs::write(named.join("d.yaml"), namespace("d")).expect("writable");
    wait_for(&loaded, |loaded| names(loaded) == ["c", "d"]);
}

#[test]
fn a_folder_that_is_removed_and_made_anew_is_still_watched() {
    let folder = folder(&[("m/a.yaml", &namespace("a"))]);
    let named = folder.path().join("m");
    let loaded = watch(&named);
    wait_for(&loaded, |loaded| names(loaded) == ["a"]);
    fs::remove_dir_all(&named).expect("ours");
    fs::create_dir(&named).expect("writable");
    fs::write(named.join("b.yaml"), namespace("b")).expect("writable");
    wait_for(&loaded, |loaded| names(loaded) == ["b"]);
    fs::write(named.join("c.yaml"), namespace("c")).expect("writable");
    wait_for(&loaded, |loaded| names(loaded) == ["b", "c"]);
}

#[test]
fn a_link_to_a_folder_that_is_swapped_is_read_anew() {
    let folder = folder(&[
        ("one/sub/a.yaml", &namespace("one")),
        ("two/sub/a.yaml", &namespace("two")),
    ]);
    let link = |target: &str, name: &str| {
        std::os::unix::fs::symlink(target, folder.path().join(name)).expect("writable");
    };
    let swap = |target: &str| {
        link(target, "next");
        fs::rename(folder.path().join("next"), folder.path().join("now")).expect("same folder");
    };
    link("one", "now");
    let at_link = watch(&folder.path().join("now"));
    let below_link = watch(&folder.path().join("now/sub"));
    for loaded in [&at_link, &below_link] {
        wait_for(loaded, |loaded| names(loaded) == ["one"]);
    }
    swap("two");
    for loaded in [&at_link, &below_link] {
        wait_for(loaded, |loaded| names(loaded) == ["two"]);
    }
    fs::write(folder.path().join("two/sub/a.yaml"), namespace("three")).expect("writable");
    for loaded in [&at_link, &below_link] {
        wait_for(loaded, |loaded| names(loaded) == ["three"]);
    }
}

#[test]
fn what_could_not_be_read_is_read_once_it_can_be() {
    let folder = folder(&[("m/a.yaml", &namespace("a"))]);
    let elsewhere = folder.path().join("b.yaml");
    std::os::unix::fs::symlink(&elsewhere, folder.path().join("m/b.yaml")).expect("writable");
    let loaded = watch(&folder.path().join("m"));
    wait_for(&loaded, is_unreadable);
    // Nothing changes in the folder that is watched.
    fs::write(&elsewhere, namespace("b")).expect("writable");
    wait_for(&loaded, |loaded| names(loaded) == ["a", "b"]);
}

#[test]
fn a_pipe_is_refused_and_makes_nobody_wait() {
    let folder = folder(&[("a.yaml", &namespace("a"))]);
    let made = std::process::Command::new("mkfifo")
        .arg(folder.path().join("b.yaml"))
        .status()
        .expect("coreutils");
    assert!(made.success());
    let loaded = inputs::read(&[folder.path().to_owned()], "default");
    assert_eq!(names(&loaded), ["a"]);
    let said = loaded.refusals[0].to_string();
    assert!(said.contains("no regular file"), "{said}");
}

#[test]
fn links_in_a_circle_are_followed_once() {
    let folder = folder(&[("m/a.yaml", &namespace("a"))]);
    std::os::unix::fs::symlink(".", folder.path().join("m/again")).expect("writable");
    let loaded = inputs::read(&[folder.path().join("m")], "default");
    assert_eq!(loaded.refusals, []);
    assert_eq!(names(&loaded), ["a"]);
}

#[test]
fn an_object_whose_kind_or_name_is_broken_stays_as_it_was() {
    let good = format!("{}---\n{}", namespace("a"), namespace("b"));
    for broken in [
        good.replacen("kind: Namespace", "kind: Namespce", 1),
        good.replacen("name: a", "name: [a]", 1),
    ] {
        let folder = folder(&[("m.yaml", &good)]);
        let loaded = watch(folder.path());
        wait_for(&loaded, |loaded| names(loaded) == ["a", "b"]);
        fs::write(folder.path().join("m.yaml"), broken).expect("writable");
        let last = wait_for(&loaded, |loaded| !loaded.refusals.is_empty());
        assert_eq!(names(&last), ["a", "b"]);
        let held = last.refusals[0].held.as_deref();
        assert_eq!(held, Some("Namespace a, as it was before,"));
    }
}

#[test]
fn what_was_there_first_is_older_through_changes_and_restarts() {
    let folder = folder(&[("z.yaml", &namespace("z"))]);
    let born = |loaded: &Loaded| {
        let of = |name| {
            loaded.inputs.namespaces[&ObjectKey::new("", name)]
                .metadata
                .clone()
        };
        (of("z").creation_timestamp, of("a").creation_timestamp)
    };
    let (sender, held) = std::sync::mpsc::channel();
    let paths = [folder.path().to_owned()];
    let keep = move |held: &Held| drop(sender.send(held.clone()));
    let loaded = inputs::watch(&paths, "default", Held::default(), keep).expect("inotify");
    wait_for(&loaded, |loaded| names(loaded) == ["z"]);
    fs::write(folder.path().join("a.yaml"), namespace("a")).expect("writable");
    let both = wait_for(&loaded, |loaded| names(loaded) == ["a", "z"]);
    let (first, second) = born(&both);
    assert!(first.is_some() && first < second);

    // A change, in another file, while nobody reads.
    fs::remove_file(folder.path().join("z.yaml")).expect("there");
    fs::write(folder.path().join("b.yaml"), namespace("z")).expect("writable");
    let kept = held.try_iter().find(|held| {
        let text = serde_json::to_string(held).expect("plain data");
        text.contains("a.yaml") && text.contains("z.yaml")
    });
    let kept = kept.expect("it was kept before it was sent");
    let again = inputs::watch(&paths, "default", kept, |_| {}).expect("inotify");
    let again = wait_for(&again, |loaded| names(loaded) == ["a", "z"]);
    assert_eq!(born(&again), (first, second));
}

/// Three objects of a file, and one of another that shows that both were read.
fn three() -> String {
    [namespace("a"), namespace("b"), namespace("c")].join("---\n")
}

#[test]
fn a_file_keeps_what_it_held_wherever_its_writer_is() {
    let text = three();
    let folder = folder(&[("m.yaml", &text), ("z.yaml", &namespace("z"))]);
    let loaded = watch(folder.path());
    wait_for(&loaded, |loaded| names(loaded) == ["a", "b", "c", "z"]);
    for cut in (0..text.len()).step_by(9) {
        let mut file = fs::File::create(folder.path().join("m.yaml")).expect("writable");
        file.write_all(&text.as_bytes()[..cut]).expect("writable");
        let witness = format!("z{cut}");
        fs::write(folder.path().join("z.yaml"), namespace(&witness)).expect("writable");
        let read = wait_for(&loaded, |loaded| names(loaded).contains(&witness.as_str()));
        assert_eq!(names(&read), ["a", "b", "c", &witness], "cut at {cut}");
        file.write_all(&text.as_bytes()[cut..]).expect("writable");
    }
    let settled = wait_for(&loaded, |loaded| loaded.refusals.is_empty());
    assert_eq!(names(&settled)[..3], ["a", "b", "c"]);
}

#[test]
fn what_is_truly_removed_goes_once_its_file_is_closed() {
    let folder = folder(&[("m.yaml", &three())]);
    let loaded = watch(folder.path());
    wait_for(&loaded, |loaded| names(loaded) == ["a", "b", "c"]);
    fs::write(folder.path().join("m.yaml"), namespace("a")).expect("writable");
    wait_for(&loaded, |loaded| names(loaded) == ["a"]);
}

#[test]
fn what_stands_behind_a_refused_last_object_is_kept() {
    let text = three();
    let folder = folder(&[("m.yaml", &text)]);
    let loaded = watch(folder.path());
    wait_for(&loaded, |loaded| names(loaded) == ["a", "b", "c"]);
    // Its second object has no name, its third is not there; and it is closed.
    let cut = text.find("name: b").expect("it is there");
    fs::write(folder.path().join("m.yaml"), &text[..cut]).expect("writable");
    let last = wait_for(&loaded, |loaded| !loaded.refusals.is_empty());
    assert_eq!(names(&last), ["a", "b", "c"]);
}

#[test]
fn a_restart_on_a_file_that_is_just_written_keeps_what_it_held() {
    let folder = folder(&[("m.yaml", &three())]);
    let paths = [folder.path().to_owned()];
    let (sender, held) = std::sync::mpsc::channel();
    let keep = move |held: &Held| drop(sender.send(held.clone()));
    let loaded = inputs::watch(&paths, "default", Held::default(), keep).expect("inotify");
    wait_for(&loaded, |loaded| names(loaded) == ["a", "b", "c"]);
    drop(loaded);
    let held = held.try_iter().last().expect("it was kept");
    fs::write(folder.path().join("m.yaml"), namespace("a")).expect("writable");
    let again = inputs::watch(&paths, "default", held, |_| {}).expect("inotify");
    let first = again.recv_timeout(PATIENCE).expect("a reading");
    assert_eq!(names(&first), ["a", "b", "c"]);
    wait_for(&again, |loaded| names(loaded) == ["a"]);
}
