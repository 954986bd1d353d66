//! Annotations as GitHub Actions shows them at the lines of a pull request; diagnostics as such.
//!
//! Form and escapes: GitHub's "Workflow commands", <https://docs.github.com/actions/reference/workflow-commands>.
use crate::diagnostic::{
    Category, Diagnostic, Failure, Severity, SourceFile, Span, untrusted::untrusted_lines,
};

/// Draws diagnostics, one workflow command each.
#[must_use]
pub fn annotations(source: Option<&SourceFile>, diagnostics: &[Diagnostic]) -> Vec<String> {
    diagnostics.iter().map(|one| annotation(source, one)).collect()
}

/// Draws why a command failed.
#[must_use]
pub fn failure(failure: &Failure) -> Vec<String> {
    annotations(failure.source.as_deref(), &failure.diagnostics)
}

/// Draws one diagnostic.
#[must_use]
pub fn annotation(source: Option<&SourceFile>, diagnostic: &Diagnostic) -> String {
    let level = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    // Only what is about the file or a part of it names the file.
    let source = source.filter(|_| diagnostic.span.is_some() || diagnostic.rule().is_some());
    command(level, source.map(|source| (source, diagnostic.span)), &title(diagnostic), &message(diagnostic))
}

/// What stands in bold over the message.
fn title(diagnostic: &Diagnostic) -> String {
    let about = |what: &str| diagnostic.about.as_ref().map(|address| format!("{address} {what}"));
    match diagnostic.category {
        Category::Rule(id) | Category::Check(id) => id.to_owned(),
        Category::UnreadableFile => "unreadable".to_owned(),
        Category::Aws | Category::Credentials => "AWS".to_owned(),
        Category::Read => about("cannot be read").unwrap_or_else(|| "AWS".to_owned()),
        Category::Refusal => "refused".to_owned(),
        Category::Step => about("failed").unwrap_or_else(|| "copilot-infra".to_owned()),
        Category::Permissions => "permissions".to_owned(),
        Category::StalePlan => "the saved plan no longer fits".to_owned(),
        Category::Lease => "the lease of the stack".to_owned(),
        Category::Other => "copilot-infra".to_owned(),
    }
}

fn message(diagnostic: &Diagnostic) -> String {
    let lead = diagnostic.about.as_ref().filter(|_| diagnostic.category == Category::Refusal);
    let mut message = lead.map(|address| format!("{address}: ")).unwrap_or_default();
    message.push_str(&diagnostic.message);
    for detail in &diagnostic.details {
        message.push('\n');
        message.push_str(detail);
    }
    if let Some(hint) = &diagnostic.hint {
        message.push_str("\nhint: ");
        message.push_str(hint);
    }
    message
}

/// Writes a workflow command; `at` is the file, and the place in it if there is one.
fn command(level: &str, at: Option<(&SourceFile, Option<Span>)>, title: &str, message: &str) -> String {
    let file = at.map(|(source, span)| {
        let name = span.map_or(source.name(), |span| source.name_at(span.start));
        format!("file={},{}", property(name), lines(source, span))
    });
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
    untrusted_lines(text).replace('%', "%25").replace('\n', "%0A")
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
        let span = Some(Span { start: 3, end: 4 });
        let finding = Diagnostic::of_rule("some-rule", Severity::Error, span, "100% wrong\nreally");
        let note = Diagnostic { severity: Severity::Note, span: None, ..finding.clone() };
        let finding = finding.with_hint("mend: it");
        assert_eq!(
            annotations(Some(&source), &[finding, note]).join("\n"),
            "::error file=a%2Cb%3Ac.yaml,line=1,endLine=1,col=4,endColumn=5,title=some-rule::100%25 wrong%0Areally%0Ahint: mend: it\n\
             ::notice file=a%2Cb%3Ac.yaml,title=some-rule::100%25 wrong%0Areally"
        );
    }

    #[test]
    fn every_category_is_annotated() {
        let source = SourceFile::new("copilot.yaml", "x: 1\n");
        for category in [
            Category::Rule("some-rule"),
            Category::UnreadableFile,
            Category::Aws,
            Category::Credentials,
            Category::Read,
            Category::Refusal,
            Category::Step,
            Category::Permissions,
            Category::StalePlan,
            Category::Lease,
            Category::Check("drift"),
            Category::Other,
        ] {
            let drawn =
                annotation(Some(&source), &Diagnostic::error(category, "it is wrong").with_hint("mend"));
            let ends = drawn.ends_with("::it is wrong%0Ahint: mend");
            assert!(drawn.starts_with("::error ") && drawn.contains("title=") && ends, "{drawn}");
        }
    }
}
