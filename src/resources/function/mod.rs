//! Lambda functions: code, configuration, reserved concurrency and tags.
mod attachments;
mod close;
mod find;
mod observe;
mod openings;
mod permissions;
mod plan_calls;
mod push;
mod qualified;
mod request;

use std::time::Duration;

use crate::{
    aws::{
        Aws, Cx, Error, Result,
        tags::{Owner, Tags},
    },
    engine::{Exposure, LeafChange, Live, MaybeKnown, Resource, Verb},
    package::{CodeDigests, Package},
    resources::exposures::closed_exposures,
};
pub use attachments::{Attachments, FileSystem, Vpc};
pub(super) use find::list_roles_of_functions;
pub use observe::recorded_code;
pub(super) use observe::{get_function_memoized, owner_of_function};
pub use push::{CodePush, compare_code};
pub use qualified::{EventInvokeConfig, FunctionUrl, QualifiedConfigs};
pub(super) use request::retry_while_busy;
use std::{collections::BTreeMap, sync::Arc};

use serde::Serialize;
use serde_json::Value;

/// Name of the tag that holds the unique id of the role for which the function's KMS grant was made.
///
/// Lambda lets the role decrypt the environment by a grant on the key, and a grant names the role's unique id: a role
/// that was deleted and created again under the same name cannot decrypt it although the function looks healthy (AWS
/// knowledge center, "`KMSAccessDeniedException` from Lambda"). `GetFunction` does not show the id.
const ROLE_ID: &str = "copilot-infra:role-id";

/// Name of the tag that holds the digests of the code that was last sent.
///
/// Lambda shows the digest of the archive alone, which time stamps and another encoder change although the code is the
/// same. The digest of the contents counts while the archive is the one that was sent with it: code that somebody else
/// sent is never taken for the stack's.
const CODE: &str = "copilot-infra:code";

/// A Lambda function.
#[derive(Clone)]
pub struct Function {
    name: String,
    /// The package to send; none for a function that was only found, which is just read or deleted.
    code: Option<Arc<Package>>,
    /// Whether only its name speaks for it, so that its tags are read before anything else of it.
    suspected: bool,
}

/// Configuration of a function.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Props {
    /// What Lambda says of the function itself; a desired one has the default.
    #[serde(flatten)]
    pub status: Status,
    /// ARN of the execution role.
    pub role: String,
    /// Unique id of the execution role, so that a role that was created anew gets its grant on the key.
    pub role_id: Option<MaybeKnown<String>>,
    /// Handler, such as `index.handler`.
    pub handler: Option<String>,
    /// Runtime, such as `nodejs24.x`.
    pub runtime: String,
    /// Architecture: `x86_64` or `arm64`.
    pub architecture: String,
    /// Memory in MB.
    pub memory: i32,
    /// Timeout in seconds.
    pub timeout: i32,
    /// Description of the function; empty for none.
    pub description: String,
    /// Environment variables.
    pub environment: BTreeMap<String, MaybeKnown<String>>,
    /// ARN of the KMS key that encrypts the environment; Lambda's own key if none.
    pub key: Option<MaybeKnown<String>>,
    /// Tracing mode: `active` or `passthrough`.
    pub tracing: String,
    /// Name of the log group that the function writes to.
    pub log_group: String,
    /// Log format: `text` or `json`.
    pub log_format: String,
    /// Reserved concurrency; none for no reservation.
    pub reserved_concurrency: Option<i32>,
    /// SHA-256 of the contents of the package, in base64; of the archive, if it is not known what is in it.
    pub code_sha256: String,
    /// Digests of the code that was last sent, which a tag records.
    #[serde(skip)]
    pub code_record: Option<CodeDigests>,
    /// What is attached to it.
    #[serde(flatten)]
    pub attachments: Attachments,
    /// URLs and destinations beside it.
    #[serde(flatten)]
    pub qualified: QualifiedConfigs,
    /// Tags of the function.
    pub tags: Tags,
}

impl Props {
    /// Returns the same without the key if there is no environment: there is nothing that the key encrypts, and Lambda
    /// need not keep it (`KMSKeyArn`, Lambda API reference, `CreateFunction`: it encrypts the environment variables;
    /// `SnapStart` and `SourceKMSKeyArn` are not used here).
    #[must_use]
    pub fn without_idle_key(self) -> Self {
        let key = self.key.filter(|_| !self.environment.is_empty());
        Self { key, ..self }
    }
}

/// What Lambda says of a function itself, which no call sets: a difference makes the engine repair it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Status {
    /// Package type; always `zip` for a function that this crate creates. Fixed.
    pub package_type: String,
    /// Why the function cannot run at all. Fixed: Lambda demands that such a function is deleted and created anew
    /// (Lambda guide, "Lambda function states").
    pub broken: Option<String>,
    /// Why the last update failed and was given up.
    pub failed_update: Option<String>,
}

impl Default for Status {
    fn default() -> Self {
        Self { package_type: "zip".to_owned(), broken: None, failed_update: None }
    }
}

/// Attributes of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attrs {
    /// Name of the function.
    pub name: String,
    /// ARN of the function, without a version.
    pub arn: String,
}

impl Function {
    /// Returns the function called `name` with the package `code`.
    pub fn new(name: impl Into<String>, code: Arc<Package>) -> Self {
        Self { name: name.into(), code: Some(code), suspected: false }
    }

    /// Returns a function that was only found; a suspected one by its name alone.
    fn found(name: String, suspected: bool) -> Self {
        Self { name, code: None, suspected }
    }

    fn require_code(&self) -> Result<&Package> {
        let missing = || Error::InvalidState(format!("there is no package at hand for `{}`", self.name));
        self.code.as_deref().filter(|code| !code.zip.is_empty()).ok_or_else(missing)
    }
}

impl Resource for Function {
    const KIND: &'static str = "lambda/function";
    const FIXED: &'static [&'static str] = &["/package_type", "/broken"];
    const REDACTED: &'static [&'static str] = &["/environment"];
    const SHOWS_LATE: bool = true;
    type Props = Props;
    type Attrs = Attrs;

    fn id(&self) -> &str {
        &self.name
    }

    fn tags(props: &mut Props) -> Option<&mut Tags> {
        Some(&mut props.tags)
    }

    fn is_named_after_stack(&self, cx: &Cx<'_>) -> bool {
        super::is_named_after(&self.name, cx.stack)
    }

    fn expected(verb: Verb) -> Duration {
        Duration::from_secs(if verb == Verb::Create { 10 } else { 6 })
    }

    fn exposures(id: &str, _: &Value, changes: &[LeafChange]) -> Vec<Exposure> {
        closed_exposures(openings::OPENINGS, id, changes)
    }

    fn predicted_attributes(&self, aws: &Aws) -> Attrs {
        Attrs { name: self.name.clone(), arn: function_arn(aws, &self.name) }
    }

    async fn observe(&self, cx: &Cx<'_>) -> Result<Option<Live<Self>>> {
        let Some(live) = self.observe_for_removal(cx).await? else { return Ok(None) };
        // What stands beside a function goes with it, so only one that the spec asks for is looked at in full.
        if self.code.is_none() || !live.owner.has_stack_tag() {
            return Ok(Some(live));
        }
        let (qualified, warning) = qualified::read_configs(cx, &self.name).await?;
        Ok(Some(Live { props: Props { qualified, ..live.props }, warning, ..live }))
    }

    async fn observe_for_removal(&self, cx: &Cx<'_>) -> Result<Option<Live<Self>>> {
        // The environment of a function of another stack, whose name begins alike, is none of this stack's business.
        if self.suspected && !find::has_stack_tag(cx, &self.name).await? {
            return Ok(None);
        }
        let found = match get_function_memoized(cx, &self.name).await {
            Err(error) if error.is_denied() && self.code.is_none() => {
                return if find::is_listed(cx, &self.name).await? { Err(error) } else { Ok(None) };
            }
            found => found?,
        };
        let Some(answer) = found.as_ref() else { return Ok(None) };
        let answer = observe::wait_until_readable(cx, &self.name, answer).await?;
        observe::live_function(cx, self, &answer).map(Some)
    }

    async fn create(&self, cx: &Cx<'_>, to: &Props) -> Result<Live<Self>> {
        let mut made = request::create_function(cx, self, to).await;
        if made.as_ref().is_err_and(request::is_name_taken)
            && observe::get_function_now(cx, &self.name).await?.is_none()
        {
            // It was still being deleted, left by a deletion that was interrupted.
            observe::wait_until_gone(cx, &self.name).await?;
            made = request::create_function(cx, self, to).await;
        }
        let adopted = match made {
            Err(error) if request::is_name_taken(&error) => true,
            made => made.map(|()| false)?,
        };
        if !adopted {
            cx.run.mark_modified(function_arn(cx.aws, &self.name));
            // A new function is pending for a second at least, so an immediate read would be useless.
            observe::pause_while_updating(cx, &self.name).await?;
        }
        let live = observe::live_function(cx, self, &observe::wait_until_stable(cx, &self.name).await?)?;
        if adopted && live.owner != Owner::ThisStack {
            let name = &self.name;
            return Err(Error::ConcurrentModification(format!(
                "someone else has made a function called `{name}`"
            )));
        }
        Ok(live)
    }

    async fn update(&self, cx: &Cx<'_>, live: Live<Self>, to: &Props) -> Result<Live<Self>> {
        let recorded = plan_calls::recorded_props(&live.props, to);
        let (arn, from, wanted) =
            (&live.attrs.arn, tags_with_records(&live.props)?, tags_with_records(&recorded)?);
        // The last-applied tag comes first: see `engine::Resource::update`.
        let first = with_records_of(&from, &wanted);
        request::set_tags(cx, arn, &self.name, &from, &first).await?;
        close::delete_configs(cx, &self.name, &live.props.qualified, &to.qualified).await?;
        let rounds = plan_calls::plan_configuration_calls(&live.props, to)?;
        let code = plan_calls::sends_code(&live.props, to);
        if code || !rounds.is_empty() {
            let mut revision = request::require_unmodified(cx, self, &live.props).await?;
            let mut from = &live.props;
            for round in &rounds {
                revision = request::update_configuration(cx, self, from, round, revision).await?;
                from = &round.resulting_props;
            }
            if code {
                request::update_code(cx, self, request::Revised { from, to, revision }).await?;
            }
        }
        if live.props.reserved_concurrency != to.reserved_concurrency {
            request::set_reserved_concurrency(cx, &self.name, to.reserved_concurrency).await?;
        }
        // The records among the tags state that the grant was made and the code was sent, so they come last.
        request::set_tags(cx, arn, &self.name, &first, &wanted).await?;
        Ok(Live::owned(recorded, live.attrs))
    }

    async fn delete(&self, cx: &Cx<'_>, _: &Live<Self>) -> Result<()> {
        request::delete_function(cx, &self.name).await?;
        observe::wait_until_gone(cx, &self.name).await
    }

    async fn list(cx: &Cx<'_>) -> Result<Vec<Self>> {
        let found = find::list_functions_of_stack(cx).await?;
        Ok(found.into_iter().map(|(name, suspected)| Self::found(name, suspected)).collect())
    }
}

/// Returns the ARN of the function called `name`.
pub(super) fn function_arn(aws: &Aws, name: &str) -> String {
    aws.arn("lambda", &format!("function:{name}"))
}

/// Returns the tags to send, with the records of the role's id and of the code.
fn tags_with_records(props: &Props) -> Result<Tags> {
    let mut tags = props.tags.clone();
    if let Some(id) = &props.role_id {
        tags.insert(ROLE_ID.to_owned(), id.require_known()?.clone());
    }
    tags.extend(props.code_record.as_ref().map(|digests| (CODE.to_owned(), digests.to_record())));
    Ok(tags)
}

/// Returns the tags of `wanted`, with the records of `from`.
fn with_records_of(from: &Tags, wanted: &Tags) -> Tags {
    let mut tags = wanted.clone();
    for record in [ROLE_ID, CODE] {
        tags.remove(record);
        tags.extend(from.get(record).map(|value| (record.to_owned(), value.clone())));
    }
    tags
}
