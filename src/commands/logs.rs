//! `logs`: prints the log events of the stack's functions and of its gateway, merged by time.
use std::time::Duration;

use super::{
    invocation::Invocation,
    session::{NamedCode, Session},
};
use crate::{
    cli::{LogsArgs, OutputFormat},
    diagnostic::{ExitCode, Failure},
    resources::{api, log_group},
    tail::{LogEvent, LogSource, Tail, TailQuery, millis_ago},
    view::logs as view,
};

pub(super) async fn run_logs(invocation: &Invocation<'_>, query: LogsArgs) -> Result<ExitCode, Failure> {
    let session = Session::open(invocation, NamedCode::Unused).await?;
    let sources = select_log_sources(&session, query.function.as_deref()).await?;
    let lines =
        view::LogPrinter::new(sources.iter().map(|one| one.label.clone()).collect(), invocation.ui.out);
    let print = |events: &[LogEvent]| match invocation.global.format {
        OutputFormat::Json => {
            invocation.ui.print_json(&events.iter().map(view::event_json).collect::<String>())
        }
        _ => invocation.ui.print_stdout(&lines.render_events(events)),
    };
    let (since, follow) = (millis_ago(query.since.0), query.follow);
    let mut tail = Tail::new(TailQuery { sources, since, filter: query.filter, follow });
    let (mut count, mut interval) = (0, Duration::from_secs(2));
    loop {
        let mut round = tail.start_round();
        while let Some(events) = invocation.ui.or_interrupted(round.next_events(&session.cx())).await?? {
            count += events.len();
            print(&events)?;
        }
        if !follow {
            break;
        }
        if tail.interval() > interval {
            interval = tail.interval();
            invocation.ui.print_status(&format!(
                "looking at each log group every {} s: CloudWatch Logs answers only a few calls a second",
                interval.as_secs()
            ));
        }
        invocation.ui.or_interrupted(tail.wait_for_next_round(&session.cx())).await??;
    }
    for source in &tail.missing {
        invocation
            .ui
            .print_status(&format!("{}: there is no log group `{}` yet", source.label, source.group));
    }
    if count == 0 {
        invocation
            .ui
            .print_status("no events; `--since 1h` looks further back, `--follow` waits for new ones");
    }
    Ok(ExitCode::Success)
}

/// Returns the log groups of one function, or of the whole stack.
async fn select_log_sources(
    session: &Session<'_>,
    function: Option<&str>,
) -> Result<Vec<LogSource>, Failure> {
    let spec = &session.loaded.spec;
    let of = |id: &str| LogSource { label: id.to_owned(), group: spec.function_log_group(id) };
    if let Some(id) = function {
        session.require_function(id)?;
        return Ok(vec![of(id)]);
    }
    let mut sources: Vec<LogSource> = spec.functions.keys().map(|id| of(id)).collect();
    sources.extend(spec.access_log_group().map(|group| LogSource { label: "access".to_owned(), group }));
    if spec.api.is_some()
        && let Some(api) = api::find_api(&session.cx(), &spec.api_name()).await?
    {
        let group = log_group::execution_name(&api.id, spec.stage_name());
        sources.push(LogSource { label: "gateway".to_owned(), group });
    }
    Ok(sources)
}
