//! Numbers in messages.

/// A number as people write it: a very large one with an exponent instead of hundreds of digits.
pub(super) fn shown(value: f64) -> String {
    if value.abs() < 1e15 { value.to_string() } else { format!("{value:e}") }
}
