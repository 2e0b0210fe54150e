//! Generates everything that states a rule of our API from the JSON schemas in `schema/`.
//!
//! The stages are the modules, in this order:
//!
//! | stage | what it does |
//! |---|---|
//! | [`source`] | reads the schemas and judges them by our meta-schema |
//! | [`lower`] | makes the [`ir`] of them: references resolved, every keyword understood or refused |
//! | `check` | bounds, patterns that Go reads alike, cost of CEL rules, unique ids |
//! | [`emit`] | writes the outputs, a module each |
//!
//! It refuses to touch the network or the clock, and never writes what it cannot write completely.
//! Same sources, same bytes. Nothing that it generates depends on it, nor it on what it generates.
//!
//! Tested by `codegen/tests`: the proof that all outputs agree with the sources.
#![forbid(unsafe_code)]

mod check;
pub mod compat;
mod duration;
pub mod emit;
mod error;
pub mod fixture;
pub mod gateway_api;
pub mod ir;
pub mod lower;
pub mod oracle;
mod output;
pub mod source;
mod words;

pub use error::{Error, Result};
pub use output::{Outputs, drift, from_sources, generate, write};
