//! What every command that works with the cloud does first: load, connect, guard, resolve, compose.
use super::invocation::{Invocation, TargetCloud};
use crate::{
    aws::{Aws, ConnectOptions, Cx, Memo, RunState},
    diagnostic::{
        Diagnostic, ExitCode, Failure, Severity, SourceFile, Span,
        render::{github, text},
        suggest,
    },
    engine::{Plan, ReadError},
    local,
    manifest::{self, LoadError, Loaded, types::Input},
    stack::{self, BuildListener, ComposedStack, FunctionPackages, compose_stack, inputs},
    ui::Ui,
    view::plan_document,
};

/// A spec and the cloud it is about.
pub(super) struct Session<'a> {
    /// What the command was called with.
    pub(super) invocation: &'a Invocation<'a>,
    /// The spec.
    pub(super) loaded: Loaded,
    /// The clients.
    pub(super) aws: Aws,
    memo: Memo,
    /// What this run has changed.
    pub(super) run: RunState,
}

impl<'a> Session<'a> {
    /// Loads the spec and finds out who and where we are; an account that the spec forbids goes no further.
    ///
    /// For commands that decide on the spec; they tell all its warnings.
    pub(super) async fn open_with_warnings(invocation: &'a Invocation<'a>) -> Result<Self, Failure> {
        Self::connect(invocation, load_spec(invocation).await?, report_warnings).await
    }

    /// The same for commands that use what is live; they only say that there are warnings.
    pub(super) async fn open(invocation: &'a Invocation<'a>) -> Result<Self, Failure> {
        Self::connect(invocation, load_spec(invocation).await?, report_warning_count).await
    }

    /// The same for what follows another command in one go, which told the warnings already.
    pub(super) async fn reopen(invocation: &'a Invocation<'a>) -> Result<Self, Failure> {
        Self::connect(invocation, load_spec(invocation).await?, |_, _| {}).await
    }

    async fn connect(
        invocation: &'a Invocation<'a>,
        loaded: Loaded,
        tell: fn(&Ui, &Loaded),
    ) -> Result<Self, Failure> {
        tell(invocation.ui, &loaded);
        // On the heap: the futures of the SDK are larger than what the stack of a debug build bears.
        let aws = Box::pin(Aws::connect(connect_options(invocation, &loaded))).await?;
        check_account(&loaded, &aws)?;
        Ok(Self { invocation, loaded, aws, memo: Memo::default(), run: RunState::default() })
    }

    /// The terminal.
    pub(super) fn ui(&self) -> &'a Ui {
        self.invocation.ui
    }

    /// The context of reads and writes.
    pub(super) fn cx(&self) -> Cx<'_> {
        Cx {
            aws: &self.aws,
            memo: &self.memo,
            run: &self.run,
            interrupt: &self.invocation.ui.interrupt,
            stack: &self.loaded.spec.stack,
            on_wait: &|_| {},
        }
    }

    /// Builds the functions' code, resolves the inputs and lays the stack out.
    pub(super) async fn stack(&self) -> Result<ComposedStack, Failure> {
        let code = self.build_packages(None).await?;
        self.compose_with(&code).await
    }

    /// Lays the stack out for those who only read or remove it: no code is built or packed.
    pub(super) async fn stack_without_code(&self) -> Result<ComposedStack, Failure> {
        self.compose_with(&FunctionPackages::default()).await
    }

    /// Builds and packs the code of every function, or of one.
    pub(super) async fn build_packages(&self, function: Option<&str>) -> Result<FunctionPackages, Failure> {
        let listener = BuildListener {
            note: &|text| self.ui().print_status(text),
            output: &|text| self.ui().print_error(text),
        };
        FunctionPackages::build(&self.loaded, function, listener).await.map_err(|found| {
            match self.ui().signal() {
                Some(code) => Failure::signal(code),
                None => found_in(&self.loaded.source, vec![found]),
            }
        })
    }

    async fn compose_with(&self, code: &FunctionPackages) -> Result<ComposedStack, Failure> {
        Ok(compose_stack(&self.loaded, self.checked_inputs().await?, &self.aws, code))
    }

    /// Resolves the inputs.
    pub(super) async fn checked_inputs(&self) -> Result<inputs::Inputs, Failure> {
        let values = self.resolve_inputs().await?;
        check_input_values(&self.loaded, &values)?;
        Ok(values)
    }

    async fn resolve_inputs(&self) -> Result<inputs::Inputs, Failure> {
        inputs::resolve_inputs(&self.cx(), &self.loaded.spec).await.map_err(|unresolved| {
            let found = unresolved.into_iter().map(|one| one.diagnostic(self.input_hint(one.span)));
            found_in(&self.loaded.source, found.collect())
        })
    }

    /// The next step for an input that its source has no value for.
    fn input_hint(&self, span: Span) -> Option<String> {
        let (_, input) = self.loaded.spec.inputs.iter().find(|(name, _)| name.span == span)?;
        let Aws { region, account, .. } = &self.aws;
        let there = format!(
            "correct the name, or choose the account and region that it is in (this is {region} in {account})"
        );
        match input {
            Input { env: Some(variable), .. } => {
                Some(format!("set `{}`, or give the input a `default`", variable.value))
            }
            Input { cloudformation: Some(from), .. } => Some(format!(
                "`aws cloudformation describe-stacks --region {region} --stack-name {}` shows its outputs; {there}",
                from.stack.value
            )),
            Input { export: Some(_), .. } => {
                Some(format!("`aws cloudformation list-exports --region {region}` shows all; {there}"))
            }
            _ => None,
        }
    }

    /// Writes a plan up.
    pub(super) fn plan_document(
        &self,
        plan: &Plan,
        choices: plan_document::PlanOptions,
    ) -> plan_document::PlanDocument {
        let about = plan_document::PlanSubject {
            stack: &self.loaded.spec.stack.value,
            account: &self.aws.account,
            region: &self.aws.region,
            source: &self.loaded.source,
            choices,
        };
        plan_document::PlanDocument::of(plan, about)
    }

    /// A signal came before anything was begun.
    pub(super) fn interrupted_failure(&self) -> Failure {
        self.ui().interrupted()
    }

    /// A read that failed, for the place in the spec it is about.
    pub(super) fn read_failure(&self, read_error: &ReadError) -> Failure {
        Failure::in_source(ExitCode::Failed, self.loaded.source.clone(), read_error.diagnostics())
    }

    /// Refuses a function that the spec does not have.
    pub(super) fn require_function(&self, id: &str) -> Result<(), Failure> {
        let spec = &self.loaded.spec;
        if spec.functions.keys().any(|known| known.value == id) {
            return Ok(());
        }
        let names = spec.functions.keys().map(|id| id.as_str());
        let hint = suggest::hint(id, names, "there is");
        Err(Failure::usage(format!("there is no function `{id}` in the spec")).with_hint(hint))
    }

    /// Where the work happens, for the head of a plan.
    pub(super) fn plan_heading(&self) -> String {
        let Aws { region, account, .. } = &self.aws;
        format!("stack `{}` in {region}, account {account}", self.loaded.spec.stack.value)
    }
}

/// Refuses inputs whose values the rules would refuse in the spec itself.
fn check_input_values(loaded: &Loaded, values: &inputs::Inputs) -> Result<(), Failure> {
    let diagnostics = manifest::check_inputs(loaded, values, stack::lint);
    if diagnostics.is_empty() {
        return Ok(());
    }
    let (source, suppressed) = (loaded.source.clone(), loaded.suppressed.clone());
    Err(LoadError::Findings { source, diagnostics, suppressed }.into())
}

/// Loads the spec for commands that do not ask AWS, and says that there are warnings.
pub(super) async fn load_offline(invocation: &Invocation<'_>) -> Result<Loaded, Failure> {
    let loaded = load_spec(invocation).await?;
    report_warning_count(invocation.ui, &loaded);
    let mut known = inputs::offline_inputs(&loaded.spec);
    // What is not known stands there as the reference itself.
    known.retain(|_, value| !value.starts_with("${inputs."));
    check_input_values(&loaded, &known)?;
    Ok(loaded)
}

/// Reads and checks the spec, for the region that is used; the outer failure is a signal, which is heard meanwhile:
/// the spec may come out of a pipe that nobody writes into.
pub(super) async fn read_spec(invocation: &Invocation<'_>) -> Result<Result<Loaded, LoadError>, Failure> {
    let path = &invocation.global.file;
    let from = path.clone();
    // Of a thread of its own, which ends with the process. The check stays here, where there is more stack.
    let text = tokio::task::spawn_blocking(move || manifest::read_text(&from));
    let text = invocation.ui.or_interrupted(text).await?;
    let text = text.map_err(|error| Failure::failed(format!("cannot read `{}`: {error}", path.display())))?;
    Ok(text
        .and_then(|text| manifest::check_text(path, text, invocation.global.region.as_deref(), stack::lint)))
}

/// Loads the spec; its notes are for `validate`.
pub(super) async fn load_spec(invocation: &Invocation<'_>) -> Result<Loaded, Failure> {
    let mut loaded = read_spec(invocation).await?.map_err(LoadError::without_notes)?;
    loaded.warnings.retain(|finding| finding.severity != Severity::Note);
    Ok(loaded)
}

/// Tells the warnings in full, to GitHub as well.
fn report_warnings(ui: &Ui, Loaded { source, warnings, .. }: &Loaded) {
    ui.print_github_annotations(&github::annotations(Some(source), warnings));
    if !warnings.is_empty() {
        ui.print_status(text::draw(Some(source), warnings, ui.err).trim_end_matches('\n'));
        ui.print_status(&format!("{}: {}", source.name(), text::summary(warnings)));
    }
}

/// Says that there are warnings.
fn report_warning_count(ui: &Ui, Loaded { source, warnings, .. }: &Loaded) {
    if !warnings.is_empty() {
        let count = text::summary(warnings);
        ui.print_status(&format!("{}: {count}; see `copilot-infra validate`", source.name()));
    }
}

/// Where to: the command line wins over the spec; the local cloud needs nothing from either.
fn connect_options(invocation: &Invocation<'_>, loaded: &Loaded) -> ConnectOptions {
    let global = invocation.global;
    let region = global.region.clone().or_else(|| loaded.spec.region.as_ref().map(|at| at.value.clone()));
    match &invocation.cloud {
        TargetCloud::Local(local) => ConnectOptions {
            region: Some(region.unwrap_or_else(|| local::REGION.to_owned())),
            endpoint_url: Some(local.url.clone()),
            credentials: Some(local::CREDENTIALS),
            ..ConnectOptions::default()
        },
        TargetCloud::Aws => ConnectOptions {
            profile: global.profile.clone(),
            region,
            endpoint_url: global.endpoint_url.clone(),
            ..ConnectOptions::default()
        },
    }
}

fn check_account(loaded: &Loaded, aws: &Aws) -> Result<(), Failure> {
    let Some(wanted) = loaded.spec.account.as_ref().filter(|wanted| wanted.value != aws.account) else {
        return Ok(());
    };
    let message = format!(
        "this spec is for account `{}`, but the credentials are of account `{}`",
        wanted.value, aws.account
    );
    let found = Diagnostic::of_rule("wrong-account", Severity::Error, Some(wanted.span), message).with_hint(
        "choose the right credentials with `--profile` or AWS_PROFILE; nothing was read or changed",
    );
    Err(found_in(&loaded.source, vec![found]))
}

/// The failure of a spec that is right by itself, and does not fit what AWS or the code says.
fn found_in(source: &SourceFile, found: Vec<Diagnostic>) -> Failure {
    let first = found.first().map(|one| one.message.clone()).unwrap_or_default();
    let others = found.len().saturating_sub(1);
    let failure = Failure::in_source(ExitCode::Failed, source.clone(), found);
    if others == 0 { failure } else { failure.with_summary(format!("{first}; and {others} more")) }
}
