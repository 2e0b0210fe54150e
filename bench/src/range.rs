//! How far repeated measurements are apart.

use std::fmt;

use serde::Serialize;

/// The lowest and the highest.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Range {
    /// The lowest.
    pub min: f64,
    /// The highest.
    pub max: f64,
}

impl Range {
    /// `None` of nothing.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let with_itself = |value| Self {
            min: value,
            max: value,
        };
        let wider = |one: Self, other: Self| Self {
            min: one.min.min(other.min),
            max: one.max.max(other.max),
        };
        values.into_iter().map(with_itself).reduce(wider)
    }

    /// Both by the same factor.
    pub fn times(self, factor: f64) -> Self {
        Self {
            min: self.min * factor,
            max: self.max * factor,
        }
    }
}

/// `1.20..1.35`
impl fmt::Display for Range {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:.2}..{:.2}", self.min, self.max)
    }
}

#[cfg(test)]
mod tests {
    use super::Range;

    #[test]
    fn some_one_and_none() {
        let text =
            |values: &[f64]| Range::of(values.iter().copied()).map(|range| range.to_string());
        assert_eq!(text(&[3.0, 1.0, 2.25]).as_deref(), Some("1.00..3.00"));
        assert_eq!(text(&[2.0]).as_deref(), Some("2.00..2.00"));
        assert_eq!(text(&[]), None);
    }

    #[test]
    fn a_factor_keeps_the_order() {
        let range = Range::of([1500.0, 500.0]).expect("two");
        assert_eq!(range.times(1e-3).to_string(), "0.50..1.50");
    }
}
