//! Targets of `access` outside of the stack: tables and secrets.
use std::sync::LazyLock;

use regex_lite::Regex;

use super::{RenderedTemplate, RuleContext, key::KEY, targets};
use crate::{
    diagnostic::Spanned,
    manifest::{
        template::Template,
        types::{Access, AccessTarget},
    },
};

/// Pattern of a table's name or ARN (`AWS::DynamoDB::Table`).
static TABLE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"^([a-zA-Z0-9_.-]{3,255}|arn:[a-z-]+:dynamodb:[a-z0-9-]+:[0-9]{12}:table/[a-zA-Z0-9_.-]{3,255})$",
    )
    .expect("a valid pattern")
});
/// Pattern of a secret's full ARN, which ends with six characters.
static SECRET: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"^arn:[a-z-]+:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@!-]+-[A-Za-z0-9]{6}$",
    )
    .expect("a valid pattern")
});

pub(super) fn check_access(context: &mut RuleContext<'_>) {
    for function in context.written_functions() {
        let Some(access) = function.access.as_ref() else { continue };
        for (table, _) in &access.external_tables {
            check_external_table(context, table);
        }
        targets::check_targets(context, access);
        check_secret_arns(context, access);
        check_other_keys(context, access);
        check_subscription(context, access);
    }
}

fn check_external_table(context: &mut RuleContext<'_>, table: &Spanned<Template>) {
    let Some(RenderedTemplate { text, shown }) = context.render_known(table) else { return };
    let spec = context.spec;
    if !TABLE.is_match(&text) {
        let message = format!("`{shown}` is neither a name of a table nor the ARN of one");
        let hint = "write the name, or `arn:aws:dynamodb:<region>:<account>:table/<name>`";
        return context.report("bad-table", table.span, message, hint);
    }
    let name = text.rsplit('/').next().unwrap_or(&text);
    if let Some(id) = spec.tables.keys().find(|id| spec.table_name(id) == name) {
        let message = format!("`{name}` is the table `{}` of this spec", id.value);
        let hint = format!("grant it as `tables: {{ {}: … }}`", id.value);
        context.report("own-table", table.span, message, hint);
    }
}

fn check_other_keys(context: &mut RuleContext<'_>, access: &Access) {
    for key in &access.keys {
        let said = context.render_known(key).filter(|said| !KEY.is_match(&said.text));
        if let Some(RenderedTemplate { shown, .. }) = said {
            let message = format!("`{shown}` is not the ARN of a key");
            let hint =
                "it looks like `arn:aws:kms:<region>:<account>:key/<id>`; an alias names no key to IAM";
            context.report("bad-key", key.span, message, hint);
        }
    }
    if let Some(key) = access.keys.first()
        && access.secrets.is_empty()
        && access.external_tables.is_empty()
        && !access.targets().iter().any(|(target, _)| may_be_encrypted(*target))
    {
        let message = "these keys encrypt nothing that the function may read";
        let hint = "name what they encrypt in `secrets`, `external_tables`, `buckets`, `parameters`, `topics` or `queues`, or take `keys` out";
        context.report("idle-key", key.span, message, hint);
    }
}

/// Returns whether a key of others may encrypt a target.
fn may_be_encrypted(target: AccessTarget) -> bool {
    matches!(
        target,
        AccessTarget::Bucket(_) | AccessTarget::Parameter(_) | AccessTarget::Topic | AccessTarget::Queue(_)
    )
}

fn check_subscription(context: &mut RuleContext<'_>, access: &Access) {
    if let Some(subscribes) =
        access.models_subscribe.as_ref().filter(|on| on.value && access.models.is_empty())
    {
        let message = "the function may subscribe to models and call none";
        let hint = "name its models in `models`, or take `models_subscribe` out";
        context.report("idle-subscription", subscribes.span, message, hint);
    }
}

fn check_secret_arns(context: &mut RuleContext<'_>, access: &Access) {
    for secret in &access.secrets {
        let said = context.render_known(secret).filter(|said| !SECRET.is_match(&said.text));
        let Some(RenderedTemplate { shown, .. }) = said else { continue };
        let message = format!("`{shown}` is not the full ARN of a secret");
        let hint = "it looks like `arn:aws:secretsmanager:us-east-1:123456789012:secret:name-AbCdEf`";
        context.report("bad-secret", secret.span, message, hint);
    }
}
