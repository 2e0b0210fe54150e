//! Which share of the requests a RequestMirror filter copies.

use limpet_schema::gateway_api::httproutes::HttpRouteRulesFiltersRequestMirror;

use super::{Unsupported, unsupported};

/// Numerator and denominator; all requests where the filter does not say.
///
/// # Errors
/// When it is no share, or said twice.
pub fn share(mirror: &HttpRouteRulesFiltersRequestMirror) -> Result<(u32, u32), Unsupported> {
    let (numerator, denominator) = match (mirror.percent, &mirror.fraction) {
        (None, None) => return Ok((1, 1)),
        (Some(percent), None) => (percent, 100),
        (None, Some(fraction)) => (fraction.numerator, fraction.denominator.unwrap_or(100)),
        (Some(_), Some(_)) => {
            let text = "requestMirror.percent and requestMirror.fraction exclude each other";
            return Err(unsupported(text));
        }
    };
    let read = |number: i32| u32::try_from(number).ok();
    match (read(numerator), read(denominator)) {
        (Some(part), Some(whole)) if whole > 0 && part <= whole => Ok((part, whole)),
        _ => Err(unsupported(format!(
            "{numerator}/{denominator} is no share of the requests for requestMirror"
        ))),
    }
}
