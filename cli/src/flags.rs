//! Every flag of every command, as clap knows it: for `limpet explain`, and for the page
//! `docs/settings.md`, which a test below holds against it.

use clap::{Arg, Command, CommandFactory};

use crate::args::Args;

/// A flag of a command.
pub struct Flag {
    /// `run`, `dataplane`, ...
    pub command: String,
    /// Without dashes: `idle-timeout-secs`.
    pub name: String,
    /// `SECS`; empty for a switch.
    pub value: String,
    /// Its environment variable.
    pub variable: Option<String>,
    /// Its key in the settings file.
    pub key: Option<String>,
    /// What it does, with its default.
    pub help: String,
}

/// All of them, in the order of `--help`.
pub fn flags() -> impl Iterator<Item = Flag> {
    let root = Args::command();
    let commands: Vec<Command> = root.get_subcommands().cloned().collect();
    let shown = commands
        .into_iter()
        .filter(|command| !command.is_hide_set());
    shown.flat_map(|command| {
        let flags = command
            .get_arguments()
            .filter_map(|arg| flag(&command, arg));
        flags.collect::<Vec<_>>()
    })
}

fn flag(command: &Command, arg: &Arg) -> Option<Flag> {
    let name = arg.get_long().filter(|name| *name != "help")?;
    let is_of_file = command.get_name() == "run" && name != "config";
    let takes_value = arg.get_action().takes_values();
    let values = arg.get_value_names().filter(|_| takes_value);
    Some(Flag {
        command: command.get_name().to_owned(),
        name: name.to_owned(),
        value: values.map(|names| names.join(" ")).unwrap_or_default(),
        variable: arg
            .get_env()
            .map(|name| name.to_string_lossy().into_owned()),
        key: is_of_file.then(|| arg.get_id().to_string()),
        help: help(arg),
    })
}

fn help(arg: &Arg) -> String {
    let mut text = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let defaults = arg.get_default_values();
    let defaults: Vec<_> = defaults
        .iter()
        .map(|value| value.to_string_lossy())
        .collect();
    if !defaults.is_empty() && arg.get_action().takes_values() {
        text += &format!(" [default: {}]", defaults.join(", "));
    }
    text.replace('\n', " ")
}

/// What `explain` says of a flag (`--via`, `via`), a variable (`LIMPET_VIA`) or a key of the settings file.
pub fn explain(topic: &str) -> Option<String> {
    let name = topic.trim_start_matches("--");
    let is_meant = |flag: &Flag| {
        flag.name == name
            || flag.key.as_deref() == Some(topic)
            || flag.variable.as_deref() == Some(topic)
    };
    let texts: Vec<String> = flags()
        .filter(is_meant)
        .map(|flag| flag.explained())
        .collect();
    (!texts.is_empty()).then(|| texts.join("\n"))
}

impl Flag {
    fn explained(&self) -> String {
        let Self {
            command,
            name,
            value,
            variable,
            key,
            help,
        } = self;
        let mut text = format!("--{name} {value} (limpet {command})").replace("  ", " ");
        text += &format!("\n\n{help}\n");
        if let Some(variable) = variable {
            text += &format!("Environment: {variable}\n");
        }
        if let Some(key) = key {
            text += &format!("Settings file: {key}\n");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fmt::Write;
    use std::fs;
    use std::path::Path;

    use super::*;

    /// The values of the chart by command and flag, as its templates set them.
    fn values() -> BTreeMap<(String, String), String> {
        let mut values = BTreeMap::new();
        for (command, prefix) in [("dataplane", "dataplane"), ("operator", "")] {
            let file = format!("../charts/limpet/templates/{command}.yaml");
            let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file));
            let mut with = String::new();
            for line in text.expect("it is in the checkout").lines() {
                let path = value_path(line);
                if line.contains("{{- with ") {
                    with = path.clone().unwrap_or_default();
                }
                let Some((flag, _)) = line
                    .trim()
                    .strip_prefix("- --")
                    .and_then(|l| l.split_once('='))
                else {
                    continue;
                };
                let path = path.unwrap_or_else(|| with.clone());
                let path = match path.strip_prefix("Values.") {
                    Some(path) => path.to_owned(),
                    None => format!("{prefix}.{path}"),
                };
                if !path.contains("Release.") && !path.starts_with('.') && !path.ends_with('.') {
                    values.insert((command.to_owned(), flag.to_owned()), path);
                }
            }
        }
        values
    }

    /// The last `.a.b` of a line: `prepend .Values.extraClassNames .Values.gatewayClass.name` has two.
    fn value_path(line: &str) -> Option<String> {
        let words = line.split([' ', '{', '}', '=']);
        let path = words
            .filter_map(|word| word.strip_prefix('.'))
            .rfind(|path| !path.is_empty())?;
        Some(path.to_owned())
    }

    fn page() -> String {
        let values = values();
        let mut text = "<!-- Generated from the flags of `limpet`, by \
             `UPDATE_GOLDEN=1 cargo test -p limpet --bin limpet flags`; do not edit. -->\n\n# Settings\n\n\
             Flags win over the environment, the environment over the settings file (`--config FILE`, TOML), \
             the file over the defaults. Only `limpet run` reads a settings file. On Kubernetes, the chart's values \
             set the flags. `limpet explain NAME` knows flags, variables and keys.\n"
            .to_owned();
        let mut command = String::new();
        for flag in flags() {
            if flag.command != command {
                command.clone_from(&flag.command);
                let (column, under) = match command.as_str() {
                    "run" => (" settings file |", "---|"),
                    "dataplane" | "operator" => (" chart |", "---|"),
                    _ => ("", ""),
                };
                write!(text, "\n## limpet {command}\n\n| flag | environment |{column} what it does |\n|---|---|{under}---|\n")
                    .expect("memory takes it");
            }
            text += &row(&flag, &values);
        }
        text
    }

    fn row(flag: &Flag, values: &BTreeMap<(String, String), String>) -> String {
        let code = |text: Option<&str>| text.map(|text| format!("`{text}`")).unwrap_or_default();
        let name = format!("--{} {}", flag.name, flag.value);
        let last = match flag.command.as_str() {
            "run" => format!(" {} |", code(flag.key.as_deref())),
            "dataplane" | "operator" => {
                let value = values.get(&(flag.command.clone(), flag.name.clone()));
                format!(" {} |", code(value.map(String::as_str)))
            }
            _ => String::new(),
        };
        format!(
            "| `{}` | {} |{last} {} |\n",
            name.trim(),
            code(flag.variable.as_deref()),
            flag.help.replace('|', "\\|")
        )
    }

    #[test]
    fn the_page_of_settings_says_what_the_flags_are() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/settings.md");
        let page = page();
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(&path, &page).expect("the checkout can be written");
        }
        let written = fs::read_to_string(&path).expect("it is in the checkout");
        assert!(
            written == page,
            "settings.md is older than the flags: see its first line"
        );
        assert!(page.contains("| `--idle-timeout-secs SECS` | `LIMPET_IDLE_TIMEOUT_SECS` | `dataplane.timeouts.idleSecs` |"), "{page}");
    }

    #[test]
    fn a_flag_is_explained_by_each_of_its_names() {
        let text = explain("--idle-timeout-secs").expect("a flag");
        assert!(
            text.contains("Environment: LIMPET_IDLE_TIMEOUT_SECS"),
            "{text}"
        );
        assert!(text.contains("Settings file: idle_timeout_secs"), "{text}");
        for name in ["idle-timeout-secs", "LIMPET_IDLE_TIMEOUT_SECS"] {
            assert_eq!(explain(name).as_ref(), Some(&text));
        }
        assert!(explain("idle_timeout_secs").is_some());
        assert!(explain("nothing").is_none());
    }
}
