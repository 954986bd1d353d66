//! `policy`: prints permissions without calling AWS.
use std::path::Path;

use super::{invocation::Invocation, session::load_offline};
use crate::{
    aws::{AwsScope, env_variable},
    cli::{OutputFormat, PolicyCommand},
    diagnostic::{ExitCode, Failure, suggest},
    facts::LIMITS,
    iam::{arn::partition_of, size::ManagedPolicy},
    manifest::{Loaded, types::Spec},
    policy::{DeployerOptions, WorkflowClaim, deployer_policies, escalation_warning, github_trust_policy},
    stack::{function_roles, inputs},
    ui::Ui,
    view::policy as view,
};

pub(super) async fn run_policy(
    invocation: &Invocation<'_>,
    account: Option<String>,
    command: PolicyCommand,
) -> Result<ExitCode, Failure> {
    match command {
        PolicyCommand::Roles => {
            let loaded = load_offline(invocation).await?;
            let scope = scope(invocation, account, &loaded)?;
            let roles = function_roles(&loaded.spec, inputs::offline_inputs(&loaded.spec), &scope);
            report_unknown_inputs(invocation.ui, &loaded.spec, &view::roles_json(&roles));
            match invocation.global.format {
                OutputFormat::Json => invocation.ui.print_json(&view::roles_json(&roles))?,
                _ => invocation.ui.print_stdout(&view::roles_text(&roles))?,
            }
        }
        PolicyCommand::Deployer { name, principal, api, out } => {
            let loaded = load_offline(invocation).await?;
            let scope = scope(invocation, account, &loaded)?;
            let options = DeployerOptions { principal: principal.as_deref(), api: api.as_deref() };
            let documents = deployer_policies(&loaded, &scope, options);
            if let Some(warning) = escalation_warning(&loaded) {
                invocation.ui.print_status(warning);
            }
            match (name, out) {
                (Some(name), _) => {
                    let bare = find_document_json(&documents, &name)?;
                    report_unknown_inputs(invocation.ui, &loaded.spec, &bare);
                    invocation.ui.print_json(&bare)?;
                    return Ok(ExitCode::Success);
                }
                (None, Some(folder)) => write_documents(invocation.ui, &folder, &documents)?,
                (None, None) => match invocation.global.format {
                    OutputFormat::Json => invocation.ui.print_json(&view::deployer_json(&documents))?,
                    _ => invocation.ui.print_stdout(&view::deployer_text(&documents))?,
                },
            }
            report_unknown_inputs(invocation.ui, &loaded.spec, &view::deployer_json(&documents));
            warn_policy_quota(invocation.ui, documents.len());
        }
        PolicyCommand::Trust {
            github: repository,
            branch,
            any_branch,
            environment,
            any_environment,
            pull_request,
        } => {
            let any = |wanted: bool| wanted.then(|| "*".to_owned());
            let branches = branch.into_iter().chain(any(any_branch));
            let environments = environment.into_iter().chain(any(any_environment));
            let claims = workflow_claims(invocation.ui, branches, environments, pull_request);
            // This works without a spec, which only provides the account and the partition.
            let loaded = if invocation.global.spec.path().is_file() {
                Some(load_offline(invocation).await?)
            } else {
                None
            };
            let scope = resolve_aws_scope(invocation, account, loaded.as_ref().map(|loaded| &loaded.spec))?;
            invocation
                .ui
                .print_json(&format!("{:#}\n", github_trust_policy(&scope, &repository, &claims)))?;
        }
    }
    Ok(ExitCode::Success)
}

fn scope(invocation: &Invocation<'_>, account: Option<String>, loaded: &Loaded) -> Result<AwsScope, Failure> {
    resolve_aws_scope(invocation, account, Some(&loaded.spec))
}

/// Returns account and region as far as they are known offline; placeholders for the rest are in capitals, which IAM
/// refuses.
fn resolve_aws_scope(
    invocation: &Invocation<'_>,
    account: Option<String>,
    spec: Option<&Spec>,
) -> Result<AwsScope, Failure> {
    let named = |value: Option<&crate::diagnostic::Spanned<String>>| value.map(|value| value.value.clone());
    let account = agree_on_account(account, spec.and_then(|spec| named(spec.account.as_ref())))?;
    let region = invocation.global.region.clone().or_else(|| named(spec?.region.as_ref()));
    let region = region.or_else(|| env_variable("AWS_REGION")).or_else(|| env_variable("AWS_DEFAULT_REGION"));
    let missing = |what: &str, stands: &str, flag: &str| {
        invocation.ui.print_status(&format!(
            "the {what} is not known offline: `{stands}` stands for it; say `{flag}`, or name it in the spec"
        ));
        stands.to_owned()
    };
    let account = account.unwrap_or_else(|| missing("account", "ACCOUNT_ID", "--account ID"));
    let region = region.unwrap_or_else(|| missing("region", "REGION", "--region REGION"));
    Ok(AwsScope { partition: partition_of(&region), region, account })
}

/// Returns the account of the command line or of the spec; refuses it if they differ, since the spec guards against any
/// other account.
fn agree_on_account(asked: Option<String>, guard: Option<String>) -> Result<Option<String>, Failure> {
    match (&asked, &guard) {
        (Some(asked), Some(guard)) if asked != guard => {
            Err(Failure::usage(format!("this spec is for account `{guard}`, but `--account` says `{asked}`")))
        }
        _ => Ok(asked.or(guard)),
    }
}

/// Reports which inputs appear in the `printed` text as references, since only AWS knows their values.
fn report_unknown_inputs(ui: &Ui, spec: &Spec, printed: &str) {
    for (name, _) in spec.inputs.iter() {
        let stands = format!("${{inputs.{}}}", name.value);
        if printed.contains(&stands) {
            ui.print_status(&format!(
                "the input `{}` is not known offline: `{stands}` stands for it",
                name.value
            ));
        }
    }
}

/// Returns one document alone, in the form that IAM accepts.
fn find_document_json(documents: &[ManagedPolicy], name: &str) -> Result<String, Failure> {
    let found = documents.iter().find(|one| one.name == name);
    let found = found.map(|one| format!("{:#}\n", one.document));
    found.ok_or_else(|| Failure::usage(missing_document_message(documents, name)))
}

/// Returns the message that no policy has this name, and which names exist.
fn missing_document_message(documents: &[ManagedPolicy], name: &str) -> String {
    let all = documents.iter().map(|one| one.name.as_str());
    let quoted = |names: Vec<&str>| names.iter().map(|one| format!("`{one}`")).collect::<Vec<_>>().join(", ");
    let parts = |of: &str| all.clone().filter(|one| strip_part_number(one) == of).collect::<Vec<_>>();
    if !parts(name).is_empty() {
        let parts = quoted(parts(name));
        return format!(
            "`{name}` is longer than one policy may be: name one of {parts}, or write all with `--out FOLDER`"
        );
    }
    let near = suggest::nearest(name, all.clone().map(strip_part_number)).map(|near| quoted(parts(near)));
    let near = near.map(|near| format!(", did you mean {near}?")).unwrap_or_default();
    format!("there is no policy `{name}`{near}; this spec has: {}", quoted(all.collect()))
}

/// Returns the name of a policy without its part number.
fn strip_part_number(name: &str) -> &str {
    match name.rsplit_once('-') {
        Some((stem, number)) if number.bytes().all(|byte| byte.is_ascii_digit()) => stem,
        _ => name,
    }
}

fn warn_policy_quota(ui: &Ui, count: usize) {
    let limit = *LIMITS.attached_policies;
    if count > limit {
        ui.print_status(&format!(
            "these are {count} policies, and IAM attaches {limit} to a role or user by default: leave out what \
             is for commands that it does not run, or have the quota raised in Service Quotas"
        ));
    }
}

fn write_documents(ui: &Ui, folder: &Path, documents: &[ManagedPolicy]) -> Result<(), Failure> {
    let failed = |path: &Path, error: &std::io::Error| {
        Failure::failed(format!("cannot write `{}`: {error}", path.display()))
    };
    std::fs::create_dir_all(folder).map_err(|error| failed(folder, &error))?;
    for one in documents {
        let path = folder.join(format!("{}.json", one.name));
        std::fs::write(&path, format!("{:#}\n", one.document)).map_err(|error| failed(&path, &error))?;
        ui.print_status(&format!("wrote `{}`: {}", path.display(), one.purpose));
    }
    Ok(())
}

fn workflow_claims(
    ui: &Ui,
    branches: impl Iterator<Item = String>,
    environments: impl Iterator<Item = String>,
    pull_request: bool,
) -> Vec<WorkflowClaim> {
    let all = branches.map(WorkflowClaim::Branch).chain(environments.map(WorkflowClaim::Environment));
    let mut all: Vec<WorkflowClaim> = all.chain(pull_request.then_some(WorkflowClaim::PullRequest)).collect();
    if all.is_empty() {
        ui.print_status("for workflows of the branch `main`; `--branch`, `--environment` and `--pull-request` say otherwise");
        all.push(WorkflowClaim::Branch("main".to_owned()));
    }
    all
}
