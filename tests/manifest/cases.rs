//! Files of cases: specs in Markdown, each with what is said of it.
//!
//! A case is a heading `## name` with fenced blocks below it:
//!
//! - `yaml` is the spec. In a block `yaml escaped` the ends of lines do not count, and `\n`, `\r`, `\t`, `\\` and `\xNN`
//!   stand for bytes. Without a block [`large`] writes the spec.
//! - `text` is what is said of it; `UPDATE=1 cargo test --test manifest` writes it. A new case has it empty.
//! - `yaml mended` follows in a case `## rule: name` of a rule of the catalogue: the same spec, with the rule kept.
use std::{fs, ops::Range, path::PathBuf};

use similar::TextDiff;

use super::large;

const FOLDER: &str = "tests/specs";
/// What begins the names of cases of rules.
const RULE: &str = "rule: ";

/// A spec and what is said of it.
#[derive(Default)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) spec: Vec<u8>,
    /// The spec without what it is told of; only rules have one.
    pub(crate) mended: Vec<u8>,
    /// Where the file has what is said.
    said: Range<usize>,
}

impl Case {
    /// The rule that the spec breaks and the mended one keeps.
    pub(crate) fn rule(&self) -> Option<&str> {
        self.name.strip_prefix(RULE)
    }
}

/// A file of cases.
pub(crate) struct File {
    path: PathBuf,
    text: String,
    pub(crate) cases: Vec<Case>,
}

impl File {
    fn read(path: PathBuf) -> Self {
        let text = fs::read_to_string(&path).unwrap();
        let cases = parse(&text);
        for case in &cases {
            assert!(!case.said.is_empty(), "{}: {} has no block `text`", path.display(), case.name);
        }
        Self { path, text, cases }
    }

    pub(crate) fn name(&self) -> &str {
        self.path.file_name().unwrap().to_str().unwrap()
    }

    /// Writes what is said now.
    pub(crate) fn update(&self, said: &[String]) {
        let mut text = self.text.clone();
        for (case, said) in self.cases.iter().zip(said).rev() {
            text.replace_range(case.said.clone(), &fenced(said));
        }
        fs::write(&self.path, text).unwrap();
    }

    /// The cases of which something else is said than recorded, each with the difference.
    pub(crate) fn differences(&self, said: &[String]) -> Vec<String> {
        let both = self.cases.iter().zip(said);
        let changed = both.filter(|(case, said)| self.text[case.said.clone()] != fenced(said));
        changed.map(|(case, said)| self.difference(case, &fenced(said))).collect()
    }

    fn difference(&self, case: &Case, said: &str) -> String {
        let diff = TextDiff::from_lines(&self.text[case.said.clone()], said);
        let diff = diff.unified_diff().header("recorded", "said").to_string();
        format!("{}: {}\n{diff}", self.path.display(), case.name)
    }
}

/// A block `text`.
fn fenced(said: &str) -> String {
    format!("```text\n{said}\n```\n")
}

/// All files in the order of their names.
pub(crate) fn files() -> Vec<File> {
    let mut paths: Vec<PathBuf> = fs::read_dir(FOLDER).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    paths.sort();
    paths.into_iter().map(File::read).collect()
}

/// The cases of all files.
pub(crate) fn all() -> impl Iterator<Item = Case> {
    files().into_iter().flat_map(|file| file.cases)
}

/// The headings of a file with their blocks.
fn parse(text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut open: Option<(&str, usize)> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let end = at + line.len();
        match open {
            Some((kind, start)) if line == "```\n" => {
                cases.last_mut().unwrap().add(kind, text, start..end);
                open = None;
            }
            Some(_) => {}
            None => {
                if let Some(kind) = line.strip_prefix("```") {
                    open = Some((kind.trim_end(), at));
                } else if let Some(name) = line.strip_prefix("## ") {
                    cases.push(Case::named(name.trim_end()));
                }
            }
        }
        at = end;
    }
    assert!(open.is_none(), "a block is not closed:\n{text}");
    cases
}

impl Case {
    /// A case without blocks: a large spec, or none yet.
    fn named(name: &str) -> Self {
        let (spec, mended) = (large::spec(name), large::mended(name));
        Self {
            name: name.to_owned(),
            spec: spec.into_bytes(),
            mended: mended.into_bytes(),
            ..Self::default()
        }
    }

    /// Adds a block, fences included.
    fn add(&mut self, kind: &str, text: &str, block: Range<usize>) {
        let inner =
            text[block.clone()].strip_prefix(&format!("```{kind}\n")).unwrap().strip_suffix("```\n").unwrap();
        match kind {
            "yaml" => self.spec = inner.into(),
            "yaml escaped" => self.spec = unescape(inner),
            "yaml mended" => self.mended = inner.into(),
            "text" => self.said = block,
            other => panic!("{}: no block is called `{other}`", self.name),
        }
    }
}

/// The bytes that an escaped block stands for.
fn unescape(block: &str) -> Vec<u8> {
    let mut rest = block.bytes().filter(|byte| *byte != b'\n');
    let mut bytes = Vec::new();
    while let Some(byte) = rest.next() {
        bytes.push(if byte == b'\\' { escape(&mut rest) } else { byte });
    }
    bytes
}

/// The byte that stands behind a backslash.
fn escape(rest: &mut impl Iterator<Item = u8>) -> u8 {
    match rest.next() {
        Some(b'n') => b'\n',
        Some(b'r') => b'\r',
        Some(b't') => b'\t',
        Some(b'\\') => b'\\',
        Some(b'x') => {
            let digits: Vec<u8> = rest.take(2).collect();
            u8::from_str_radix(str::from_utf8(&digits).unwrap(), 16).unwrap()
        }
        other => panic!("no escape: {other:?}"),
    }
}

#[test]
fn an_escaped_block_can_stand_for_every_byte() {
    assert_eq!(unescape("a\\\\\\t\n\\r\\n\\x00\\xff\n"), b"a\\\t\r\n\x00\xff");
}

#[test]
fn no_two_cases_have_the_same_name() {
    let mut names: Vec<_> = all().map(|case| case.name).collect();
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn a_difference_names_the_case_and_both_texts() {
    let text = "## first\n```yaml\n{}\n```\n```text\nold\n```\n".to_owned();
    let file = File { path: "cases.md".into(), cases: parse(&text), text };
    assert!(file.differences(&["old".to_owned()]).is_empty());
    let [difference] = &file.differences(&["new".to_owned()])[..] else { panic!() };
    assert!(difference.starts_with("cases.md: first\n"), "{difference}");
    assert!(difference.contains("\n-old\n+new\n"), "{difference}");
}
