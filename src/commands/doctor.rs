//! `doctor`: looks at everything and changes nothing.
use super::{plan::read, session::Session};
use crate::{
    cli::{Format, Global},
    doctor::{Finding, Level, Patient, drift, examine},
    engine::{Consent, Unread},
    exit::Failure,
    view::{Style, doctor as view},
    world::World,
};

pub(super) async fn run(world: &World, global: &Global, sample_items: bool) -> Result<i32, Failure> {
    let session = match Session::open(world, global).await {
        // Of all that could be wrong this is the one thing that can be told.
        Err(Failure::Aws(error)) if error.is_credentials() => {
            return tell(world, global, &[Finding::problem("credentials", &error)]);
        }
        session => session?,
    };
    let (inputs, stack) = (session.inputs().await?, session.stack().await?);
    let cx = session.cx();
    let patient =
        Patient { loaded: &session.loaded, inputs: &inputs, sample_items, local: global.local.is_some() };
    let looks = async { tokio::join!(examine(&cx, &patient), read(world, &session, stack.graph)) };
    let (mut found, reading) = world.or_interrupted(looks).await?;
    match reading {
        Ok(reading) => found.extend(drift(&reading.changes(&session.aws, &Consent::default()).plan)),
        // The other checks still say what they saw.
        Err(Failure::Unread(_, unread)) => found.extend(unread.all().map(drift_unknown)),
        Err(other) => return Err(other),
    }
    tell(world, global, &found)
}

/// The drift of a resource that cannot be read.
fn drift_unknown(unread: &Unread) -> Finding {
    let mut found = Finding::unknown("drift", &unread.error);
    let what = unread.address.as_deref().unwrap_or("what the stack owns beyond the spec");
    found.message = format!("{what}: {}", found.message);
    found
}

fn tell(world: &World, global: &Global, found: &[Finding]) -> Result<i32, Failure> {
    let text = match global.format {
        Format::Json => view::json(found),
        _ => view::text(found, Style(world.color_out)),
    };
    world.result(&text)?;
    Ok(i32::from(found.iter().any(|one| one.level == Level::Problem)))
}
