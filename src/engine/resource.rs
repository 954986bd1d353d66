//! The trait that every kind of AWS resource implements.
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use super::{diff::LeafChange, event::Verb, exposure::Exposure, loss::Loss, plan::Action};
use crate::aws::{
    Aws, Cx, Result,
    tags::{APPLIED, Owner, Tags},
};

/// Consequence of removing a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemovalClass {
    /// Nothing is lost that the spec could not make again.
    Plain,
    /// Data is lost.
    Data,
    /// Data would be lost, and AWS is told to refuse that; the tool does not lift the protection.
    Locked,
    /// The resource belongs to the whole account and stays.
    Shared,
    /// The resource vanishes with its parent.
    Child,
}

impl RemovalClass {
    /// Returns whether a resource of this class holds data.
    #[must_use]
    pub fn holds_data(self) -> bool {
        matches!(self, Self::Data | Self::Locked)
    }
}

/// Live resource as it was read from AWS.
#[derive(Clone, Debug)]
pub struct Live<R: Resource> {
    /// Live configuration, in the same type as the desired one.
    pub props: R::Props,
    /// Attributes that other resources may use.
    pub attrs: R::Attrs,
    /// Owner of the resource, by its tags.
    pub owner: Owner,
    /// Why the resource could not be removed now, such as an index that is still being built.
    pub blocked_by: Option<String>,
    /// Warning for the reader of the plan that no change would mend.
    pub warning: Option<String>,
    /// Which resource is taken over, in words, if it was found by its tags under no name of the stack's.
    pub takes_over: Option<String>,
    /// Why the stack must not take it over, and the remedy.
    pub refusal: Option<(String, String)>,
}

impl<R: Resource> Live<R> {
    /// Returns a resource that this stack owns, with nothing else to say about it.
    pub fn owned(props: R::Props, attrs: R::Attrs) -> Self {
        Self {
            props,
            attrs,
            owner: Owner::ThisStack,
            blocked_by: None,
            warning: None,
            takes_over: None,
            refusal: None,
        }
    }
}

/// One kind of AWS resource.
///
/// Its futures need not be `Send`: one thread carries the whole run, and AWS is what it waits for.
///
/// `create` makes the bare resource; the engine then calls `update` while the live configuration differs from the
/// desired one, so neither repeats the other and both survive an interrupted run.
#[expect(async_fn_in_trait, reason = "the crate is the only user, and it needs no `Send`")]
pub trait Resource: Clone + Send + Sync + 'static {
    /// Name of the kind, such as `dynamodb/table`.
    const KIND: &'static str;
    /// JSON pointers into `Props` that AWS cannot change in place: a difference there replaces the resource.
    const FIXED: &'static [&'static str] = &[];
    /// Whether losing a resource of this kind loses data.
    const HOLDS_DATA: bool = false;
    /// Whether the resource belongs to the whole account: created where it is missing, never removed.
    const SHARED: bool = false;
    /// Whether the resource vanishes with its parent, so that removing the whole stack neither reads it nor needs a step
    /// for it.
    const CHILD: bool = false;
    /// Whether reads may show what stood before a change for a while, so that a run waits for them in the end.
    const SHOWS_LATE: bool = false;
    /// Whether its creation ends with changes of what was made, which reads may lose sight of once more.
    const CHANGES_ONCE_MADE: bool = false;
    /// What else is lost with a resource that holds no data, in words; nobody needs it to go on working.
    const LOSES: Option<&'static str> = None;
    /// JSON pointers into `Props` below which a value may be a secret: redacted where no spec says more.
    const REDACTED: &'static [&'static str] = &[];
    /// Configuration: one type for both the desired and the live side, in canonical form.
    type Props: Serialize + Clone + Send + Sync + 'static;
    /// Identity that other resources and the outputs may use; stable under update.
    type Attrs: Clone + Send + Sync + 'static;

    /// Returns the name in AWS, which is also the identity.
    fn id(&self) -> &str;
    /// Returns the tags, which hold the last-applied tag; none for what takes no tags.
    #[must_use]
    fn tags(_: &mut Self::Props) -> Option<&mut Tags> {
        None
    }
    /// Returns the consequence of removing the resource, which has this configuration.
    fn removal_class(&self, _live: &Self::Props) -> RemovalClass {
        match (Self::SHARED, Self::CHILD, Self::HOLDS_DATA) {
            (true, ..) => RemovalClass::Shared,
            (_, true, _) => RemovalClass::Child,
            (.., true) => RemovalClass::Data,
            _ => RemovalClass::Plain,
        }
    }
    /// Returns the name that AWS knows the resource by, where its id says more or less than that.
    fn identity(&self, _: &Self::Props) -> String {
        self.id().to_owned()
    }
    /// Returns whether name, path or alias show that the resource is the stack's.
    fn is_named_after_stack(&self, cx: &Cx<'_>) -> bool;
    /// Drops from a live configuration what the desired one leaves to others.
    fn drop_unmanaged(&self, _live: &mut Self::Props, _desired: &Self::Props) {}
    /// Returns the expected duration of work on one resource: a guess for whoever waits, in the order of magnitude that
    /// the waiters of the SDKs and other tools' logs show. AWS promises none of it.
    #[must_use]
    fn expected(_: Verb) -> Duration {
        Duration::from_secs(2)
    }
    /// Returns the standing costs, used or not, in words, where they are more than they were `before`.
    #[must_use]
    fn costs(_before: Option<&Value>, _after: &Value) -> Vec<String> {
        Vec::new()
    }
    /// Returns what stops answering once the resource is changed in place, in words.
    #[must_use]
    fn outages(_: &[LeafChange]) -> Vec<String> {
        Vec::new()
    }
    /// Returns what others may do through what an update of the resource `id`, which stood as `before`, takes away.
    #[must_use]
    fn exposures(_id: &str, _before: &Value, _: &[LeafChange]) -> Vec<Exposure> {
        Vec::new()
    }
    /// Returns what AWS keeps of the resource `id` after its deletion, and how it is restored, in words.
    #[must_use]
    fn remains(_id: &str, _before: &Value) -> Option<String> {
        None
    }
    /// Returns what the users of a resource lose for good by `action` besides its data; it wants their consent.
    #[must_use]
    fn loss(_action: &Action, _before: Option<&Value>) -> Option<Loss> {
        None
    }
    /// Returns the id that AWS generated for a live resource, of a kind that keeps it when its name changes.
    ///
    /// By it an orphan is known to be the resource that the spec gives another name.
    #[must_use]
    fn physical_id(_: &Live<Self>) -> Option<String> {
        None
    }
    /// Predicts the attributes as far as they can be told before the resource exists.
    fn predicted_attributes(&self, aws: &Aws) -> Self::Attrs;
    /// Reads the live resource from AWS. Missing is `None`; unreadable is an error, never `None`.
    async fn observe(&self, cx: &Cx<'_>) -> Result<Option<Live<Self>>>;
    /// Reads what the removal of the live resource goes by: its owner, its tags, what is lost with it and what stands in the
    /// way. The rest of `Props` may be missing.
    async fn observe_for_removal(&self, cx: &Cx<'_>) -> Result<Option<Live<Self>>> {
        self.observe(cx).await
    }
    /// Returns what else stands in the way of removing a live resource of the stack, where that takes further reads.
    async fn find_removal_blocker(&self, _: &Cx<'_>, _: &Live<Self>) -> Result<Option<String>> {
        Ok(None)
    }
    /// Creates the bare resource and returns it as it then is; finding its own half-made one is no error.
    async fn create(&self, cx: &Cx<'_>, to: &Self::Props) -> Result<Live<Self>>;
    /// Updates a live resource to `to`, sending only what differs.
    ///
    /// Tags go first: the [last-applied tag](crate::aws::tags::APPLIED) is among them. If an update is broken off after
    /// them, the rest still differs and the next run sends it; if they came last, an update broken off before them
    /// would leave an old last-applied tag, so that a later plan took the tool's own work for drift.
    async fn update(&self, cx: &Cx<'_>, live: Live<Self>, to: &Self::Props) -> Result<Live<Self>>;
    /// Deletes the resource, children included, and waits until it is gone; deleting what is gone is no error.
    async fn delete(&self, cx: &Cx<'_>, live: &Live<Self>) -> Result<()>;
    /// Lists candidates of this kind that the stack may own, found without a state file; the engine observes each
    /// and keeps those whose tags name the stack.
    async fn list(cx: &Cx<'_>) -> Result<Vec<Self>>;
}

/// Returns a configuration as a document, without the last-applied tag.
pub(super) fn unmarked_document<R: Resource>(props: &R::Props) -> Value {
    let mut props = props.clone();
    if let Some(tags) = R::tags(&mut props) {
        tags.remove(APPLIED);
    }
    // Props are plain data with string keys; there is nothing in them that JSON cannot say.
    serde_json::to_value(&props).unwrap_or(Value::Null)
}

/// Returns the value of a tag.
pub(super) fn tag_value<R: Resource>(props: &R::Props, key: &str) -> Option<String> {
    R::tags(&mut props.clone())?.get(key).cloned()
}
