//! Checks whole tables, so that one run tells all that is wrong.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::table::Case;

/// Checks every case, and fails with the titles of all that failed.
pub fn all(cases: &[Case], check: impl Fn(&Case)) {
    let fails = |case: &&Case| catch_unwind(AssertUnwindSafe(|| check(case))).is_err();
    let failed: Vec<_> = cases.iter().filter(fails).map(|case| case.title).collect();
    assert!(
        failed.is_empty(),
        "{} of {}: {failed:#?}",
        failed.len(),
        cases.len()
    );
}
