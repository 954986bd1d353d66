//! KMS keys: state, policy, rotation, tags, and the alias that serves as their name.
mod cost;
mod create;
mod find;
mod observe;
mod permissions;
mod update;

use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use crate::{
    aws::{Aws, Cx, Error, NotFoundExt, Result, RetryDecision, tags::Tags},
    engine::{Live, MaybeKnown, Resource, Verb},
    iam::Policy,
};

/// A customer managed key with an alias of the stack's.
#[derive(Clone, Debug)]
pub struct Key {
    /// The alias with `alias/`; the bare key id for a key of the stack's that has lost its alias.
    id: String,
    window_days: i32,
    /// Further aliases of a key that was found rather than declared in the spec.
    others: Vec<String>,
}

/// Configuration of a key.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Props {
    /// Alias with `alias/`; the identity, so never a difference. Empty for a key that has lost its alias.
    pub alias: String,
    /// Key state; anything but enabled is repaired.
    pub state: KeyStatus,
    /// Description of the key, at most 8192 characters.
    pub description: String,
    /// Whether the key material is rotated once a year.
    pub rotation: bool,
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
/// Days that KMS waits by default before it destroys a key.
const WINDOW: i32 = 30;
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
        Self { id: format!("{ALIAS}{alias}"), window_days, others: Vec::new() }
    }

    fn alias(&self) -> Option<&str> {
        Some(&*self.id).filter(|id| id.starts_with(ALIAS))
    }
}

impl Resource for Key {
    const KIND: &'static str = "kms/key";
    const HOLDS_DATA: bool = true;
    type Props = Props;
    type Attrs = Attrs;

    fn id(&self) -> &str {
        &self.id
    }

    fn tags(props: &mut Props) -> Option<&mut Tags> {
        Some(&mut props.tags)
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

    async fn observe(&self, cx: &Cx<'_>) -> Result<Option<Live<Self>>> {
        let Some(seen) = observe::describe_key(cx, &self.id).await? else { return Ok(None) };
        // Nothing is left to do about a key without an alias that is pending deletion; the tag index lists it for
        // weeks.
        if self.alias().is_none() && seen.state == KeyStatus::PendingDeletion {
            return Ok(None);
        }
        let mut live = observe::live_key(cx, &self.id, &seen).await?;
        if !self.others.is_empty() {
            let others = self.others.join("`, `");
            live.blocked_by = Some(format!("it also goes by `{others}`, so something else may use it"));
        }
        Ok(Some(live))
    }

    async fn create(&self, cx: &Cx<'_>, to: &Props) -> Result<Live<Self>> {
        create::create_or_adopt(self, cx, to).await
    }

    async fn update(&self, cx: &Cx<'_>, live: Live<Self>, to: &Props) -> Result<Live<Self>> {
        update::update_key(cx, &live, to).await?;
        Ok(Live::owned(to.clone(), live.attrs))
    }

    /// Deletes the alias, which would otherwise stay taken for the whole window, and schedules the key's deletion.
    async fn delete(&self, cx: &Cx<'_>, live: &Live<Self>) -> Result<()> {
        let id = live.attrs.id.require_known()?;
        match self.alias() {
            Some(alias) => {
                let call = cx.aws.kms().delete_alias().alias_name(alias).send();
                cx.write(call).await.not_found_to_none()?;
            }
            // A key without an alias was given its alias back since the plan: it is in use again.
            None if find::list_aliases(cx).await?.iter().any(|alias| alias.key == *id) => {
                return Err(Error::ConcurrentModification(format!(
                    "the key `{id}` has an alias again, so it stays"
                )));
            }
            None => {}
        }
        let call = cx.aws.kms().schedule_key_deletion().key_id(id);
        let call = call.pending_window_in_days(self.window_days).send();
        match cx.write(call).await.not_found_to_none() {
            Err(error) if error.has_code_and_text("KMSInvalidStateException", "pending deletion") => Ok(()),
            other => other.map(drop),
        }
    }

    async fn list(cx: &Cx<'_>) -> Result<Vec<Self>> {
        find::list_keys_of_stack(cx).await
    }
}

/// Retries while a key created or changed in this run is not visible everywhere.
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
    cx.retry_until_ok("the key to be seen everywhere", budget, retry_decision, attempt).await
}
