//! The one trait that a new kind of AWS resource implements.
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use super::{diff::LeafChange, event::Verb};
use crate::aws::{
    Aws, Cx, Result,
    tags::{APPLIED, Owner, Tags},
};

/// A resource as it stands in AWS.
#[derive(Clone, Debug)]
pub struct Live<R: Resource> {
    /// Its configuration, in the same type as the wanted one.
    pub props: R::Props,
    /// What other resources may use.
    pub attrs: R::Attrs,
    /// Whose it is.
    pub owner: Owner,
    /// Why it could not be removed now, such as an index that is still being built.
    pub blocked_by: Option<String>,
    /// What a reader of the plan should know and no change would mend.
    pub warning: Option<String>,
}

impl<R: Resource> Live<R> {
    /// A resource of this stack with nothing else to say about it.
    pub fn owned(props: R::Props, attrs: R::Attrs) -> Self {
        Self { props, attrs, owner: Owner::ThisStack, blocked_by: None, warning: None }
    }
}

/// One kind of AWS resource.
///
/// Its futures need not be `Send`: one thread carries the whole run, and AWS is what it waits for.
///
/// `create` makes the bare thing; the engine then calls `update` while what stands differs from what is
/// wanted, so neither repeats the other and both survive an interrupted run.
#[expect(async_fn_in_trait, reason = "the crate is the only user, and it needs no `Send`")]
pub trait Resource: Clone + Send + Sync + 'static {
    /// Name of the kind, such as `dynamodb/table`.
    const KIND: &'static str;
    /// JSON pointers into `Props` that AWS cannot change in place: a difference there replaces.
    const FIXED: &'static [&'static str] = &[];
    /// Whether losing one loses data.
    const HOLDS_DATA: bool = false;
    /// Whether it belongs to the whole account: made where it is missing, never removed.
    const SHARED: bool = false;
    /// Whether it vanishes with its parent, so that removing the whole stack needs no step for it.
    const CHILD: bool = false;
    /// What else is lost with one that holds no data, in words; nobody needs it to go on working.
    const LOSES: Option<&'static str> = None;
    /// JSON pointers into `Props` below which a value may be a secret: redacted where no spec says more.
    const REDACTED: &'static [&'static str] = &[];
    /// Configuration: one type for both the wanted and the standing side, in canonical form.
    type Props: Serialize + Clone + Send + Sync + 'static;
    /// Identity: what other resources and the outputs may use; stable under update.
    type Attrs: Clone + Send + Sync + 'static;

    /// Its name in AWS, which is also its identity.
    fn id(&self) -> &str;
    /// Its tags, where what was last applied is kept; none for what takes no tags.
    #[must_use]
    fn tags(_: &mut Self::Props) -> Option<&mut Tags> {
        None
    }
    /// How long work on one usually takes: a guess for whoever waits, in the order of magnitude that the waiters of
    /// the SDKs and other tools' logs show. AWS promises none of it.
    #[must_use]
    fn expected(_: Verb) -> Duration {
        Duration::from_secs(2)
    }
    /// What one goes on costing whether or not anybody uses it, in words, where that is more than it was `before`.
    #[must_use]
    fn costs(_before: Option<&Value>, _after: &Value) -> Vec<String> {
        Vec::new()
    }
    /// What does not answer any more once it is changed in place, in words.
    #[must_use]
    fn outages(_: &[LeafChange]) -> Vec<String> {
        Vec::new()
    }
    /// The attributes as far as they can be told before it exists.
    fn predicted_attributes(&self, aws: &Aws) -> Self::Attrs;
    /// Reads what stands in AWS. Missing is `None`; unreadable is an error, never `None`.
    async fn observe(&self, cx: &Cx<'_>) -> Result<Option<Live<Self>>>;
    /// Makes the bare resource and returns it as it then stands; finding its own half-made one is no error.
    async fn create(&self, cx: &Cx<'_>, to: &Self::Props) -> Result<Live<Self>>;
    /// Brings a standing resource to `to`, sending only what differs.
    ///
    /// Tags go first: the [mark](crate::aws::tags::APPLIED) of what is applied is among them. Broken off after
    /// them, the rest still differs and the next run sends it; broken off before them, the rest would stand
    /// and an old mark would stay, so that a later plan took the tool's own work for drift.
    async fn update(&self, cx: &Cx<'_>, live: Live<Self>, to: &Self::Props) -> Result<Live<Self>>;
    /// Removes it, children included, and waits until it is gone; removing what is gone is no error.
    async fn delete(&self, cx: &Cx<'_>, live: &Live<Self>) -> Result<()>;
    /// Candidates of this kind that the stack may own, found without a state file; the engine observes each
    /// and keeps those whose tags name the stack.
    async fn list(cx: &Cx<'_>) -> Result<Vec<Self>>;
}

/// A configuration as a document, without the mark of what was last applied.
pub(super) fn unmarked_document<R: Resource>(props: &R::Props) -> Value {
    let mut props = props.clone();
    if let Some(tags) = R::tags(&mut props) {
        tags.remove(APPLIED);
    }
    // Props are plain data with string keys; there is nothing in them that JSON cannot say.
    serde_json::to_value(&props).unwrap_or(Value::Null)
}

/// The value of a tag.
pub(super) fn tag_value<R: Resource>(props: &R::Props, key: &str) -> Option<String> {
    R::tags(&mut props.clone())?.get(key).cloned()
}
