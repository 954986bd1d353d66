//! `plan`: shows what apply would change.
use std::path::PathBuf;

use super::{saved, session::Session};
use crate::{
    cli::{Choices, Format, Global},
    diagnostic::{Diagnostic, ExitCode, Failure, SourceFile},
    engine::{Consent, Graph, Plan, Reading, UnknownTarget, Work},
    resources::TIERS,
    view::{Style, markdown, model, plan as view},
    world::World,
};

/// What `plan` was asked.
pub(super) struct Asked {
    pub(super) detailed_exitcode: bool,
    pub(super) choices: Choices,
    pub(super) drift_only: bool,
    pub(super) out: Option<PathBuf>,
}

pub(super) async fn run(world: &World, global: &Global, asked: Asked) -> Result<ExitCode, Failure> {
    let session = Session::review(world, global).await?;
    let stack = session.stack().await?;
    let reading = read(world, &session, stack.graph).await?;
    let mut choices = chosen(&asked.choices);
    choices.drift_only = asked.drift_only;
    let mut plan = decide(reading, &session, &choices).map_err(|error| unknown_target(&error))?.plan;
    if asked.drift_only {
        plan.only_drift();
    }
    let document = session.document(&plan, choices);
    if let Some(path) = &asked.out {
        saved::write(path, &document)?;
    }
    match global.format {
        Format::Json => world.result(&format!("{:#}\n", serde_json::json!(document)))?,
        Format::Markdown => world.result(&markdown::draw(&document))?,
        _ if asked.drift_only && plan.is_empty() => {
            world.say(&session.head());
            world.result("No drift: nothing has changed in AWS since it was last applied.\n")?;
        }
        _ => show(world, &session.head(), &plan)?,
    }
    if let Some(path) = &asked.out {
        let path = path.display();
        world.say(&format!("saved as `{path}`; next: `copilot-infra apply {path}`"));
    }
    if !plan.refusals.is_empty() {
        return Err(refused(session.loaded.source, plan.refusals));
    }
    Ok(if asked.detailed_exitcode && !plan.is_empty() { ExitCode::Changes } else { ExitCode::Success })
}

/// The failure of a plan that may not be carried out.
pub(super) fn refused(source: SourceFile, refusals: Vec<Diagnostic>) -> Failure {
    Failure::in_source(ExitCode::Failed, source, refusals)
        .with_summary("the plan may not be carried out; nothing has been changed")
}

/// The failure of a target that is not there.
pub(super) fn unknown_target(error: &UnknownTarget) -> Failure {
    Failure::usage(error.to_string()).with_hint("`copilot-infra plan --format json` lists the addresses")
}

/// What the flags say, as a plan remembers it.
pub(super) fn chosen(flags: &Choices) -> model::Choices {
    model::Choices {
        delete_data: flags.delete_data,
        allow_replace: flags.allow_replace.clone(),
        targets: flags.targets.clone(),
        drift_only: false,
    }
}

/// The words that `choices` give beforehand.
pub(super) fn consent(choices: &model::Choices) -> Consent {
    let replace = choices.allow_replace.iter().cloned().collect();
    Consent { delete_data: choices.delete_data, replace }
}

/// Decides on what was read.
pub(super) fn decide(
    mut reading: Reading,
    session: &Session<'_>,
    choices: &model::Choices,
) -> Result<Work, UnknownTarget> {
    reading.confine(&choices.targets)?;
    Ok(reading.changes(&session.aws, &consent(choices)))
}

/// Reads everything; nothing is lost by breaking this off at once.
pub(super) async fn read(world: &World, session: &Session<'_>, graph: Graph) -> Result<Reading, Failure> {
    let cx = &session.cx();
    let reading = world.or_interrupted(Reading::take(graph, TIERS, cx)).await?;
    reading.map_err(|unread| session.unread(&unread))
}

/// Prints a plan on stdout, for people.
pub(super) fn show(world: &World, head: &str, plan: &Plan) -> Result<(), Failure> {
    world.say(head);
    world.result(&view::text(plan, Style(world.color_out)))
}
