//! `push`: deploys only the code of functions.
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::json;

use super::{
    invocation::Invocation,
    partial,
    session::{Builds, NamedCode, Session},
    unchanged,
};
use crate::{
    aws::{Error, Urgency},
    cli::OutputFormat,
    diagnostic::{
        ExitCode, Failure,
        render::{github, text},
    },
    resources::function::{PushOutcome, push_code},
    stack::FunctionPackages,
    view::report::format_duration,
};

pub(super) async fn run_push(
    invocation: &Invocation<'_>,
    function: Option<&str>,
    builds: Builds,
) -> Result<ExitCode, Failure> {
    let session = Session::open(invocation, NamedCode::Checked).await?;
    if let Some(id) = function {
        session.require_function(id)?;
    }
    let code = session.build_packages(function, builds).await?;
    tokio::select! {
        result = push_functions(&session, function, &code) => result,
        () = session.cx().interrupt.wait_for_urgency(Urgency::Now) => Err(invocation.ui.interrupted()),
    }
}

/// Deploys the code of every function, or of one, all at once; prints the result for each.
pub(super) async fn push_functions(
    session: &Session<'_>,
    function: Option<&str>,
    code: &FunctionPackages,
) -> Result<ExitCode, Failure> {
    let (spec, cx, ui) = (&session.loaded.spec, session.cx(), session.ui());
    let ids = spec.functions.keys().filter(|id| function.is_none_or(|only| only == id.value));
    let work = ids.map(|id| async move {
        let (name, began) = (spec.function_name(id), Instant::now());
        let done = push_code(&cx, &name, code.package_of(id)).await;
        (id, name, done, began.elapsed())
    });
    let mut failed = false;
    for (id, name, done, took) in join_all(work).await {
        ui.print_stdout(&format_push_result(session.invocation.global.format, &name, &done, took))?;
        if let Err(error) = done {
            failed = true;
            let (source, address) = (Some(&session.loaded.source), format!("functions.{}", id.value));
            let context = format!("sending the code of {address} failed");
            let diagnostic = error.diagnostic_about(&address, Some(id.span), context);
            ui.print_error(text::draw_one(source, &diagnostic, ui.err).trim_end());
            ui.print_github_annotations(&[github::annotation(source, &diagnostic)]);
        }
    }
    match ui.signal() {
        _ if !failed => Ok(ExitCode::Success),
        Some(code) => Err(Failure::signal(code)),
        None if cx.run.has_written() => Err(partial()),
        None => Err(unchanged()),
    }
}

/// Formats the result of pushing one function.
fn format_push_result(
    format: OutputFormat,
    name: &str,
    done: &Result<PushOutcome, Error>,
    took: Duration,
) -> String {
    let state = match done {
        Ok(PushOutcome::Live) => "live",
        Ok(PushOutcome::Unchanged) => "unchanged",
        Err(_) => "failed",
    };
    if format != OutputFormat::Json {
        return format!("{name}: {state} ({})\n", format_duration(took));
    }
    let error = done.as_ref().err().map(Error::to_string);
    let took = took.as_millis();
    format!("{}\n", json!({ "function": name, "code": state, "milliseconds": took, "error": error }))
}
