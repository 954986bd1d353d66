//! Finds keys without knowing their id: by alias, or by tag if they have none.
use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, TryStreamExt, stream};

use super::{Key, WINDOW, observe};
use crate::aws::{
    Cx, Operation, Result, all_members,
    tags::{self, Owner, Tags, owner_of_tags},
};

/// An alias of a customer managed key.
pub(super) struct KeyAlias {
    name: String,
    /// Id of the key that the alias resolves to.
    pub(super) key: String,
    /// Creation time in seconds since 1970.
    created_at: i64,
}

/// Number of keys whose tags are read at once.
const READS: usize = 8;

/// Returns all aliases of the account and region without AWS's own.
pub(super) async fn list_aliases(cx: &Cx<'_>) -> Result<Vec<KeyAlias>> {
    let pages = cx.aws.kms().list_aliases().into_paginator().send().try_collect();
    let pages: Vec<_> = cx.read(pages).await?;
    let all = all_members(Operation::KmsListAliases, "Aliases", pages, |page| page.aliases)?;
    let customers = all.into_iter().filter_map(|alias| {
        let name = alias.alias_name.filter(|name| !name.starts_with("alias/aws/"))?;
        let made = alias.creation_date.map_or(i64::MAX, |date| date.secs());
        Some(KeyAlias { name, key: alias.target_key_id?, created_at: made })
    });
    Ok(customers.collect())
}

/// Lists the keys under the stack's alias and those in the tag index; one identity for each key.
pub(super) async fn list_keys_of_stack(cx: &Cx<'_>) -> Result<Vec<Key>> {
    let (aliases, indexed) =
        tokio::try_join!(list_aliases(cx), crate::resources::list_tagged_arns(cx, "kms"))?;
    let indexed = indexed.iter().filter_map(|arn| Some(arn.split_once(":key/")?.1.to_owned()));
    Ok(candidate_keys(cx.stack, aliases, indexed.collect()))
}

/// Returns one identity for each key that may be the stack's: its oldest alias, with which it was created.
fn candidate_keys(stack: &str, mut aliases: Vec<KeyAlias>, indexed: BTreeSet<String>) -> Vec<Key> {
    aliases.sort_by(|a, b| (a.created_at, &a.name).cmp(&(b.created_at, &b.name)));
    let mut names: BTreeMap<String, Vec<String>> = indexed.into_iter().map(|id| (id, Vec::new())).collect();
    let prefix = format!("{}{stack}", super::ALIAS);
    for alias in aliases.iter().filter(|alias| alias.name.starts_with(&prefix)) {
        names.entry(alias.key.clone()).or_default();
    }
    for alias in aliases {
        if let Some(names) = names.get_mut(&alias.key) {
            names.push(alias.name);
        }
    }
    let key = |(id, names): (String, Vec<String>)| {
        let mut names = names.into_iter();
        let id = names.next().unwrap_or(id);
        Key { id, window_days: WINDOW, others: names.collect() }
    };
    names.into_iter().map(key).collect()
}

/// Returns the key that an earlier run created with the `wanted` tags but gave no alias.
pub(super) async fn find_unnamed_key(cx: &Cx<'_>, wanted: &Tags) -> Result<Option<observe::DescribedKey>> {
    let (aliases, mut keys) = tokio::try_join!(list_aliases(cx), list_key_ids(cx))?;
    keys.retain(|key| aliases.iter().all(|alias| alias.key != *key));
    let reads = keys.into_iter().map(async |key| unnamed_key_of_stack(cx, wanted, &key).await);
    let mut found = std::pin::pin!(stream::iter(reads).buffered(READS).try_filter_map(async |it| Ok(it)));
    found.try_next().await
}

/// Returns the key if it is the stack's, has the desired address, and is not pending deletion.
async fn unnamed_key_of_stack(
    cx: &Cx<'_>,
    wanted: &Tags,
    key: &str,
) -> Result<Option<observe::DescribedKey>> {
    let all = match observe::list_tags(cx, key).await {
        Ok(all) => all,
        // The policies of the stack's keys allow reading their tags, so this key is someone else's, or gone.
        Err(error) if error.is_denied() || error.is_not_found() => return Ok(None),
        Err(error) => return Err(error),
    };
    let whose = owner_of_tags(cx.stack, all.iter().map(|(key, value)| (key.as_str(), value.as_str())));
    if whose != Owner::ThisStack || tags::drop_aws_tags(all).get(tags::ADDRESS) != wanted.get(tags::ADDRESS) {
        return Ok(None);
    }
    let seen = observe::describe_key(cx, key).await?;
    Ok(seen.filter(|seen| matches!(seen.state, super::KeyStatus::Enabled | super::KeyStatus::Disabled)))
}

async fn list_key_ids(cx: &Cx<'_>) -> Result<Vec<String>> {
    let pages = cx.aws.kms().list_keys().limit(1000).into_paginator().send().try_collect();
    let pages: Vec<_> = cx.read(pages).await?;
    let keys = all_members(Operation::KmsListKeys, "Keys", pages, |page| page.keys)?;
    Ok(keys.into_iter().filter_map(|key| key.key_id).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Resource;

    fn alias(name: &str, key: &str, made: i64) -> KeyAlias {
        KeyAlias { name: name.into(), key: key.into(), created_at: made }
    }

    #[test]
    fn each_key_is_listed_once_under_its_oldest_alias() {
        let aliases = vec![alias("alias/app-extra", "1", 9), alias("alias/custom", "1", 3)];
        let found = candidate_keys("app", aliases, BTreeSet::from(["1".to_owned()]));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].id(), "alias/custom");
        assert_eq!(found[0].others, ["alias/app-extra"]);
    }

    #[test]
    fn a_key_without_an_alias_is_known_by_its_id() {
        let found =
            candidate_keys("app", vec![alias("alias/other", "2", 1)], BTreeSet::from(["1".to_owned()]));
        assert_eq!(found.iter().map(Resource::id).collect::<Vec<_>>(), ["1"]);
    }
}
