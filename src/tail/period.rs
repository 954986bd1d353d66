//! Periods as people write them: `90s`, `10m`, `2h`, `1d`.
use std::{str::FromStr, time::Duration};

/// A period of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period(pub Duration);

impl FromStr for Period {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("`{text}` is no period: write a number and `s`, `m`, `h` or `d`, such as `10m`");
        let unit = text.chars().last().ok_or_else(wrong)?;
        let seconds = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            _ => return Err(wrong()),
        };
        let number: u64 = text.strip_suffix(unit).unwrap_or(text).parse().map_err(|_| wrong())?;
        number.checked_mul(seconds).map(Duration::from_secs).map(Self).ok_or_else(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_a_number_and_a_unit() {
        let seconds = |text: &str| text.parse::<Period>().map(|period| period.0.as_secs());
        assert_eq!(seconds("90s"), Ok(90));
        assert_eq!(seconds("10m"), Ok(600));
        assert_eq!(seconds("2h"), Ok(7200));
        assert_eq!(seconds("1d"), Ok(86_400));
        for wrong in ["", "m", "10", "-1m", "1.5h", "10 m", "10mm", "5ss", "1w", "99999999999999999d"] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }
}
