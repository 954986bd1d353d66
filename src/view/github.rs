//! Annotations as GitHub Actions shows them at the lines of a pull request; diagnostics as such.
//!
//! Form and escapes: GitHub's "Workflow commands", <https://docs.github.com/actions/reference/workflow-commands>.
use crate::diagnostic::{Diagnostic, Severity, SourceFile, Span};

/// Draws diagnostics, one workflow command each.
#[must_use]
pub fn annotations(source: &SourceFile, found: &[Diagnostic]) -> Vec<String> {
    found.iter().map(|finding| one(source, finding)).collect()
}

fn one(source: &SourceFile, finding: &Diagnostic) -> String {
    let level = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let hint = finding.hint.as_ref().map(|hint| format!("\nhint: {hint}")).unwrap_or_default();
    let message = format!("{}{hint}", finding.message);
    command(level, Some((source, finding.span)), finding.rule, &message)
}

/// Writes a workflow command; `at` is the file, and the place in it if there is one.
pub(super) fn command(
    level: &str,
    at: Option<(&SourceFile, Option<Span>)>,
    title: &str,
    message: &str,
) -> String {
    let file = at.map(|(source, span)| format!("file={},{}", property(source.name()), lines(source, span)));
    format!("::{level} {}title={}::{}", file.unwrap_or_default(), property(title), data(message))
}

fn lines(source: &SourceFile, span: Option<Span>) -> String {
    let Some(span) = span else { return String::new() };
    let (start, end) = source.range(span);
    // Columns of several lines would be ignored with a warning.
    let end_column =
        if end.line == start.line { format!("endColumn={},", end.column) } else { String::new() };
    format!("line={},endLine={},col={},{end_column}", start.line, end.line, start.column)
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_one_line_with_all_that_is_special_escaped() {
        let source = SourceFile::new("a,b:c.yaml", "x: 1\n");
        let finding = Diagnostic {
            rule: "some-rule",
            severity: Severity::Error,
            span: Some(Span { start: 3, end: 4 }),
            message: "100% wrong\nreally".to_owned(),
            hint: Some("mend: it".to_owned()),
        };
        let note = Diagnostic { severity: Severity::Note, span: None, hint: None, ..finding.clone() };
        assert_eq!(
            annotations(&source, &[finding, note]).join("\n"),
            "::error file=a%2Cb%3Ac.yaml,line=1,endLine=1,col=4,endColumn=5,title=some-rule::100%25 wrong%0Areally%0Ahint: mend: it\n\
             ::notice file=a%2Cb%3Ac.yaml,title=some-rule::100%25 wrong%0Areally"
        );
    }
}
