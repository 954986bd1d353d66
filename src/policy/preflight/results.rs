//! What the results of the policy simulator prove.
use std::collections::BTreeMap;

use aws_sdk_iam::types::{EvaluationResult, PolicyEvaluationDecisionType as Decision};

use super::{MissingPermission, RequiredPermission};

/// IAM's plain yes or plain no, by question context, action and resource.
pub(super) type SimulationResults = BTreeMap<(bool, String, String), bool>;

/// Returns what one result tells about single resources; what hangs on conditions or on the organization is left out,
/// for the simulator does not know all of these (IAM guide, "Testing IAM policies").
///
/// The name at the top may be the template of an ARN, and may be a resource of the question: of the former nothing is
/// asked, so it counts for nothing (IAM API reference, `EvaluationResult`). For `*` there is nothing but the top.
pub(super) fn read_evaluation(result: &EvaluationResult) -> Vec<(String, bool)> {
    let outside =
        result.organizations_decision_detail().is_some_and(|detail| !detail.allowed_by_organizations());
    let tell = |resource: &str, decision: &Decision, missing: &[String]| {
        let allowed = *decision == Decision::Allowed;
        let plain = allowed || missing.is_empty() && !outside;
        plain.then(|| (resource.to_owned(), allowed))
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

/// Returns those of the wanted permissions that are proved to be missing.
pub(super) fn missing_permissions(
    wanted: &[RequiredPermission],
    known: &SimulationResults,
) -> Vec<MissingPermission> {
    let mut missing: BTreeMap<(&String, &String), Vec<String>> = BTreeMap::new();
    for one in wanted {
        if known.get(&(one.in_second_context, one.action.clone(), one.resource.clone())) == Some(&false) {
            missing.entry((&one.action, &one.resource)).or_default().push(one.step.clone());
        }
    }
    let missing = missing.into_iter().map(|((action, resource), mut steps)| {
        steps.sort();
        steps.dedup();
        MissingPermission { action: action.clone(), resource: resource.clone(), steps }
    });
    missing.collect()
}

#[cfg(test)]
mod tests {
    use aws_sdk_iam::types::{OrganizationsDecisionDetail, ResourceSpecificResult};

    use super::*;

    fn result(decision: Decision) -> aws_sdk_iam::types::builders::EvaluationResultBuilder {
        EvaluationResult::builder()
            .eval_action_name("kms:CreateKey")
            .eval_resource_name("*")
            .eval_decision(decision)
    }

    #[test]
    fn only_a_plain_no_counts() {
        let any = || "*".to_owned();
        let plain = result(Decision::ImplicitDeny).build().unwrap();
        assert_eq!(read_evaluation(&plain), [(any(), false)]);
        let condition =
            result(Decision::ImplicitDeny).missing_context_values("aws:SourceIp").build().unwrap();
        assert_eq!(read_evaluation(&condition), []);
        let organization = OrganizationsDecisionDetail::builder().allowed_by_organizations(false).build();
        let organization = result(Decision::ImplicitDeny).organizations_decision_detail(organization);
        assert_eq!(read_evaluation(&organization.build().unwrap()), []);
        let allowed = result(Decision::Allowed).missing_context_values("aws:SourceIp").build().unwrap();
        assert_eq!(read_evaluation(&allowed), [(any(), true)]);
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
        let known = [("arn:a".to_owned(), true), ("arn:b".to_owned(), false)];
        assert_eq!(read_evaluation(&result.build().unwrap()), known);
    }
}
