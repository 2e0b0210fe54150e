//! Translates.
