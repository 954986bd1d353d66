//! `doctor`: looks at everything and changes nothing.
use super::{attend::unless_stopped, plan::read, session::Session};
use crate::{
    cli::{Format, Global},
    doctor::{Finding, Level, Patient, drift, examine},
    engine::Consent,
    exit::Failure,
    view::{Style, doctor as view},
    world::World,
};

pub(super) async fn run(world: &World, global: &Global, sample_items: bool) -> Result<i32, Failure> {
    let session = Session::open(world, global).await?;
    let (inputs, stack) = (session.inputs().await?, session.stack().await?);
    let cx = session.cx();
    let patient = Patient { loaded: &session.loaded, inputs: &inputs, sample_items };
    let looks = async { tokio::join!(examine(&cx, &patient), read(world, &session, stack.graph)) };
    let (mut found, reading) = unless_stopped(world, looks).await?;
    match reading {
        Ok(reading) => found.extend(drift(&reading.changes(&session.aws, &Consent::default()).plan)),
        // The other checks still say what they saw.
        Err(Failure::Unread(_, unread)) => found.push(Finding::unknown("drift", &unread.error)),
        Err(other) => return Err(other),
    }
    let text = match global.format {
        Format::Json => view::json(&found),
        _ => view::text(&found, Style(world.color_out)),
    };
    world.result(&text)?;
    Ok(i32::from(found.iter().any(|one| one.level == Level::Problem)))
}
