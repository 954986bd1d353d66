//! `push`: sends code alone.
use super::{logs::known, session::Session};
use crate::{
    aws::{Error, Urgency},
    cli::{Format, Global},
    exit::Failure,
    resources::function::{Pushed, push},
    stack::Packages,
    view::report::seconds,
    world::World,
};
use futures_util::future::join_all;
use serde_json::json;
use std::time::Instant;

pub(super) async fn run(world: &World, global: &Global, function: Option<&str>) -> Result<i32, Failure> {
    let session = Session::open(world, global).await?;
    if let Some(id) = function {
        known(&session.loaded.spec, id)?;
    }
    let code = session.code(function).await?;
    tokio::select! {
        result = send(world, global, &session, function, &code) => result,
        () = session.cx().interrupt.reached(Urgency::Now) => Err(Failure::Signal(world.signal().unwrap_or(130))),
    }
}

/// Sends the code of every function, or of one, all at once; tells how each went.
pub(super) async fn send(
    world: &World,
    global: &Global,
    session: &Session<'_>,
    function: Option<&str>,
    code: &Packages,
) -> Result<i32, Failure> {
    let (spec, cx) = (&session.loaded.spec, session.cx());
    let ids = spec.functions.keys().filter(|id| function.is_none_or(|only| only == id.value));
    let work = ids.map(|id| async move {
        let (name, began) = (spec.function_name(id), Instant::now());
        let done = push(&cx, &name, code.of(id)).await;
        (name, done, began.elapsed())
    });
    let mut failure = None;
    for (name, done, took) in join_all(work).await {
        let (state, error) = match done {
            Ok(Pushed::Live) => ("live", None),
            Ok(Pushed::Unchanged) => ("unchanged", None),
            Err(error) => ("failed", Some(error)),
        };
        let line = match global.format {
            Format::Json => {
                let error = error.as_ref().map(Error::to_string);
                format!(
                    "{}\n",
                    json!({ "function": name, "code": state, "milliseconds": took.as_millis(), "error": error })
                )
            }
            _ => format!("{name}: {state} ({})\n", seconds(took)),
        };
        world.result(&line)?;
        failure = failure.or(error);
    }
    match failure {
        None => Ok(0),
        Some(_) if world.signal().is_some() => Err(Failure::Signal(world.signal().unwrap_or(130))),
        Some(error) if !cx.run.has_written() => Err(error.into()),
        Some(error) => {
            world.complain(&format!("error: {error}"));
            Err(Failure::Partial)
        }
    }
}
