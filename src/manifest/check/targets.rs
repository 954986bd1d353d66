//! What `access` names by name or ARN: each has the form of its kind.
use std::sync::LazyLock;

use regex_lite::Regex;

use super::{RenderedTemplate, RuleContext};
use crate::{
    diagnostic::Spanned,
    manifest::{
        ids,
        template::Template,
        types::{Access, AccessTarget},
    },
};

/// The form of a kind of target: a name or an ARN.
struct TargetForm {
    pattern: Regex,
    what: &'static str,
    hint: &'static str,
}

impl TargetForm {
    /// Makes the form of what is named by `name`, and has ARNs of `service` that end in `resource`.
    fn new(what: &'static str, name: &str, service: &str, resource: &str, hint: &'static str) -> Self {
        let place = if service == "s3" { ":" } else { "[a-z0-9-]+:[0-9]{12}" };
        let pattern = format!("^({name}|arn:aws[a-z-]*:{service}:{place}:{resource})$");
        Self { pattern: Regex::new(&pattern).expect("a valid pattern"), what, hint }
    }
}

/// Names and ARNs as the services have them (their API references, and the Service Authorization Reference).
static FORMS: LazyLock<[TargetForm; 8]> = LazyLock::new(|| {
    let bucket = "[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]";
    let parameter = r"[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*(/\*)?";
    let topic = r"[A-Za-z0-9_-]{1,256}(\.fifo)?";
    let queue = r"[A-Za-z0-9_-]{1,80}(\.fifo)?";
    let function = "function:[A-Za-z0-9_-]{1,64}(:[A-Za-z0-9$_-]+)?";
    let (base, guardrail) = ("[0-9A-Za-z]{10}", "[a-z0-9]{1,64}");
    let agent = "[0-9A-Za-z]{10}/[0-9A-Za-z]{10}";
    [
        TargetForm::new("a bucket", bucket, "s3", bucket, "write its name, or `arn:aws:s3:::<name>`"),
        TargetForm::new(
            "a parameter",
            &format!("/?{parameter}"),
            "ssm",
            &format!("parameter/{parameter}"),
            "write its name, `/path/*` for all below a path, or the ARN",
        ),
        TargetForm::new("a topic", topic, "sns", topic, "write its name, or the ARN"),
        TargetForm::new("a queue", queue, "sqs", queue, "write its name, not its URL, or the ARN"),
        TargetForm::new(
            "a function",
            "[A-Za-z][A-Za-z0-9_-]*",
            "lambda",
            function,
            "write the id of a function of this spec, or `arn:aws:lambda:<region>:<account>:function:<name>`",
        ),
        TargetForm::new(
            "a knowledge base",
            base,
            "bedrock",
            &format!("knowledge-base/{base}"),
            "write its id of ten letters and digits, or the ARN",
        ),
        TargetForm::new(
            "a guardrail",
            guardrail,
            "bedrock",
            &format!("guardrail/{guardrail}"),
            "write its id, or the ARN",
        ),
        TargetForm::new(
            "an alias of an agent",
            agent,
            "bedrock",
            &format!("agent-alias/{agent}"),
            "write `AGENT/ALIAS`, two ids of ten letters and digits, or the ARN",
        ),
    ]
});

fn form(target: AccessTarget) -> &'static TargetForm {
    let [bucket, parameter, topic, queue, function, base, guardrail, agent] = &*FORMS;
    match target {
        AccessTarget::Bucket(_) => bucket,
        AccessTarget::Parameter(_) => parameter,
        AccessTarget::Topic => topic,
        AccessTarget::Queue(_) => queue,
        AccessTarget::Function => function,
        AccessTarget::KnowledgeBase => base,
        AccessTarget::Guardrail => guardrail,
        AccessTarget::Agent => agent,
    }
}

pub(super) fn check_targets(context: &mut RuleContext<'_>, access: &Access) {
    for (target, name) in access.targets() {
        check_form(context, target, name);
    }
}

fn check_form(context: &mut RuleContext<'_>, target: AccessTarget, name: &Spanned<Template>) {
    let Some(RenderedTemplate { text, shown }) = context.render_known(name) else { return };
    let TargetForm { pattern, what, hint } = form(target);
    if !pattern.is_match(&text) {
        let message = format!("`{shown}` is neither a name nor an ARN of {what}");
        return context.report("bad-target", name.span, message, *hint);
    }
    if target == AccessTarget::Function
        && !text.starts_with("arn:")
        && let Some((message, hint)) =
            ids::undeclared_name("function", &text, &context.ids.functions, "functions")
    {
        context.report("unknown-function", name.span, message, hint);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::types::{DataGrant, QueueGrant};

    #[test]
    fn each_kind_has_names_and_arns() {
        let here = "us-east-1:123456789012";
        for (target, fits, other) in [
            (
                AccessTarget::Bucket(DataGrant::Read),
                ["uploads.one", "arn:aws-cn:s3:::uploads"],
                ["Up", "arn:aws:s3:::uploads/*"],
            ),
            (
                AccessTarget::Parameter(DataGrant::Read),
                ["/app/*", &format!("arn:aws:ssm:{here}:parameter/app/x")],
                ["*", "app//x"],
            ),
            (
                AccessTarget::Queue(QueueGrant::Send),
                ["jobs.fifo", &format!("arn:aws:sqs:{here}:jobs")],
                ["https://sqs.us-east-1.amazonaws.com/123456789012/jobs", "arn:aws:sns:us-east-1:1:jobs"],
            ),
            (
                AccessTarget::Function,
                ["chat", &format!("arn:aws:lambda:{here}:function:chat:live")],
                ["*", "arn:aws:lambda:us-east-1:123456789012:function:*"],
            ),
            (
                AccessTarget::Agent,
                [
                    "AGENT12345/TSTALIASID",
                    &format!("arn:aws:bedrock:{here}:agent-alias/AGENT12345/TSTALIASID"),
                ],
                ["AGENT12345", "x"],
            ),
        ] {
            for name in fits {
                assert!(form(target).pattern.is_match(name), "{name}");
            }
            for name in other {
                assert!(!form(target).pattern.is_match(name), "{name}");
            }
        }
    }
}
