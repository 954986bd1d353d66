//! The encryption key: the stack's own, or an existing one.
use std::sync::LazyLock;

use regex_lite::Regex;

use super::{RenderedTemplate, RuleContext, key_policy};
use crate::manifest::{
    template::Reference::{Input, Stack},
    types::Key,
};

/// Days below which a deletion window leaves little time to notice.
const SHORT_WINDOW: u32 = 14;

/// Pattern of a key's ARN, not of an alias (KMS guide, "Key identifiers").
pub(super) static KEY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$").expect("a valid pattern")
});

pub(super) fn check_key(context: &mut RuleContext<'_>) {
    let Some(key) = context.spec.key.as_ref() else { return check_missing_key(context) };
    check_given_key(context, key);
    key_policy::check_key_policy(context, key);
    check_rotation_days(context, key);
    if let Some(rotation) = key.rotation.filter(|rotation| !rotation.value && key.arn.is_none()) {
        let hint = "take it out: rotated key material costs nothing to the code that uses the key";
        context.report("key-rotation", rotation.span, "the key keeps its material for ever", hint);
    }
    if let Some(days) = key.deletion_window_days.filter(|days| days.value < SHORT_WINDOW && key.arn.is_none())
    {
        let message =
            format!("{} days after a deletion everything encrypted with the key is lost", days.value);
        context.report("short-deletion-window", days.span, message, "leave it at 30 days");
    }
}

fn check_rotation_days(context: &mut RuleContext<'_>, key: &Key) {
    let off = key.rotation.is_some_and(|rotation| !rotation.value);
    if let Some(days) = key.rotation_days.filter(|_| off) {
        let hint = "take it out, or `rotation: false`";
        context.report(
            "rotation-days",
            days.span,
            "a key that does not rotate has no days between two rotations",
            hint,
        );
    }
}

fn check_missing_key(context: &mut RuleContext<'_>) {
    let spec = context.spec;
    let encrypted = spec.tables.keys().next().or_else(|| spec.functions.keys().next());
    if let Some(first) = encrypted.filter(|_| !context.ids.is_written(&["key"])) {
        let message = "AWS's own keys encrypt the tables, logs and environments";
        context.report("no-key", first.span, message, "add `key: {}` for a key of the stack's own");
    }
}

/// Checks an existing key: it is not changed, so no other setting may be written.
fn check_given_key(context: &mut RuleContext<'_>, key: &Key) {
    let Some(arn) = key.arn.as_ref() else { return };
    let others = [
        key.alias.as_ref().map(|alias| ("alias", alias.span)),
        key.rotation.as_ref().map(|rotation| ("rotation", rotation.span)),
        key.rotation_days.as_ref().map(|days| ("rotation_days", days.span)),
        key.policy_statements.first().map(|statement| ("policy_statements", statement.span)),
        key.deletion_window_days.as_ref().map(|days| ("deletion_window_days", days.span)),
        key.protect.as_ref().map(|protect| ("protect", protect.span)),
    ];
    for (name, span) in others.into_iter().flatten() {
        let message = format!("`key.{name}` has no effect on a key given by `key.arn`");
        let hint = "take it out, or take `arn` out to get a key of the stack's own";
        context.report("given-key", span, message, hint);
    }
    for (reference, span) in arn.references() {
        if !matches!(reference, Input(_) | Stack(_)) {
            let message =
                format!("`key.arn` cannot depend on `${{{reference}}}`, which the stack makes itself");
            context.report("given-key", span, message, "use an input: `${inputs.NAME}`");
        }
    }
    let Some(RenderedTemplate { text, .. }) = context.render_known(arn) else { return };
    if !KEY.is_match(&text) {
        // An alias leads to a key, but a policy that names the alias allows nothing (KMS guide, "Using aliases").
        let hint =
            "it looks like `arn:aws:kms:us-east-1:123456789012:key/…`; of an alias, name the key behind it";
        context.report("given-key", arn.span, "`key.arn` is not the ARN of a KMS key", hint);
    }
    let own = text.split(':').nth(3).unwrap_or_default();
    if let Some(region) = context.spec.region.as_ref().filter(|region| region.value != own && !own.is_empty())
    {
        let message = format!("the key is in `{own}`, the stack in `{}`", region.value);
        context.report("given-key-region", arn.span, message, "use a key of the stack's region");
    }
}
