//! Tags: the limits that all AWS services of the stack have in common.
use super::RuleContext;
use crate::{facts::LIMITS, iam::pattern::covers};

/// Prefix of the ownership tags.
const OWNERSHIP: &str = "copilot-infra:";

pub(super) fn check_tags(context: &mut RuleContext<'_>) {
    check_ignored_tags(context);
    let mut seen: Vec<String> = Vec::new();
    for (key, value) in context.spec.tags.iter() {
        let lower = key.to_lowercase();
        if seen.contains(&lower) {
            let message = format!("another tag differs from `{}` in case only, which IAM refuses", key.value);
            context.report("tag-case", key.span, message, "keep one of the two");
        }
        seen.push(lower);
        if key.is_empty()
            || key.chars().count() > *LIMITS.tag_key_length
            || !key.chars().all(is_allowed_character)
        {
            let message = format!("the tag key `{}` cannot be used", key.value);
            context.report("bad-tag", key.span, message, allowed_characters_hint(*LIMITS.tag_key_length));
        }
        if value.chars().count() > *LIMITS.tag_value_length || !value.chars().all(is_allowed_character) {
            let message = format!("the value of the tag `{}` cannot be used", key.value);
            context.report("bad-tag", value.span, message, allowed_characters_hint(*LIMITS.tag_value_length));
        }
        check_reserved_prefix(context, key);
    }
}

/// Reports a pattern that takes in a tag which the stack needs itself.
fn check_ignored_tags(context: &mut RuleContext<'_>) {
    let spec = context.spec;
    for pattern in &spec.ignore_tags {
        if let Some((key, _)) = spec.tags.iter().find(|(key, _)| covers(pattern, key)) {
            let message =
                format!("`{}` would ignore the tag `{}`, which the spec sets", pattern.value, key.value);
            context.report("ignored-tag", pattern.span, message, "take one of the two out");
        }
        if pattern.starts_with(OWNERSHIP) || covers(pattern, OWNERSHIP) {
            let message = format!("`{}` would ignore the tags that tell whose a resource is", pattern.value);
            context.report("ignored-tag", pattern.span, message, "name a prefix of others");
        }
    }
}

fn check_reserved_prefix(context: &mut RuleContext<'_>, key: &crate::diagnostic::Spanned<String>) {
    let lower = key.to_lowercase();
    let owner = if lower.starts_with("aws:") {
        "AWS"
    } else if lower.starts_with(OWNERSHIP) {
        "the ownership of the stack"
    } else {
        return;
    };
    let message = format!("the tag key `{}` has a prefix kept for {owner}", key.value);
    context.report("reserved-tag", key.span, message, "choose another prefix");
}

/// The characters all services have in common: letters and digits of any script, spaces and a few signs (IAM API
/// reference, `Tag`). What the standard library calls alphabetic has some marks in it that IAM does not count as letters.
fn is_allowed_character(c: char) -> bool {
    c.is_alphanumeric() || " +-=._:/@".contains(c)
}

fn allowed_characters_hint(most: usize) -> String {
    format!("use up to {most} letters, digits, spaces and `+ - = . _ : / @`")
}
