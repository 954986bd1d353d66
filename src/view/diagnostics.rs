//! Diagnostics as a person reads them: place, line, caret, rule, message, hint.
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet, renderer::DecorStyle};

use super::counted;
use crate::{
    diagnostic::{Diagnostic, Severity, SourceFile, Span},
    untrusted::untrusted,
};

/// Bytes of a line that are drawn around the place.
const WIDTH: usize = 400;

/// Draws `diagnostics` one after the other, an empty line between them.
#[must_use]
pub fn draw(source: &SourceFile, diagnostics: &[Diagnostic], color: bool) -> String {
    let renderer = renderer(color);
    let drawn: Vec<String> =
        diagnostics.iter().map(|diagnostic| draw_one(source, diagnostic, &renderer)).collect();
    drawn.join("\n\n")
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

fn draw_one(source: &SourceFile, diagnostic: &Diagnostic, renderer: &Renderer) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let title = level.primary_title(untrusted(&diagnostic.message)).id(diagnostic.rule);
    let mut group = match diagnostic.span {
        Some(span) => title.element(snippet(source, span)),
        None => Group::with_title(title).element(annotate_snippets::Origin::path(source.name())),
    };
    if let Some(hint) = &diagnostic.hint {
        group = group.element(Level::HELP.with_name("hint").message(untrusted(hint)));
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
    pub(super) at: Option<(&'a SourceFile, Span)>,
    /// The words of others.
    pub(super) notes: &'a [String],
    /// The next step.
    pub(super) hint: Option<&'a str>,
}

/// Draws a trouble.
pub(super) fn draw_trouble(trouble: &Trouble<'_>, color: bool) -> String {
    // A code is a word in all of AWS's models; what is none must not reach the terminal.
    let code = trouble.code.filter(|code| code.chars().all(|sign| sign.is_ascii_graphic()));
    let title = Level::ERROR.primary_title(untrusted(trouble.message));
    let title = match code {
        Some(code) => title.id(code),
        None => title,
    };
    let mut group = match trouble.at {
        Some((source, span)) => title.element(snippet(source, span)),
        None => Group::with_title(title),
    };
    for note in trouble.notes {
        group = group.element(Level::NOTE.message(untrusted(note)));
    }
    if let Some(hint) = trouble.hint {
        group = group.element(Level::HELP.with_name("hint").message(untrusted(hint)));
    }
    renderer(color).render(&[group])
}

fn renderer(color: bool) -> Renderer {
    if color { Renderer::styled() } else { Renderer::plain() }.decor_style(DecorStyle::Ascii)
}

/// The line of a span, the part that belongs to the span marked.
fn snippet(source: &SourceFile, span: Span) -> Snippet<'_, annotate_snippets::Annotation<'_>> {
    let text = source.text();
    let start = text.floor_char_boundary(span.start);
    let (line_start, line_end) = source.line_bounds(start);
    // A file may be one line of a megabyte.
    let from =
        if start - line_start > WIDTH { text.floor_char_boundary(start - WIDTH / 2) } else { line_start };
    let to = text.floor_char_boundary(line_end.min(start + WIDTH));
    let line = &text[from..to];
    let end = text.floor_char_boundary(span.end).clamp(start, from + line.len().max(start - from)) - from;
    Snippet::source(line)
        .line_start(source.position(start).line)
        .path(source.name())
        .annotation(AnnotationKind::Primary.span((start - from)..end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> SourceFile {
        SourceFile::new("copilot.yaml", text)
    }

    fn finding(span: Option<Span>) -> Diagnostic {
        Diagnostic {
            rule: "some-rule",
            severity: Severity::Error,
            span,
            message: "it is wrong".to_owned(),
            hint: Some("mend it".to_owned()),
        }
    }

    #[test]
    fn a_place_is_drawn_with_its_line() {
        let source = source("version: 1\r\nstakc: x\r\n");
        let drawn = draw(&source, &[finding(Some(Span { start: 12, end: 17 }))], false);
        assert!(drawn.contains("error[some-rule]: it is wrong"), "{drawn}");
        assert!(drawn.contains("copilot.yaml:2:1"), "{drawn}");
        assert!(drawn.contains("^^^^^"), "{drawn}");
        assert!(drawn.contains("hint: mend it"), "{drawn}");
    }

    #[test]
    fn odd_places_and_empty_texts_are_drawn_too() {
        for text in ["", "x", "é", "\n\n", "a\r\n"] {
            for start in 0..4 {
                for end in 0..4 {
                    let _ = draw(&source(text), &[finding(Some(Span { start, end }))], true);
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
