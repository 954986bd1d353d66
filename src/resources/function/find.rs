//! Finds the functions that may be the stack's, without listing those of the whole account.
use std::collections::BTreeSet;

use crate::{
    aws::{Cx, Operation, Result, all_members},
    resources::{list_tagged_arns, log_group, role},
};

/// Returns the names of functions that may be the stack's.
///
/// Each function has a role under the stack's path and a log group, both made before it and removed after it. The tag
/// index adds those whose role and group somebody else removed.
pub(super) async fn list_functions_of_stack(cx: &Cx<'_>) -> Result<BTreeSet<String>> {
    let (of_roles, of_groups, indexed) = tokio::try_join!(
        role::list_functions_of_roles(cx),
        log_group::list_functions_of_groups(cx),
        list_tagged_arns(cx, "lambda"),
    )?;
    let indexed = indexed.iter().filter_map(|arn| function_name_in_arn(arn)).map(str::to_owned);
    Ok(of_roles.into_iter().chain(of_groups).chain(indexed).collect())
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
