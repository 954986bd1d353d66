//! `doctor`: looks at everything and changes nothing.
use super::{plan::read, session::Session};
use crate::{
    aws::Urgency,
    cli::{Format, Global},
    doctor::{Level, Patient, drift, examine},
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
    let (mut found, reading) = tokio::select! {
        both = looks => both,
        () = cx.interrupt.reached(Urgency::Finish) => {
            return Err(Failure::Signal(world.signal().unwrap_or(130)));
        }
    };
    found.extend(drift(&reading?.changes(&session.aws, &Consent::default()).plan));
    let text = match global.format {
        Format::Json => view::json(&found),
        _ => view::text(&found, Style(world.color_out)),
    };
    world.result(&text)?;
    Ok(i32::from(found.iter().any(|one| one.level == Level::Problem)))
}
