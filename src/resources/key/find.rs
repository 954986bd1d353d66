//! Finds keys without knowing their id: by the stack's alias, by the tag index, or by their tags.
use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, TryStreamExt, stream};

use super::{
    ALIAS, Key, KeyStatus, ListedIdentity, WINDOW,
    aliases::{KeyAlias, has_alias, list_aliases, list_aliases_of_key},
    authorization::{self, EVERY, LAG, WAITING},
    observe,
};
use crate::aws::{
    Cx, Error, Operation, Result, all_members,
    tags::{self, Owner, owner_of_tags},
};

/// A key that bears the stack's tags and its address.
pub(super) struct OwnKey {
    pub(super) seen: observe::DescribedKey,
    /// Its aliases, oldest first.
    pub(super) aliases: Vec<String>,
}

/// Number of keys whose tags are read at once.
const READS: usize = 8;

/// Returns whether an alias is one that a stack of that name would have: its name, or that and a hyphen.
pub(super) fn is_named_after(stack: &str, alias: &str) -> bool {
    let rest = alias.strip_prefix(ALIAS).and_then(|name| name.strip_prefix(stack));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

/// Lists the key behind the stack's default alias and those in the tag index; one identity for each key.
pub(super) async fn list_keys_of_stack(cx: &Cx<'_>) -> Result<Vec<Key>> {
    let (default, indexed) = tokio::try_join!(find_default_key(cx), list_indexed_keys(cx))?;
    let ids: BTreeSet<&String> = indexed.iter().chain(&default).collect();
    let reads = ids.into_iter().map(async |id| {
        let aliases = list_aliases_of_key(cx, id).await?;
        Ok(listed_key(id, aliases, indexed.contains(id)))
    });
    stream::iter(reads).buffered(READS).try_collect().await
}

/// Returns the id of the key that the stack's default alias leads to, whosever it is.
async fn find_default_key(cx: &Cx<'_>) -> Result<Option<String>> {
    let alias = format!("{ALIAS}{}", cx.stack);
    match observe::describe_key_memoized(cx, &alias).await {
        Ok(found) => Ok(found.as_ref().as_ref().map(|key| key.id.clone())),
        Err(error) if error.is_denied() => {
            // The policies of the stack's keys allow reading them.
            if has_alias(cx, &alias).await? {
                cx.run.warn(format!(
                    "the key behind `{alias}` may not be read and counts as somebody else's: {error}"
                ));
            }
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

async fn list_indexed_keys(cx: &Cx<'_>) -> Result<BTreeSet<String>> {
    let indexed = crate::resources::list_tagged_arns(cx, "kms").await?;
    Ok(indexed.iter().filter_map(|arn| Some(arn.split_once(":key/")?.1.to_owned())).collect())
}

/// Returns a key under its oldest alias, with which it was created.
fn listed_key(id: &str, aliases: Vec<KeyAlias>, tagged: bool) -> Key {
    let mut names = aliases.into_iter().map(|alias| alias.name);
    let name = names.next().unwrap_or_else(|| id.to_owned());
    let listed = ListedIdentity { key: id.to_owned(), others: names.collect(), tagged };
    Key { id: name, window_days: WINDOW, creation: None, listed: Some(listed) }
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
/// A key without any alias that is pending deletion is none of them: it was removed. A key whose tags may not be read is
/// someone else's, unless it is so new that its tags do not count yet: then it is looked at again until they do, since
/// a second key must never be made.
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
    let (mut ids, mut own): (Vec<&str>, _) = (ids.into_iter().collect(), Vec::new());
    loop {
        let reads = ids.into_iter().map(async |id| {
            let aliases = names.get(id).cloned().unwrap_or_default();
            Ok((id, own_key(cx, id, aliases).await?))
        });
        let read: Vec<_> = stream::iter(reads).buffered(READS).try_collect().await?;
        ids = Vec::new();
        for (id, key) in read {
            match key {
                FoundKey::Own(key) => own.push(key),
                FoundKey::Unreadable => ids.push(id),
                FoundKey::Other => {}
            }
        }
        if ids.is_empty() || !own.is_empty() {
            return Ok(own);
        }
        (cx.on_wait)(WAITING);
        cx.sleep_or_interrupt(WAITING, EVERY).await?;
    }
}

/// A key that may be the stack's.
enum FoundKey {
    Own(OwnKey),
    /// So new that its tags may not be readable yet.
    Unreadable,
    Other,
}

/// Returns the key if it is the stack's, has the address of its key, and is of use.
async fn own_key(cx: &Cx<'_>, id: &str, aliases: Vec<String>) -> Result<FoundKey> {
    let all = match observe::list_tags(cx, id).await {
        Ok(all) => all,
        Err(error) if error.is_denied() && may_be_new(cx, id, &error).await => {
            return Ok(FoundKey::Unreadable);
        }
        // The policies of the stack's keys allow reading their tags, so this key is someone else's, or gone.
        Err(error) if error.is_denied() || error.is_not_found() => return Ok(FoundKey::Other),
        Err(error) => return Err(error),
    };
    let whose = owner_of_tags(cx.stack, all.iter().map(|(key, value)| (key.as_str(), value.as_str())));
    let addressed = tags::drop_aws_tags(all).get(tags::ADDRESS).is_some_and(|at| at == super::ADDRESS);
    if whose != Owner::ThisStack || !addressed {
        return Ok(FoundKey::Other);
    }
    let seen = observe::describe_key(cx, id).await?;
    let usable = |seen: &observe::DescribedKey| {
        !aliases.is_empty() || matches!(seen.state, KeyStatus::Enabled | KeyStatus::Disabled)
    };
    let own = seen.filter(usable).map(|seen| FoundKey::Own(OwnKey { seen, aliases }));
    Ok(own.unwrap_or(FoundKey::Other))
}

/// Returns whether a key whose tags may not be read may be the stack's, made a moment ago.
async fn may_be_new(cx: &Cx<'_>, id: &str, error: &Error) -> bool {
    // IAM names the kind of policy that lacks the permission ("Troubleshoot access denied error messages"); the key
    // policies of the stack's keys leave it to the account.
    if error.to_string().contains("no resource-based policy allows") {
        return false;
    }
    let arn = authorization::noted_name(cx, id);
    observe::learn_age(cx, &arn).await;
    let aliased = list_aliases(cx).await.is_ok_and(|all| all.iter().any(|alias| alias.key == id));
    if !aliased && cx.run.remaining_authorization_lag(&arn).is_none() && !observe::is_readable(cx, id).await {
        // The age is unknown: the key counts as new until the lag of one that was made now would be over.
        cx.run.note_authorization_lag(arn.as_str(), LAG);
    }
    authorization::is_new(cx, &arn)
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
    fn a_key_is_listed_under_its_oldest_alias() {
        let aliases = vec![alias("alias/custom", "1", 3), alias("alias/app-extra", "1", 9)];
        let found = listed_key("1", aliases, true);
        assert_eq!(found.id(), "alias/custom");
        assert_eq!(found.listed.as_ref().unwrap().others, ["alias/app-extra"]);
    }

    #[test]
    fn a_key_without_an_alias_is_known_by_its_id() {
        assert_eq!(listed_key("1", Vec::new(), true).id(), "1");
    }
}
