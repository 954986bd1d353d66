//! Converts times and sizes with a unit where a number is expected.

/// Converts a time or size with a unit to the unit of the field; none for a field without one.
pub(super) fn convert_unit(path: &str, text: &str) -> Option<String> {
    let field = path.rsplit('.').next()?;
    let (of, units): (&str, &[(u64, &[&str])]) = match field {
        "timeout" => (
            "seconds",
            &[
                (1, &["s", "sec", "second", "seconds"]),
                (60, &["m", "min", "minute", "minutes"]),
                (3600, &["h", "hour", "hours"]),
            ],
        ),
        "memory" => ("MB", &[(1, &["m", "mb", "mib"]), (1024, &["g", "gb", "gib"])]),
        _ if field.ends_with("_days") => (
            "days",
            &[(1, &["d", "day", "days"]), (7, &["w", "week", "weeks"]), (365, &["y", "year", "years"])],
        ),
        _ => return None,
    };
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit()).trim().to_ascii_lowercase();
    let factor = units.iter().find(|(_, words)| words.contains(&unit.as_str())).map(|(factor, _)| factor);
    let number = leading_digits(text).and_then(|number| number.parse::<u32>().ok());
    let value = factor.zip(number).and_then(|(factor, number)| u64::from(number).checked_mul(*factor));
    Some(match value {
        Some(value) => format!("write it in {of}, as a number alone: `{value}`"),
        None => format!("write it in {of}, as a whole number alone"),
    })
}

/// Returns the number that a text such as `256MB` begins with.
pub(super) fn leading_digits(text: &str) -> Option<&str> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text.get(..end).filter(|number| !number.is_empty())
}
