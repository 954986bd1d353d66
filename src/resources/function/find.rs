//! Finds the functions that may be the stack's, without listing those of the whole account.
use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::try_join_all;

use super::{function_arn, get_function_memoized};
use crate::{
    aws::{Cx, NotFoundExt, Operation, Result, all_members, tags},
    resources::{list_tagged_arns, log_group, role},
};

/// Returns the names of functions that may be the stack's, each with whether its name alone says so.
///
/// Each function has a role under the stack's path and a log group, both made before it and removed after it. The tag
/// index adds those whose role and group somebody else removed. The name of a log group may as well be that of another
/// stack's function: `app-` begins what `app-prod` owns.
pub(super) async fn list_functions_of_stack(cx: &Cx<'_>) -> Result<BTreeMap<String, bool>> {
    let (of_roles, of_groups, indexed) = tokio::try_join!(
        role::list_functions_of_roles(cx),
        log_group::list_functions_of_groups(cx),
        list_tagged_arns(cx, "lambda"),
    )?;
    let indexed = indexed.iter().filter_map(|arn| function_name_in_arn(arn)).map(str::to_owned);
    let mut found: BTreeMap<String, bool> = of_groups.into_iter().map(|name| (name, true)).collect();
    found.extend(of_roles.into_iter().chain(indexed).map(|name| (name, false)));
    Ok(found)
}

/// Returns the ARNs of the roles that the stack's functions run as.
pub(in crate::resources) async fn list_roles_of_functions(cx: &Cx<'_>) -> Result<Vec<String>> {
    let functions = list_functions_of_stack(cx).await?;
    let roles = functions.iter().map(async |(name, suspected)| {
        if *suspected && !has_stack_tag(cx, name).await? {
            return Ok(None);
        }
        match get_function_memoized(cx, name).await {
            // One that is gone, or somebody else's: the plan of functions tells.
            Err(error) if error.is_denied() => Ok(None),
            found => Ok(found?.as_ref().as_ref().and_then(|answer| answer.configuration()?.role.clone())),
        }
    });
    Ok(try_join_all(roles).await?.into_iter().flatten().collect())
}

/// Returns whether the stack's tag is on a function, without reading the function itself; asked once for each plan.
pub(super) async fn has_stack_tag(cx: &Cx<'_>, name: &str) -> Result<bool> {
    let ask = async {
        let call = cx.aws.lambda().list_tags().resource(function_arn(cx.aws, name)).send();
        let answer = cx.read(call).await.not_found_to_none()?;
        let tags = answer.and_then(|answer| answer.tags).unwrap_or_default();
        let all = tags.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        Ok(tags::owner_of_tags(cx.stack, all).has_stack_tag())
    };
    Ok(*cx.memo.get_or_fetch(&format!("{} {name}", Operation::LambdaListTags), ask).await?)
}

/// Returns whether Lambda lists the function.
///
/// A caller whose permissions are limited to what bears the stack's tag is denied a function that is gone as well as one
/// of somebody else's, and only the list of all functions tells the two apart.
pub(super) async fn is_listed(cx: &Cx<'_>, name: &str) -> Result<bool> {
    let all = async {
        let pages = cx.aws.lambda().list_functions().max_items(50).into_paginator().send().try_collect();
        let pages: Vec<_> = cx.read(pages).await?;
        let all = all_members(Operation::LambdaListFunctions, "Functions", pages, |page| page.functions)?;
        Ok(all.into_iter().filter_map(|one| one.function_name).collect::<BTreeSet<_>>())
    };
    Ok(cx.memo.get_or_fetch(Operation::LambdaListFunctions.name(), all).await?.contains(name))
}

/// Returns the function name in `arn`, if that is the ARN of a function without a version.
fn function_name_in_arn(arn: &str) -> Option<&str> {
    match arn.split(':').collect::<Vec<_>>()[..] {
        [_, _, "lambda", _, _, "function", name] => Some(name),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_function_arns_name_a_function() {
        assert_eq!(function_name_in_arn("arn:aws:lambda:us-east-1:123456789012:function:a-b"), Some("a-b"));
        assert_eq!(function_name_in_arn("arn:aws:lambda:us-east-1:123456789012:function:a-b:3"), None);
        assert_eq!(
            function_name_in_arn("arn:aws:lambda:us-east-1:123456789012:event-source-mapping:1"),
            None
        );
    }
}
