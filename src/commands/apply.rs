//! `apply`: makes what is live equal to the spec.
use std::{
    io::Stdout,
    path::PathBuf,
    time::{Duration, Instant},
};

use super::{
    attend::attend,
    lease::{Guard, Hold},
    live,
    plan::{chosen, consent, decide, read},
    preflight,
    saved::Saved,
    session::Session,
    smoke,
};
use crate::{
    aws::{Aws, Cx},
    cli::{Choices, Format, Global},
    commands::{
        partial,
        plan::{refused, unknown_target},
        unchanged,
    },
    diagnostic::{ExitCode, Failure, SourceFile, render::github},
    engine::{self, Consent, Event, Observer, Plan, Report, Task, Work},
    view::{Style, events::Events, model, outputs, plan as plan_view, progress::Progress, report},
    world::World,
};

/// What `apply` was asked.
#[derive(Default)]
pub(super) struct Asked {
    pub(super) saved: Option<PathBuf>,
    pub(super) yes: bool,
    pub(super) choices: Choices,
    pub(super) no_lease: bool,
    /// Whether to prove at the end that the stack answers.
    pub(super) smoke: bool,
    /// The token for that.
    pub(super) token: Option<String>,
    pub(super) preflight: preflight::Wish,
}

pub(super) async fn run(world: &World, global: &Global, asked: Asked) -> Result<ExitCode, Failure> {
    let saved = asked.saved.as_deref().map(Saved::read).transpose()?;
    let session = Session::review(world, global).await?;
    begin(world, &session);
    if asked.smoke {
        live::speaks(&session)?;
    }
    let guard = Guard::new(world, &session, "apply", asked.no_lease);
    let (stack, clear) = tokio::try_join!(session.stack(), guard.clear())?;
    let outs = stack.outputs;
    let reading = read(world, &session, stack.graph).await?;
    let choices = saved.as_ref().map_or_else(|| chosen(&asked.choices), |saved| saved.plan.choices.clone());
    let work = match (decide(reading, &session, &choices), &saved) {
        // A target of the saved plan is gone.
        (Err(error), Some(saved)) => return Err(saved.stale(vec![error.to_string()])),
        (work, _) => work.map_err(|error| unknown_target(&error))?,
    };
    if let Some(saved) = &saved {
        saved.check(&session.document(&work.plan, choices.clone()))?;
    }
    let yes = asked.yes || saved.is_some();
    tell(world, &session.head(), &work.plan, yes);
    let values = if work.plan.is_empty() && work.plan.refusals.is_empty() {
        nothing_to_do(world);
        outs.values(work.attrs(&outs.handles))
    } else {
        let source = &session.loaded.source;
        preflight::look(asked.preflight, &session, &work, &outs, guard.is_on()).await?;
        permit(world, source, &work.plan, yes, &consent(&choices), "apply").await?;
        let held = guard.take(clear).await?;
        let mut watch = Watch::new(world, work.tasks());
        if let Some(saved) = &saved {
            watch.again = afresh(saved);
        }
        let report = carry_out(world, global, &session.cx(), source, work, &watch, held.as_ref()).await?;
        report.attrs(&outs.handles).and_then(|attrs| outs.values(attrs))
    };
    match (values, &world.events) {
        (Some(values), Some(events)) => events.outputs(&values),
        (Some(values), None) => world.result(&outputs::draw(&values, Format::Text))?,
        (None, _) => {}
    }
    if asked.smoke { smoke::after(world, global, &session, asked.token).await } else { Ok(ExitCode::Success) }
}

/// Begins to tell a program on stdout, if one listens; the first event says who and where.
pub(super) fn begin(world: &World, session: &Session<'_>) {
    if let Some(events) = &world.events {
        let Aws { account, region, .. } = &session.aws;
        let stack = session.loaded.spec.stack.value.clone();
        events.begin(Some(stack), Some(account.clone()), Some(region.clone()));
    }
}

/// Tells a program that all is as it should be already.
pub(super) fn nothing_to_do(world: &World) {
    if let Some(events) = &world.events {
        events.summary(&[], Duration::ZERO, |_| None);
    }
}

/// Who is told what happens: whoever reads stderr, and perhaps a program on stdout.
pub(super) struct Watch<'a> {
    progress: Progress,
    events: Option<&'a Events<Stdout>>,
    /// What to do after a run that stopped part-way.
    again: String,
}

const AGAIN: &str = "The same command again carries on from here.";

/// What to do after the apply of a saved plan stopped: what is done already is in no fresh plan, so it does not fit
/// any more.
fn afresh(saved: &Saved) -> String {
    format!("To carry on from here, make and review a plan of the rest: {}", saved.anew())
}

impl<'a> Watch<'a> {
    /// Begins to watch. On a terminal the tree is drawn from now on, so every question must have been asked.
    pub(super) fn new(world: &'a World, tasks: Vec<Task>) -> Self {
        let progress = Progress::new(world.live, world.quiet, Style(world.color_err), tasks);
        Self { progress, events: world.events.as_ref(), again: AGAIN.to_owned() }
    }

    /// Lets `run` go on, telling a program again and again what still runs.
    async fn over(&self, run: impl Future<Output = Report>) -> Report {
        let beat = async {
            match self.events {
                Some(events) => events.beat().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            report = run => report,
            never = beat => match never {},
        }
    }

    /// Tells how it ended.
    fn end(&self, report: &Report, began: Instant, source: &SourceFile) {
        let span = |address: &str| {
            let step = report.steps.iter().map(|(step, _)| step).find(|step| step.address == address)?;
            Some(model::Position::of(source, step.span?))
        };
        if let Some(events) = self.events {
            events.summary(&report.steps, began.elapsed(), span);
        }
    }
}

impl Observer for Watch<'_> {
    fn on(&self, event: &Event<'_>) {
        self.progress.on(event);
        if let Some(events) = self.events {
            events.on(event);
        }
    }
}

/// Shows the plan on stderr: the result of the command is its outputs, and these alone go to stdout. Whoever will
/// be asked must see what about, however quiet it should be.
pub(super) fn tell(world: &World, head: &str, plan: &Plan, yes: bool) {
    let drawn = plan_view::text(plan, Style(world.color_err));
    let text = format!("{head}\n{}", drawn.trim_end());
    if world.asks && !yes && !plan.is_empty() { world.complain(&text) } else { world.say(&text) }
}

/// Asks, unless the word was given; refuses what may not be done at all.
pub(super) async fn permit(
    world: &World,
    source: &SourceFile,
    plan: &Plan,
    yes: bool,
    consent: &Consent,
    command: &str,
) -> Result<(), Failure> {
    if !plan.refusals.is_empty() {
        return Err(refused(source.clone(), plan.refusals.clone()));
    }
    let lossy = plan.unagreed(consent);
    if !lossy.is_empty() {
        let single: Vec<_> = lossy.iter().map(|address| format!("`--allow-replace {address}`")).collect();
        let single = single.join(" ");
        let message = format!("the data of {} would be lost; nothing has been changed", lossy.join(", "));
        let hint = format!("say {single} or `--delete-data` if that is meant");
        return Err(Failure::failed(message).with_hint(hint));
    }
    if yes {
        return Ok(());
    }
    if !world.asks {
        let other =
            if command == "apply" { ", or save a plan with `plan --out FILE` and apply that" } else { "" };
        return Err(Failure::failed("there is nobody to ask; nothing has been changed")
            .with_hint(format!("run `copilot-infra {command} --yes`{other}")));
    }
    if world.agreed("Do this?").await {
        return Ok(());
    }
    match world.signal() {
        Some(code) => Err(Failure::signal(code)),
        None => Err(Failure::failed("not agreed; nothing has been changed")),
    }
}

/// Carries a plan out and tells how it went.
pub(super) async fn carry_out(
    world: &World,
    global: &Global,
    cx: &Cx<'_>,
    source: &SourceFile,
    work: Work,
    watch: &Watch<'_>,
    held: Option<&Hold<'_>>,
) -> Result<Report, Failure> {
    let style = Style(world.color_err);
    let began = Instant::now();
    let run = watch.over(engine::apply(work, cx, global.parallel, watch));
    let Some(report) = attend(world, run, &watch.progress, held).await else {
        return Err(broken_off(world, watch));
    };
    watch.end(&report, began, source);
    if report.is_complete() {
        world.say(&report::complete(&report, began.elapsed()));
        return Ok(report);
    }
    let told = report::partial(&report, source, style);
    world.complain(told.strip_suffix('\n').unwrap_or(&told));
    world.annotate(&github::annotations(Some(source), &report.diagnostics()));
    world.complain(&watch.again);
    match world.signal() {
        Some(code) => Err(Failure::signal(code)),
        None if cx.run.has_written() => Err(partial()),
        None => Err(unchanged()),
    }
}

/// After the second wish to stop: says what may be half done.
fn broken_off(world: &World, watch: &Watch<'_>) -> Failure {
    let flying = watch.progress.in_flight();
    world.complain("ended at once; in flight were:");
    for line in &flying {
        world.complain(&format!("  {line}"));
    }
    world.complain(&watch.again);
    world.interrupted()
}
