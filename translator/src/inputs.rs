//! A manifest enters here.
//!
//! Text becomes objects ([`parse`]), objects get their type and are judged as an API server would
//! judge them ([`kinds`], [`typed`], [`validate`]), files are found, read and watched ([`list`], [`files`],
//! [`watch`]), what they held goes on while they are wrong ([`held`]) or written ([`writers`]), and what came
//! first is known ([`birth`]).
//! What is refused is named with everything that is wrong with it; the rest is used. It refuses to
//! judge what needs a second object: that is the translator's.

mod birth;
mod change;
mod fault;
mod files;
mod held;
mod kinds;
mod list;
mod parse;
mod reader;
mod scope;
mod typed;
mod unread;
mod validate;
mod watch;
mod writers;

use std::fmt;
use std::path::PathBuf;

use limpet_schema::problem::Problem;
use serde::{Deserialize, Serialize};

pub use change::{Change, changes};
pub use files::read;
pub use held::Held;
pub use kinds::{CONFIG_MAP, Inputs, KINDS, Kind, identify};
pub use scope::Scope;
pub(crate) use validate::{gateway::listeners as listeners_of_set, syntax};
pub use watch::{WatchError, watch};

/// Everything that was read.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// The objects that are used.
    pub inputs: Inputs,
    /// The files and objects that are not.
    pub refusals: Vec<Finding>,
    /// The objects that are used but for something in them.
    pub warnings: Vec<Finding>,
    /// Named paths in which there is no object at all.
    pub empty: Vec<PathBuf>,
}

/// What is wrong with a file or an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Where it was found.
    pub source: Source,
    /// `<kind> <namespace>/<name>`; `None`: the whole file.
    pub object: Option<String>,
    /// Everything that is wrong; never empty.
    pub problems: Vec<Problem>,
    /// What goes on being used in its place, for people.
    pub held: Option<String>,
}

/// Where an object was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The file; `-` is standard input.
    pub file: PathBuf,
    /// Which object of the file, from 1; `None`: all of it.
    pub document: Option<usize>,
}

/// Names an object among those of its kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ObjectKey {
    /// Empty for kinds that have none.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

impl ObjectKey {
    /// Of a namespace and a name.
    #[must_use]
    pub fn new(namespace: &str, name: &str) -> Self {
        Self {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        }
    }
}

impl fmt::Display for ObjectKey {
    /// `<namespace>/<name>`, or the name alone.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.namespace.as_str() {
            "" => f.write_str(&self.name),
            namespace => write!(f, "{namespace}/{}", self.name),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        match self.document {
            Some(number) => write!(f, " (object {number})"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Finding {
    /// One line a problem: `<source>: <object>: <problem>`; then what is used instead.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{}: ", self.source)?;
            if let Some(object) = &self.object {
                write!(f, "{object}: ")?;
            }
            write!(f, "{problem}")?;
        }
        match &self.held {
            Some(held) => write!(f, "\n{}: {held} goes on being used", self.source),
            None => Ok(()),
        }
    }
}
