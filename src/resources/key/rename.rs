//! Finds the key of the stack under another alias or none, and moves its alias: the key and all that it encrypts stay.
//!
//! A move is three calls: the key is tagged with the alias that it is about to lose, the new alias is made, and the old
//! one deleted. The tag goes last, so a run that is broken off anywhere leaves what the next one needs to carry on.
use std::{cell::RefCell, collections::BTreeSet, time::Duration};

use super::{
    ALIAS, FORMER_ALIAS, Key, PROPAGATION, Props, SLOW_PROPAGATION, aliases,
    authorization::{LAG, retry_while_new},
    find::{self, OwnKey},
    observe::{self, DescribedKey},
    ownership, retry_until_visible,
};
use crate::{
    aws::{Cx, Error, NotFoundExt, Result},
    engine::Live,
};

/// Time after which readers see that a tag or an alias is gone.
const SETTLING: Duration = Duration::from_secs(5);

/// Returns the live key with its former alias, if a run that was to move the alias was broken off.
pub(super) async fn resume_rename(
    cx: &Cx<'_>,
    mut live: Live<Key>,
    seen: &DescribedKey,
) -> Result<Live<Key>> {
    if let Some(former) = live.props.tags.get(FORMER_ALIAS).cloned() {
        let all = aliases::list_aliases_of_key(cx, &seen.id).await?;
        if all.iter().any(|alias| alias.name == former) {
            live.props.alias = former;
        }
    }
    Ok(live)
}

/// Finds the key that bears the stack's tags and goes by another alias or none.
pub(super) async fn find_by_tags(key: &Key, cx: &Cx<'_>) -> Result<Option<Live<Key>>> {
    let mut found = find::find_own_keys(cx).await?;
    // One that goes by an alias is in use; one without was left by a run that was broken off, or lost its alias.
    found.sort_by_key(|one| one.aliases.is_empty());
    let mut refused = None;
    for one in &found {
        let live = take_over(key, cx, one, &found).await?;
        if live.refusal.is_none() {
            return Ok(Some(live));
        }
        refused = refused.or(Some(live));
    }
    Ok(refused)
}

/// Reads a key that was found by its tags, and judges whether it may be taken over.
async fn take_over(key: &Key, cx: &Cx<'_>, one: &OwnKey, all: &[OwnKey]) -> Result<Live<Key>> {
    let mut live = observe::live_key(cx, &key.id, &one.seen).await?;
    live.props.alias = former_alias(cx.stack, &one.aliases).unwrap_or_default();
    live.refusal = ownership::distrust(key, cx, &live).await?;
    let others = all.iter().find(|other| other.seen.id != one.seen.id && !other.aliases.is_empty());
    if let (None, false, Some(other)) = (&live.refusal, one.aliases.is_empty(), others) {
        live.refusal = Some(ambiguous(key, one, other));
    }
    live.takes_over = one.aliases.is_empty().then(|| format!("key `{}`", one.seen.id));
    Ok(live)
}

fn ambiguous(key: &Key, one: &OwnKey, other: &OwnKey) -> (String, String) {
    let (first, second) = (&one.seen.id, &other.seen.id);
    let reason =
        format!("two keys of this stack go by other aliases than `{}`: `{first}` and `{second}`", key.id);
    let remedy = format!(
        "choose the one that the tables use: `aws kms create-alias --alias-name {} --target-key-id …`",
        key.id
    );
    (reason, remedy)
}

/// Returns the alias that a key loses when it gets another one: the only one, else the oldest after the stack's name.
///
/// Of several others it cannot be told which is the tool's, so none is touched.
fn former_alias(stack: &str, aliases: &[String]) -> Option<String> {
    match aliases {
        [one] => Some(one.clone()),
        several => several.iter().find(|alias| find::is_named_after(stack, alias)).cloned(),
    }
}

/// Moves the alias of a key to the desired one; `live` is as it was read, with the tags as they are now set.
pub(super) async fn move_alias(cx: &Cx<'_>, live: &Live<Key>, to: &Props) -> Result<()> {
    let (id, arn) = (live.attrs.id.require_known()?, live.attrs.arn.require_known()?);
    create_alias(cx, &to.alias, id, arn).await?;
    if !live.props.alias.is_empty() {
        delete_alias(cx, &live.props.alias, arn).await?;
        let call = async || {
            let call = cx.aws.kms().untag_resource().key_id(id).tag_keys(FORMER_ALIAS).send();
            cx.write(call).await
        };
        retry_until_visible(cx, arn, PROPAGATION, call).await?;
        cx.run.note_propagation_delay(SETTLING);
    }
    Ok(())
}

/// Returns the desired tags of a key while its alias is moved.
pub(super) fn tags_while_moving(live: &Props, to: &Props) -> Props {
    let mut to = to.clone();
    if live.alias != to.alias && !live.alias.is_empty() {
        to.tags.insert(FORMER_ALIAS.to_owned(), live.alias.clone());
    }
    to
}

/// Creates an alias and waits until it resolves to the key.
///
/// An alias that was deleted a moment ago may still lead to another key for a while.
pub(super) async fn create_alias(cx: &Cx<'_>, alias: &str, id: &str, arn: &str) -> Result<()> {
    let create = async || {
        let call = cx.aws.kms().create_alias().alias_name(alias).target_key_id(id).send();
        cx.write(call).await
    };
    match retry_until_visible(cx, arn, SLOW_PROPAGATION, create).await {
        // The answer to this request was lost, or someone else was first: the read below shows which.
        Err(error) if error.code() == "AlreadyExistsException" => {}
        other => drop(other?),
    }
    cx.run.note_authorization_lag(alias, LAG);
    let elsewhere = RefCell::new(false);
    let look = async || {
        let seen = observe::describe_key(cx, alias).await?;
        *elsewhere.borrow_mut() = seen.as_ref().is_some_and(|seen| seen.id != id);
        Ok(seen.filter(|seen| seen.id == id))
    };
    let waiting = format!("`{alias}` to lead to the key");
    match cx.poll_until(&waiting, PROPAGATION, Duration::from_secs(1), look).await {
        Err(Error::TimedOut { .. }) if *elsewhere.borrow() => Err(alias_taken(alias)),
        found => found.map(drop),
    }
}

/// Returns the error for an alias that leads to another key.
pub(super) fn alias_taken(alias: &str) -> Error {
    Error::ConcurrentModification(format!("`{alias}` was given to another key meanwhile"))
}

/// Deletes an alias of the key `arn`, if it is still there.
pub(super) async fn delete_alias(cx: &Cx<'_>, alias: &str, arn: &str) -> Result<()> {
    retry_while_new(cx, Some(arn), async || {
        let call = cx.aws.kms().delete_alias().alias_name(alias).send();
        cx.write(call).await.not_found_to_none().map(drop)
    })
    .await
}

/// Returns the aliases that go with a key: the desired one, and the one that it goes by.
pub(super) fn aliases_to_delete<'a>(key: &'a Key, live: &'a Live<Key>) -> BTreeSet<&'a str> {
    let named = key.alias().filter(|_| !live.props.alias.is_empty());
    named
        .into_iter()
        .chain(Some(live.props.alias.as_str()))
        .filter(|alias| alias.starts_with(ALIAS))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::former_alias;

    fn former(aliases: &[&str]) -> Option<String> {
        let aliases: Vec<String> = aliases.iter().map(|alias| (*alias).to_owned()).collect();
        former_alias("app", &aliases)
    }

    #[test]
    fn only_an_alias_that_is_surely_the_stacks_is_given_up() {
        assert_eq!(former(&["alias/any"]).as_deref(), Some("alias/any"));
        assert_eq!(former(&["alias/theirs", "alias/app-old", "alias/app"]).as_deref(), Some("alias/app-old"));
        assert_eq!(former(&["alias/theirs", "alias/other"]), None);
        assert_eq!(former(&[]), None);
    }
}
