//! What every command that works with the cloud does first: load the spec, connect, check the account, resolve the
//! inputs, compose the stack.
use std::time::Duration;

use futures_util::future::LocalBoxFuture;

use super::invocation::{Invocation, TargetCloud};
use crate::{
    aws::{Aws, ConnectOptions, Cx, Memo, RunState},
    diagnostic::{
        Diagnostic, ExitCode, Failure, Severity, SourceFile, Span,
        render::{github, text},
        suggest,
    },
    engine::{Origin, Plan, ReadError},
    facts, local,
    manifest::{self, CheckOptions, LoadError, Loaded, types::Input},
    plan_document,
    spec_origin::SpecOrigin,
    stack::{self, BuildListener, BuildOptions, ComposedStack, FunctionPackages, compose_stack, inputs},
    time::today,
    ui::Ui,
    view::Page,
};

/// Whether the code that the spec names is looked at when the spec is loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NamedCode {
    /// It is used, so it must be there.
    Checked,
    /// It is not used, and need not be there: a fresh checkout has nothing built.
    Unused,
}

/// Whether the spec's builds run before code is packed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Builds {
    /// They run.
    #[default]
    Run,
    /// What stands in the path of the code is packed.
    Skipped,
}

impl Builds {
    /// Returns what `--no-build` says.
    pub(super) fn from_flag(no_build: bool) -> Self {
        if no_build { Self::Skipped } else { Self::Run }
    }
}

/// A loaded spec and the cloud that it is for.
pub(super) struct Session<'a> {
    /// How the command was called.
    pub(super) invocation: &'a Invocation<'a>,
    /// The loaded spec.
    pub(super) loaded: Loaded,
    /// The AWS clients.
    pub(super) aws: Aws,
    memo: Memo,
    /// State about what this run has changed.
    pub(super) run: RunState,
}

impl<'a> Session<'a> {
    /// Loads the spec, connects and checks the account, which the spec may forbid.
    ///
    /// For commands that act on the spec; all its warnings are printed.
    pub(super) async fn open_with_warnings(
        invocation: &'a Invocation<'a>,
        named_code: NamedCode,
    ) -> Result<Self, Failure> {
        Self::connect(invocation, load_spec(invocation, named_code).await?, report_warnings).await
    }

    /// Opens a session for commands that use what is live; only the number of warnings is printed.
    pub(super) async fn open(invocation: &'a Invocation<'a>, named_code: NamedCode) -> Result<Self, Failure> {
        Self::connect(invocation, load_spec(invocation, named_code).await?, report_warning_count).await
    }

    /// Opens a session for a command that follows another one in the same run, which printed the warnings already.
    pub(super) async fn reopen(invocation: &'a Invocation<'a>) -> Result<Self, Failure> {
        Self::connect(invocation, load_spec(invocation, NamedCode::Checked).await?, |_, _| {}).await
    }

    async fn connect(
        invocation: &'a Invocation<'a>,
        loaded: Loaded,
        tell: fn(&Ui, &Loaded),
    ) -> Result<Self, Failure> {
        tell(invocation.ui, &loaded);
        // On the heap: the futures of the SDK are larger than the call stack of a debug build can take.
        let ask = |question: String| -> LocalBoxFuture<'_, Option<String>> {
            Box::pin(async move { invocation.ui.ask_line(&question).await })
        };
        let mut options = connect_options(invocation, &loaded);
        options.ask_mfa_code = invocation.ui.is_interactive.then_some(&ask);
        let aws = Box::pin(Aws::connect(options)).await.map_err(|error| match invocation.ui.signal() {
            Some(code) => Failure::signal(code),
            None => error.into(),
        })?;
        check_account(&loaded, &aws)?;
        Ok(Self { invocation, loaded, aws, memo: Memo::default(), run: RunState::default() })
    }

    /// Returns the session with its own limit of waits for indexes.
    pub(super) fn waiting_for_indexes(self, limit: Option<Duration>) -> Self {
        Self { run: RunState::waiting_for_indexes(limit), ..self }
    }

    /// Returns the terminal.
    pub(super) fn ui(&self) -> &'a Ui {
        self.invocation.ui
    }

    /// Returns the context of reads and writes.
    pub(super) fn cx(&self) -> Cx<'_> {
        Cx {
            aws: &self.aws,
            memo: &self.memo,
            run: &self.run,
            interrupt: &self.invocation.ui.interrupt,
            stack: &self.loaded.spec.stack,
            role_home: self.loaded.spec.role_home(),
            on_wait: &|_| {},
        }
    }

    /// Resolves the inputs and composes the stack with the code that was last sent, as the functions' tags record it:
    /// nothing is built or packed.
    pub(super) async fn stack_as_recorded(&self) -> Result<ComposedStack, Failure> {
        let cx = self.cx();
        let recorded = FunctionPackages::recorded(&cx, &self.loaded.spec);
        self.stack_of(&self.ui().or_interrupted(recorded).await?).await
    }

    /// Resolves the inputs and composes the stack of this code.
    pub(super) async fn stack_of(&self, code: &FunctionPackages) -> Result<ComposedStack, Failure> {
        Ok(self.compose(self.checked_inputs().await?, code))
    }

    /// Composes the stack for reading its outputs, or the one called `output`: only the inputs that stand in them must
    /// have a value.
    pub(super) async fn stack_for_outputs(&self, output: Option<&str>) -> Result<ComposedStack, Failure> {
        let named = inputs::inputs_of_outputs(&self.loaded.spec, output);
        let values = inputs::resolve_named_inputs(&self.cx(), &self.loaded.spec, &named).await;
        let values = values.map_err(|unresolved| self.unresolved_failure(unresolved))?;
        Ok(self.compose_without_code(values))
    }

    /// Composes the stack for its removal: the names of its resources depend on no input, so none must have a value.
    pub(super) async fn stack_for_removal(&self) -> ComposedStack {
        let (values, _) = inputs::resolve_available_inputs(&self.cx(), &self.loaded.spec).await;
        self.compose_without_code(values)
    }

    fn compose_without_code(&self, values: inputs::Inputs) -> ComposedStack {
        self.compose(values, &FunctionPackages::default())
    }

    /// Packs the code of every function, or of one, after its builds unless they are not to run.
    pub(super) async fn build_packages(
        &self,
        function: Option<&str>,
        builds: Builds,
    ) -> Result<FunctionPackages, Failure> {
        let listener = BuildListener {
            note: &|text| self.ui().print_status(text),
            output: &|text| self.ui().print_error_page(&quoted(self.ui(), text)),
        };
        let options = BuildOptions { function, run_builds: builds == Builds::Run };
        let built = FunctionPackages::build(&self.loaded, options, listener);
        let built = self.ui().or_interrupted(built).await?;
        let packages = built.map_err(|found| match self.ui().signal() {
            Some(code) => Failure::signal(code),
            None => found_in(&self.loaded.source, vec![found]),
        })?;
        let findings = self.loaded.unsuppressed(packages.findings.clone());
        report_findings(self.ui(), &self.loaded.source, &findings);
        Ok(packages)
    }

    fn compose(&self, values: inputs::Inputs, code: &FunctionPackages) -> ComposedStack {
        let mut stack = compose_stack(&self.loaded, values, &self.aws, code);
        if let Some(origin) = self.origin() {
            stack.graph.set_origin(origin);
        }
        stack
    }

    /// Returns the origin of the spec; the local cloud is nobody's but this machine's, whatever is applied to it.
    fn origin(&self) -> Option<Origin> {
        if let TargetCloud::Local(_) = self.invocation.cloud {
            return None;
        }
        let origin = SpecOrigin::of(self.invocation.global.spec.path())?;
        Some(Origin::new(origin.name()?, move |recorded| origin.is_other(recorded)))
    }

    /// Resolves the inputs and checks their values.
    pub(super) async fn checked_inputs(&self) -> Result<inputs::Inputs, Failure> {
        let values = self.resolve_inputs().await?;
        check_input_values(&self.loaded, &values)?;
        Ok(values)
    }

    async fn resolve_inputs(&self) -> Result<inputs::Inputs, Failure> {
        let values = inputs::resolve_inputs(&self.cx(), &self.loaded.spec).await;
        values.map_err(|unresolved| self.unresolved_failure(unresolved))
    }

    /// Resolves the inputs that have a value and checks it; each of the others is a diagnostic.
    pub(super) async fn available_inputs(&self) -> Result<(inputs::Inputs, Vec<Diagnostic>), Failure> {
        let (values, unresolved) = inputs::resolve_available_inputs(&self.cx(), &self.loaded.spec).await;
        check_input_values(&self.loaded, &inputs::known_inputs(values.clone()))?;
        Ok((values, unresolved.iter().map(|one| one.diagnostic(self.input_hint(one.span))).collect()))
    }

    fn unresolved_failure(&self, unresolved: Vec<inputs::UnresolvedInput>) -> Failure {
        let found = unresolved.into_iter().map(|one| one.diagnostic(self.input_hint(one.span)));
        found_in(&self.loaded.source, found.collect())
    }

    /// Returns the hint for an input whose source has no value.
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

    /// Makes the document of a plan.
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

    /// Returns the failure for a signal that came before anything was started.
    pub(super) fn interrupted_failure(&self) -> Failure {
        self.ui().interrupted()
    }

    /// Returns the failure for a read error, at its place in the spec.
    pub(super) fn read_failure(&self, read_error: &ReadError) -> Failure {
        Failure::in_source(ExitCode::Failed, self.loaded.source.clone(), read_error.diagnostics())
    }

    /// Refuses a function id that is not in the spec.
    pub(super) fn require_function(&self, id: &str) -> Result<(), Failure> {
        let spec = &self.loaded.spec;
        if spec.functions.keys().any(|known| known.value == id) {
            return Ok(());
        }
        let names = spec.functions.keys().map(|id| id.as_str());
        let hint = suggest::hint(id, names, "there is");
        Err(Failure::usage(format!("there is no function `{id}` in the spec")).with_hint(hint))
    }

    /// Returns stack, account and region for the head of a plan.
    pub(super) fn plan_heading(&self) -> String {
        let Aws { region, account, .. } = &self.aws;
        format!("stack `{}` in {region}, account {account}", self.loaded.spec.stack.value)
    }
}

/// Refuses input values that break the rules of the spec.
fn check_input_values(loaded: &Loaded, values: &inputs::Inputs) -> Result<(), Failure> {
    let diagnostics = manifest::check_inputs(loaded, values, stack::lint);
    if diagnostics.is_empty() {
        return Ok(());
    }
    let (source, suppressed) = (loaded.source.clone(), loaded.suppressed.clone());
    Err(LoadError::Findings { source, diagnostics, suppressed }.into())
}

/// Loads the spec for commands that do not call AWS, and prints the number of warnings.
pub(super) async fn load_offline(invocation: &Invocation<'_>) -> Result<Loaded, Failure> {
    let loaded = load_spec(invocation, NamedCode::Unused).await?;
    report_warning_count(invocation.ui, &loaded);
    check_input_values(&loaded, &inputs::known_inputs(inputs::offline_inputs(&loaded.spec)))?;
    Ok(loaded)
}

/// Reads and checks the spec for the region in use.
///
/// The outer failure is a signal: signals are handled meanwhile, because the spec may come out of a pipe that nobody
/// writes into.
pub(super) async fn read_spec(
    invocation: &Invocation<'_>,
    named_code: NamedCode,
) -> Result<Result<Loaded, LoadError>, Failure> {
    let spec = &invocation.global.spec;
    let (path, files) = (spec.path().to_owned(), spec.files());
    let options =
        CheckOptions { region: invocation.global.region.clone(), code: named_code == NamedCode::Checked };
    // On a thread of its own, which ends with the process.
    let work = tokio::task::spawn_blocking(move || {
        let source = manifest::read_files(&files)?;
        manifest::check_source(&path, &source, &options, stack::lint)
    });
    let done = invocation.ui.or_interrupted(work).await?;
    let shown = spec.path().display();
    done.map_err(|error| Failure::failed(format!("cannot read `{shown}`: {error}")))
}

/// Loads the spec and leaves out its notes, which only `validate` prints.
pub(super) async fn load_spec(invocation: &Invocation<'_>, named_code: NamedCode) -> Result<Loaded, Failure> {
    let mut loaded = read_spec(invocation, named_code).await?.map_err(LoadError::without_notes)?;
    loaded.warnings.retain(|finding| finding.severity != Severity::Note);
    Ok(loaded)
}

/// Says once that what this version knows of AWS is old.
pub(super) fn report_stale_facts(ui: &Ui) {
    if let Some(note) = facts::age_note(&today()) {
        ui.print_status(&note);
    }
}

/// Prints the warnings in full, and as annotations for GitHub.
fn report_warnings(ui: &Ui, Loaded { source, warnings, .. }: &Loaded) {
    report_findings(ui, source, warnings);
}

fn report_findings(ui: &Ui, source: &SourceFile, findings: &[Diagnostic]) {
    ui.print_github_annotations(&github::annotations(Some(source), findings));
    if !findings.is_empty() {
        ui.print_status_page(&text::draw(Some(source), findings, ui.err));
        ui.print_status(&format!("{}: {}", source.name(), text::summary(findings)));
    }
}

/// Returns what a program printed, each line behind a mark.
fn quoted(ui: &Ui, output: &str) -> Page {
    let mut page = Page::new(ui.err);
    page.quote(output);
    page
}

/// Prints the number of warnings.
fn report_warning_count(ui: &Ui, Loaded { source, warnings, .. }: &Loaded) {
    if !warnings.is_empty() {
        let count = text::summary(warnings);
        ui.print_status(&format!("{}: {count}; see `copilot-infra validate`", source.name()));
    }
}

/// Returns how to connect: the command line takes precedence over the spec; the local cloud needs nothing from either.
fn connect_options<'ask>(invocation: &Invocation<'_>, loaded: &Loaded) -> ConnectOptions<'ask> {
    let global = invocation.global;
    let region = global.region.clone().or_else(|| loaded.spec.region.as_ref().map(|at| at.value.clone()));
    match &invocation.cloud {
        TargetCloud::Local(local) => ConnectOptions {
            region: Some(region.unwrap_or_else(|| local::REGION.to_owned())),
            endpoint_url: Some(local.url.clone()),
            credentials: Some(local.credentials()),
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

/// Returns the failure of a spec that is valid in itself but does not fit what AWS or the code says.
fn found_in(source: &SourceFile, found: Vec<Diagnostic>) -> Failure {
    let first = found.first().map(|one| one.message.clone()).unwrap_or_default();
    let others = found.len().saturating_sub(1);
    let failure = Failure::in_source(ExitCode::Failed, source.clone(), found);
    if others == 0 { failure } else { failure.with_summary(format!("{first}; and {others} more")) }
}
