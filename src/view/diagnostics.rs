//! Diagnostics as a person reads them: place, line, caret, rule, message, hint.
use std::borrow::Cow;

use annotate_snippets::{
    AnnotationKind, Group, Level, Renderer, Snippet, normalize_untrusted_str, renderer::DecorStyle,
};

use super::counted;
use crate::{
    diagnostic::{Diagnostic, Severity},
    spec::{Source, at::Place, rules, star},
};

/// Bytes of a line that are drawn around the place.
const WIDTH: usize = 400;

/// Draws `diagnostics` one after the other, an empty line between them.
#[must_use]
pub fn draw(source: &Source, diagnostics: &[Diagnostic], color: bool) -> String {
    let source = &masked(source, diagnostics);
    let renderer = renderer(color);
    let drawn: Vec<String> =
        diagnostics.iter().map(|diagnostic| draw_one(source, diagnostic, &renderer)).collect();
    drawn.join("\n\n")
}

/// The source with stars in place of what looks like a secret: the line it stands in is drawn too.
fn masked<'a>(source: &'a Source, diagnostics: &[Diagnostic]) -> Cow<'a, Source> {
    let secrets = diagnostics.iter().filter(|diagnostic| rules::is_about_a_secret(diagnostic.rule));
    let places = secrets.filter_map(|diagnostic| diagnostic.place);
    let mut places =
        places.map(|place| floor(&source.text, place.start)..floor(&source.text, place.end)).peekable();
    let mut masked = Cow::Borrowed(source);
    if places.peek().is_some() {
        star(&mut masked.to_mut().text, places);
    }
    masked
}

/// Counts errors, warnings and notes: `3 errors, 1 warning`; empty if there are none.
#[must_use]
pub fn summary(diagnostics: &[Diagnostic]) -> String {
    let count = |severity| diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count();
    let words = |count: usize, word: &str| (count > 0).then(|| counted(count, word));
    let parts = [
        words(count(Severity::Error), "error"),
        words(count(Severity::Warning), "warning"),
        words(count(Severity::Note), "note"),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// Returns the line and the column (in characters) where `place` begins, both from 1.
#[must_use]
pub fn position(source: &Source, place: Place) -> (usize, usize) {
    let start = floor(&source.text, place.start);
    let before = &source.text[..start];
    // As in YAML a line ends with LF, CR or both.
    let line_start = before.rfind(['\n', '\r']).map_or(0, |newline| newline + 1);
    let ends = before.matches(['\n', '\r']).count() - before.matches("\r\n").count();
    (ends + 1, before[line_start..].chars().count() + 1)
}

fn draw_one(source: &Source, diagnostic: &Diagnostic, renderer: &Renderer) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let title = level.primary_title(&diagnostic.message).id(diagnostic.rule);
    let mut group = match diagnostic.place {
        Some(place) => title.element(snippet(source, place)),
        None => Group::with_title(title).element(annotate_snippets::Origin::path(&source.name)),
    };
    if let Some(hint) = &diagnostic.hint {
        group = group.element(Level::HELP.with_name("hint").message(normalize_untrusted_str(hint)));
    }
    renderer.render(&[group])
}

/// What went wrong outside the spec, drawn like a finding.
pub(super) struct Trouble<'a> {
    /// What happened.
    pub(super) message: &'a str,
    /// What others call it, such as AWS's error code.
    pub(super) code: Option<&'a str>,
    /// The line it is about, if the spec has one.
    pub(super) at: Option<(&'a Source, Place)>,
    /// The words of others.
    pub(super) notes: &'a [String],
    /// The next step.
    pub(super) hint: Option<&'a str>,
}

/// Draws a trouble.
pub(super) fn draw_trouble(trouble: &Trouble<'_>, color: bool) -> String {
    // A code is a word in all of AWS's models; what is none must not reach the terminal.
    let code = trouble.code.filter(|code| code.chars().all(|sign| sign.is_ascii_graphic()));
    let title = Level::ERROR.primary_title(trouble.message);
    let title = match code {
        Some(code) => title.id(code),
        None => title,
    };
    let mut group = match trouble.at {
        Some((source, place)) => title.element(snippet(source, place)),
        None => Group::with_title(title),
    };
    for note in trouble.notes {
        group = group.element(Level::NOTE.message(normalize_untrusted_str(note)));
    }
    if let Some(hint) = trouble.hint {
        group = group.element(Level::HELP.with_name("hint").message(normalize_untrusted_str(hint)));
    }
    renderer(color).render(&[group])
}

fn renderer(color: bool) -> Renderer {
    if color { Renderer::styled() } else { Renderer::plain() }.decor_style(DecorStyle::Ascii)
}

/// The line of a place, the part that belongs to the place marked.
fn snippet(source: &Source, place: Place) -> Snippet<'_, annotate_snippets::Annotation<'_>> {
    let text = &source.text;
    let start = floor(text, place.start);
    let line_start = text[..start].rfind(['\n', '\r']).map_or(0, |newline| newline + 1);
    let line_end = text[start..].find(['\n', '\r']).map_or(text.len(), |newline| start + newline);
    // A file may be one line of a megabyte.
    let from = if start - line_start > WIDTH { floor(text, start - WIDTH / 2) } else { line_start };
    let to = floor(text, line_end.min(start + WIDTH));
    let line = &text[from..to];
    let end = floor(text, place.end).clamp(start, from + line.len().max(start - from)) - from;
    let span = (start - from)..end;
    Snippet::source(line)
        .line_start(position(source, place).0)
        .path(&source.name)
        .annotation(AnnotationKind::Primary.span(span))
}

/// The nearest character boundary at or before `offset`.
fn floor(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Source {
        Source { name: "copilot.yaml".to_owned(), text: text.to_owned() }
    }

    fn finding(place: Option<Place>) -> Diagnostic {
        Diagnostic {
            rule: "some-rule",
            severity: Severity::Error,
            place,
            message: "it is wrong".to_owned(),
            hint: Some("mend it".to_owned()),
        }
    }

    #[test]
    fn columns_count_characters() {
        let source = source("a: 1\nké: ü x\n");
        assert_eq!(position(&source, Place { start: 0, end: 1 }), (1, 1));
        assert_eq!(position(&source, Place { start: 13, end: 14 }), (2, 7));
        assert_eq!(position(&source, Place { start: 99, end: 99 }), (3, 1));
    }

    #[test]
    fn a_place_is_drawn_with_its_line() {
        let source = source("version: 1\r\nstakc: x\r\n");
        let drawn = draw(&source, &[finding(Some(Place { start: 12, end: 17 }))], false);
        assert!(drawn.contains("error[some-rule]: it is wrong"), "{drawn}");
        assert!(drawn.contains("copilot.yaml:2:1"), "{drawn}");
        assert!(drawn.contains("^^^^^"), "{drawn}");
        assert!(drawn.contains("hint: mend it"), "{drawn}");
    }

    #[test]
    fn a_secret_is_not_drawn() {
        let source = source("a: 1\nTOKEN: ghp_x, b: 2\n");
        let secret = Diagnostic { rule: "pasted-secret", ..finding(Some(Place { start: 12, end: 17 })) };
        let other = finding(Some(Place { start: 19, end: 20 }));
        let drawn = draw(&source, &[secret, other], false);
        assert!(!drawn.contains("ghp_x") && drawn.matches("TOKEN: *****, b: 2").count() == 2, "{drawn}");
    }

    #[test]
    fn odd_places_and_empty_texts_are_drawn_too() {
        for text in ["", "x", "é", "\n\n", "a\r\n"] {
            for start in 0..4 {
                for end in 0..4 {
                    let _ = draw(&source(text), &[finding(Some(Place { start, end }))], true);
                }
            }
            let _ = draw(&source(text), &[finding(None)], false);
        }
    }

    #[test]
    fn the_summary_counts() {
        let warning = Diagnostic { severity: Severity::Warning, ..finding(None) };
        assert_eq!(summary(&[finding(None), finding(None), warning]), "2 errors, 1 warning");
        assert_eq!(summary(&[]), "");
    }
}
