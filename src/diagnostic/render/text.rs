//! Diagnostics as a person reads them: span, line, caret, rule, message, hint.
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet, renderer::DecorStyle};

use super::{Page, Style};
use crate::diagnostic::{
    Category, Diagnostic, Failure, Severity, SourceFile, Span, untrusted::untrusted_line, words::format_count,
};

/// Bytes of a line that are drawn around the span.
const WIDTH: usize = 400;

/// Draws why a command failed and the next step; empty if people have been told already.
#[must_use]
pub fn failure(failure: &Failure, style: Style) -> Page {
    if failure.is_reported {
        return Page::new(style);
    }
    let diagnostics = &failure.diagnostics;
    let mut page = draw(failure.source.as_deref(), diagnostics, style);
    if diagnostics.iter().any(|one| matches!(one.category, Category::Rule(_))) {
        page.blank();
        page.line(summary(diagnostics));
    }
    page
}

/// Draws `diagnostics` one after the other, an empty line between them.
#[must_use]
pub fn draw(source: Option<&SourceFile>, diagnostics: &[Diagnostic], style: Style) -> Page {
    let mut page = Page::new(style);
    for one in diagnostics {
        if !page.is_empty() {
            page.blank();
        }
        page.append(&draw_one(source, one, style));
    }
    page
}

/// Counts errors, warnings and notes: `3 errors, 1 warning`; empty if there are none.
#[must_use]
pub fn summary(diagnostics: &[Diagnostic]) -> String {
    let count = |severity| diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count();
    let words = |count: usize, word: &str| (count > 0).then(|| format_count(count, word));
    let parts = [
        words(count(Severity::Error), "error"),
        words(count(Severity::Warning), "warning"),
        words(count(Severity::Note), "note"),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// Draws one diagnostic.
#[must_use]
pub fn draw_one(source: Option<&SourceFile>, diagnostic: &Diagnostic, style: Style) -> Page {
    match diagnostic.category {
        Category::Rule(_) => {}
        _ if diagnostic.context.is_some() || diagnostic.about.is_some() => {}
        _ => return draw_plain(diagnostic, style),
    }
    // The renderer draws a text of several lines on several.
    let title = untrusted_line(&title(diagnostic));
    let heading = level(diagnostic.severity).primary_title(&title);
    let heading = match id(diagnostic) {
        Some(id) => heading.id(id),
        None => heading,
    };
    let mut group = match (source, diagnostic.span) {
        (Some(source), Some(span)) => heading.element(snippet(source, span)),
        (Some(source), None) if diagnostic.rule().is_some() => {
            Group::with_title(heading).element(annotate_snippets::Origin::path(source.name()))
        }
        _ => Group::with_title(heading),
    };
    for note in notes(diagnostic) {
        group = group.element(Level::NOTE.message(untrusted_line(&note)));
    }
    if let Some(hint) = &diagnostic.hint {
        group = group.element(Level::HELP.with_name("hint").message(untrusted_line(hint)));
    }
    let mut page = Page::new(style);
    page.lines(&renderer(style.0).render(&[group]));
    page
}

/// Draws what is about no part of the spec and no resource.
fn draw_plain(diagnostic: &Diagnostic, style: Style) -> Page {
    let severity = match diagnostic.severity {
        Severity::Error => style.red("error:"),
        Severity::Warning => style.yellow("warning:"),
        Severity::Note => style.green("note:"),
    };
    let mut page = Page::new(style);
    page.line(format!("{severity} {}", diagnostic.message));
    for detail in &diagnostic.details {
        page.line(format!("  {detail}"));
    }
    if let Some(hint) = &diagnostic.hint {
        page.line(format!("{} {hint}", style.bold("hint:")));
    }
    page
}

/// What was being done or is it about, and what is wrong; the service's own words follow as notes.
fn title(diagnostic: &Diagnostic) -> String {
    let Diagnostic { context, about, message, request, .. } = diagnostic;
    let Some(lead) = context.as_ref().or(about.as_ref()) else { return message.clone() };
    match request {
        Some(request) => format!("{lead}: {} was refused", request.operation),
        None => format!("{lead}: {message}"),
    }
}

/// The rule, or the service's error code: a word in all of AWS's models; what is none must not reach the terminal.
fn id(diagnostic: &Diagnostic) -> Option<&str> {
    let code = diagnostic.request.as_ref().map(|request| request.code.as_str());
    diagnostic.rule().or(code.filter(|code| code.chars().all(|sign| sign.is_ascii_graphic())))
}

fn notes(diagnostic: &Diagnostic) -> Vec<String> {
    let Some(request) = &diagnostic.request else { return Vec::new() };
    let id = request.request_id.as_ref().map(|id| format!("request id {id}"));
    std::iter::once(request.message.clone()).chain(id).collect()
}

fn level(severity: Severity) -> Level<'static> {
    match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    }
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
        .path(source.name_at(start))
        .annotation(AnnotationKind::Primary.span((start - from)..end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{ExitCode, RefusedRequest};

    fn source(text: &str) -> SourceFile {
        SourceFile::new("copilot.yaml", text)
    }

    fn finding(span: Option<Span>) -> Diagnostic {
        Diagnostic::of_rule("some-rule", Severity::Error, span, "it is wrong").with_hint("mend it")
    }

    #[test]
    fn a_place_is_drawn_with_its_line() {
        let source = source("version: 1\r\nstakc: x\r\n");
        let drawn =
            draw(Some(&source), &[finding(Some(Span { start: 12, end: 17 }))], Style(false)).to_string();
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
                    let _ = draw(Some(&source(text)), &[finding(Some(Span { start, end }))], Style(true));
                }
            }
            let _ = draw(Some(&source(text)), &[finding(None)], Style(false));
        }
    }

    #[test]
    fn the_summary_counts() {
        let warning = Diagnostic { severity: Severity::Warning, ..finding(None) };
        assert_eq!(summary(&[finding(None), finding(None), warning]), "2 errors, 1 warning");
        assert_eq!(summary(&[]), "");
    }

    fn refused(message: &str, code: &str) -> Diagnostic {
        let request = RefusedRequest {
            operation: "dynamodb:CreateTable".to_owned(),
            code: code.to_owned(),
            message: message.to_owned(),
            request_id: Some("r-17".to_owned()),
        };
        let diagnostic = Diagnostic::error(Category::Step, "all in one sentence").with_hint("grant it");
        let context = Some("creating tables.orders failed".to_owned());
        Diagnostic { context, request: Some(request), ..diagnostic }
            .about("tables.orders", Some(Span { start: 10, end: 16 }))
    }

    #[test]
    fn a_refusal_is_drawn_with_its_line_and_all_that_aws_said() {
        let source = source("tables:\n  orders: {}\n");
        let drawn = draw_one(Some(&source), &refused("no", "AccessDeniedException"), Style(false));
        let wanted = "\
error[AccessDeniedException]: creating tables.orders failed: dynamodb:CreateTable was refused
 --> copilot.yaml:2:3
  |
2 |   orders: {}
  |   ^^^^^^
  |
  = note: no
  = note: request id r-17
  = hint: grant it
";
        assert_eq!(drawn.as_str(), wanted);
    }

    #[test]
    fn what_aws_says_cannot_steer_the_terminal() {
        let drawn = draw_one(None, &refused("\u{1b}[2Jgone\u{7}", "a\u{1b}b"), Style(false)).to_string();
        assert!(!drawn.contains('\u{1b}') && !drawn.contains('\u{7}') && drawn.contains("gone"), "{drawn}");
        assert!(drawn.starts_with("error: creating"), "{drawn}");
    }

    #[test]
    fn what_is_about_no_resource_is_one_plain_line_with_its_details_and_hint() {
        let mut lacking =
            Diagnostic::error(Category::Permissions, "permissions are missing").with_hint("ask");
        lacking.details = vec!["a on b".to_owned()];
        let drawn = draw_one(Some(&source("a: 1")), &lacking, Style(false));
        assert_eq!(drawn.as_str(), "error: permissions are missing\n  a on b\nhint: ask\n");
    }

    #[test]
    fn what_is_reported_already_is_not_drawn() {
        let reported = Failure::reported(ExitCode::Partial, "the run stopped part-way");
        assert!(failure(&reported, Style(false)).is_empty());
    }
}
