//! Redacts the secrets in the text of a spec, and in all diagnostics about it: what is wrong with a spec may well be
//! the place or the form of a secret.
use std::{collections::BTreeSet, ops::Range};

use super::{
    REDACTED_PART,
    classify::{find_forms, is_suspicious},
};
use crate::diagnostic::{Diagnostic, Span};

/// Shortest text that is redacted in messages.
const SHORTEST: usize = 4;
/// Size up to which a text is searched as a whole, and not only around each finding, in bytes.
const SMALL: usize = 1 << 16;
/// Bytes before and behind a span that may be drawn with it.
const AROUND: usize = 500;
/// Longest name and longest value that are looked at, in bytes: a line may be a megabyte long.
const NAME: usize = 100;
const VALUE: usize = 400;
/// Shortest part of a secret that is redacted in messages.
const PART: usize = 6;
/// Bytes by which a secret is recognised in a message that shows only its beginning.
const BEGINNING: usize = 24;

/// Redacts what looks like a secret in the findings and in the text; of a large text only in the lines that are drawn
/// with the findings.
///
/// `namespaces` are the first words that a reference may have.
pub(crate) fn redact_findings(text: &mut String, findings: &mut [&mut Vec<Diagnostic>], namespaces: &[&str]) {
    let whole = (text.len() <= SMALL).then(|| find_secrets(text, namespaces));
    let mut redacted: BTreeSet<_> = whole.iter().flatten().map(|span| (span.start, span.end)).collect();
    for finding in findings.iter_mut().flat_map(|found| found.iter_mut()) {
        let Some(span) = finding.span else { continue };
        let around = drawn(text, span);
        let found: Vec<Range<usize>> = if let Some(all) = &whole {
            all.iter().filter(|one| one.start < around.end && one.end > around.start).cloned().collect()
        } else {
            let found = find_secrets(&text[around.clone()], namespaces).into_iter();
            found.map(|one| around.start + one.start..around.start + one.end).collect()
        };
        for found in found {
            redact_message(&mut finding.message, &text[found.clone()]);
            if let Some(hint) = &mut finding.hint {
                redact_message(hint, &text[found.clone()]);
            }
            redacted.insert((found.start, found.end));
        }
    }
    redact_spans(text, redacted.into_iter().map(|(start, end)| start..end));
}

/// Returns the part of a text that may be drawn with a span.
fn drawn(text: &str, span: Span) -> Range<usize> {
    let start = text.floor_char_boundary(span.start.saturating_sub(AROUND));
    let end = span.end.saturating_add(AROUND).min(span.start + 2 * AROUND);
    start..text.floor_char_boundary(end)
}

/// Redacts spans of a text with stars; line ends stay, so that all that follows keeps its line.
pub(crate) fn redact_spans(text: &mut String, spans: impl IntoIterator<Item = Range<usize>>) {
    let mut bytes = std::mem::take(text).into_bytes();
    for span in spans {
        let secret = bytes.get_mut(span).unwrap_or_default();
        secret.iter_mut().filter(|byte| !matches!(byte, b'\n' | b'\r')).for_each(|byte| *byte = b'*');
    }
    // A span that cuts a character in two leaves a part of it.
    *text = String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
}

/// Redacts a secret in a message.
fn redact_message(words: &mut String, secret: &str) {
    if secret.len() >= SHORTEST && words.contains(secret) {
        *words = words.replace(secret, REDACTED_PART);
    }
    // A message may be about a part of it, such as what stands between the brackets of `${…}`.
    let parts = secret.split(|sign: char| sign.is_whitespace() || "${}.\"'".contains(sign));
    for part in parts.filter(|part| part.len() >= PART && part.contains(|sign: char| sign.is_ascii_digit())) {
        *words = words.replace(part, REDACTED_PART);
    }
    let beginning = secret.get(..BEGINNING);
    if let Some(start) = beginning.and_then(|beginning| words.find(beginning)) {
        let end = words[start..].find('`').map_or(words.len(), |length| start + length);
        words.replace_range(start..end, REDACTED_PART);
    }
}

/// Finds spans that look like secrets: by their form, or by the name before them.
fn find_secrets(text: &str, namespaces: &[&str]) -> Vec<Range<usize>> {
    let mut spans = find_forms(text);
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        // Of `db_password: { value: … }` the outer name says what the inner one holds.
        let mut outer: Option<(Range<usize>, usize)> = None;
        for (name, value) in pairs(line) {
            if line[value.clone()].starts_with('{') {
                let end = line[value.start..].find('}').map_or(line.len(), |length| value.start + length);
                outer = Some((name, end));
                continue;
            }
            let around = outer.clone().filter(|(_, end)| value.start < *end).map(|(name, _)| name);
            let around = around.filter(|_| !is_source(&line[name.clone()], &line[value.clone()]));
            if [Some(name), around]
                .into_iter()
                .flatten()
                .any(|name| is_suspicious(&line[name], &line[value.clone()], namespaces))
            {
                spans.push(start + value.start..start + value.end);
            }
        }
        start += line.len();
    }
    spans
}

/// Returns whether a value only says where another value comes from, as the keys of an input do.
fn is_source(key: &str, value: &str) -> bool {
    let plain = |sign: char| sign.is_ascii_alphanumeric() || "_:-".contains(sign);
    ["env", "export", "stack", "output"].contains(&key) && value.chars().all(plain)
}

/// Finds every `name: value` and `name=value` of a line, whether or not it is good YAML.
fn pairs(line: &str) -> Vec<(Range<usize>, Range<usize>)> {
    let is_name = |sign: char| sign.is_ascii_alphanumeric() || "_-.".contains(sign);
    let mut pairs = Vec::new();
    for (at, sign) in line.match_indices([':', '=']) {
        let after = &line[at + 1..line.floor_char_boundary(at + 1 + VALUE)];
        // Within an ARN or a URL a colon is not YAML's.
        if sign == ":" && !after.starts_with([' ', '\t', '"', '\'']) {
            continue;
        }
        let first = line.floor_char_boundary(at.saturating_sub(NAME));
        let before = line[first..at].trim_end().trim_end_matches(['"', '\'']);
        let name = before.trim_end_matches(is_name).len();
        let start = at + 1 + (after.len() - after.trim_start_matches([' ', '\t', '[']).len());
        let value = value(&line[start..at + 1 + after.len()]);
        if name < before.len() && !value.is_empty() {
            pairs.push((first + name..first + before.len(), start + value.start..start + value.end));
        }
    }
    pairs
}

/// Returns the span of the value at the beginning of `rest`, without its quotes.
fn value(rest: &str) -> Range<usize> {
    let rest = rest.trim_end();
    if let Some(quote) = rest.chars().next().filter(|first| "\"'".contains(*first)) {
        return 1..rest[1..].find(quote).map_or(rest.len(), |length| length + 1);
    }
    let ends = [", ", "}", "]", " #"].iter().filter_map(|end| rest.find(end));
    // A reference has a bracket of its own.
    let reference = rest.starts_with("${").then(|| rest.find('}').map(|end| end + 1)).flatten();
    0..rest[..reference.or_else(|| ends.min()).unwrap_or(rest.len())].trim_end().len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Severity;

    fn redacted(text: &str) -> String {
        let mut text = text.to_owned();
        let (span, message) = (Some(Span { start: 0, end: text.len() }), String::new());
        let finding = Diagnostic::of_rule("syntax", Severity::Error, span, message);
        redact_findings(&mut text, &mut [&mut vec![finding]], &["inputs", "tables"]);
        text
    }

    #[test]
    fn a_secret_far_from_what_was_found_is_hidden_too() {
        let text = format!("a: b\n{}DB_PASSWORD: hunter2Tr0ub4dor\n", "# filler\n".repeat(200));
        let finding = Diagnostic::of_rule("syntax", Severity::Error, Some(Span { start: 0, end: 1 }), "");
        let mut shown = text.clone();
        redact_findings(&mut shown, &mut [&mut vec![finding]], &["inputs", "tables"]);
        assert!(!shown.contains("hunter2"), "another failure may be drawn there");
    }

    #[test]
    fn a_secret_is_hidden_wherever_it_stands() {
        let token = format!("{}{}", "ghp_", "16C7e42F292c6912E7710c838347Ae178B4a");
        for (line, secret) in [
            ("enviroment: { DB_PASSWORD: \"Sup3r!Secret9\" }", "Sup3r!Secret9"),
            ("  DB_PASSWORD: 90210777", "90210777"),
            ("  API_KEY: [a8f5f167f44f4964e6c998dee827110c]", "a8f5f167f44f4964e6c998dee827110c"),
            ("  JWT_SECRET: ${Sup3r!Secret9}", "Sup3r!Secret9"),
            ("  secrets: [\"postgres://u:S3cretPw@h/d\"]", "S3cretPw"),
            ("environment: \"DB_PASSWORD=Sup3r!Secret9\"", "Sup3r!Secret9"),
            ("  - DB_PASSWORD=Sup3r!Secret9", "Sup3r!Secret9"),
            ("{ DB_PASSWORD: ****, DB_PASSWORD: Other9Secret }", "Other9Secret"),
            ("\tDB_PASSWORD: @Sup3r!Secret9", "@Sup3r!Secret9"),
            ("  DB_PASSWORD: %hunter2Tr0ub4dor", "hunter2Tr0ub4dor"),
            ("  DB_PASSWORD: { value: hunter2Tr0ub4dor }", "hunter2Tr0ub4dor"),
            ("inputs: { db_password: { vlaue: \"hunter2Tr0ub4dor\" } }", "hunter2Tr0ub4dor"),
            ("  DB_PASSWORD: \"${hunter2Tr0ub4dor\"", "hunter2Tr0ub4dor"),
            ("  DB_PASSWORD: \"${hunter2Tr0ub4dor}\"", "hunter2Tr0ub4dor"),
            ("  variables: { api_token: \"hunter2Tr0ub4dor x\" }", "hunter2Tr0ub4dor"),
            ("  DB_PASSWORD: \"never closed, Sup3r!", "Sup3r!"),
            (&format!("  - {token}"), &token),
        ] {
            let shown = redacted(line);
            assert!(!shown.contains(secret), "{shown}");
            assert_eq!(shown.len(), line.len(), "{shown}");
        }
    }

    #[test]
    fn what_is_no_secret_is_shown() {
        for line in [
            "  DB_PASSWORD: ${inputs.password}",
            "  DB_SECRET: prod/copilot/database",
            "  DB_PASSWORD: arn:aws:secretsmanager:us-east-1:123456789012:secret:a-AbCdEf",
            "  MAX_TOKEN: 12345678",
            "  db_password: { env: DB_PASSWORD }",
            "  db_password: { cloudformation: { stack: Shared, output: DbPassword } }",
            "  partition_key: { name: conversationId, type: S }",
            "  TOKEN_TABLE: ${tables.tokens.name}",
        ] {
            assert_eq!(redacted(line), line);
        }
    }

    #[test]
    fn the_lines_that_are_drawn_of_a_large_text_are_looked_through() {
        let mut text = "# filler\n".repeat(SMALL / 4) + "  DB_PASSWORD: hunter2Tr0ub4dor\n";
        let at = text.len() - 10;
        let span = Some(Span { start: at, end: at + 1 });
        let finding = Diagnostic::of_rule("syntax", Severity::Error, span, "not `hunter2Tr0ub4dor`");
        let (length, mut found) = (text.len(), vec![finding]);
        redact_findings(&mut text, &mut [&mut found], &["inputs", "tables"]);
        assert!(text.ends_with("  DB_PASSWORD: ****************\n") && text.len() == length);
        assert_eq!(found[0].message, "not `****`");
    }

    #[test]
    fn no_message_quotes_one_not_even_its_beginning() {
        let long = "a8f5f167f44f4964e6c998dee827110ca8f5f167f44f4964e6c998dee827110c";
        let mut text = format!("DB_PASSWORD: 90210777\nAPI_KEY: {long}\n");
        let span = Some(Span { start: 15, end: 16 });
        let finding = |message: String| {
            Diagnostic::of_rule("wrong-type", Severity::Error, span, message)
                .with_hint("quote it: `\"90210777\"`")
        };
        let mut found = vec![finding("not `90210777`".into()), finding(format!("`{}` is long", &long[..40]))];
        redact_findings(&mut text, &mut [&mut found], &["inputs", "tables"]);
        let told = format!("{text}{found:?}");
        assert!(!told.contains("90210777") && !told.contains("a8f5"), "{told}");
        assert!(told.contains("`****` is long"), "{told}");
    }
}
