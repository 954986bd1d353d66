//! `apply`: makes what is live equal to the spec.
use super::{
    attend::attend,
    lease::{Guard, Hold},
    plan::{read, show},
    session::Session,
};
use crate::{
    aws::Cx,
    cli::{Format, Global},
    engine::{self, Consent, Plan, Report, Work},
    exit::Failure,
    spec::Source,
    view::{Style, outputs, plan as plan_view, progress::Progress, report},
    world::World,
};
use std::time::Instant;

pub(super) async fn run(
    world: &World,
    global: &Global,
    yes: bool,
    delete_data: bool,
    no_lease: bool,
) -> Result<i32, Failure> {
    let session = Session::open(world, global).await?;
    let guard = Guard::new(world, &session, "apply", no_lease);
    let (stack, clear) = tokio::try_join!(session.stack(), guard.clear())?;
    let outs = stack.outputs;
    let reading = read(world, stack.graph, &session.cx()).await?;
    let work = reading.changes(&session.aws, Consent { delete_data });
    let source = &session.loaded.source;
    tell(world, global.format, &session.head(), &work.plan)?;
    let values = if work.plan.is_empty() && work.plan.refusals.is_empty() {
        outs.values(work.attrs(&outs.handles))
    } else {
        permit(world, source, &work.plan, yes, delete_data, "apply").await?;
        let held = guard.take(clear).await?;
        let report = carry_out(world, global, &session.cx(), source, work, held.as_ref()).await?;
        report.attrs(&outs.handles).and_then(|attrs| outs.values(attrs))
    };
    if let Some(values) = values {
        let format = if global.format == Format::Json { Format::Json } else { Format::Text };
        world.result(&outputs::draw(&values, format))?;
    }
    Ok(0)
}

/// Shows the plan: with the outputs on stdout, the plan is a message.
pub(super) fn tell(world: &World, format: Format, head: &str, plan: &Plan) -> Result<(), Failure> {
    if format == Format::Json || plan.is_empty() {
        world.say(head);
        world.say(plan_view::text(plan, Style(world.color_err)).trim_end());
        return Ok(());
    }
    show(world, Format::Text, head, plan)
}

/// Asks, unless the word was given; refuses what may not be done at all.
pub(super) async fn permit(
    world: &World,
    source: &Source,
    plan: &Plan,
    yes: bool,
    delete_data: bool,
    command: &str,
) -> Result<(), Failure> {
    if !plan.refusals.is_empty() {
        return Err(Failure::Refused(source.clone(), plan.refusals.clone()));
    }
    let lossy = plan.steps.iter().filter(|step| step.loses_data()).map(|step| step.address.as_str());
    let lossy: Vec<_> = lossy.collect();
    if !lossy.is_empty() && !delete_data {
        let list = lossy.join(", ");
        return Err(Failure::NotAgreed(format!(
            "the data of {list} would be lost; nothing has been changed\nhint: say `--delete-data` if that is meant"
        )));
    }
    if yes {
        return Ok(());
    }
    if !world.asks {
        return Err(Failure::NotAgreed(format!(
            "there is nobody to ask; nothing has been changed\nhint: run `copilot-infra {command} --yes`"
        )));
    }
    if world.agreed("Do this?").await {
        return Ok(());
    }
    match world.signal() {
        Some(code) => Err(Failure::Signal(code)),
        None => Err(Failure::NotAgreed("not agreed; nothing has been changed".into())),
    }
}

/// Carries a plan out and tells how it went.
pub(super) async fn carry_out(
    world: &World,
    global: &Global,
    cx: &Cx<'_>,
    source: &Source,
    work: Work,
    held: Option<&Hold<'_>>,
) -> Result<Report, Failure> {
    let style = Style(world.color_err);
    let progress = Progress::new(world.live, world.quiet, style, work.tasks());
    let began = Instant::now();
    let run = engine::apply(work, cx, global.parallel, &progress);
    let Some(report) = attend(world, run, &progress, held).await else {
        return Err(broken_off(world, &progress));
    };
    if report.is_complete() {
        world.say(&report::complete(&report, began.elapsed()));
        return Ok(report);
    }
    world.complain(report::partial(&report, source, style).trim_end());
    world.complain("The same command again carries on from here.");
    match world.signal() {
        Some(code) => Err(Failure::Signal(code)),
        None if cx.run.has_written() => Err(Failure::Partial),
        None => Err(Failure::Told),
    }
}

/// After the second wish to stop: says what may be half done.
fn broken_off(world: &World, progress: &Progress) -> Failure {
    let flying = progress.in_flight();
    world.complain("ended at once; in flight were:");
    for line in &flying {
        world.complain(&format!("  {line}"));
    }
    world.complain("The same command again finds out how far they came, and carries on.");
    Failure::Signal(world.signal().unwrap_or(130))
}
