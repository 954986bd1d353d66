//! Grants on what `access` names by name or ARN: buckets, parameters, topics, queues, functions, and what Bedrock has.
use serde_json::{Value, json};

use super::{TargetGrant, statements::StatementBuilder};
use crate::{aws::AwsScope, engine::MaybeKnown, manifest::types::AccessTarget};

/// A statement that all grants of a kind share.
struct SharedStatement {
    sid: &'static str,
    actions: &'static [&'static str],
    resources: Vec<Value>,
    key: &'static str,
}

/// Allows what is granted on each target, all of one kind and verb in one statement.
///
/// The things of Bedrock are in `bedrock`, the region of the function's calls, all others in `scope`.
pub(super) fn allow_targets(
    statements: &mut StatementBuilder,
    grants: &[TargetGrant],
    scope: &AwsScope,
    bedrock: &AwsScope,
) {
    let mut shared: Vec<SharedStatement> = Vec::new();
    for grant in grants {
        let arn = target_arn(grant, scope, bedrock);
        for (sid, actions, resources) in actions_on(grant.target, &arn) {
            let resources = resources.into_iter().map(|resource| json!(resource));
            match shared.iter_mut().find(|one| one.sid == sid) {
                Some(one) => one.resources.extend(resources),
                None => shared.push(SharedStatement {
                    sid,
                    actions,
                    resources: resources.collect(),
                    key: access_key(grant.target),
                }),
            }
        }
    }
    for SharedStatement { sid, actions, resources, key } in shared {
        statements.allow(&format!("`access.{key}`"), sid, actions, Value::Array(resources));
    }
}

/// Returns the key of `access` that names targets of this kind.
fn access_key(target: AccessTarget) -> &'static str {
    match target {
        AccessTarget::Bucket(_) => "buckets",
        AccessTarget::Parameter(_) => "parameters",
        AccessTarget::Topic => "topics",
        AccessTarget::Queue(_) => "queues",
        AccessTarget::Function => "functions",
        AccessTarget::KnowledgeBase => "knowledge_bases",
        AccessTarget::Guardrail => "guardrails",
        AccessTarget::Agent => "agents",
    }
}

/// Returns the ARN of a target, which may be written as such (Service Authorization Reference, resource types).
fn target_arn(grant: &TargetGrant, scope: &AwsScope, bedrock: &AwsScope) -> MaybeKnown<String> {
    grant.name.map(|name| {
        if name.starts_with("arn:") {
            return name.clone();
        }
        match grant.target {
            AccessTarget::Bucket(_) => format!("arn:{}:s3:::{name}", scope.partition),
            // The slash that begins the name of a parameter in a path is not doubled.
            AccessTarget::Parameter(_) => {
                scope.arn("ssm", &format!("parameter/{}", name.trim_start_matches('/')))
            }
            AccessTarget::Topic => scope.arn("sns", name),
            AccessTarget::Queue(_) => scope.arn("sqs", name),
            AccessTarget::Function => scope.arn("lambda", &format!("function:{name}")),
            AccessTarget::KnowledgeBase => bedrock.arn("bedrock", &format!("knowledge-base/{name}")),
            AccessTarget::Guardrail => bedrock.arn("bedrock", &format!("guardrail/{name}")),
            AccessTarget::Agent => bedrock.arn("bedrock", &format!("agent-alias/{name}")),
        }
    })
}

type Allowed = (&'static str, &'static [&'static str], Vec<MaybeKnown<String>>);

/// Returns the statements that a grant takes: name, actions, resources.
///
/// `bedrock:RetrieveAndGenerate` knows no resources (Service Authorization Reference, "Amazon Bedrock"), so `retrieve` does
/// not include it.
fn actions_on(target: AccessTarget, arn: &MaybeKnown<String>) -> Vec<Allowed> {
    let below = || vec![arn.map(|arn| format!("{arn}/*"))];
    let itself = || vec![arn.clone()];
    let when = |granted: bool, all: Vec<Allowed>| if granted { all } else { Vec::new() };
    match target {
        AccessTarget::Bucket(grant) => [
            // Without the list a missing object is answered by 403 (S3 API reference, `GetObject`).
            when(
                grant.reads(),
                vec![
                    ("ReadObjects", &["s3:GetObject"], below()),
                    ("ListBuckets", &["s3:ListBucket"], itself()),
                ],
            ),
            when(
                grant.writes(),
                vec![(
                    "WriteObjects",
                    &["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:PutObject"],
                    below(),
                )],
            ),
        ]
        .concat(),
        AccessTarget::Parameter(grant) => [
            when(grant.reads(), read_parameter(arn)),
            when(
                grant.writes(),
                vec![("WriteParameters", &["ssm:DeleteParameter", "ssm:PutParameter"], itself())],
            ),
        ]
        .concat(),
        AccessTarget::Topic => vec![("SendToTopics", &["sns:Publish"], itself())],
        AccessTarget::Queue(grant) => [
            when(grant.sends(), vec![("SendToQueues", &["sqs:GetQueueUrl", "sqs:SendMessage"], itself())]),
            when(
                grant.receives(),
                vec![(
                    "ReceiveFromQueues",
                    &[
                        "sqs:ChangeMessageVisibility",
                        "sqs:DeleteMessage",
                        "sqs:GetQueueAttributes",
                        "sqs:GetQueueUrl",
                        "sqs:ReceiveMessage",
                    ],
                    itself(),
                )],
            ),
        ]
        .concat(),
        AccessTarget::Function => vec![("InvokeFunctions", &["lambda:InvokeFunction"], itself())],
        AccessTarget::KnowledgeBase => vec![("RetrieveKnowledge", &["bedrock:Retrieve"], itself())],
        AccessTarget::Guardrail => vec![("ApplyGuardrails", &["bedrock:ApplyGuardrail"], itself())],
        AccessTarget::Agent => vec![("InvokeAgents", &["bedrock:InvokeAgent"], itself())],
    }
}

/// Allows reading a parameter, or all below a path, which may then be asked for as such (Systems Manager guide,
/// "Restricting access to Parameter Store parameters using IAM policies").
fn read_parameter(arn: &MaybeKnown<String>) -> Vec<Allowed> {
    let mut all: Vec<Allowed> =
        vec![("ReadParameters", &["ssm:GetParameter", "ssm:GetParameters"], vec![arn.clone()])];
    if let MaybeKnown::Known(text) = arn
        && let Some(path) = text.strip_suffix("/*")
    {
        let both = vec![MaybeKnown::Known(path.to_owned()), arn.clone()];
        all.push(("ReadParameterPaths", &["ssm:GetParametersByPath"], both));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::{super::scope, *};
    use crate::manifest::types::{DataGrant, QueueGrant};

    fn granted(grants: &[(AccessTarget, &str)]) -> Vec<String> {
        let grants: Vec<_> = grants
            .iter()
            .map(|(target, name)| TargetGrant {
                target: *target,
                name: MaybeKnown::Known((*name).to_owned()),
            })
            .collect();
        let mut statements = StatementBuilder::default();
        let bedrock = AwsScope { region: "us-west-2".into(), ..scope() };
        allow_targets(&mut statements, &grants, &scope(), &bedrock);
        let policy = statements.into_granted().policy;
        let lines = policy.statements().iter().map(|(sid, one)| {
            let texts = |element| crate::iam::element_texts(one, element).join(" ");
            format!("{sid}: {} on {}", texts("Action"), texts("Resource"))
        });
        lines.collect()
    }

    #[test]
    fn a_reader_of_a_bucket_may_list_it() {
        let one = granted(&[(AccessTarget::Bucket(DataGrant::Read), "uploads")]);
        let wanted = [
            "ListBuckets: s3:ListBucket on arn:aws:s3:::uploads",
            "ReadObjects: s3:GetObject on arn:aws:s3:::uploads/*",
        ];
        assert_eq!(one, wanted);
        let [one] = &granted(&[(AccessTarget::Bucket(DataGrant::Write), "uploads")])[..] else { panic!() };
        assert!(one.starts_with("WriteObjects: ") && one.ends_with(" on arn:aws:s3:::uploads/*"), "{one}");
    }

    #[test]
    fn what_may_be_done_alike_shares_a_statement() {
        let send = AccessTarget::Queue(QueueGrant::Send);
        let arn = "arn:aws:sqs:eu-west-1:210987654321:theirs";
        let all = granted(&[(send, "jobs"), (send, arn)]);
        let wanted = format!(
            "SendToQueues: sqs:GetQueueUrl sqs:SendMessage on {arn} arn:aws:sqs:us-east-1:123456789012:jobs"
        );
        assert_eq!(all, [wanted]);
        assert_eq!(granted(&[(AccessTarget::Queue(QueueGrant::SendReceive), "jobs")]).len(), 2);
    }

    #[test]
    fn a_path_of_parameters_may_be_asked_for_as_a_whole() {
        let read = |name| granted(&[(AccessTarget::Parameter(DataGrant::Read), name)]);
        let arn = "arn:aws:ssm:us-east-1:123456789012:parameter/app";
        let path = format!("ReadParameterPaths: ssm:GetParametersByPath on {arn} {arn}/*");
        let each = format!("ReadParameters: ssm:GetParameter ssm:GetParameters on {arn}");
        assert_eq!(read("/app/*"), [path, format!("{each}/*")]);
        assert_eq!(read("app"), [each]);
    }

    #[test]
    fn what_bedrock_has_is_where_the_function_calls_it() {
        let all = granted(&[
            (AccessTarget::KnowledgeBase, "KB12345678"),
            (AccessTarget::Guardrail, "abc123"),
            (AccessTarget::Agent, "AGENT12345/ALIAS12345"),
        ]);
        let arn = "arn:aws:bedrock:us-west-2:123456789012:";
        let wanted = [
            format!("ApplyGuardrails: bedrock:ApplyGuardrail on {arn}guardrail/abc123"),
            format!("InvokeAgents: bedrock:InvokeAgent on {arn}agent-alias/AGENT12345/ALIAS12345"),
            format!("RetrieveKnowledge: bedrock:Retrieve on {arn}knowledge-base/KB12345678"),
        ];
        assert_eq!(all, wanted);
    }
}
