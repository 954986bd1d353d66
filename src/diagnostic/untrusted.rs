//! What others wrote (AWS, a model, a log, a file) must neither steer the terminal or the CI system that shows it, nor
//! pass for a line of the tool's own.

/// What stands in place of a character that would steer.
const REPLACED: char = '\u{fffd}';
/// What stands in place of a line break.
const BREAK: &str = " ⏎ ";

/// Returns a text on one line, in which nothing steers what it is shown on.
#[must_use]
pub fn untrusted_line(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    let text = text.replace("\r\n", BREAK).replace(is_line_break, BREAK);
    let mut filter = SteeringFilter::default();
    text.chars().map(|sign| filter.pass(sign)).collect()
}

/// Returns whether a text holds nothing that could steer, as nearly all texts do.
fn is_plain(text: &str) -> bool {
    let printed = |byte: u8| byte.is_ascii_graphic() || byte == b' ';
    text.bytes().all(printed) && !text.contains("##") && !text.trim_start().starts_with("::")
}

/// Returns a text in which nothing but its line breaks steers what it is shown on.
#[must_use]
pub fn untrusted_lines(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace(is_line_break, "\n");
    let mut filter = SteeringFilter::default();
    text.chars().map(|sign| filter.pass(sign)).collect()
}

/// Returns the same JSON with escapes for what would steer. Outside of its texts JSON has no such characters, and in them
/// an escape means the same.
#[must_use]
pub fn untrusted_json(json: &str) -> String {
    let json = json.replace("##[", "#\\u0023[").replace("##vso[", "#\\u0023vso[");
    let escape = |sign: char| {
        let escaped = is_control(sign) || sign != '\n' && is_line_break(sign);
        if escaped { format!("\\u{:04x}", u32::from(sign)) } else { sign.to_string() }
    };
    if json.contains(|sign: char| !sign.is_ascii() || is_control(sign)) {
        json.chars().map(escape).collect()
    } else {
        json
    }
}

/// Returns whether a terminal or an editor may begin a new line at a character.
pub(super) fn is_line_break(sign: char) -> bool {
    matches!(sign, '\n' | '\r' | '\u{2028}' | '\u{2029}')
}

/// Returns whether a character changes how others are shown: the controls but tab and line end, and those that set the
/// direction of text (Unicode Standard Annex 9, "Directional Formatting Characters").
fn is_control(sign: char) -> bool {
    sign.is_control() && !matches!(sign, '\t' | '\n')
        || matches!(sign, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Reads a text character by character, and replaces those by which it would steer.
///
/// CI systems take commands out of what a step prints: GitHub's runner a line that begins with `::`, after blanks too,
/// and `##[` anywhere in a line (actions/runner, `ActionCommand.TryParseV2` and `TryParse`); that of Azure Pipelines
/// `##vso[` anywhere (microsoft/azure-pipelines-agent, `Command.TryParse`), and GitLab's the sections of a log by an
/// escape character (GitLab, "Custom collapsible sections").
#[derive(Default)]
pub(super) struct SteeringFilter {
    colons: Colons,
    hashes: Hashes,
}

/// How far a line has come to a command that begins with `::`.
#[derive(Default, PartialEq)]
enum Colons {
    /// There are only blanks so far.
    #[default]
    Blank,
    /// There is one colon behind the blanks.
    One,
    /// There is something else.
    Past,
}

/// How far the last characters have come to a command that begins with `##[` or `##word[`.
#[derive(Default, PartialEq)]
enum Hashes {
    #[default]
    None,
    One,
    /// Two of them, and maybe letters.
    Two,
}

impl SteeringFilter {
    /// Returns the next character, or what stands in its place.
    pub(super) fn pass(&mut self, sign: char) -> char {
        if sign == '\n' {
            *self = Self::default();
            return sign;
        }
        let begins = self.colons == Colons::One && sign == ':' || self.hashes == Hashes::Two && sign == '[';
        self.colons = match (&self.colons, sign) {
            (Colons::Blank, sign) if sign.is_whitespace() => Colons::Blank,
            (Colons::Blank, ':') => Colons::One,
            _ => Colons::Past,
        };
        self.hashes = match (&self.hashes, sign) {
            (Hashes::None, '#') => Hashes::One,
            (Hashes::One | Hashes::Two, '#') => Hashes::Two,
            (Hashes::Two, sign) if sign.is_ascii_alphanumeric() => Hashes::Two,
            _ => Hashes::None,
        };
        if begins || is_control(sign) { REPLACED } else { sign }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_control_character_is_left_but_tabs() {
        let controls: String = ('\0'..='\u{9f}').filter(|sign| sign.is_control()).collect();
        let shown = untrusted_line(&format!("a{controls}\u{202e}\u{2066}\u{200f}b"));
        assert!(shown.chars().all(|sign| sign == '\t' || !sign.is_control()), "{shown:?}");
        assert!(!shown.contains(['\u{202e}', '\u{2066}', '\u{200f}']), "{shown:?}");
        assert!(shown.starts_with("a\u{fffd}") && shown.ends_with('b'), "{shown:?}");
        assert_eq!(untrusted_lines("\u{1b}[2J\u{9b}2J\r\nx\ty"), "\u{fffd}[2J\u{fffd}2J\nx\ty");
    }

    #[test]
    fn lines_become_one() {
        assert_eq!(untrusted_line("a\r\nb\nc\rd\u{2028}e\u{7}"), "a ⏎ b ⏎ c ⏎ d ⏎ e\u{fffd}");
    }

    #[test]
    fn json_means_the_same_and_steers_nothing() {
        let odd = "##[add-mask]a##vso[b]\u{1b}\u{7f}\u{9b}\u{202e}\u{2028}é\n##";
        let json = serde_json::json!({ odd: [odd] });
        let text = untrusted_json(&format!("{json:#}\n"));
        assert!(!text.contains("##[") && !text.contains("##v") && text.contains('é'), "{text}");
        assert!(!text.contains(|sign| sign != '\n' && (is_control(sign) || is_line_break(sign))), "{text:?}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), json);
    }

    #[test]
    fn nothing_is_a_command_to_a_ci_system() {
        for (given, shown) in [
            ("::error::x", ":\u{fffd}error::x"),
            ("\t ::error::x", "\t :\u{fffd}error::x"),
            ("a ::error::x", "a ::error::x"),
            ("arn:aws:iam::1:role/a", "arn:aws:iam::1:role/a"),
            ("a ##[add-mask]x", "a ##\u{fffd}add-mask]x"),
            ("a ###[b]", "a ###\u{fffd}b]"),
            ("##vso[task.complete]", "##vso\u{fffd}task.complete]"),
            ("## a [b](c) #[d]", "## a [b](c) #[d]"),
            ("\u{1b}[0Ksection_start:1:a\r\u{1b}[0K", "\u{fffd}[0Ksection_start:1:a ⏎ \u{fffd}[0K"),
        ] {
            assert_eq!(untrusted_line(given), shown);
        }
        assert_eq!(untrusted_lines("a\n ::error::x"), "a\n :\u{fffd}error::x");
    }
}
