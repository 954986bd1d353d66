//! `push`: deploys only the code of functions.
use std::{
    cell::Cell,
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use serde_json::json;

use super::{
    invocation::Invocation,
    partial,
    run::{LeaseBaseline, RunDisplay, StackLease, supervise},
    session::{Builds, NamedCode, Session},
    unchanged,
};
use crate::{
    aws::Error,
    cli::OutputFormat,
    diagnostic::{
        ExitCode, Failure,
        render::{github, text},
    },
    resources::function::{CodePush, compare_code},
    stack::FunctionPackages,
    ui::Ui,
    view::{Page, report::format_duration},
};

pub(super) async fn run_push(
    invocation: &Invocation<'_>,
    function: Option<&str>,
    builds: Builds,
    no_lease: bool,
) -> Result<ExitCode, Failure> {
    let session = Session::open(invocation, NamedCode::Checked).await?;
    if let Some(id) = function {
        session.require_function(id)?;
    }
    let lease = StackLease::new(&session, "push", no_lease);
    build_and_push(&session, function, builds, &lease).await
}

/// Builds the code of every function, or of one, and deploys it under the lease of the stack.
pub(super) async fn build_and_push(
    session: &Session<'_>,
    function: Option<&str>,
    builds: Builds,
    lease: &StackLease<'_>,
) -> Result<ExitCode, Failure> {
    let (code, baseline) =
        tokio::try_join!(session.build_packages(function, builds), lease.wait_until_free())?;
    push_functions(session, function, &code, lease, baseline).await
}

/// What a push found of a function: what is to be sent, if anything is.
type Compared = Result<Option<CodePush>, Error>;

/// Deploys the code of every function, or of one, all at once; prints the result for each.
async fn push_functions(
    session: &Session<'_>,
    function: Option<&str>,
    code: &FunctionPackages,
    lease: &StackLease<'_>,
    baseline: LeaseBaseline,
) -> Result<ExitCode, Failure> {
    let (spec, cx, ui) = (&session.loaded.spec, session.cx(), session.ui());
    let began = Instant::now();
    let ids: Vec<_> =
        spec.functions.keys().filter(|id| function.is_none_or(|only| only == id.value)).collect();
    let names: Vec<String> = ids.iter().map(|id| spec.function_name(id)).collect();
    let compared = ids.iter().zip(&names).map(|(id, name)| compare_code(&cx, name, code.package_of(id)));
    let compared: Vec<Compared> = ui.or_interrupted(join_all(compared)).await?;
    let differs = compared.iter().any(|one| matches!(one, Ok(Some(_))));
    let held = if differs { lease.acquire(baseline).await? } else { None };
    let display = PushDisplay { ui, in_flight: Cell::new(0) };
    let sends = compared.into_iter().map(|one| display.send(session, one));
    let sends = async { join_all(sends.map(async |sent| (sent.await, began.elapsed()))).await };
    let Some(sent) = supervise(ui, sends, &display, held.as_ref()).await else {
        return Err(ui.interrupted());
    };
    let mut failed = false;
    for ((id, name), (done, took)) in ids.into_iter().zip(&names).zip(sent) {
        if session.invocation.global.format == OutputFormat::Json {
            ui.print_json(&push_json(name, &done, took))?;
        } else {
            let line = format!("{name}: {} ({})", push_state(&done), format_duration(took));
            ui.print_stdout(&Page::of_line(ui.out, line))?;
        }
        if let Err(error) = done {
            failed = true;
            let (source, address) = (Some(&session.loaded.source), format!("functions.{}", id.value));
            let context = format!("sending the code of {address} failed");
            let diagnostic = error.diagnostic_about(&address, Some(id.span), context);
            ui.print_error_page(&text::draw_one(source, &diagnostic, ui.err));
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

/// Outcome of the push of one function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PushOutcome {
    /// The function already had the code.
    Unchanged,
    /// The new code is live.
    Live,
}

/// Counts what is being sent.
struct PushDisplay<'a> {
    ui: &'a Ui,
    in_flight: Cell<usize>,
}

impl PushDisplay<'_> {
    async fn send(&self, session: &Session<'_>, compared: Compared) -> Result<PushOutcome, Error> {
        let Some(push) = compared? else { return Ok(PushOutcome::Unchanged) };
        self.in_flight.update(|count| count + 1);
        let sent = push.send(&session.cx()).await;
        self.in_flight.update(|count| count.saturating_sub(1));
        sent.map(|()| PushOutcome::Live)
    }
}

impl RunDisplay for PushDisplay<'_> {
    fn print_notice(&self, text: &str) {
        self.ui.print_error(&format!("{} {text}", self.ui.err.yellow("!")));
    }
    fn count_in_flight(&self) -> usize {
        self.in_flight.get()
    }
    fn finish(&self) {}
}

fn push_state(done: &Result<PushOutcome, Error>) -> &'static str {
    match done {
        Ok(PushOutcome::Live) => "live",
        Ok(PushOutcome::Unchanged) => "unchanged",
        Err(_) => "failed",
    }
}

/// Returns the result of pushing one function as one line of JSON.
fn push_json(name: &str, done: &Result<PushOutcome, Error>, took: Duration) -> String {
    let error = done.as_ref().err().map(Error::to_string);
    let (state, took) = (push_state(done), took.as_millis());
    format!("{}\n", json!({ "function": name, "code": state, "milliseconds": took, "error": error }))
}
