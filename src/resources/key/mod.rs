//! KMS keys: state, policy, rotation, tags, and the alias that serves as their name.
mod aliases;
mod authorization;
mod cost;
mod create;
mod find;
mod observe;
mod ownership;
mod permissions;
mod rename;
mod update;

use std::time::Duration;

pub(super) use authorization::{WAITING, is_new, retry_while_new};
pub(super) use observe::learn_age;
use serde::Serialize;
use serde_json::Value;

use crate::{
    aws::{Aws, Cx, Error, NotFoundExt, Result, RetryDecision, tags::Tags},
    engine::{Live, MaybeKnown, Resource, Verb},
    iam::Policy,
};

/// Address of the key in its stack.
pub const ADDRESS: &str = "key";

/// A customer managed key with an alias of the stack's.
#[derive(Clone, Debug)]
pub struct Key {
    /// The alias with `alias/`; the bare key id for a key of the stack's that has lost its alias.
    id: String,
    window_days: i32,
    /// Description and policy that the key is created with, where they are known.
    creation: Option<(String, Policy)>,
    /// Identity of a key that was found rather than declared in the spec.
    listed: Option<ListedIdentity>,
}

/// Identity of a key that was found rather than declared in the spec.
#[derive(Clone, Debug)]
struct ListedIdentity {
    key: String,
    /// Further aliases of the key.
    others: Vec<String>,
    /// Whether the tag index lists the key, rather than its alias alone.
    tagged: bool,
}

/// Configuration of a key.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Props {
    /// Alias with `alias/`, which can be moved to another name. Empty for a key that has lost its alias.
    pub alias: String,
    /// Key state; anything but enabled is repaired.
    pub state: KeyStatus,
    /// Description of the key, at most 8192 characters.
    pub description: String,
    /// Whether the key material is rotated.
    pub rotation: bool,
    /// Days between two rotations; none for [`ROTATION_DAYS`], or without rotation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rotation_days: Option<i32>,
    /// Key policy.
    pub policy: Policy,
    /// Tags of the key.
    pub tags: Tags,
}

/// State of a key, which limits its use (KMS guide, "Key states of AWS KMS keys").
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyStatus {
    /// Fully usable.
    Enabled,
    /// Unusable until it is enabled again.
    Disabled,
    /// Unusable, and KMS destroys the key within days.
    PendingDeletion,
    /// Another state, which makes the key unusable and which no call of this tool can repair.
    #[serde(untagged)]
    Unusable(String),
}

/// Attributes of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attrs {
    /// Id of the key.
    pub id: MaybeKnown<String>,
    /// ARN of the key; services must be given this and not the alias, which they resolve only once.
    pub arn: MaybeKnown<String>,
    /// Alias with `alias/`.
    pub alias: String,
}

/// Prefix of every alias.
const ALIAS: &str = "alias/";
/// Days between two rotations by default (KMS API reference, `EnableKeyRotation`).
pub const ROTATION_DAYS: i32 = 365;
/// Tag that a key bears while it changes its alias: the alias that it is about to lose, so that a run which was broken
/// off between the two is carried on by the next.
const FORMER_ALIAS: &str = "copilot-infra:former-alias";
/// Days that KMS waits by default before it destroys a key.
const WINDOW: i32 = 30;
/// How long reads may show a key as it was before a change (KMS guide, "AWS KMS eventual consistency").
const LAG: Duration = Duration::from_secs(3);
/// Longest time a new key or alias takes to become visible everywhere; Terraform's provider waits as long.
const PROPAGATION: Duration = Duration::from_mins(2);
/// The same for the calls that lag most.
const SLOW_PROPAGATION: Duration = Duration::from_mins(10);

impl Key {
    /// Returns the key behind `alias`, given without `alias/`.
    ///
    /// KMS keeps the key for `window_days`, 7 to 30, after its removal.
    #[must_use]
    pub fn named(alias: &str, window_days: i32) -> Self {
        Self { id: format!("{ALIAS}{alias}"), window_days, creation: None, listed: None }
    }

    /// Sets the description and policy by which a key that an interrupted run left behind is known.
    #[must_use]
    pub fn created_with(self, description: String, policy: Policy) -> Self {
        Self { creation: Some((description, policy)), ..self }
    }

    fn alias(&self) -> Option<&str> {
        Some(&*self.id).filter(|id| id.starts_with(ALIAS))
    }
}

impl Resource for Key {
    const KIND: &'static str = "kms/key";
    const HOLDS_DATA: bool = true;
    const SHOWS_LATE: bool = true;
    type Props = Props;
    type Attrs = Attrs;

    fn id(&self) -> &str {
        &self.id
    }

    fn tags(props: &mut Props) -> Option<&mut Tags> {
        Some(&mut props.tags)
    }

    /// Returns the same name for every key: a stack has one, and a run that is broken off leaves it without an alias.
    fn identity(&self, _: &Props) -> String {
        "key".to_owned()
    }

    fn is_named_after_stack(&self, cx: &Cx<'_>) -> bool {
        self.id.strip_prefix(ALIAS).is_some_and(|alias| super::is_named_after(alias, cx.stack))
    }

    fn expected(_: Verb) -> Duration {
        Duration::from_secs(5)
    }

    fn costs(before: Option<&Value>, after: &Value) -> Vec<String> {
        cost::costs(before, after)
    }

    fn predicted_attributes(&self, _: &Aws) -> Attrs {
        Attrs {
            id: MaybeKnown::KnownAfter("key.id".into()),
            arn: MaybeKnown::KnownAfter("key.arn".into()),
            alias: self.id.clone(),
        }
    }

    fn physical_id(live: &Live<Self>) -> Option<String> {
        live.attrs.id.require_known().ok().cloned()
    }

    async fn observe(&self, cx: &Cx<'_>) -> Result<Option<Live<Self>>> {
        self.observe_as_far(cx, async |cx, name, seen| observe::live_key(cx, name, seen).await).await
    }

    async fn observe_for_removal(&self, cx: &Cx<'_>) -> Result<Option<Live<Self>>> {
        self.observe_as_far(cx, async |cx, name, seen| observe::owned_key(cx, name, seen).await).await
    }

    async fn create(&self, cx: &Cx<'_>, to: &Props) -> Result<Live<Self>> {
        create::create_or_adopt(self, cx, to).await
    }

    async fn update(&self, cx: &Cx<'_>, live: Live<Self>, to: &Props) -> Result<Live<Self>> {
        update::update_key(cx, &live, to).await?;
        cx.run.note_propagation_delay(LAG);
        Ok(Live::owned(to.clone(), live.attrs))
    }

    /// Schedules the key's deletion, and deletes the alias, which would otherwise stay taken for the whole window.
    ///
    /// The alias goes last, because nothing but the tag index leads to a key without one.
    async fn delete(&self, cx: &Cx<'_>, live: &Live<Self>) -> Result<()> {
        let (id, arn) = (live.attrs.id.require_known()?, live.attrs.arn.require_known()?);
        let aliases = rename::aliases_to_delete(self, live);
        // A key without one was given its alias back since the plan: it is in use again.
        if aliases.is_empty() && !aliases::list_aliases_of_key(cx, id).await?.is_empty() {
            return Err(Error::ConcurrentModification(format!(
                "the key `{id}` has an alias again, so it stays"
            )));
        }
        let scheduled = retry_while_new(cx, Some(arn), async || {
            let call = cx.aws.kms().schedule_key_deletion().key_id(id);
            let call = call.pending_window_in_days(self.window_days).send();
            cx.write(call).await.not_found_to_none()
        });
        match scheduled.await {
            Err(error) if error.has_code_and_text("KMSInvalidStateException", "pending deletion") => {}
            other => drop(other?),
        }
        for alias in aliases {
            rename::delete_alias(cx, alias, arn).await?;
        }
        Ok(())
    }

    async fn list(cx: &Cx<'_>) -> Result<Vec<Self>> {
        find::list_keys_of_stack(cx).await
    }
}

impl Key {
    /// Looks for the key by its alias first, then by its tags: it keeps its id when its alias changes. What is found by its
    /// alias is read by `read`.
    async fn observe_as_far(
        &self,
        cx: &Cx<'_>,
        read: impl AsyncFn(&Cx<'_>, &str, &observe::DescribedKey) -> Result<Live<Self>>,
    ) -> Result<Option<Live<Self>>> {
        if let Some(listed) = &self.listed {
            return self.observe_listed(cx, listed, read).await;
        }
        let found = match observe::describe_key_memoized(cx, &self.id).await {
            // Who may read keys by their tags only is denied, rather than not shown, one that is not there.
            Err(error) if error.is_denied() && !aliases::has_alias(cx, &self.id).await? => None,
            found => found?.as_ref().clone(),
        };
        match found {
            // The alias of a key that was just removed may be seen for a while.
            Some(seen)
                if seen.state == KeyStatus::PendingDeletion && !aliases::has_alias(cx, &self.id).await? =>
            {
                Ok(None)
            }
            Some(seen) => {
                let live = read(cx, &self.id, &seen).await?;
                rename::resume_rename(cx, live, &seen).await.map(Some)
            }
            None => rename::find_by_tags(self, cx).await,
        }
    }

    /// Observes a key that was found by its alias or in the tag index.
    async fn observe_listed(
        &self,
        cx: &Cx<'_>,
        listed: &ListedIdentity,
        read: impl AsyncFn(&Cx<'_>, &str, &observe::DescribedKey) -> Result<Live<Self>>,
    ) -> Result<Option<Live<Self>>> {
        let seen = match observe::describe_key(cx, &listed.key).await {
            // Nothing but its alias says that it may be the stack's, and the policies of the stack's keys allow
            // reading them.
            Err(error) if error.is_denied() && !listed.tagged => {
                let alias = &self.id;
                cx.run.warn(format!(
                    "the key behind `{alias}` may not be read and counts as somebody else's: {error}"
                ));
                return Ok(None);
            }
            seen => seen?,
        };
        let Some(seen) = seen else { return Ok(None) };
        // Nothing is left to do about a key without an alias that is pending deletion; the tag index lists it for
        // weeks.
        if self.alias().is_none() && seen.state == KeyStatus::PendingDeletion {
            return Ok(None);
        }
        let mut live = read(cx, &self.id, &seen).await?;
        if !listed.others.is_empty() {
            let others = listed.others.join("`, `");
            live.blocked_by = Some(format!("it also goes by `{others}`, so something else may use it"));
        }
        Ok(Some(live))
    }
}

/// Retries while a key created or changed in this run is not visible everywhere, or does not count yet.
async fn retry_until_visible<T>(
    cx: &Cx<'_>,
    arn: &str,
    budget: Duration,
    attempt: impl AsyncFn() -> Result<T>,
) -> Result<T> {
    let retry_decision = |error: &Error| {
        let late = error.is_not_found() || error.code() == "DisabledException";
        if late && cx.run.was_modified(arn) {
            RetryDecision::After(Duration::from_secs(1))
        } else {
            RetryDecision::GiveUp
        }
    };
    let seen = "the key to be seen everywhere";
    retry_while_new(cx, Some(arn), async || cx.retry_until_ok(seen, budget, retry_decision, &attempt).await)
        .await
}
