//! Lists the aliases of keys.
use std::sync::Arc;

use crate::aws::{Cx, NotFoundExt, Operation, Result, all_members};

/// An alias of a key.
#[derive(Clone)]
pub(super) struct KeyAlias {
    /// Name with `alias/`.
    pub(super) name: String,
    /// Id of the key that the alias resolves to.
    pub(super) key: String,
    /// Creation time in seconds since 1970.
    pub(super) created_at: i64,
}

impl KeyAlias {
    /// Returns whether the alias is one of AWS's own.
    pub(super) fn is_aws(&self) -> bool {
        self.name.starts_with("alias/aws/")
    }
}

/// Returns all aliases of the account and region, oldest first; they are read once, and only where no id of a key is
/// known: an account may have thousands.
pub(super) async fn list_aliases(cx: &Cx<'_>) -> Result<Arc<Vec<KeyAlias>>> {
    cx.memo.get_or_fetch(Operation::KmsListAliases.name(), list_aliases_of(cx, None)).await
}

/// Returns the aliases of a key, oldest first; none if the key is gone.
pub(super) async fn list_aliases_of_key(cx: &Cx<'_>, id: &str) -> Result<Vec<KeyAlias>> {
    Ok(list_aliases_of(cx, Some(id)).await.not_found_to_none()?.unwrap_or_default())
}

/// Returns the aliases of one key or of all, in pages of the largest size (KMS API reference, `ListAliases`).
async fn list_aliases_of(cx: &Cx<'_>, key: Option<&str>) -> Result<Vec<KeyAlias>> {
    let call = cx.aws.kms().list_aliases().set_key_id(key.map(str::to_owned)).limit(100);
    let pages: Vec<_> = cx.read(call.into_paginator().send().try_collect()).await?;
    let all = all_members(Operation::KmsListAliases, "Aliases", pages, |page| page.aliases)?;
    let with_key = all.into_iter().filter_map(|alias| {
        let created_at = alias.creation_date.map_or(i64::MAX, |date| date.secs());
        Some(KeyAlias { name: alias.alias_name?, key: alias.target_key_id?, created_at })
    });
    let mut aliases: Vec<KeyAlias> = with_key.collect();
    aliases.sort_by(|a, b| (a.created_at, &a.name).cmp(&(b.created_at, &b.name)));
    Ok(aliases)
}

/// Returns whether there is an alias of that name.
pub(super) async fn has_alias(cx: &Cx<'_>, name: &str) -> Result<bool> {
    Ok(list_aliases(cx).await?.iter().any(|alias| alias.name == name))
}
