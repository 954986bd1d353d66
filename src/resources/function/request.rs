//! The calls that update a function, each with the retries that Lambda's eventual consistency needs.
use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use aws_sdk_lambda::{
    operation::get_function::GetFunctionOutput,
    primitives::Blob,
    types::{
        Architecture, DeadLetterConfig, Environment, FileSystemConfig, FunctionCode, LogFormat,
        LoggingConfig, PackageType, Runtime, SnapStart, SnapStartApplyOn, TracingConfig, TracingMode,
        VpcConfig,
    },
};
use tokio::time::Instant;

use super::{
    FileSystem, Function, Props, Vpc, function_arn,
    observe::{self, FunctionState, function_state},
    plan_calls::{self, ConfigurationChange, UpdateConfigurationCall},
    tags_with_records,
};
use crate::{
    aws::{
        Cx, Error, NotFoundExt, Result, RetryDecision,
        tags::{self, Tags},
    },
    resources::key,
};

/// Longest time to wait for another change to the function.
const BUSY: Duration = Duration::from_mins(10);
/// Longest time a role or key created in this run stays invisible to Lambda.
const FRESH: Duration = Duration::from_mins(5);
/// The same for a role and key that existed before: they may have been changed by hand moments ago.
const SETTLED: Duration = Duration::from_secs(30);

/// Longest time a function of this run may stay invisible to the calls that change it.
const INVISIBLE: Duration = Duration::from_mins(1);
/// How often a function is read again to learn whether it has changed, a second apart.
const READS: usize = 6;

/// Texts of Lambda's errors about a role or key that is not visible yet, or that is really wrong.
const UNSEEN: [&str; 3] = [
    "The role defined for the function cannot be assumed by Lambda",
    "The provided execution role does not have permissions",
    "Lambda was unable to configure access to your environment variables because the KMS key is invalid for \
     CreateGrant",
];

/// Returns whether the name is taken; Lambda uses one error code for this and for being busy.
pub(super) fn is_name_taken(error: &Error) -> bool {
    error.has_code_and_text("ResourceConflictException", "already exist")
}

/// Retries while another change to the function runs, or while one that was made in this run is not found
/// (hashicorp/terraform-provider-aws, issue 3570).
pub(in crate::resources) async fn retry_while_busy<T>(
    cx: &Cx<'_>,
    name: &str,
    attempt: impl AsyncFn() -> Result<T>,
) -> Result<T> {
    let (began, new) = (Instant::now(), cx.run.was_modified(&function_arn(cx.aws, name)));
    let retry_decision = |error: &Error| {
        let conflict = error.code() == "ResourceConflictException" && !is_name_taken(error);
        let unseen = new && error.is_not_found() && began.elapsed() < INVISIBLE;
        if conflict || unseen { RetryDecision::After(Duration::from_secs(2)) } else { RetryDecision::GiveUp }
    };
    cx.retry_until_ok(&format!("another change to `{name}` to finish"), BUSY, retry_decision, attempt).await
}

/// Retries while the role or key may not be visible to Lambda yet.
async fn retry_until_visible<T>(
    cx: &Cx<'_>,
    name: &str,
    props: &Props,
    attempt: impl AsyncFn() -> Result<T>,
) -> Result<T> {
    let key_arn = plan_calls::known_key_arn(props)?;
    let fresh = cx.run.was_modified(&props.role) || cx.run.was_modified(&key_arn);
    let budget = if fresh { FRESH } else { SETTLED };
    let waiting = format!("Lambda to accept the role and key of `{name}`");
    let attempt = async || retry_while_busy(cx, name, &attempt).await;
    let attempt = async || cx.retry_until_ok(&waiting, budget, retry_unseen_dependency, &attempt).await;
    key::retry_while_new(cx, Some(&key_arn), attempt).await
}

fn retry_unseen_dependency(error: &Error) -> RetryDecision {
    let hope = UNSEEN.iter().any(|words| error.has_code_and_text("InvalidParameterValueException", words));
    if hope { RetryDecision::After(Duration::from_secs(4)) } else { RetryDecision::GiveUp }
}

pub(super) async fn create_function(cx: &Cx<'_>, function: &Function, to: &Props) -> Result<()> {
    let (name, code) = (&function.name, function.require_code()?);
    let (variables, key, tags) =
        (plan_calls::known_environment(to)?, plan_calls::known_key_arn(to)?, tags_with_records(to)?);
    let tags: HashMap<_, _> = tags.into_iter().collect();
    retry_until_visible(cx, name, to, async || {
        let call = cx.aws.lambda().create_function().function_name(name).package_type(PackageType::Zip);
        let call = call
            .code(FunctionCode::builder().zip_file(Blob::new(code.zip.clone())).build())
            .publish(false)
            .role(&to.role)
            .set_handler(to.handler.clone())
            .runtime(Runtime::from(to.runtime.as_str()))
            .architectures(Architecture::from(to.architecture.as_str()))
            .memory_size(to.memory)
            .timeout(to.timeout)
            .description(&to.description)
            .set_environment((!variables.is_empty()).then(|| environment_request(&variables)))
            .set_kms_key_arn((!key.is_empty()).then(|| key.clone()))
            .tracing_config(tracing_request(&to.tracing))
            .logging_config(logging_request(&to.log_format, &to.log_group))
            .set_tags(Some(tags.clone()));
        cx.write(call.send()).await.map(drop)
    })
    .await
}

/// Returns the revision of a function that is unchanged since it was read as `planned`.
///
/// What this tool changed a moment ago may show late.
///
/// # Errors
/// Someone has changed the function since.
pub(super) async fn require_unmodified(
    cx: &Cx<'_>,
    function: &Function,
    planned: &Props,
) -> Result<Option<String>> {
    for _ in 0..READS {
        let now = observe::wait_until_stable(cx, &function.name).await?;
        if plan_calls::is_same_configuration(&observe::live_function(cx, function, &now)?.props, planned) {
            return Ok(revision_id(&now));
        }
        observe::pause_while_updating(cx, &function.name).await?;
    }
    Err(Error::ConcurrentModification(format!("the function `{}`", function.name)))
}

pub(super) fn revision_id(now: &GetFunctionOutput) -> Option<String> {
    now.configuration().and_then(|it| it.revision_id()).map(str::to_owned)
}

/// An update, between two configurations, of a function at one revision.
pub(super) struct Revised<'a> {
    pub(super) from: &'a Props,
    pub(super) to: &'a Props,
    pub(super) revision: Option<String>,
}

/// Sends an update for the revision that it was planned for, and waits until it is applied; returns the next revision.
///
/// A revision moves not only with other people's changes but also with tags, permissions and reserved concurrency
/// (localstack/localstack, issue 7482) and once more when an update settles (aws/aws-sdk, issue 377), and reads lag. So a
/// refused revision is no conflict as long as the function stands as it was planned for, or as the update leaves it
/// because the first answer was lost.
async fn send_revised(
    cx: &Cx<'_>,
    function: &Function,
    update: Revised<'_>,
    send: impl AsyncFn(Option<&String>) -> Result<()>,
) -> Result<Option<String>> {
    let mut revision = update.revision;
    let mut refused = false;
    for _ in 0..READS {
        if refused {
            observe::pause_while_updating(cx, &function.name).await?;
            let now = observe::wait_until_stable(cx, &function.name).await?;
            let seen = observe::live_function(cx, function, &now)?.props;
            if !plan_calls::is_same_configuration(&seen, update.from) {
                if plan_calls::is_same_configuration(&seen, update.to) {
                    return Ok(revision_id(&now));
                }
                continue;
            }
            revision = revision_id(&now);
        }
        match send(revision.as_ref()).await {
            Err(error) if error.code() == "PreconditionFailedException" => refused = true,
            sent => {
                sent?;
                return wait_until_applied(cx, function, revision.as_deref()).await;
            }
        }
    }
    Err(Error::ConcurrentModification(format!("the function `{}`", function.name)))
}

/// Sends one configuration update and waits until it is applied; returns the next revision.
pub(super) async fn update_configuration(
    cx: &Cx<'_>,
    function: &Function,
    from: &Props,
    round: &UpdateConfigurationCall,
    revision: Option<String>,
) -> Result<Option<String>> {
    let (name, ConfigurationChange { logging: log, secret, .. }) = (&function.name, &round.settings);
    let files = file_system_requests(round.settings.file_systems.as_deref())?;
    let send = async |revision: Option<&String>| {
        let settings = round.settings.clone();
        let call = cx.aws.lambda().update_function_configuration().function_name(name);
        let call = call
            .set_revision_id(revision.cloned())
            .set_role(settings.role)
            .set_handler(settings.handler)
            .set_runtime(settings.runtime.as_deref().map(Runtime::from))
            .set_memory_size(settings.memory)
            .set_timeout(settings.timeout)
            .set_description(settings.description)
            .set_tracing_config(settings.tracing.as_deref().map(tracing_request))
            .set_logging_config(log.as_ref().map(|(format, group)| logging_request(format, group)))
            .set_layers(settings.layers)
            .set_vpc_config(settings.vpc.map(vpc_request))
            .set_file_system_configs(files.clone())
            .set_dead_letter_config(settings.dead_letter_target.map(dead_letter_request))
            .set_snap_start(settings.snap_start.map(snap_start_request))
            .set_environment(secret.as_ref().map(|(variables, _)| environment_request(variables)))
            .set_kms_key_arn(settings.secret.map(|(_, key)| key));
        cx.write(call.send()).await.map(drop)
    };
    let to = &round.resulting_props;
    send_revised(cx, function, Revised { from, to, revision }, async |revision| {
        retry_until_visible(cx, name, to, async || send(revision).await).await
    })
    .await
}

/// Sends the code, and with it the architecture, and waits until it is applied.
pub(super) async fn update_code(cx: &Cx<'_>, function: &Function, update: Revised<'_>) -> Result<()> {
    let (name, code, to) = (&function.name, function.require_code()?, update.to);
    let send = async |revision: Option<&String>| {
        let call = cx.aws.lambda().update_function_code().function_name(name);
        let call = call
            .set_revision_id(revision.cloned())
            .architectures(Architecture::from(to.architecture.as_str()))
            .publish(false)
            .zip_file(Blob::new(code.zip.clone()));
        cx.write(call.send()).await
    };
    send_revised(cx, function, update, async |revision| {
        let sent = retry_while_busy(cx, name, async || send(revision).await).await?;
        let digest = &code.digests.archive;
        let arrived = sent.code_sha256().unwrap_or(digest);
        if arrived == digest {
            return Ok(());
        }
        Err(Error::InvalidState(format!(
            "the code of `{name}` arrived damaged: its digest is `{arrived}`, not `{digest}`"
        )))
    })
    .await
    .map(drop)
}

/// Waits until an update of the function at the revision `before` is applied; returns the next revision.
///
/// A read that shows the revision of before is late, whatever it says of the update.
async fn wait_until_applied(
    cx: &Cx<'_>,
    function: &Function,
    before: Option<&str>,
) -> Result<Option<String>> {
    let name = &function.name;
    let now = observe::wait_until_revised(cx, name, before).await?;
    if let Some(FunctionState::UpdateFailed(why)) = now.configuration().map(function_state) {
        return Err(Error::InvalidState(format!("Lambda gave up the change to `{name}`: {why}")));
    }
    Ok(revision_id(&now))
}

pub(super) async fn set_reserved_concurrency(cx: &Cx<'_>, name: &str, reserved: Option<i32>) -> Result<()> {
    let sent = retry_while_busy(cx, name, async || {
        if let Some(runs) = reserved {
            let call = cx.aws.lambda().put_function_concurrency().function_name(name);
            let call = call.reserved_concurrent_executions(runs).send();
            cx.write(call).await.map(drop)
        } else {
            let call = cx.aws.lambda().delete_function_concurrency().function_name(name).send();
            cx.write(call).await.map(drop)
        }
    })
    .await;
    match sent {
        Err(Error::Service { code, message, .. })
            if code == "InvalidParameterValueException"
                && message.contains("UnreservedConcurrentExecution") =>
        {
            Err(Error::InvalidState(format!(
                "the account has no {} concurrent runs to set aside for `{name}`: {}{message}; leave \
                 `reserved_concurrency` out, or ask AWS for a higher limit",
                reserved.unwrap_or_default(),
                account_limit_text(cx).await
            )))
        }
        sent => sent,
    }
}

/// Returns the account's concurrency limit as text; empty if it may not be read, as it only explains another error.
async fn account_limit_text(cx: &Cx<'_>) -> String {
    let settings = cx.read(cx.aws.lambda().get_account_settings().send()).await;
    let limit = settings.ok().and_then(|it| it.account_limit);
    limit.map(|it| format!("its limit is {}; ", it.concurrent_executions)).unwrap_or_default()
}

pub(super) async fn set_tags(cx: &Cx<'_>, arn: &str, name: &str, live: &Tags, wanted: &Tags) -> Result<()> {
    let Some(change) = tags::diff_tags(live, wanted) else { return Ok(()) };
    if !change.set.is_empty() {
        let set: HashMap<_, _> = change.set.into_iter().collect();
        retry_while_busy(cx, name, async || {
            let call = cx.aws.lambda().tag_resource().resource(arn).set_tags(Some(set.clone())).send();
            cx.write(call).await
        })
        .await?;
    }
    if !change.remove.is_empty() {
        retry_while_busy(cx, name, async || {
            let keys = Some(change.remove.clone());
            let call = cx.aws.lambda().untag_resource().resource(arn).set_tag_keys(keys).send();
            cx.write(call).await
        })
        .await?;
    }
    Ok(())
}

pub(super) async fn delete_function(cx: &Cx<'_>, name: &str) -> Result<()> {
    retry_while_busy(cx, name, async || {
        let call = cx.aws.lambda().delete_function().function_name(name).send();
        cx.write(call).await.not_found_to_none().map(drop)
    })
    .await
}

fn environment_request(variables: &BTreeMap<String, String>) -> Environment {
    Environment::builder().set_variables(Some(variables.clone().into_iter().collect())).build()
}

/// Empty lists take the VPC away (Lambda API reference, `VpcConfig`).
fn vpc_request(vpc: Vpc) -> VpcConfig {
    let Vpc { subnets, security_groups } = vpc;
    VpcConfig::builder().set_subnet_ids(Some(subnets)).set_security_group_ids(Some(security_groups)).build()
}

fn file_system_requests(files: Option<&[FileSystem]>) -> Result<Option<Vec<FileSystemConfig>>> {
    let request = |file: &FileSystem| {
        let FileSystem { arn, local_mount_path } = file;
        let built = FileSystemConfig::builder().arn(arn).local_mount_path(local_mount_path).build();
        built.map_err(|error| Error::InvalidState(format!("a request to Lambda is not whole: {error}")))
    };
    files.map(|files| files.iter().map(request).collect()).transpose()
}

/// An empty target takes it away, as Terraform's provider sends it (hashicorp/terraform-provider-aws,
/// `lambda/function.go`).
fn dead_letter_request(target: String) -> DeadLetterConfig {
    DeadLetterConfig::builder().target_arn(target).build()
}

fn snap_start_request(on: bool) -> SnapStart {
    let apply_on = if on { SnapStartApplyOn::PublishedVersions } else { SnapStartApplyOn::None };
    SnapStart::builder().apply_on(apply_on).build()
}

fn tracing_request(mode: &str) -> TracingConfig {
    let mode = if mode == "active" { TracingMode::Active } else { TracingMode::PassThrough };
    TracingConfig::builder().mode(mode).build()
}

fn logging_request(format: &str, group: &str) -> LoggingConfig {
    let format = if format == "json" { LogFormat::Json } else { LogFormat::Text };
    LoggingConfig::builder().log_format(format).log_group(group).build()
}
