//! Reads a role and everything attached to it.
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use aws_sdk_iam::types::{AttachedPolicy, Role as DescribedRole, Tag};
use futures_util::future::try_join_all;

use super::{ACCESS, HOME, Props, RUNS, Role};
use crate::{
    aws::{
        Cx, NotFoundExt, Operation, Result, require_field,
        tags::{self, Owner},
    },
    engine::Live,
    iam::Policy,
    resources::{function, policy},
};

/// Session duration that AWS fills in (IAM API reference, `CreateRole`).
pub const SESSION: i32 = 3600;

type RoleParts = (Option<Vec<String>>, Option<BTreeSet<String>>, Option<Policy>);

/// A role as the list of roles shows it.
pub(super) struct ListedRole {
    pub(super) role: Role,
    description: String,
}

/// Returns the roles of the stack in this region, wherever they stand.
///
/// Where they stood before the spec named another path is told by the functions that still run as them.
pub(super) async fn list_roles_of_stack(cx: &Cx<'_>) -> Result<Vec<Role>> {
    let mut paths = own_paths(cx);
    let used = function::list_roles_of_functions(cx).await?;
    let own = super::role_path("/", cx.stack, &cx.aws.region);
    paths.extend(used.iter().filter_map(|arn| path_of_role(arn)).filter(|path| path.ends_with(&own)));
    let all = try_join_all(paths.iter().map(|path| list_roles(cx, path))).await?;
    Ok(all.iter().flat_map(|roles| roles.iter().map(|listed| listed.role.clone())).collect())
}

/// Returns the paths under which the stack's roles stand, or stood without a path in the spec.
fn own_paths(cx: &Cx<'_>) -> BTreeSet<String> {
    [cx.role_home, HOME].map(|home| super::role_path(home, cx.stack, &cx.aws.region)).into()
}

/// Returns the path of the role with the ARN `arn`.
fn path_of_role(arn: &str) -> Option<String> {
    let (_, rest) = arn.split_once(":role/")?;
    Some(rest.rsplit_once('/').map_or_else(|| "/".to_owned(), |(path, _)| format!("/{path}/")))
}

/// Returns the roles under a path, listed once for each plan.
async fn list_roles(cx: &Cx<'_>, path: &str) -> Result<Arc<Vec<ListedRole>>> {
    cx.memo.get_or_fetch(&format!("{} {path}", Operation::IamListRoles), list_roles_under(cx, path)).await
}

/// Returns the roles under a path, in pages of the largest size, since a page may hold fewer of them than were looked
/// at (IAM API reference, `ListRoles`: `MaxItems`).
pub(super) async fn list_roles_under(cx: &Cx<'_>, path: &str) -> Result<Vec<ListedRole>> {
    let pages = cx.aws.iam().list_roles().path_prefix(path).max_items(1000).into_paginator().items();
    let roles: Vec<DescribedRole> = cx.read(pages.send().try_collect()).await?;
    let listed = |role: DescribedRole| ListedRole {
        role: Role::new(role.role_name, role.path),
        description: role.description.unwrap_or_default(),
    };
    Ok(roles.into_iter().map(listed).collect())
}

/// Returns the names of the functions that the stack's roles were made for.
///
/// A role is made before its function and removed after it, so this finds every function of the stack, however late
/// the tag index is.
pub(in crate::resources) async fn list_functions_of_roles(cx: &Cx<'_>) -> Result<Vec<String>> {
    let suffix = format!("-{}", cx.aws.region);
    let paths = own_paths(cx);
    let all = try_join_all(paths.iter().map(|path| list_roles(cx, path))).await?;
    let listed = all.iter().flat_map(|roles| roles.iter());
    Ok(listed.filter_map(|listed| function_of_role(listed, &suffix)).collect())
}

/// Returns the function that a role was made for: a role's name may be cut and have more in it, while its description
/// has the whole name.
fn function_of_role(listed: &ListedRole, suffix: &str) -> Option<String> {
    let name = listed.description.strip_prefix(RUNS).or_else(|| listed.role.name.strip_suffix(suffix));
    name.map(str::to_owned)
}

impl Role {
    /// Reads everything once; `None` if the answers do not agree with each other yet.
    pub(super) async fn observe_once(&self, cx: &Cx<'_>) -> Result<Option<Option<Live<Self>>>> {
        // Role and parts are read in parallel only if the role is listed; otherwise the parts are read once it is
        // found.
        let (role, (names, attached, access)) =
            if list_roles(cx, &self.path).await?.iter().any(|listed| listed.role.name == self.name) {
                tokio::try_join!(self.get_role(cx), self.read_parts(cx))?
            } else if let Some(role) = self.get_role(cx).await? {
                (Some(role), self.read_parts(cx).await?)
            } else {
                return Ok(Some(None));
            };
        let Some(role) = role else { return Ok(Some(None)) };
        let (Some(names), Some(attached)) = (names, attached) else { return Ok(None) };
        let others = names.iter().filter(|name| *name != ACCESS);
        let read = others.map(async |name| Ok((name.clone(), self.get_inline_policy(cx, name).await?)));
        let mut read: Vec<(String, Option<Policy>)> = try_join_all(read).await?;
        if access.is_some() || names.iter().any(|name| name == ACCESS) {
            read.push((ACCESS.to_owned(), access));
        }
        let policies: Option<BTreeMap<String, Policy>> =
            read.into_iter().map(|(name, policy)| Some((name, policy?))).collect();
        let Some(policies) = policies else { return Ok(None) };
        self.live_role(cx, role, policies, attached).map(|live| Some(Some(live)))
    }

    /// Returns the names of inline policies, the ARNs of attached ones, and the inline policy that the role should
    /// have.
    async fn read_parts(&self, cx: &Cx<'_>) -> Result<RoleParts> {
        tokio::try_join!(
            self.list_inline_policies(cx),
            self.list_attached_policies(cx),
            self.get_inline_policy(cx, ACCESS)
        )
    }

    pub(super) fn live_role(
        &self,
        cx: &Cx<'_>,
        role: DescribedRole,
        policies: BTreeMap<String, Policy>,
        attached: BTreeSet<String>,
    ) -> Result<Live<Self>> {
        let tags = role.tags.unwrap_or_default();
        let owner = self.owner(cx, &role.path, &tags);
        let attrs = self.attrs(cx.aws, role.role_id.into());
        let props = Props {
            path: role.path,
            description: role.description.unwrap_or_default(),
            trust: policy::read_encoded(role.assume_role_policy_document.as_deref().unwrap_or_default())?,
            max_session_seconds: role.max_session_duration.unwrap_or(SESSION),
            boundary: role.permissions_boundary.and_then(|boundary| boundary.permissions_boundary_arn),
            policies,
            attached,
            tags: tags::drop_aws_tags(tags.into_iter().map(|tag| (tag.key, tag.value))),
        };
        // A boundary that others set limits what the function may do, so it is shown.
        let boundary = props.boundary.as_ref().filter(|_| !self.bounded);
        let warning = boundary.map(|arn| {
            format!("the permissions boundary `{arn}` is on it, which the spec does not name: it stays, and limits the role")
        });
        Ok(Live { owner, warning, ..Live::owned(props, attrs) })
    }

    /// Returns the owner of the role.
    ///
    /// Names are global, so a role of the stack's under the path of another region belongs to the same stack's
    /// deployment there.
    fn owner(&self, cx: &Cx<'_>, path: &str, tags: &[Tag]) -> Owner {
        match tags::owner_of_tags(cx.stack, tags.iter().map(|tag| (tag.key.as_str(), tag.value.as_str()))) {
            Owner::ThisStack if path != self.path && path.starts_with(HOME) => {
                let whose = path.trim_start_matches(HOME).trim_end_matches('/');
                Owner::OtherStack(whose.replace('/', "` in `"))
            }
            owner => owner,
        }
    }

    /// Returns the role itself with its tags, if IAM shows it.
    pub(super) async fn get_role(&self, cx: &Cx<'_>) -> Result<Option<DescribedRole>> {
        let call = cx.aws.iam().get_role().role_name(&self.name).send();
        let answer = cx.read(call).await.not_found_to_none()?;
        answer.map(|answer| require_field(Operation::IamGetRole, "Role", answer.role)).transpose()
    }

    /// Returns the names of the role's inline policies.
    pub(super) async fn list_inline_policies(&self, cx: &Cx<'_>) -> Result<Option<Vec<String>>> {
        let pages = cx.aws.iam().list_role_policies().role_name(&self.name).into_paginator().items();
        cx.read(pages.send().try_collect()).await.not_found_to_none()
    }

    /// Returns the ARNs of the managed policies attached to the role.
    pub(super) async fn list_attached_policies(&self, cx: &Cx<'_>) -> Result<Option<BTreeSet<String>>> {
        let pages = cx.aws.iam().list_attached_role_policies().role_name(&self.name).into_paginator().items();
        let all = cx.read(pages.send().try_collect()).await.not_found_to_none()?;
        let arns =
            |all: Vec<AttachedPolicy>| all.into_iter().filter_map(|policy| policy.policy_arn).collect();
        Ok(all.map(arns))
    }

    async fn get_inline_policy(&self, cx: &Cx<'_>, name: &str) -> Result<Option<Policy>> {
        let call = cx.aws.iam().get_role_policy().role_name(&self.name).policy_name(name).send();
        let answer = cx.read(call).await.not_found_to_none()?;
        answer.map(|answer| policy::read_encoded(&answer.policy_document)).transpose()
    }
}
