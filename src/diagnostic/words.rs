//! Numbers in messages.
use std::fmt::Display;

/// Writes a number of things: `1 warning`, `2 warnings`.
pub(crate) fn format_count<N: Copy + Display + From<u8> + PartialEq>(count: N, what: &str) -> String {
    if count == N::from(1) { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// Writes a number as people do: a very large one with an exponent instead of hundreds of digits.
pub(crate) fn format_number(value: f64) -> String {
    if value.abs() < 1e15 { value.to_string() } else { format!("{value:e}") }
}
