//! The catalogue of rules: as a list, and one rule in full.
use std::fmt::Write as _;

use super::{Page, Style};
use crate::{diagnostic::Severity, manifest::rules::Rule};

/// Characters per line.
const WIDTH: usize = 100;

/// Renders one rule per line: severity, id, summary.
#[must_use]
pub fn render_rule_list<'a>(rules: impl Iterator<Item = &'a Rule>, style: Style) -> Page {
    let mut page = Page::new(style);
    for rule in rules {
        // The padding is added before the colour, because its escape codes would count as characters.
        let severity = color_severity(rule.severity, &format!("{:<7}", rule.severity.name()), style);
        page.line(format!("{severity}  {:<28}  {}", rule.id, rule.summary));
    }
    page
}

/// Renders the full text of a rule.
#[must_use]
pub fn render_rule(rule: &Rule, style: Style) -> Page {
    let severity = color_severity(rule.severity, rule.severity.name(), style);
    let mut out = format!("{} ({severity})\n{}\n\n", style.bold(rule.id), wrap_text(rule.summary));
    let _ = writeln!(out, "{}\n\n{}", wrap_text(rule.text), wrap_text(&format!("Remedy: {}", rule.remedy)));
    if !rule.public.is_empty() {
        let _ = writeln!(out, "\n{}", wrap_text(&format!("The same elsewhere: {}", rule.public.join(", "))));
    }
    if let Some(reason) = rule.why_not_suppressed() {
        let _ = writeln!(out, "\nIt cannot be suppressed: {reason}.");
    } else {
        let _ = writeln!(
            out,
            "\nTo accept a finding for a time:\n\n  suppress:\n    - rule: {}\n      resource: a.path.in.the.spec # without it: everywhere\n      reason: why it is accepted\n      until: 2027-06-30",
            rule.id
        );
    }
    let mut page = Page::new(style);
    page.lines(&out);
    page
}

fn color_severity(severity: Severity, text: &str, style: Style) -> String {
    match severity {
        Severity::Error => style.red(text),
        Severity::Warning => style.yellow(text),
        Severity::Note => style.green(text),
    }
}

/// Wraps a text into lines between words.
fn wrap_text(text: &str) -> String {
    let (mut out, mut used) = (String::new(), 0);
    for word in text.split(' ') {
        let length = word.chars().count();
        if used > 0 && used + 1 + length > WIDTH {
            out.push('\n');
            used = 0;
        } else if used > 0 {
            out.push(' ');
            used += 1;
        }
        out.push_str(word);
        used += length;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::rules;

    #[test]
    fn every_rule_is_listed_and_explained_in_lines_that_fit() {
        let drawn = render_rule_list(rules::all_rules(), Style(false)).to_string();
        for rule in rules::all_rules() {
            assert!(drawn.contains(&format!("  {} ", rule.id)), "{}", rule.id);
            let text = render_rule(rule, Style(false)).to_string();
            assert!(
                text.contains("Remedy: ") && text.lines().all(|line| line.chars().count() <= WIDTH),
                "{text}"
            );
            assert_eq!(text.contains("suppress:"), rule.can_be_suppressed());
        }
    }
}
