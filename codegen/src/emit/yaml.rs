//! What the YAML emitters share.

use serde_json::Value;

use super::made_by;
use crate::{Error, Result};

/// A YAML file.
pub fn file(source: &str, value: &Value) -> Result<String> {
    Ok(format!("# {}\n{}", made_by(source), text(source, value)?))
}

pub fn text(source: &str, value: &Value) -> Result<String> {
    serde_saphyr::to_string(value).map_err(|cause| Error::source(source, cause.to_string()))
}
