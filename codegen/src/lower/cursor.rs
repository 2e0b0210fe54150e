use serde_json::{Map, Value};

use crate::ir::TypeName;
use crate::source::Sources;
use crate::{Error, Result};

/// A place in the sources, and how it was reached.
#[derive(Clone)]
pub struct Cursor<'a> {
    pub value: &'a Value,
    sources: &'a Sources,
    file: &'a str,
    /// JSON Pointer inside the file.
    pointer: String,
    /// The references followed to get here.
    followed: Vec<String>,
}

impl<'a> Cursor<'a> {
    pub fn document(sources: &'a Sources, file: &'a str) -> Self {
        let value = &sources.schemas[file];
        Self {
            value,
            sources,
            file,
            pointer: String::new(),
            followed: Vec::new(),
        }
    }

    /// For people: `route-policy.schema.json#/properties/spec`.
    pub fn at(&self) -> String {
        format!("{}#{}", self.file, self.pointer)
    }

    pub fn error(&self, what: impl Into<String>) -> Error {
        Error::source(self.at(), what)
    }

    pub fn get(&self, key: &str) -> Option<Self> {
        self.value.get(key).map(|value| self.below(key, value))
    }

    /// The members of an object, in the source's order.
    pub fn fields(&self) -> impl Iterator<Item = Self> + '_ {
        self.value
            .as_object()
            .into_iter()
            .flatten()
            .map(|(key, value)| self.below(key, value))
    }

    /// The items of an array.
    pub fn items(&self) -> impl Iterator<Item = Self> + '_ {
        let items = self.value.as_array().into_iter().flatten().enumerate();
        items.map(|(index, value)| self.below(&index.to_string(), value))
    }

    /// The last step of the pointer.
    pub fn key(&self) -> &str {
        self.pointer.rsplit('/').next().unwrap_or_default()
    }

    fn below(&self, key: &str, value: &'a Value) -> Self {
        let pointer = format!(
            "{}/{}",
            self.pointer,
            key.replace('~', "~0").replace('/', "~1")
        );
        Self {
            value,
            pointer,
            ..self.clone()
        }
    }

    /// Where the `$ref` at the cursor leads.
    pub fn follow(&self) -> Result<Self> {
        let reference = self.value.as_str().unwrap_or_default();
        let (file, pointer) = reference.split_once('#').unwrap_or((reference, ""));
        let file = if file.is_empty() { self.file } else { file };
        let nowhere = || self.error(format!("{reference} leads nowhere"));
        let (file, schema) = self
            .sources
            .schemas
            .get_key_value(file)
            .ok_or_else(nowhere)?;
        let value = schema.pointer(pointer).ok_or_else(nowhere)?;
        let target = format!("{file}#{pointer}");
        if self.followed.contains(&target) {
            return Err(self.error(format!(
                "{reference} leads in a circle: CRDs cannot be recursive"
            )));
        }
        let followed = [self.followed.as_slice(), &[target]].concat();
        Ok(Self {
            value,
            sources: self.sources,
            file,
            pointer: pointer.to_owned(),
            followed,
        })
    }

    /// The Rust type that a document or a definition declares.
    pub fn type_name(&self) -> Option<TypeName> {
        let module = self.file.trim_end_matches(".schema.json").replace('-', "_");
        let ident = match self.pointer.strip_prefix("/$defs/") {
            Some(name) if !name.contains('/') => name.to_owned(),
            None if self.pointer.is_empty() => self.get("title")?.value.as_str()?.to_owned(),
            _ => return None,
        };
        Some(TypeName { module, ident })
    }

    /// Refuses any keyword but these.
    pub fn only(&self, keywords: &[&str]) -> Result<()> {
        let object: &Map<_, _> = self
            .value
            .as_object()
            .ok_or_else(|| self.error("not an object"))?;
        match object.keys().find(|key| !keywords.contains(&key.as_str())) {
            Some(key) => Err(self.error(format!("{key} cannot be lowered here"))),
            None => Ok(()),
        }
    }

    /// A keyword that must be there, as a whole number.
    pub fn number(&self, keyword: &str) -> Result<i64> {
        let value = self.get(keyword).and_then(|at| at.value.as_i64());
        value.ok_or_else(|| {
            self.error(format!(
                "needs {keyword}: the API server wants every size bounded"
            ))
        })
    }

    /// A keyword that must be there, as a size.
    pub fn size(&self, keyword: &str) -> Result<usize> {
        usize::try_from(self.number(keyword)?)
            .map_err(|_| self.error(format!("{keyword} is negative")))
    }

    /// A keyword that must be there, as text.
    pub fn text(&self, keyword: &str) -> Result<String> {
        let text = self
            .get(keyword)
            .and_then(|at| at.value.as_str().map(str::to_owned));
        text.ok_or_else(|| self.error(format!("needs {keyword}")))
    }

    /// A list of words; empty if the keyword is absent.
    pub fn words(&self, keyword: &str) -> Result<Vec<String>> {
        let Some(list) = self.get(keyword) else {
            return Ok(Vec::new());
        };
        let word = |at: Self| {
            at.value
                .as_str()
                .map(str::to_owned)
                .ok_or_else(|| at.error("not a string"))
        };
        list.items().map(word).collect()
    }
}
