//! The policies of a function's aliases, which its own policy does not show.
use futures_util::future::try_join_all;

use super::get_policy;
use crate::{
    aws::{Cx, Operation, Result, all_members},
    resources::side_read::{join_warnings, side_read},
};

/// Returns warnings of the aliases that let others invoke the function, or that they may not be read.
///
/// The policy of an alias is one of its own (Lambda guide, "Granting Lambda function access"). No spec has aliases, so
/// whoever made one decides who is to invoke it.
pub(super) async fn policy_warnings(cx: &Cx<'_>, name: &str) -> Result<Option<String>> {
    let aliases = side_read(
        Operation::LambdaListAliases,
        "whether aliases let others invoke the function",
        list_aliases(cx, name),
    );
    let aliases = aliases.await?;
    let policies = aliases.found.iter().map(async |alias| policy_warning(cx, name, alias).await);
    let policies = try_join_all(policies).await?;
    Ok(join_warnings([aliases.warning].into_iter().chain(policies)))
}

async fn policy_warning(cx: &Cx<'_>, name: &str, alias: &str) -> Result<Option<String>> {
    let what = format!("whom the alias `{alias}` lets invoke the function");
    let policy = side_read(Operation::LambdaGetPolicy, &what, get_policy(cx, name, Some(alias))).await?;
    let open = (!policy.found.is_empty()).then(|| {
        format!(
            "the alias `{alias}` lets others invoke the function by a policy of its own: see `aws lambda get-policy \
             --function-name {name} --qualifier {alias}`"
        )
    });
    Ok(open.or(policy.warning))
}

async fn list_aliases(cx: &Cx<'_>, name: &str) -> Result<Vec<String>> {
    let pages = cx.aws.lambda().list_aliases().function_name(name).into_paginator();
    let pages: Vec<_> = cx.paced_read(pages.send().try_collect()).await?;
    let all = all_members(Operation::LambdaListAliases, "Aliases", pages, |page| page.aliases)?;
    Ok(all.into_iter().filter_map(|alias| alias.name).collect())
}
