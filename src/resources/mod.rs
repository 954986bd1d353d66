//! One file for each kind of AWS resource.
pub mod account;
pub mod api;
pub mod function;
pub mod key;
pub mod log_group;
pub mod permission;
pub mod policy;
pub mod role;
pub mod stage;
pub mod table;

use std::sync::Arc;

use aws_sdk_resourcegroupstagging::{operation::get_resources::GetResourcesOutput, types::TagFilter};

use crate::{
    aws::{Cx, Operation, Result, all_members, tags},
    engine::Kind,
};

/// Every kind, in tiers: what is made from the first to the last goes from the last to the first.
///
/// A live function would make its log group again, and API Gateway that of a live stage; a key must outlive all
/// that it encrypts.
pub const TIERS: &[&[Kind]] = &[
    &[Kind::of::<key::Key>()],
    &[Kind::of::<table::Table>(), Kind::of::<role::Role>(), Kind::of::<log_group::LogGroup>()],
    &[Kind::of::<api::Api>()],
    &[Kind::of::<function::Function>()],
    &[Kind::of::<permission::Permission>(), Kind::of::<account::Account>()],
    &[Kind::of::<stage::Stage>()],
];

/// ARNs of everything of the stack's that the tag index knows of one service.
///
/// The index learns of new resources late (Resource Groups Tagging API reference), so it only adds to what
/// the services list themselves; it finds resources with names that do not show whose they are.
pub(crate) async fn indexed(cx: &Cx<'_>, service: &str) -> Result<Vec<String>> {
    let all = index(cx).await?;
    Ok(all.iter().filter(|arn| arn.split(':').nth(2) == Some(service)).cloned().collect())
}

async fn index(cx: &Cx<'_>) -> Result<Arc<Vec<String>>> {
    let ask = async {
        let filter = TagFilter::builder().key(tags::STACK).values(cx.stack);
        let pages = cx.aws.tagging().get_resources().tag_filters(filter.build()).into_paginator();
        let pages: Vec<_> = cx.read(pages.send().try_collect()).await?;
        let list = |page: GetResourcesOutput| page.resource_tag_mapping_list;
        let all = all_members(Operation::TagGetResources, "ResourceTagMappingList", pages, list)?;
        Ok(all.into_iter().filter_map(|it| it.resource_arn).collect::<Vec<_>>())
    };
    cx.memo.get(Operation::TagGetResources.name(), ask).await
}
