//! Explains why a text is not one YAML document, in words that say what to do.
use crate::diagnostic::Span;

/// A flaw that ends the parsing of a text.
pub(super) struct SyntaxError {
    /// Place of the flaw; none if the parser does not report it.
    pub(super) span: Option<Span>,
    /// The message.
    pub(super) message: String,
    /// How to fix the flaw.
    pub(super) hint: &'static str,
}

impl SyntaxError {
    /// Returns the flaw of a text that begins at `offset` of a longer one.
    pub(super) fn shifted(mut self, offset: usize) -> Self {
        self.span = self.span.map(|span| Span { start: offset + span.start, end: offset + span.end });
        self
    }
}

/// The beginning of a parser message, our message in its place (none: the parser's is kept), and what to do.
const WORDS: &[(&str, &str, &str)] = &[
    ("tabs disallowed", "a tab stands in the indentation", SPACES),
    ("while scanning a plain scalar, found a tab", "a tab stands in the indentation", SPACES),
    (
        "mapping values are not allowed",
        "there is a `:` where no key can be",
        "put the value in quotes if the `:` belongs to it, else check the indentation of this line",
    ),
    (
        "while parsing a block mapping",
        "this line fits no indentation above it",
        "indent all keys of a mapping by the same number of spaces",
    ),
    ("simple key expected", "this line is no `key: value`", "put a `:` and a space after the key"),
    ("unclosed bracket", "", "close it with the bracket that belongs to it"),
    ("misplaced bracket", "this bracket closes nothing", "take it out, or open one before it"),
    (
        "invalid indentation in multiline quoted",
        "a quoted text is never closed",
        "close it with the same quote",
    ),
    (
        "multiple yaml documents",
        "there is more than one document in the file",
        "keep one, and take the `---` line out",
    ),
    (
        "unsupported tag",
        "",
        "write the value without the tag; for CloudFormation's `!Ref` and `!Sub` there are `${…}` references",
    ),
    (
        "alias references unknown anchor",
        "this alias has no anchor before it",
        "write `&name` at what it repeats, or quote it if the `*` belongs to the value",
    ),
    ("recursive references", "this alias stands inside what it repeats", "write the value out"),
    ("alias replay limit", "the aliases repeat more than a spec can need", "write the values out"),
    ("budget breached: nodes", "there are more values than a spec can need", LARGE),
    ("budget breached: events", "there are more values than a spec can need", LARGE),
    ("budget breached: depth", "this is nested deeper than a spec can be", DEEP),
    ("budget breached", "this is more than a spec can need", LARGE),
    ("recursion limit", "this is nested deeper than a spec can be", DEEP),
    ("unexpected character: `\\u{0}", "there is a NUL character", "is this a text file? save it as UTF-8"),
    ("unexpected character", "", "take the character out, or write it as an escape in double quotes"),
    (
        "a bom must not appear",
        "there is a byte-order mark inside the text",
        "take it out; it may only be the file's first character",
    ),
    ("unsupported yaml major version", "", "take the `%YAML` line out: YAML 1.2 is understood"),
];

const SPACES: &str = "indent with spaces";
const LARGE: &str = "is this the spec? a whole stack takes a few hundred values";
const DEEP: &str = "is this the spec? it needs seven levels";
const OTHERWISE: &str = "a spec is one YAML document; compare with `copilot-infra init`";

impl SyntaxError {
    /// Translates a message of the parser.
    pub(super) fn new(span: Option<Span>, said: &str) -> Self {
        let lower = said.to_lowercase();
        let known = WORDS.iter().find(|(start, ..)| lower.starts_with(start));
        let (ours, hint) = known.map_or(("", OTHERWISE), |(_, ours, hint)| (*ours, *hint));
        let mut letters = said.chars();
        let own = letters.next().map(|first| first.to_lowercase().chain(letters).collect());
        let message = if ours.is_empty() { own.unwrap_or_default() } else { ours.to_owned() };
        Self { span, message, hint }
    }
}
