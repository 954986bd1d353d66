//! Reads live functions in canonical form, and waits until they have settled.
use std::{borrow::Cow, collections::BTreeMap, sync::Arc, time::Duration};

use aws_sdk_lambda::{
    operation::get_function::GetFunctionOutput,
    types::{FunctionConfiguration, LastUpdateStatus, State, TracingMode},
};
use tokio::time::Instant;

use super::{Attachments, Attrs, CODE, Function, Props, QualifiedConfigs, ROLE_ID, Status, function_arn};
use crate::{
    aws::{
        Cx, Error, NotFoundExt, Operation, Result,
        tags::{self, Owner},
    },
    engine::{Live, MaybeKnown},
    package::{CodeDigests, Package},
    resources::key,
};

/// Longest time a function takes to settle after a change, or to be deleted.
const SETTLE: Duration = Duration::from_mins(10);
/// Longest time a function that was just created may stay invisible.
const UNSEEN: Duration = Duration::from_secs(30);
/// Delay between reads of a function that settles; `GetFunction` has a quota of its own, 100 a second (Lambda guide,
/// "Lambda quotas").
const EVERY: Duration = Duration::from_secs(1);

/// State of a function between two changes.
#[derive(Debug, PartialEq)]
pub(super) enum FunctionState {
    /// Ready to run and to be updated.
    Ready,
    /// Being created or updated.
    Updating,
    /// Runs as before an update that Lambda gave up, for this reason.
    UpdateFailed(String),
    /// Could not be created, for this reason; cannot be updated any more.
    CreationFailed(String),
    /// Being deleted.
    Deleting,
}

/// Returns the state of a function (Lambda API reference, `FunctionConfiguration`).
///
/// An idle function is ready: it only takes longer to start. A missing `LastUpdateStatus` means no update yet.
pub(super) fn function_state(function: &FunctionConfiguration) -> FunctionState {
    match function.state() {
        Some(State::Failed) => FunctionState::CreationFailed(format_reason(
            function.state_reason_code().map(aws_sdk_lambda::types::StateReasonCode::as_str),
            function.state_reason(),
        )),
        Some(State::Deleting) => FunctionState::Deleting,
        Some(State::Active | State::Inactive | State::ActiveNonInvocable | State::Deactivated) | None => {
            match function.last_update_status() {
                Some(LastUpdateStatus::InProgress) => FunctionState::Updating,
                Some(LastUpdateStatus::Failed) => FunctionState::UpdateFailed(format_reason(
                    function
                        .last_update_status_reason_code()
                        .map(aws_sdk_lambda::types::LastUpdateStatusReasonCode::as_str),
                    function.last_update_status_reason(),
                )),
                _ => FunctionState::Ready,
            }
        }
        Some(_) => FunctionState::Updating,
    }
}

fn format_reason(code: Option<&str>, words: Option<&str>) -> String {
    let pieces: Vec<&str> = [code, words].into_iter().flatten().filter(|piece| !piece.is_empty()).collect();
    if pieces.is_empty() { "no reason given".to_owned() } else { pieces.join(": ") }
}

/// Returns the function called `name`, read once for each plan; none if it is being deleted.
pub(in crate::resources) async fn get_function_memoized(
    cx: &Cx<'_>,
    name: &str,
) -> Result<Arc<Option<GetFunctionOutput>>> {
    cx.memo
        .get_or_fetch(&format!("{} {name}", Operation::LambdaGetFunction), get_function_now(cx, name))
        .await
}

/// Returns the function called `name`, read anew.
pub(super) async fn get_function_now(cx: &Cx<'_>, name: &str) -> Result<Option<GetFunctionOutput>> {
    let answer = send_get_function(cx, name).await?;
    Ok(answer.filter(|answer| answer.configuration().map(function_state) != Some(FunctionState::Deleting)))
}

async fn send_get_function(cx: &Cx<'_>, name: &str) -> Result<Option<GetFunctionOutput>> {
    let call = cx.aws.lambda().get_function().function_name(name).send();
    cx.read(call).await.not_found_to_none()
}

/// Waits for the delay between two reads of a function that settles.
pub(super) async fn pause_while_updating(cx: &Cx<'_>, name: &str) -> Result<()> {
    let what = waiting_text(name);
    (cx.on_wait)(&what);
    cx.sleep_or_interrupt(&what, EVERY).await
}

fn waiting_text(name: &str) -> String {
    format!("`{name}` to settle")
}

/// Waits until the function is neither being created nor being updated.
///
/// # Errors
/// The function is broken or gone. An update that Lambda gave up is no error here.
pub(super) async fn wait_until_stable(cx: &Cx<'_>, name: &str) -> Result<GetFunctionOutput> {
    wait_until_revised(cx, name, None).await
}

/// Waits for the same after an update of the revision `before`, which late reads may still show for a while.
pub(super) async fn wait_until_revised(
    cx: &Cx<'_>,
    name: &str,
    before: Option<&str>,
) -> Result<GetFunctionOutput> {
    let (began, what) = (Instant::now(), waiting_text(name));
    let stable = cx.poll_until(&what, SETTLE, EVERY, async || {
        let Some(answer) = get_function_now(cx, name).await? else {
            let gone = || Error::ConcurrentModification(format!("the function `{name}` is gone"));
            return if began.elapsed() < UNSEEN { Ok(None) } else { Err(gone()) };
        };
        match answer.configuration().map(function_state) {
            Some(FunctionState::Updating) => Ok(None),
            Some(FunctionState::CreationFailed(why)) => {
                Err(Error::InvalidState(format!("Lambda could not set `{name}` up: {why}")))
            }
            _ => {
                let revision = answer.configuration().and_then(|seen| seen.revision_id());
                let late = before.is_some() && revision == before && began.elapsed() < UNSEEN;
                Ok((!late).then_some(answer))
            }
        }
    });
    let stable = stable.await?;
    Ok(wait_until_readable(cx, name, &stable).await?.into_owned())
}

/// Returns the function once its environment can be read; `answer` is what was read of it just now.
///
/// Lambda decrypts the environment with the caller's rights, which may hang on tags of a new key that do not count yet.
pub(super) async fn wait_until_readable<'a>(
    cx: &Cx<'_>,
    name: &str,
    answer: &'a GetFunctionOutput,
) -> Result<Cow<'a, GetFunctionOutput>> {
    let Some(key) = denied_key(answer) else { return Ok(Cow::Borrowed(answer)) };
    key::learn_age(cx, key).await;
    let mut last = answer.clone();
    while denied_key(&last).is_some() && key::is_new(cx, key) {
        (cx.on_wait)(key::WAITING);
        cx.sleep_or_interrupt(key::WAITING, EVERY).await?;
        let gone = || Error::ConcurrentModification(format!("the function `{name}` is gone"));
        last = get_function_now(cx, name).await?.ok_or_else(gone)?;
    }
    Ok(Cow::Owned(last))
}

/// Returns the key of an environment that the caller was denied.
fn denied_key(answer: &GetFunctionOutput) -> Option<&str> {
    let seen = answer.configuration()?;
    let error = seen.environment()?.error()?;
    error.error_code().is_some_and(|code| code.contains("AccessDenied")).then(|| seen.kms_key_arn())?
}

/// Waits until the function called `name` is gone.
pub(super) async fn wait_until_gone(cx: &Cx<'_>, name: &str) -> Result<()> {
    let look = async || {
        Ok(send_get_function(cx, name).await.gone_or_denied_to_none()?.flatten().is_none().then_some(()))
    };
    cx.poll_until(&format!("`{name}` to be gone"), SETTLE, EVERY, look).await
}

/// Returns the owner of a function.
///
/// # Errors
/// The function's tags cannot be read.
pub(in crate::resources) fn owner_of_function(
    cx: &Cx<'_>,
    name: &str,
    answer: &GetFunctionOutput,
) -> Result<Owner> {
    if let Some(error) = answer.tags_error() {
        let (code, words) = (error.error_code(), error.message());
        return Err(Error::InvalidState(format!(
            "the tags of `{name}` cannot be read: {code}: {words} (reading them takes `lambda:ListTags`)"
        )));
    }
    let all = answer.tags().into_iter().flatten();
    Ok(tags::owner_of_tags(cx.stack, all.map(|(key, value)| (key.as_str(), value.as_str()))))
}

/// Returns the live function in `GetFunction`'s answer.
///
/// # Errors
/// A part of the answer cannot be read; that is never taken for an empty part.
pub(super) fn live_function(
    cx: &Cx<'_>,
    function: &Function,
    answer: &GetFunctionOutput,
) -> Result<Live<Function>> {
    let name = &function.name;
    let owner = owner_of_function(cx, name, answer)?;
    let Some(seen) = answer.configuration() else {
        return Err(Error::InvalidState(format!(
            "{} shows no configuration of `{name}`",
            Operation::LambdaGetFunction
        )));
    };
    let environment = match observed_environment(name, seen) {
        // Another stack's secrets are not read; its function is not changed anyway.
        // What somebody else owns, or what is only to be deleted, need not be read in full.
        Err(_) if owner != Owner::ThisStack || function.code.is_none() => BTreeMap::new(),
        environment => environment?,
    };
    let props = observed_props(name, seen, answer).with_code_of(function.code.as_deref());
    let props = Props { environment, ..props }.without_idle_key();
    let attrs = Attrs { name: name.clone(), arn: function_arn(cx.aws, name) };
    Ok(Live { owner, ..Live::owned(props, attrs) })
}

impl Props {
    /// Returns the same with the digest of contents in place of that of the archive, if it is known: from the package
    /// to send, or from the record of what was sent, if its archive is the live one.
    fn with_code_of(self, package: Option<&Package>) -> Self {
        let known = package.map(|package| &package.digests).into_iter().chain(&self.code_record);
        let same = known.filter(|digests| digests.archive == self.code_sha256);
        let contents = same.map(|digests| digests.contents.clone()).next();
        Self { code_sha256: contents.unwrap_or(self.code_sha256), ..self }
    }
}

/// Returns the function's configuration without the environment, with AWS's defaults filled in.
fn observed_props(name: &str, seen: &FunctionConfiguration, answer: &GetFunctionOutput) -> Props {
    let footing = function_state(seen);
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    let lower = |value: Option<&str>, default: &str| value.unwrap_or(default).to_ascii_lowercase();
    let logging = seen.logging_config();
    let log_group = logging.and_then(|logging| logging.log_group()).filter(|group| !group.is_empty());
    let mut tags = tags::drop_aws_tags(answer.tags.clone().unwrap_or_default());
    Props {
        status: Status {
            package_type: lower(seen.package_type().map(aws_sdk_lambda::types::PackageType::as_str), "zip"),
            broken: if let FunctionState::CreationFailed(why) = &footing { Some(why.clone()) } else { None },
            failed_update: if let FunctionState::UpdateFailed(why) = footing { Some(why) } else { None },
        },
        role: text(seen.role()),
        role_id: tags.remove(ROLE_ID).map(MaybeKnown::Known),
        code_record: tags.remove(CODE).and_then(|tag| CodeDigests::of_record(&tag)),
        handler: seen.handler().filter(|handler| !handler.is_empty()).map(str::to_owned),
        runtime: text(seen.runtime().map(aws_sdk_lambda::types::Runtime::as_str)),
        architecture: lower(
            seen.architectures().first().map(aws_sdk_lambda::types::Architecture::as_str),
            "x86_64",
        ),
        memory: seen.memory_size().unwrap_or(128),
        timeout: seen.timeout().unwrap_or(3),
        description: text(seen.description()),
        environment: BTreeMap::new(),
        key: seen.kms_key_arn().filter(|key| !key.is_empty()).map(|key| MaybeKnown::Known(key.to_owned())),
        tracing: lower(
            seen.tracing_config().and_then(|it| it.mode()).map(TracingMode::as_str),
            "passthrough",
        ),
        log_group: log_group.map_or_else(|| format!("/aws/lambda/{name}"), str::to_owned),
        log_format: lower(
            logging.and_then(|it| it.log_format()).map(aws_sdk_lambda::types::LogFormat::as_str),
            "text",
        ),
        reserved_concurrency: answer
            .concurrency()
            .and_then(aws_sdk_lambda::types::Concurrency::reserved_concurrent_executions),
        code_sha256: text(seen.code_sha256()),
        attachments: Attachments::from_live(seen),
        qualified: QualifiedConfigs::default(),
        tags,
    }
}

/// Returns the digests of the code that was last sent to a function, as its tag tells; where there is no such tag, those
/// of the live code. None if there is no function.
///
/// # Errors
/// The function cannot be read.
pub async fn recorded_code(cx: &Cx<'_>, name: &str) -> Result<Option<CodeDigests>> {
    let answer = get_function_memoized(cx, name).await?;
    let Some(answer) = answer.as_ref() else { return Ok(None) };
    let tag = answer.tags().and_then(|tags| tags.get(CODE));
    let live = || answer.configuration().and_then(|seen| seen.code_sha256()).map(str::to_owned);
    Ok(tag
        .and_then(|tag| CodeDigests::of_record(tag))
        .or_else(|| live().map(|digest| CodeDigests { contents: digest.clone(), archive: digest })))
}

fn observed_environment(
    name: &str,
    seen: &FunctionConfiguration,
) -> Result<BTreeMap<String, MaybeKnown<String>>> {
    let Some(environment) = seen.environment() else { return Ok(BTreeMap::new()) };
    if let Some(error) = environment.error() {
        let (code, words) = (error.error_code().unwrap_or_default(), error.message().unwrap_or_default());
        return Err(Error::InvalidState(format!(
            "the environment of `{name}` cannot be read: {code}: {words} (reading it takes `kms:Decrypt` on \
             its key, and a key that is enabled)"
        )));
    }
    let variables = environment.variables().into_iter().flatten();
    Ok(variables.map(|(key, value)| (key.clone(), MaybeKnown::Known(value.clone()))).collect())
}
