//! Whatever the bytes, the parser answers: it never panics, and what it says can be drawn.
use std::fs;

use copilot_infra::{
    diagnostic::{Span, render::text},
    manifest::template::Template,
    view::Style,
};
use proptest::{prelude::*, sample::Index};

use super::{GOOD, parse};

/// Pieces that YAML and the spec language give a meaning to.
const PIECES: [&str; 48] = [
    ":",
    ": ",
    "- ",
    "\n",
    "\n  ",
    "\n    ",
    "{",
    "}",
    "[",
    "]",
    ",",
    "\"",
    "'",
    "|",
    ">-\n",
    "&a ",
    "*a",
    "!!str ",
    "!x ",
    "? ",
    "#",
    "%YAML 1.2\n",
    "---\n",
    "...\n",
    "<<: ",
    "~",
    "null",
    "true",
    "1e999",
    "-0",
    "0x1F",
    ".nan",
    "${",
    "}",
    "$${",
    "${inputs.",
    "${tables.",
    ".name}",
    "$connect",
    "\t",
    "\r\n",
    "\u{feff}",
    "\u{0}",
    "é",
    "🚀",
    "\u{2028}",
    "version: 1\n",
    "stack: demo\n",
];

/// A change to a text.
#[derive(Clone, Debug)]
enum Mutation {
    Delete(Index, usize),
    Insert(Index, &'static str),
    Replace(Index, &'static str),
    Double(Index, usize),
    Swap(Index, Index),
    Indent(Index, &'static str),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let piece = || prop::sample::select(&PIECES[..]);
    let at = any::<Index>;
    prop_oneof![
        (at(), 1..40_usize).prop_map(|(at, length)| Mutation::Delete(at, length)),
        (at(), piece()).prop_map(|(at, piece)| Mutation::Insert(at, piece)),
        (at(), piece()).prop_map(|(at, piece)| Mutation::Replace(at, piece)),
        (at(), 1..200_usize).prop_map(|(at, length)| Mutation::Double(at, length)),
        (at(), at()).prop_map(|(one, other)| Mutation::Swap(one, other)),
        (at(), prop::sample::select(&["", " ", "  ", "\t", "- "][..]))
            .prop_map(|(line, indent)| Mutation::Indent(line, indent)),
    ]
}

/// Changes characters, or whole lines for swaps and indents.
fn mutate(text: &str, mutation: &Mutation) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    if letters.is_empty() || lines.is_empty() {
        return text.to_owned();
    }
    match mutation {
        Mutation::Delete(at, length) => {
            let at = at.index(letters.len());
            letters.drain(at..(at + length).min(letters.len()));
        }
        Mutation::Insert(at, piece) => {
            let at = at.index(letters.len());
            letters.splice(at..at, piece.chars());
        }
        Mutation::Replace(at, piece) => {
            let at = at.index(letters.len());
            letters.splice(at..=at, piece.chars());
        }
        Mutation::Double(at, length) => {
            let at = at.index(letters.len());
            let part = letters[at..(at + length).min(letters.len())].to_vec();
            letters.splice(at..at, part);
        }
        Mutation::Swap(one, other) => {
            let count = lines.len();
            lines.swap(one.index(count), other.index(count));
            return lines.join("\n");
        }
        Mutation::Indent(line, indent) => {
            let line = line.index(lines.len());
            lines[line] = format!("{indent}{}", lines[line].trim_start());
            return lines.join("\n");
        }
    }
    letters.into_iter().collect()
}

/// Parses and draws; every place must lie inside the text.
fn examine(text: &str) -> Result<(), TestCaseError> {
    let (source, found) = parse("copilot.yaml", text);
    for finding in &found {
        if let Some(span) = finding.span {
            prop_assert!(span.start <= span.end && span.end <= source.text().len(), "{finding:?}");
            let _ = source.range(span);
        }
    }
    let _ = text::draw(Some(&source), &found, Style(true));
    Ok(())
}

// PROPTEST_CASES=100000 in the environment searches for an hour; the default of 256 takes a few seconds.
proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_answered(text in any::<String>()) {
        examine(&text)?;
    }

    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        examine(&String::from_utf8_lossy(&bytes))?;
    }

    #[test]
    fn any_heap_of_yaml_is_answered(pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..60)) {
        examine(&pieces.concat())?;
    }

    #[test]
    fn a_good_spec_gone_bad_is_answered(
        which in prop::sample::select(&GOOD[..]),
        mutations in prop::collection::vec(mutation(), 1..8),
    ) {
        let good = fs::read_to_string(which).unwrap();
        examine(&mutations.iter().fold(good, |text, mutation| mutate(&text, mutation)))?;
    }

    #[test]
    fn any_reference_is_answered(
        pieces in prop::collection::vec(
            prop::sample::select(&["$", "{", "}", "${", "$${", ".", "inputs", "tables", "api", "name", "é", " "][..]),
            0..20,
        ),
        start in 0..100_usize,
    ) {
        let text = pieces.concat();
        let span = Span { start, end: start + text.len() };
        if let Ok(template) = Template::parse(&text, span) {
            // What was read is written so that it is read the same way.
            let written = template.to_string();
            let again = Template::parse(&written, span).unwrap();
            prop_assert_eq!(again.to_string(), written);
        }
        let quoted = serde_json::to_string(&text).unwrap();
        examine(&format!("version: 1\nstack: demo\noutputs: {{ A: {quoted} }}\n"))?;
    }
}
