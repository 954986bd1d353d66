//! The text that diagnostics point into, and the lines and columns of its bytes.
use super::Span;

/// A text and the name the user gave its file; a spec with overlays is several files, one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    parts: Vec<SourcePart>,
    text: String,
    lines: LineIndex,
}

/// Where one of the joined files begins, and its name.
#[derive(Clone, Debug, PartialEq, Eq)]
struct SourcePart {
    name: String,
    start: usize,
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
        let parts = vec![SourcePart { name: name.into(), start: 0 }];
        Self { parts, lines: LineIndex::of(&text), text }
    }

    /// Joins files into one text, so that one span tells both the file and the place in it.
    #[must_use]
    pub fn joined(files: impl IntoIterator<Item = Self>) -> Self {
        let (mut parts, mut text) = (Vec::new(), String::new());
        for file in files {
            // A line belongs to one file.
            if !text.is_empty() && !text.ends_with('\n') {
                text.push('\n');
            }
            let start = text.len();
            parts.extend(file.parts.into_iter().map(|part| SourcePart { start: start + part.start, ..part }));
            text.push_str(&file.text);
        }
        Self { parts, lines: LineIndex::of(&text), text }
    }

    /// Returns the same files with another text of the same length.
    #[must_use]
    pub fn with_text(&self, text: String) -> Self {
        Self { parts: self.parts.clone(), lines: LineIndex::of(&text), text }
    }

    /// Returns the path of the first file as the user wrote it.
    #[must_use]
    pub fn name(&self) -> &str {
        self.parts.first().map_or("", |part| &part.name)
    }

    /// Returns the path, as the user wrote it, of the file that `offset` is in.
    #[must_use]
    pub fn name_at(&self, offset: usize) -> &str {
        &self.part_at(offset).name
    }

    /// Returns the offset at which each file begins, its name and its text.
    pub fn files(&self) -> impl Iterator<Item = (usize, &str, &str)> {
        let ends = self.parts.iter().skip(1).map(|part| part.start).chain([self.text.len()]);
        self.parts.iter().zip(ends).map(|(part, end)| {
            (part.start, part.name.as_str(), self.text.get(part.start..end).unwrap_or_default())
        })
    }

    fn part_at(&self, offset: usize) -> &SourcePart {
        let after = self.parts.partition_point(|part| part.start <= offset);
        &self.parts[after.saturating_sub(1)]
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
        let first = self.lines.line_of(self.part_at(offset).start);
        LineColumn { line: line - first + 1, column }
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
    fn joined_files_keep_their_names_and_lines() {
        let files = [("a.yaml", "a: 1\nb: 2"), ("", ""), ("c.yaml", "c: 3\nd: 4\n")];
        let source = SourceFile::joined(files.map(|(name, text)| SourceFile::new(name, text)));
        let place = |word: &str| {
            let offset = source.text().find(word).unwrap();
            (source.name_at(offset), source.position(offset).line)
        };
        assert_eq!(
            ["a", "b", "c", "d"].map(place),
            [("a.yaml", 1), ("a.yaml", 2), ("c.yaml", 1), ("c.yaml", 2)]
        );
        let texts: Vec<_> = source.files().map(|(_, name, text)| (name, text.trim_end())).collect();
        assert_eq!(texts, [("a.yaml", "a: 1\nb: 2"), ("", ""), ("c.yaml", "c: 3\nd: 4")]);
        assert_eq!(source.name(), "a.yaml");
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
