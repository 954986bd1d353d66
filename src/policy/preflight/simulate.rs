//! Asks IAM's policy simulator, and decides what its answer proves.
use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_iam::types::{
    ContextEntry, ContextKeyTypeEnum as Type, EvaluationResult, PolicyEvaluationDecisionType as Decision,
};

use super::{MissingPermission, RequiredPermission};
use crate::aws::{
    AwsScope, Cx, Error, Result,
    tags::{STACK, Tags},
};

/// The outcome of the question.
#[derive(Debug)]
pub enum SimulationAnswer {
    /// Nothing is known to be missing.
    NothingMissing,
    /// Some permissions are missing.
    Missing(Vec<MissingPermission>),
    /// The question could not be asked: the simulator does not accept this caller.
    NoPrincipal(String),
    /// The question could not be asked: IAM's error.
    Refused(Error),
}

/// Most results of one answer (IAM API reference, `SimulatePrincipalPolicy`).
const RESULTS: i32 = 1000;

/// Asks whether the caller may do all of `wanted`, in at most two questions.
pub async fn ask_iam(
    cx: &Cx<'_>,
    wanted: &[RequiredPermission],
    tags: &Tags,
    alias: Option<&str>,
) -> SimulationAnswer {
    let Some(principal) = principal_of_caller(&cx.aws.caller) else {
        return SimulationAnswer::NoPrincipal(cx.aws.caller.clone());
    };
    let mut known = BTreeMap::new();
    let mut principal = principal;
    for second in [false, true] {
        let part: Vec<&RequiredPermission> =
            wanted.iter().filter(|one| one.in_second_question == second).collect();
        if part.is_empty() {
            continue;
        }
        let context = context_entries(cx, tags, alias, second);
        let mut answer = simulate_policy(cx, &principal, &part, &context).await;
        // The caller's ARN lacks the path that the role may have.
        if answer.as_ref().is_err_and(Error::is_not_found) {
            match full_role_arn(cx, &principal).await {
                Ok(Some(found)) if found != principal => principal = found,
                Ok(_) => {
                    return answer
                        .map_or_else(SimulationAnswer::Refused, |_| SimulationAnswer::NothingMissing);
                }
                Err(error) => return SimulationAnswer::Refused(error),
            }
            answer = simulate_policy(cx, &principal, &part, &context).await;
        }
        match answer {
            Ok(found) => known.extend(found),
            Err(error) => return SimulationAnswer::Refused(error),
        }
    }
    judge_results(wanted, &known)
}

/// Returns the ARN of the caller's role or user; none for the root user and federated users, who have no policies to
/// ask about.
fn principal_of_caller(caller: &str) -> Option<String> {
    let mut parts = caller.splitn(6, ':');
    let (_, partition, service, _, account) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let rest = parts.next()?;
    match (service, &rest.split('/').collect::<Vec<_>>()[..]) {
        ("sts", ["assumed-role", role, _]) => Some(format!("arn:{partition}:iam::{account}:role/{role}")),
        ("iam", ["user", ..]) => Some(caller.to_owned()),
        _ => None,
    }
}

/// The ARN of a role with its path.
async fn full_role_arn(cx: &Cx<'_>, principal: &str) -> Result<Option<String>> {
    let Some((_, name)) = principal.rsplit_once(":role/") else { return Ok(None) };
    let found = cx.read(cx.aws.iam().get_role().role_name(name).send()).await?;
    Ok(found.role.map(|role| role.arn))
}

/// IAM's plain yes or plain no, by action and resource.
type SimulationResults = BTreeMap<(String, String), bool>;

async fn simulate_policy(
    cx: &Cx<'_>,
    principal: &str,
    wanted: &[&RequiredPermission],
    context: &[ContextEntry],
) -> Result<SimulationResults> {
    let actions: BTreeSet<&String> = wanted.iter().map(|one| &one.action).collect();
    let resources: BTreeSet<&String> = wanted.iter().map(|one| &one.resource).collect();
    let call = cx
        .aws
        .iam()
        .simulate_principal_policy()
        .policy_source_arn(principal)
        .set_action_names(Some(actions.into_iter().cloned().collect()))
        .set_resource_arns(Some(resources.into_iter().cloned().collect()))
        .set_context_entries(Some(context.to_vec()))
        .max_items(RESULTS);
    let answer = cx.read(call.send()).await?;
    Ok(answer.evaluation_results.unwrap_or_default().iter().flat_map(read_evaluation).collect())
}

/// What one result tells about single resources; what hangs on conditions or on the organization is left out,
/// for the simulator does not know all of these (IAM guide, "Testing IAM policies").
fn read_evaluation(result: &EvaluationResult) -> Vec<((String, String), bool)> {
    let outside =
        result.organizations_decision_detail().is_some_and(|detail| !detail.allowed_by_organizations());
    let tell = |resource: &str, decision: &Decision, missing: &[String]| {
        let allowed = *decision == Decision::Allowed;
        let plain = allowed || missing.is_empty() && !outside;
        plain.then(|| ((result.eval_action_name().to_owned(), resource.to_owned()), allowed))
    };
    let single = result.resource_specific_results();
    if single.is_empty() {
        let resource = result.eval_resource_name().unwrap_or("*");
        return tell(resource, result.eval_decision(), result.missing_context_values()).into_iter().collect();
    }
    let single = single.iter();
    single
        .filter_map(|one| {
            tell(one.eval_resource_name(), one.eval_resource_decision(), one.missing_context_values())
        })
        .collect()
}

fn judge_results(wanted: &[RequiredPermission], known: &SimulationResults) -> SimulationAnswer {
    let mut missing: BTreeMap<(&String, &String), Vec<String>> = BTreeMap::new();
    for one in wanted {
        if known.get(&(one.action.clone(), one.resource.clone())) == Some(&false) {
            missing.entry((&one.action, &one.resource)).or_default().push(one.step.clone());
        }
    }
    let missing = missing.into_iter().map(|((action, resource), mut steps)| {
        steps.dedup();
        MissingPermission { action: action.clone(), resource: resource.clone(), steps }
    });
    let missing: Vec<MissingPermission> = missing.collect();
    if missing.is_empty() { SimulationAnswer::NothingMissing } else { SimulationAnswer::Missing(missing) }
}

/// What the calls will carry with them, as far as policies may ask for it.
///
/// The first question is put as DynamoDB and Lambda see it, the second as KMS, through Lambda, and API Gateway do.
fn context_entries(cx: &Cx<'_>, tags: &Tags, alias: Option<&str>, second: bool) -> Vec<ContextEntry> {
    let scope = AwsScope::of(cx.aws);
    let one = |key: &str, value: &str| context_entry(key, &[value], Type::String);
    let (passed, through) = if second { ("apigateway", "lambda") } else { ("lambda", "dynamodb") };
    let mut all = vec![
        one("aws:RequestedRegion", &scope.region),
        one("aws:PrincipalAccount", &scope.account),
        one("kms:CallerAccount", &scope.account),
        one("kms:ViaService", &scope.service(through)),
        one("iam:PassedToService", &format!("{passed}.amazonaws.com")),
        one("lambda:Principal", "apigateway.amazonaws.com"),
        context_entry("dynamodb:LeadingKeys", &[cx.stack], Type::StringList),
        context_entry("kms:GrantIsForAWSResource", &["true"], Type::Boolean),
        context_entry("aws:SecureTransport", &["true"], Type::Boolean),
    ];
    all.extend(alias.map(|alias| context_entry("kms:ResourceAliases", &[alias], Type::StringList)));
    let mut carried = tags.clone();
    carried.insert(STACK.to_owned(), cx.stack.to_owned());
    for (key, value) in &carried {
        for whose in ["aws:RequestTag", "aws:ResourceTag", "iam:ResourceTag"] {
            all.push(one(&format!("{whose}/{key}"), value));
        }
    }
    let keys: Vec<&str> = carried.keys().map(String::as_str).collect();
    all.push(context_entry("aws:TagKeys", &keys, Type::StringList));
    all
}

fn context_entry(key: &str, values: &[&str], kind: Type) -> ContextEntry {
    let values = values.iter().map(|value| (*value).to_owned()).collect();
    ContextEntry::builder()
        .context_key_name(key)
        .set_context_key_values(Some(values))
        .context_key_type(kind)
        .build()
}

#[cfg(test)]
mod tests {
    use aws_sdk_iam::types::{OrganizationsDecisionDetail, ResourceSpecificResult};

    use super::*;

    #[test]
    fn the_caller_is_asked_about_as_the_role_behind_the_session() {
        let role = "arn:aws:sts::123456789012:assumed-role/deployer/session-1";
        assert_eq!(principal_of_caller(role).as_deref(), Some("arn:aws:iam::123456789012:role/deployer"));
        let user = "arn:aws:iam::123456789012:user/people/ann";
        assert_eq!(principal_of_caller(user).as_deref(), Some(user));
        for other in
            ["arn:aws:iam::123456789012:root", "arn:aws:sts::123456789012:federated-user/ann", "", "a:b"]
        {
            assert_eq!(principal_of_caller(other), None, "{other}");
        }
    }

    fn result(decision: Decision) -> aws_sdk_iam::types::builders::EvaluationResultBuilder {
        EvaluationResult::builder()
            .eval_action_name("kms:CreateKey")
            .eval_resource_name("*")
            .eval_decision(decision)
    }

    #[test]
    fn only_a_plain_no_counts() {
        let pair = || ("kms:CreateKey".to_owned(), "*".to_owned());
        let plain = result(Decision::ImplicitDeny).build().unwrap();
        assert_eq!(read_evaluation(&plain), [(pair(), false)]);
        let condition =
            result(Decision::ImplicitDeny).missing_context_values("aws:SourceIp").build().unwrap();
        assert_eq!(read_evaluation(&condition), []);
        let organization = OrganizationsDecisionDetail::builder().allowed_by_organizations(false).build();
        let organization = result(Decision::ImplicitDeny).organizations_decision_detail(organization);
        assert_eq!(read_evaluation(&organization.build().unwrap()), []);
        let allowed = result(Decision::Allowed).missing_context_values("aws:SourceIp").build().unwrap();
        assert_eq!(read_evaluation(&allowed), [(pair(), true)]);
    }

    #[test]
    fn results_by_resource_count_one_by_one() {
        let single = |arn: &str, decision| {
            let one =
                ResourceSpecificResult::builder().eval_resource_name(arn).eval_resource_decision(decision);
            one.build().unwrap()
        };
        let result = result(Decision::ImplicitDeny)
            .resource_specific_results(single("arn:a", Decision::Allowed))
            .resource_specific_results(single("arn:b", Decision::ExplicitDeny));
        let action = || "kms:CreateKey".to_owned();
        let known = [((action(), "arn:a".to_owned()), true), ((action(), "arn:b".to_owned()), false)];
        assert_eq!(read_evaluation(&result.build().unwrap()), known);
    }
}
