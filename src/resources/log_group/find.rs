//! Finds the log groups that may be the stack's, by names of its own and without looking at those of others.
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use aws_sdk_cloudwatchlogs::types::LogGroup as DescribedLogGroup;
use futures_util::future::try_join_all;

use super::{EXECUTION, LogGroup};
use crate::{
    aws::{Cx, Operation, Result, all_members},
    resources::{api, list_tagged_arns, role},
};

/// What Lambda calls the log group of a function, up to the function's name (Lambda guide, "Sending Lambda function logs
/// to CloudWatch Logs").
const LAMBDA: &str = "/aws/lambda/";

/// Lists the groups of functions under the stack's prefix or with a role of the stack, the default group of the access
/// log, the execution logs of the stack's APIs, and the groups in the tag index.
///
/// The execution log of an API that is gone is found by the tag index alone: nothing else tells it from those that the
/// APIs of others have left, of which an account may have hundreds.
pub(super) async fn list_groups_of_stack(cx: &Cx<'_>) -> Result<Vec<LogGroup>> {
    let (prefixed, functions, executions, apis, indexed) = tokio::try_join!(
        describe_function_groups(cx),
        role::list_functions_of_roles(cx),
        list_execution_logs(cx),
        list_found_apis(cx),
        list_tagged_arns(cx, "logs"),
    )?;
    let prefixed = prefixed.iter().filter_map(|group| group.log_group_name.clone());
    let functions = functions.into_iter().map(|name| format!("{LAMBDA}{name}"));
    let indexed = indexed.iter().filter_map(|arn| group_name_in_arn(arn)).map(str::to_owned);
    let names = prefixed.chain(functions).chain(executions).chain(indexed).chain([access_log(cx)]);
    let names: BTreeSet<String> = names.collect();
    Ok(names.into_iter().map(|name| candidate(name, &apis)).collect())
}

/// Returns the names of functions that have a log group under the stack's prefix.
pub(in crate::resources) async fn list_functions_of_groups(cx: &Cx<'_>) -> Result<Vec<String>> {
    let groups = describe_function_groups(cx).await?;
    Ok(groups
        .iter()
        .filter_map(|group| Some(group.log_group_name()?.strip_prefix(LAMBDA)?.to_owned()))
        .collect())
}

async fn describe_function_groups(cx: &Cx<'_>) -> Result<Arc<Vec<DescribedLogGroup>>> {
    describe_log_groups(cx, &function_prefix(cx)).await
}

/// Returns the names of the execution logs of the stack's APIs.
async fn list_execution_logs(cx: &Cx<'_>) -> Result<Vec<String>> {
    let apis = api::list_own_apis(cx).await?;
    let reads = apis.iter().map(async |api| describe_log_groups(cx, &execution_prefix(&api.id)).await);
    let groups = try_join_all(reads).await?;
    Ok(groups
        .iter()
        .flat_map(|groups| groups.iter())
        .filter_map(|group| group.log_group_name.clone())
        .collect())
}

/// Returns the names of the stack's APIs by id, without twins that a search by their name does not find.
async fn list_found_apis(cx: &Cx<'_>) -> Result<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    for api in api::list_own_apis(cx).await? {
        if api::find_api(cx, &api.name).await?.is_some_and(|first| first.id == api.id) {
            found.insert(api.id, api.name);
        }
    }
    Ok(found)
}

/// Returns a group under the identity it has in the stack's graph, where the execution log of an API goes by the API's
/// name.
fn candidate(name: String, apis: &BTreeMap<String, String>) -> LogGroup {
    let execution = name.strip_prefix(EXECUTION).and_then(|rest| rest.split_once('/'));
    let logged = execution.and_then(|(id, stage)| Some(LogGroup::execution(apis.get(id)?, stage)));
    logged.unwrap_or_else(|| LogGroup::named(name))
}

/// Returns the name in the ARN of a group, which some services end with `:*` (CloudWatch Logs API reference, `LogGroup`:
/// `arn` and `logGroupArn`).
fn group_name_in_arn(arn: &str) -> Option<&str> {
    let (_, name) = arn.split_once(":log-group:")?;
    Some(name.strip_suffix(":*").unwrap_or(name))
}

fn function_prefix(cx: &Cx<'_>) -> String {
    format!("{LAMBDA}{}-", cx.stack)
}

/// Returns the default name of the access log.
fn access_log(cx: &Cx<'_>) -> String {
    format!("/aws/apigateway/{}", cx.stack)
}

fn execution_prefix(api_id: &str) -> String {
    format!("{EXECUTION}{api_id}/")
}

/// Returns the prefix under which a group is looked up, shared by the groups of the stack's functions, those with the
/// default name of the access log in front, and the execution logs of an API.
pub(super) fn lookup_prefix(cx: &Cx<'_>, name: &str) -> String {
    if let Some((id, _)) = name.strip_prefix(EXECUTION).and_then(|rest| rest.split_once('/')) {
        return execution_prefix(id);
    }
    let shared = [function_prefix(cx), access_log(cx)];
    shared.into_iter().find(|prefix| name.starts_with(prefix)).unwrap_or_else(|| name.to_owned())
}

/// Returns all groups under a prefix; no call reads a single one (CloudWatch Logs API, `DescribeLogGroups`).
pub(super) async fn describe_log_groups(cx: &Cx<'_>, prefix: &str) -> Result<Arc<Vec<DescribedLogGroup>>> {
    let ask = async {
        let pages = cx.aws.logs().describe_log_groups().log_group_name_prefix(prefix).into_paginator();
        let pages: Vec<_> = cx.read(pages.send().try_collect()).await?;
        all_members(Operation::LogsDescribeLogGroups, "logGroups", pages, |page| page.log_groups)
    };
    cx.memo.get_or_fetch(&format!("{} {prefix}", Operation::LogsDescribeLogGroups), ask).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_group_ends_before_the_star() {
        let plain = "arn:aws:logs:us-east-1:123456789012:log-group:/app/x";
        assert_eq!(group_name_in_arn(plain), Some("/app/x"));
        assert_eq!(group_name_in_arn(&format!("{plain}:*")), Some("/app/x"));
        assert_eq!(group_name_in_arn("arn:aws:logs:us-east-1:123456789012:destination:x"), None);
    }
}
