//! Suppressions: findings that the spec asks not to report.
use super::{
    rules,
    tree::{YamlNode, YamlValue},
    types::{Spec, Suppression},
};
use crate::diagnostic::{Diagnostic, Span};

/// Removes the suppressed findings from `findings` and returns them; reports wrong suppressions.
pub(super) fn apply_suppressions(
    spec: &Spec,
    root: &YamlNode,
    today: &str,
    findings: &mut Vec<Diagnostic>,
) -> Vec<Diagnostic> {
    let mut used = vec![false; spec.suppress.len()];
    let (hidden, shown) = std::mem::take(findings).into_iter().partition(|finding| {
        let fits = spec.suppress.iter().position(|one| suppression_covers(one, finding, root, today));
        if let Some(flag) = fits.and_then(|index| used.get_mut(index)) {
            *flag = true;
        }
        fits.is_some()
    });
    *findings = shown;
    for (one, used) in spec.suppress.iter().zip(used) {
        findings.extend(suppression_problem(one, used, today));
    }
    hidden
}

/// Returns whether the spec suppresses a finding.
pub(super) fn is_suppressed(spec: &Spec, root: &YamlNode, today: &str, finding: &Diagnostic) -> bool {
    spec.suppress.iter().any(|one| suppression_covers(one, finding, root, today))
}

fn suppression_covers(one: &Suppression, finding: &Diagnostic, root: &YamlNode, today: &str) -> bool {
    let suppressible = finding.rule().and_then(rules::find_rule).is_some_and(rules::Rule::can_be_suppressed);
    if !suppressible || Some(one.rule.as_str()) != finding.rule() || one.until.as_str() < today {
        return false;
    }
    let Some(resource) = one.resource.as_ref() else { return true };
    let path = finding.span.and_then(|span| path_at(root, span));
    path.is_some_and(|path| {
        path.strip_prefix(resource.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    })
}

/// Returns the finding for a suppression that is wrong.
fn suppression_problem(one: &Suppression, used: bool, today: &str) -> Option<Diagnostic> {
    let rule = one.rule.as_str();
    let known = rules::find_rule(rule);
    if let Some(reason) = known.and_then(rules::Rule::why_not_suppressed) {
        let message = format!("`{rule}` cannot be suppressed: {reason}");
        let hint = "take it out, and mend what it is about".to_owned();
        return Some(rules::finding("unknown-suppression", one.rule.span, message, hint));
    }
    match known {
        None => Some(rules::finding(
            "unknown-suppression",
            one.rule.span,
            format!("there is no rule `{rule}`"),
            rules::unknown_rule_hint(rule),
        )),
        Some(_) if one.until.as_str() < today => Some(rules::finding(
            "expired-suppression",
            one.until.span,
            format!("this has had no effect since `{}`", one.until.value),
            "look at the reason again; then give it a new date, or take it out".to_owned(),
        )),
        // What is packed is not known before it is built.
        Some(_) if !used && rule != "packed-secret" => Some(rules::finding(
            "unused-suppression",
            one.rule.span,
            format!("nothing breaks `{rule}` there"),
            "take it out, or correct its `resource`: a path such as `functions.message`".to_owned(),
        )),
        Some(_) => None,
    }
}

/// Returns the path of the key or value at `span`, such as `functions.message.timeout`; none if there is none.
fn path_at(root: &YamlNode, span: Span) -> Option<String> {
    find_path(root, span, "")
}

fn find_path(node: &YamlNode, span: Span, path: &str) -> Option<String> {
    match &node.value {
        YamlValue::Map(entries) => entries.iter().find_map(|entry| {
            let inner =
                if path.is_empty() { entry.key.text.clone() } else { format!("{path}.{}", entry.key.text) };
            // Where one thing has several places, such as an anchored value, the first one counts.
            if contains_span(entry.span, span) { Some(inner) } else { find_path(&entry.node, span, &inner) }
        }),
        YamlValue::List(items) => items
            .iter()
            .enumerate()
            .find_map(|(index, item)| find_path(item, span, &format!("{path}[{index}]"))),
        _ => contains_span(node.span, span).then(|| path.to_owned()),
    }
}

fn contains_span(outer: Span, inner: Span) -> bool {
    outer.start <= inner.start && inner.end <= outer.end && outer != Span::default()
}
