//! Reads the sources and judges them by `meta.schema.json`, so that a typo fails with its path.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use jsonschema::PatternOptions;
use serde::Deserialize;
use serde_json::Value;

use crate::{Error, Result};

/// What every source must comply with.
const META: &str = "meta.schema.json";

/// The sources as they are on disk.
#[derive(Clone, Debug)]
pub struct Sources {
    /// Schemas by file name, the meta-schema apart.
    pub schemas: BTreeMap<String, Value>,
    /// `messages.json`, sorted by id.
    pub messages: Vec<Message>,
    /// `glossary.json`, in its order.
    pub glossary: Vec<Section>,
    meta: Value,
}

/// A message that is no rule of the API.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// Stable id in kebab case.
    pub id: String,
    /// What is wrong.
    pub summary: String,
    /// What to do.
    pub remedy: String,
}

/// Terms of one sort, such as metrics: a page of the reference.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// The page's file name.
    pub name: String,
    /// Its heading.
    pub title: String,
    /// What stands above its table.
    pub about: String,
    /// The heading of [`Term::of`].
    pub column: String,
    /// The table's rows.
    pub entries: Vec<Term>,
}

/// A name that people meet in what Limpet writes, and search for.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// As it is written.
    pub name: String,
    /// Its type, unit or place.
    pub of: String,
    /// What it means.
    pub meaning: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Messages {
    #[serde(rename = "$comment")]
    _comment: String,
    messages: Vec<Message>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Glossary {
    #[serde(rename = "$comment")]
    _comment: String,
    sections: Vec<Section>,
}

impl Sources {
    /// Reads `*.schema.json`, `messages.json` and `glossary.json` of a folder.
    ///
    /// # Errors
    /// When a file is unreadable, not JSON, or does not comply with the meta-schema.
    pub fn read(folder: &Path) -> Result<Self> {
        let mut schemas = BTreeMap::new();
        let file = |path: &Path, cause| Error::File {
            path: path.to_owned(),
            cause,
        };
        for entry in fs::read_dir(folder).map_err(|cause| file(folder, cause))? {
            let path = entry.map_err(|cause| file(folder, cause))?.path();
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            if name.ends_with(".schema.json") {
                schemas.insert(name, read_json(&path)?);
            }
        }
        let missing = || Error::source(META, "missing beside the sources");
        let meta = schemas.remove(META).ok_or_else(missing)?;
        let messages = read_json(&folder.join("messages.json"))?;
        let glossary = read_json(&folder.join("glossary.json"))?;
        Self::new(schemas, meta, messages, glossary)
    }

    /// The same from memory.
    ///
    /// # Errors
    /// When a source does not comply with the meta-schema.
    pub fn new(
        schemas: BTreeMap<String, Value>,
        meta: Value,
        messages: Value,
        glossary: Value,
    ) -> Result<Self> {
        let glossary: Glossary = from_json("glossary.json", glossary)?;
        let messages: Messages = from_json("messages.json", messages)?;
        let mut messages = messages.messages;
        messages.sort_by(|a, b| a.id.cmp(&b.id));
        let sources = Self {
            schemas,
            messages,
            glossary: glossary.sections,
            meta,
        };
        sources.check()?;
        Ok(sources)
    }

    fn check(&self) -> Result<()> {
        let validator = jsonschema::draft202012::options()
            .offline()
            .with_pattern_options(PatternOptions::regex())
            .build(&self.meta)
            .map_err(|cause| Error::source(META, cause.to_string()))?;
        for (file, schema) in &self.schemas {
            if let Some(error) = validator.iter_errors(schema).next() {
                let at = format!("{file}#{}", error.instance_path());
                return Err(Error::source(at, error.to_string()));
            }
        }
        Ok(())
    }
}

pub(crate) fn from_json<T: for<'de> Deserialize<'de>>(at: &str, value: Value) -> Result<T> {
    T::deserialize(value).map_err(|cause| Error::source(at, cause.to_string()))
}

fn read_json(path: &Path) -> Result<Value> {
    let text = fs::read_to_string(path).map_err(|cause| Error::File {
        path: path.to_owned(),
        cause,
    })?;
    let file = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    serde_json::from_str(&text).map_err(|cause| Error::Json { file, cause })
}
