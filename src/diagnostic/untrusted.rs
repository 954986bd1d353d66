//! What others wrote (AWS, a model, a log) must not steer the terminal that it is shown on.
use annotate_snippets::normalize_untrusted_str;

/// Returns a text with a visible sign in place of every control character but line ends; tabs become spaces.
#[must_use]
pub fn untrusted(text: &str) -> String {
    let text = normalize_untrusted_str(&text.replace("\r\n", "\n"));
    // The second set of controls begins sequences on terminals of eight bits.
    text.chars().map(|sign| if sign.is_control() && sign != '\n' { '\u{fffd}' } else { sign }).collect()
}

/// Returns such a text on one line.
#[must_use]
pub fn untrusted_line(text: &str) -> String {
    untrusted(&text.replace("\r\n", "\n").replace(['\n', '\r'], " ⏎ "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_control_character_is_left_but_line_ends() {
        let controls: String = ('\0'..='\u{9f}').filter(|sign| sign.is_control()).collect();
        let shown = untrusted(&format!("a{controls}\u{202e}b"));
        assert!(shown.chars().all(|sign| sign == '\n' || !sign.is_control()), "{shown:?}");
        assert!(!shown.contains('\u{202e}') && shown.starts_with("a␀") && shown.ends_with('b'), "{shown:?}");
        assert_eq!(untrusted("\u{1b}[2J\u{9b}2J\r\nx\ty"), "␛[2J\u{fffd}2J\nx    y");
    }

    #[test]
    fn lines_become_one() {
        assert_eq!(untrusted_line("a\r\nb\nc\rd\u{7}"), "a ⏎ b ⏎ c ⏎ d␇");
    }
}
