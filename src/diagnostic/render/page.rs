//! The text of a command for people. Whatever stands in it, a line stays one line, and none steers what it is shown on.
use std::fmt;

use super::Style;
use crate::diagnostic::untrusted::{SteeringFilter, is_line_break, untrusted_line};

/// Lines for people: the one form of text that is printed for them, so that what others wrote is made harmless here and
/// nowhere else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    text: String,
    style: Style,
}

/// What stands before each line of a text of others that keeps its lines.
const QUOTE: &str = "  | ";

impl Page {
    /// Returns an empty page, whose lines are coloured if `style` colours.
    #[must_use]
    pub fn new(style: Style) -> Self {
        Self { text: String::new(), style }
    }

    /// Returns a page of one line.
    #[must_use]
    pub fn of_line(style: Style, line: impl AsRef<str>) -> Self {
        let mut page = Self::new(style);
        page.line(line);
        page
    }

    /// Adds a line; line breaks in it become visible signs.
    pub fn line(&mut self, line: impl AsRef<str>) {
        let line = line.as_ref().trim_end_matches(is_line_break);
        let mut rest = line;
        while let Some(escape) = self.style.0.then(|| rest.find('\u{1b}')).flatten() {
            self.text.push_str(&untrusted_line(&rest[..escape]));
            let own = Style::leading_sequence(&rest[escape..]);
            self.text.push_str(own.unwrap_or("\u{fffd}"));
            rest = &rest[escape + own.map_or(1, str::len)..];
        }
        self.text.push_str(&untrusted_line(rest));
        self.text.push('\n');
    }

    /// Adds an empty line.
    pub fn blank(&mut self) {
        self.text.push('\n');
    }

    /// Adds lines of others, each behind a mark.
    pub fn quote(&mut self, text: &str) {
        for line in text.split('\n') {
            self.line(format!("{QUOTE}{line}"));
        }
    }

    /// Adds the lines of a text that this tool has put together out of lines.
    pub(crate) fn lines(&mut self, text: &str) {
        text.lines().for_each(|line| self.line(line));
    }

    /// Adds all lines of another page.
    pub fn append(&mut self, other: &Self) {
        self.text.push_str(&other.text);
    }

    /// Whether there is no line.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Whether the last line is an empty one.
    #[must_use]
    pub fn ends_blank(&self) -> bool {
        self.text.ends_with("\n\n")
    }

    /// Returns the text, each line with its end.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A text of others that comes in pieces. Its lines are indented, so that none passes for a line of the tool's own.
#[derive(Default)]
pub struct Flow {
    filter: SteeringFilter,
    within_line: bool,
}

impl Flow {
    /// Returns the next piece as it is to be printed.
    #[must_use]
    pub fn piece(&mut self, text: &str) -> Page {
        let mut page = Page::new(Style(false));
        for sign in text.chars().filter(|sign| *sign != '\r') {
            let sign = if is_line_break(sign) { '\n' } else { sign };
            if !std::mem::replace(&mut self.within_line, sign != '\n') && sign != '\n' {
                page.text.push_str("  ");
            }
            page.text.push(self.filter.pass(sign));
        }
        page
    }

    /// Ends a line that has begun.
    #[must_use]
    pub fn end_line(&mut self) -> Page {
        if self.within_line { self.piece("\n") } else { Page::new(Style(false)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_tools_own_colours_pass_and_only_where_it_colours() {
        let line = |style: Style| {
            let text = format!("{} \u{1b}[8m\u{1b}[2J\u{1b}]0;x\u{7}\u{1b}", style.red("a\nb"));
            Page::of_line(style, text).to_string()
        };
        let rest = "\u{fffd}[8m\u{fffd}[2J\u{fffd}]0;x\u{fffd}\u{fffd}\n";
        assert_eq!(line(Style(false)), format!("a ⏎ b {rest}"));
        assert_eq!(line(Style(true)), format!("\u{1b}[31ma ⏎ b\u{1b}[0m {rest}"));
    }

    #[test]
    fn lines_of_others_stand_behind_a_mark() {
        let mut page = Page::new(Style(false));
        page.quote("one\r\n::error::two");
        assert_eq!(page.as_str(), "  | one\n  | ::error::two\n");
    }

    #[test]
    fn a_text_in_pieces_is_indented_and_steers_nothing() {
        let mut flow = Flow::default();
        let pieces = ["Plan: 1\n", ":", ":error::x #", "#", "[a]\n\n\u{1b}b"];
        let shown: String = pieces.map(|piece| flow.piece(piece).to_string()).concat();
        assert_eq!(shown, "  Plan: 1\n  :\u{fffd}error::x ##\u{fffd}a]\n\n  \u{fffd}b");
        assert_eq!((flow.end_line().as_str(), flow.end_line().as_str()), ("\n", ""));
    }
}
