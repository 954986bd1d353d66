//! The text that diagnostics point into, and the lines and columns of its bytes.
use super::Span;

/// A text and the name the user gave its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    name: String,
    text: String,
    lines: LineIndex,
}

/// A line and a column as editors count them: from 1, the column in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineColumn {
    /// The line, from 1.
    pub line: usize,
    /// The character in the line, from 1.
    pub column: usize,
}

impl SourceFile {
    /// Indexes the lines of `text`; a byte-order mark at its beginning is no part of it.
    #[must_use]
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
        Self { name: name.into(), lines: LineIndex::of(&text), text }
    }

    /// Returns the path as the user wrote it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the text, without a byte-order mark.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns where the character at or around `offset` stands; an offset behind the text is its end.
    #[must_use]
    pub fn position(&self, offset: usize) -> LineColumn {
        let offset = self.text.floor_char_boundary(offset);
        let line = self.lines.line_of(offset);
        let column = self.text[self.lines.starts[line]..offset].chars().count() + 1;
        LineColumn { line: line + 1, column }
    }

    /// Returns the positions of the first character of `span` and of the one behind its last.
    #[must_use]
    pub fn range(&self, span: Span) -> (LineColumn, LineColumn) {
        (self.position(span.start), self.position(span.end.max(span.start)))
    }

    /// Returns the offset at which the line of `offset` begins, and the one at which its text ends.
    #[must_use]
    pub fn line_bounds(&self, offset: usize) -> (usize, usize) {
        let offset = self.text.floor_char_boundary(offset);
        let start = self.lines.starts[self.lines.line_of(offset)];
        let end = self.text[offset..].find(['\n', '\r']).map_or(self.text.len(), |end| offset + end);
        (start, end)
    }
}

/// The offsets at which lines begin. As in YAML a line ends with LF, CR or both (YAML 1.2.2, section 5.4).
#[derive(Clone, Debug, PartialEq, Eq)]
struct LineIndex {
    starts: Vec<usize>,
}

impl LineIndex {
    fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let ends = (0..bytes.len()).filter(|&at| match bytes[at] {
            b'\n' => true,
            b'\r' => bytes.get(at + 1) != Some(&b'\n'),
            _ => false,
        });
        Self { starts: std::iter::once(0).chain(ends.map(|at| at + 1)).collect() }
    }

    /// Returns the number, from 0, of the line that the byte at `offset` is in.
    fn line_of(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset) - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn position(text: &str, offset: usize) -> (usize, usize) {
        let LineColumn { line, column } = SourceFile::new("copilot.yaml", text).position(offset);
        (line, column)
    }

    #[test]
    fn columns_count_characters() {
        let text = "a: 1\nké: ü x\n";
        assert_eq!(position(text, 0), (1, 1));
        assert_eq!(position(text, 13), (2, 7));
        assert_eq!(position(text, 99), (3, 1));
    }

    #[test]
    fn a_line_ends_with_lf_cr_or_both() {
        for end in ["\n", "\r", "\r\n"] {
            let text = format!("a: 1{end}b: 2{end}");
            assert_eq!(position(&text, text.find('b').unwrap()), (2, 1), "{end:?}");
        }
    }

    #[test]
    fn any_offset_of_any_text_has_a_position() {
        for text in ["", "x", "é", "\n\n", "a\r\n", "\r", "\u{feff}a"] {
            for offset in 0..6 {
                assert!(position(text, offset) >= (1, 1));
            }
        }
    }
}
