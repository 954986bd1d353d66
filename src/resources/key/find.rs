//! Finds keys without knowing their id: by alias, or by tag.
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use futures_util::{StreamExt, TryStreamExt, stream};

use super::{ALIAS, Key, KeyStatus, ListedIdentity, WINDOW, observe};
use crate::aws::{
    Cx, Operation, Result, all_members,
    tags::{self, Owner, owner_of_tags},
};

/// An alias of a key.
#[derive(Clone)]
pub(super) struct KeyAlias {
    pub(super) name: String,
    /// Id of the key that the alias resolves to.
    pub(super) key: String,
    /// Creation time in seconds since 1970.
    created_at: i64,
}

impl KeyAlias {
    fn is_aws(&self) -> bool {
        self.name.starts_with("alias/aws/")
    }
}

/// A key that bears the stack's tags and its address.
pub(super) struct OwnKey {
    pub(super) seen: observe::DescribedKey,
    /// Its aliases, oldest first.
    pub(super) aliases: Vec<String>,
}

/// Number of keys whose tags are read at once.
const READS: usize = 8;

/// Returns all aliases of the account and region, oldest first; they are read once.
pub(super) async fn list_aliases(cx: &Cx<'_>) -> Result<Arc<Vec<KeyAlias>>> {
    let ask = async {
        let pages = cx.aws.kms().list_aliases().into_paginator().send().try_collect();
        let pages: Vec<_> = cx.read(pages).await?;
        let all = all_members(Operation::KmsListAliases, "Aliases", pages, |page| page.aliases)?;
        let with_key = all.into_iter().filter_map(|alias| {
            let created_at = alias.creation_date.map_or(i64::MAX, |date| date.secs());
            Some(KeyAlias { name: alias.alias_name?, key: alias.target_key_id?, created_at })
        });
        let mut aliases: Vec<KeyAlias> = with_key.collect();
        aliases.sort_by(|a, b| (a.created_at, &a.name).cmp(&(b.created_at, &b.name)));
        Ok(aliases)
    };
    cx.memo.get_or_fetch(Operation::KmsListAliases.name(), ask).await
}

/// Returns whether there is an alias of that name.
pub(super) async fn has_alias(cx: &Cx<'_>, name: &str) -> Result<bool> {
    Ok(list_aliases(cx).await?.iter().any(|alias| alias.name == name))
}

/// Returns whether an alias is one that a stack of that name would have: its name, or that and a hyphen.
pub(super) fn is_named_after(stack: &str, alias: &str) -> bool {
    let rest = alias.strip_prefix(ALIAS).and_then(|name| name.strip_prefix(stack));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

/// Lists the keys under the stack's aliases and those in the tag index; one identity for each key.
pub(super) async fn list_keys_of_stack(cx: &Cx<'_>) -> Result<Vec<Key>> {
    let (aliases, indexed) = tokio::try_join!(list_aliases(cx), list_indexed_keys(cx))?;
    Ok(candidate_keys(cx.stack, &aliases, &indexed))
}

async fn list_indexed_keys(cx: &Cx<'_>) -> Result<BTreeSet<String>> {
    let indexed = crate::resources::list_tagged_arns(cx, "kms").await?;
    Ok(indexed.iter().filter_map(|arn| Some(arn.split_once(":key/")?.1.to_owned())).collect())
}

/// Returns one identity for each key that may be the stack's: its oldest alias, with which it was created.
fn candidate_keys(stack: &str, aliases: &[KeyAlias], indexed: &BTreeSet<String>) -> Vec<Key> {
    let named = aliases.iter().filter(|alias| is_named_after(stack, &alias.name));
    let ids: BTreeSet<&String> = indexed.iter().chain(named.map(|alias| &alias.key)).collect();
    let names = names_by_key(aliases);
    let key = |id: &String| {
        let mut names = names.get(id.as_str()).cloned().unwrap_or_default().into_iter();
        let name = names.next().unwrap_or_else(|| id.clone());
        let listed =
            ListedIdentity { key: id.clone(), others: names.collect(), tagged: indexed.contains(id) };
        Key { id: name, window_days: WINDOW, creation: None, listed: Some(listed) }
    };
    ids.into_iter().map(key).collect()
}

fn names_by_key(aliases: &[KeyAlias]) -> BTreeMap<&str, Vec<String>> {
    let mut names: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for alias in aliases {
        names.entry(&alias.key).or_default().push(alias.name.clone());
    }
    names
}

/// Returns the keys that bear the stack's tags and the address of its key, whatever alias they go by.
///
/// A key without any alias that is pending deletion is none of them: it was removed.
pub(super) async fn find_own_keys(cx: &Cx<'_>) -> Result<Vec<OwnKey>> {
    let (aliases, indexed, all) =
        tokio::try_join!(list_aliases(cx), list_indexed_keys(cx), list_key_ids(cx))?;
    let names = names_by_key(&aliases);
    let aws: BTreeSet<&str> =
        aliases.iter().filter(|alias| alias.is_aws()).map(|alias| &*alias.key).collect();
    let mut ids: BTreeSet<&str> = indexed.iter().map(String::as_str).collect();
    ids.extend(aliases.iter().filter(|alias| is_named_after(cx.stack, &alias.name)).map(|alias| &*alias.key));
    ids.extend(all.iter().map(String::as_str).filter(|id| !names.contains_key(id)));
    ids.retain(|id| !aws.contains(id));
    let reads = ids.into_iter().map(async |id| {
        let aliases = names.get(id).cloned().unwrap_or_default();
        own_key(cx, id, aliases).await
    });
    let found: Vec<_> = stream::iter(reads).buffered(READS).try_collect().await?;
    Ok(found.into_iter().flatten().collect())
}

/// Returns the key if it is the stack's, has the address of its key, and is of use.
async fn own_key(cx: &Cx<'_>, id: &str, aliases: Vec<String>) -> Result<Option<OwnKey>> {
    let all = match observe::list_tags(cx, id).await {
        Ok(all) => all,
        // The policies of the stack's keys allow reading their tags, so this key is someone else's, or gone.
        Err(error) if error.is_denied() || error.is_not_found() => return Ok(None),
        Err(error) => return Err(error),
    };
    let whose = owner_of_tags(cx.stack, all.iter().map(|(key, value)| (key.as_str(), value.as_str())));
    let addressed = tags::drop_aws_tags(all).get(tags::ADDRESS).is_some_and(|at| at == super::ADDRESS);
    if whose != Owner::ThisStack || !addressed {
        return Ok(None);
    }
    let seen = observe::describe_key(cx, id).await?;
    let usable = |seen: &observe::DescribedKey| {
        !aliases.is_empty() || matches!(seen.state, KeyStatus::Enabled | KeyStatus::Disabled)
    };
    Ok(seen.filter(usable).map(|seen| OwnKey { seen, aliases }))
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
        let aliases = [alias("alias/custom", "1", 3), alias("alias/app-extra", "1", 9)];
        let found = candidate_keys("app", &aliases, &BTreeSet::from(["1".to_owned()]));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].id(), "alias/custom");
        assert_eq!(found[0].listed.as_ref().unwrap().others, ["alias/app-extra"]);
    }

    #[test]
    fn a_key_without_an_alias_is_known_by_its_id() {
        let aliases = [alias("alias/other", "2", 1), alias("alias/apple", "3", 1)];
        let found = candidate_keys("app", &aliases, &BTreeSet::from(["1".to_owned()]));
        assert_eq!(found.iter().map(Resource::id).collect::<Vec<_>>(), ["1"]);
    }
}
