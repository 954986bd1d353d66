//! Diagnostics as SARIF 2.1.0, for code scanning.
//!
//! Form: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0".
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Value, json};

use crate::diagnostic::{Diagnostic, Rule, SourceFile};

/// What may not stand in the path of a URI as it is (RFC 3986).
const PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// Draws a log of one run: every rule of the catalogue, the findings, and those that are suppressed as such.
#[must_use]
pub fn log(
    source: &SourceFile,
    found: &[Diagnostic],
    suppressed: &[Diagnostic],
    catalogue: &[&Rule],
) -> String {
    let shown = found.iter().map(|finding| result(source, finding, catalogue, false));
    let hidden = suppressed.iter().map(|finding| result(source, finding, catalogue, true));
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "copilot-infra",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": catalogue.iter().map(|rule| descriptor(rule)).collect::<Vec<_>>(),
            } },
            "columnKind": "unicodeCodePoints",
            "results": shown.chain(hidden).collect::<Vec<_>>(),
        }],
    });
    format!("{log:#}\n")
}

fn descriptor(rule: &Rule) -> Value {
    json!({
        "id": rule.id,
        "shortDescription": { "text": rule.summary },
        "fullDescription": { "text": rule.text },
        "help": { "text": rule.remedy },
        "defaultConfiguration": { "level": rule.severity.name() },
        "properties": { "tags": [rule.class], "public": rule.public },
    })
}

fn result(source: &SourceFile, finding: &Diagnostic, catalogue: &[&Rule], suppressed: bool) -> Value {
    let hint = finding.hint.as_ref().map(|hint| format!("\n{hint}")).unwrap_or_default();
    let name = finding.span.map_or(source.name(), |span| source.name_at(span.start));
    let mut span = json!({ "artifactLocation": { "uri": uri(name) } });
    if let Some(at) = finding.span {
        let (start, end) = source.range(at);
        span["region"] = json!({ "startLine": start.line, "startColumn": start.column, "endLine": end.line, "endColumn": end.column });
    }
    let mut result = json!({
        "ruleId": finding.rule(),
        "level": finding.severity.name(),
        "message": { "text": format!("{}{hint}", finding.message) },
        "locations": [{ "physicalLocation": span }],
    });
    if let Some(index) = catalogue.iter().position(|rule| Some(rule.id) == finding.rule()) {
        result["ruleIndex"] = index.into();
    }
    if suppressed {
        result["suppressions"] = json!([{ "kind": "inSource", "status": "accepted" }]);
    }
    result
}

/// A path as a URI reference: an absolute one with its scheme, a relative one without.
fn uri(path: &str) -> String {
    let encoded = utf8_percent_encode(path, PATH);
    // A first segment with a colon would be read as a scheme.
    match path {
        _ if path.starts_with('/') => format!("file://{encoded}"),
        _ if path.split('/').next().is_some_and(|first| first.contains(':')) => format!("./{encoded}"),
        _ => encoded.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn paths_become_uri_references() {
        assert_eq!(uri("copilot.yaml"), "copilot.yaml");
        assert_eq!(uri("/a b/cöpilot#1.yaml"), "file:///a%20b/c%C3%B6pilot%231.yaml");
        assert_eq!(uri("a:b/c%.yaml"), "./a:b/c%25.yaml");
    }
}
