//! When a rule's requests are sent again (HTTPRouteRetry).

use limpet_schema::gateway_api::httproutes::HttpRouteRulesRetry;
use limpet_schema::snapshot::Retry;

use super::millis;

/// Attempts where the rule does not say, as in v1.7.
const ATTEMPTS: u32 = 1;

/// The first wait where the rule does not say.
const BACKOFF_MS: u64 = 25;

/// What the rule asks for; no attempts are no retry.
pub fn read(retry: &HttpRouteRulesRetry) -> Option<Retry> {
    let attempts = retry.attempts.map_or(ATTEMPTS, |attempts| {
        u32::try_from(attempts).expect("checked on entry")
    });
    let code = |code: &i64| u16::try_from(*code).expect("checked on entry");
    let mut codes: Vec<u16> = retry.codes.iter().flatten().map(code).collect();
    codes.sort_unstable();
    codes.dedup();
    (attempts > 0).then(|| Retry {
        codes,
        attempts,
        backoff_ms: retry.backoff.as_deref().map_or(BACKOFF_MS, millis),
    })
}
