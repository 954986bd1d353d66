//! Colours, or none.
use anstyle::{AnsiColor, Style as Ansi};

/// Whether to colour; every method returns its text unchanged if not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style(pub bool);

impl Style {
    fn paint(self, style: Ansi, text: &str) -> String {
        if self.0 { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }
    /// Returns the sequence of a colour that a text begins with. Those that hide text, or move the cursor, are none.
    pub(super) fn leading_sequence(text: &str) -> Option<&str> {
        let (numbers, _) = text.strip_prefix("\u{1b}[")?.split_once('m')?;
        let colors = |number: &str| {
            matches!(number.parse(), Ok(0..=3_u8 | 31..=36 | 39 | 91..=96)) && number.len() < 3
        };
        numbers.split(';').all(colors).then(|| &text[..numbers.len() + 3])
    }
    /// A colour that only tells things apart.
    #[must_use]
    pub fn color(self, color: AnsiColor, text: &str) -> String {
        self.paint(color.on_default(), text)
    }
    /// Good, or made.
    #[must_use]
    pub fn green(self, text: &str) -> String {
        self.paint(AnsiColor::Green.on_default(), text)
    }
    /// Changed, or worth a look.
    #[must_use]
    pub fn yellow(self, text: &str) -> String {
        self.paint(AnsiColor::Yellow.on_default(), text)
    }
    /// Bad, or removed.
    #[must_use]
    pub fn red(self, text: &str) -> String {
        self.paint(AnsiColor::Red.on_default(), text)
    }
    /// Important.
    #[must_use]
    pub fn bold(self, text: &str) -> String {
        self.paint(Ansi::new().bold(), text)
    }
    /// By the way.
    #[must_use]
    pub fn dim(self, text: &str) -> String {
        self.paint(Ansi::new().dimmed(), text)
    }
}
