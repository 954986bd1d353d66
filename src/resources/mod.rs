//! One folder for each kind of AWS resource, which holds all that is special about the kind.
//!
//! A new kind is a folder with an `impl` of [`Resource`](crate::engine::Resource) and one of its permissions, a `mod`
//! line, and its place among the tiers below. What other rooms ask of a kind, such as what it costs, how long work on
//! it takes or which permissions that takes, they ask by its name through [`kind()`] and the table of permissions, so
//! that none of them names it.
pub mod api;
pub mod api_gateway_account;
mod exposures;
pub mod function;
pub mod function_policy;
pub mod key;
pub mod log_group;
pub(crate) mod permissions;
pub mod policy;
pub mod role;
mod side_read;
pub mod stage;
pub mod table;

use std::sync::Arc;

use aws_sdk_resourcegroupstagging::{operation::get_resources::GetResourcesOutput, types::TagFilter};
use permissions::KindPermissions;

use crate::{
    aws::{Cx, Operation, Result, all_members, tags},
    engine::ResourceKind,
};

/// Builds the registry of kinds from their types, one tier a line.
macro_rules! tiers {
    ($([$($kind:ty),+])+) => {
        /// Every kind, in tiers: what is made from the first to the last goes from the last to the first.
        ///
        /// A live function would make its log group again, and API Gateway that of a live stage. A role leads to its
        /// function and to that one's log group, and an API to its execution log, so they outlive what they lead to; a key
        /// must outlive all that it encrypts.
        pub const TIERS: &[&[ResourceKind]] = &[$(&[$(ResourceKind::of::<$kind>()),+]),+];

        /// The permissions of every kind.
        pub(crate) const PERMISSIONS: &[KindPermissions] = &[$($(KindPermissions::of::<$kind>()),+),+];
    };
}

tiers! {
    [key::Key]
    [table::Table, role::Role]
    [api::Api]
    [log_group::LogGroup]
    [function::Function]
    [function_policy::FunctionPolicy, api_gateway_account::ApiGatewayAccount]
    [stage::Stage]
}

/// Returns the entry of the kind called `name`.
#[must_use]
pub fn kind(name: &str) -> Option<&'static ResourceKind> {
    TIERS.iter().flat_map(|tier| tier.iter()).find(|kind| kind.name == name)
}

/// Returns the permissions of the kind called `name`.
pub(crate) fn permissions_of(name: &str) -> Option<&'static KindPermissions> {
    PERMISSIONS.iter().find(|kind| kind.kind == name)
}

/// Returns whether a name is the stack's own or begins with it, as all default names do.
fn is_named_after(name: &str, stack: &str) -> bool {
    name.strip_prefix(stack).is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '/']))
}

/// Returns the ARNs of all the stack's resources that the tag index lists for one service.
///
/// The index learns of new resources late (Resource Groups Tagging API reference), so it only adds to what the
/// services list themselves; it finds resources whose names do not show their owner.
pub(crate) async fn list_tagged_arns(cx: &Cx<'_>, service: &str) -> Result<Vec<String>> {
    let all = read_tag_index(cx).await?;
    Ok(all.iter().filter(|arn| arn.split(':').nth(2) == Some(service)).cloned().collect())
}

async fn read_tag_index(cx: &Cx<'_>) -> Result<Arc<Vec<String>>> {
    let ask = async {
        let filter = TagFilter::builder().key(tags::STACK).values(cx.stack);
        let pages = cx.aws.tagging().get_resources().tag_filters(filter.build());
        let pages = pages.resources_per_page(100).into_paginator();
        let pages: Vec<_> = cx.read(pages.send().try_collect()).await?;
        let list = |page: GetResourcesOutput| page.resource_tag_mapping_list;
        let all = all_members(Operation::TagGetResources, "ResourceTagMappingList", pages, list)?;
        Ok(all.into_iter().filter_map(|it| it.resource_arn).collect::<Vec<_>>())
    };
    cx.memo.get_or_fetch(Operation::TagGetResources.name(), ask).await
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    /// The files of `folder` that name a kind outside its tests.
    fn naming(folder: &Path, kinds: &[String], found: &mut Vec<String>) {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                if !path.ends_with("src/resources") {
                    naming(&path, kinds, found);
                }
                continue;
            }
            if path.ends_with("tests.rs") {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
            if path.extension().is_some_and(|ext| ext == "rs") && kinds.iter().any(|kind| code.contains(kind))
            {
                found.push(path.display().to_string());
            }
        }
    }

    #[test]
    fn no_other_room_names_a_kind() {
        let kinds: Vec<_> =
            TIERS.iter().flat_map(|tier| tier.iter()).map(|kind| format!("\"{}\"", kind.name)).collect();
        let mut found = Vec::new();
        naming(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &kinds, &mut found);
        assert_eq!(found, [""; 0]);
    }
}
