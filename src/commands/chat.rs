//! `chat`: a conversation with the live stack in the terminal.
use std::io::IsTerminal;

use super::{
    invocation::Invocation,
    live_api,
    session::{NamedCode, Session},
};
use crate::{
    cli::OutputFormat,
    diagnostic::{ExitCode, Failure, render::Flow},
    ui::Ui,
    websocket::{self, Chat, Frame, InputLine, KEEP_ALIVE, Terminal},
};

pub(super) async fn run_chat(
    invocation: &Invocation<'_>,
    token: Option<String>,
) -> Result<ExitCode, Failure> {
    let session = Session::open(invocation, NamedCode::Unused).await?;
    let address = live_api::websocket_address(&session, &session.cx(), token).await?;
    invocation.ui.print_status(&format!("connecting to {}", address.url));
    let mut chat = invocation.ui.or_interrupted(Chat::open(address)).await??;
    invocation.ui.print_status(
        "connected; Ctrl-C stops an answer, /new begins another conversation, /quit or Ctrl-D ends",
    );
    let done = run_conversation(invocation.ui, invocation.global.format, &mut chat).await;
    chat.close().await;
    // A person has seen the error; a script relies on the exit code.
    let complete = done? || std::io::stdin().is_terminal();
    Ok(if complete { ExitCode::Success } else { ExitCode::Failed })
}

/// Runs the conversation until the user or the input ends it; returns whether every answer was complete.
async fn run_conversation(ui: &Ui, format: OutputFormat, chat: &mut Chat) -> Result<bool, Failure> {
    let mut terminal = Terminal::open(format != OutputFormat::Json);
    let mut complete = true;
    loop {
        terminal.request_line();
        let line = match ui.or_interrupted(next_input_line(&mut terminal, chat)).await?? {
            InputLine::Text(line) => line,
            InputLine::End => return Ok(complete),
            InputLine::Interrupt => return Err(Failure::signal(ExitCode::Interrupted)),
        };
        match line.trim() {
            "" => {}
            "/quit" => return Ok(complete),
            "/new" => chat.start_over(),
            text => complete &= ask_and_print(ui, format, chat, text).await?,
        }
    }
}

/// Reads the user's next line; meanwhile the connection is kept alive, and replaced when it drops.
async fn next_input_line(terminal: &mut Terminal, chat: &mut Chat) -> Result<InputLine, websocket::Error> {
    let mut tick = tokio::time::interval(KEEP_ALIVE);
    tick.tick().await; // the first tick comes at once
    loop {
        let dropped = tokio::select! {
            line = terminal.next_line() => return Ok(line),
            _ = tick.tick() => chat.keep_alive().await.is_err(),
            _ = chat.wait_until_dropped() => true,
        };
        if dropped {
            chat.reconnect().await?;
        }
    }
}

/// Sends a message and prints the answer as it streams in; returns whether it was complete.
///
/// A lost answer is reported, and the conversation goes on. Ctrl-C stops only the answer: the connection is dropped,
/// which makes the functions stop the model too, and a new connection continues the conversation.
async fn ask_and_print(ui: &Ui, format: OutputFormat, chat: &mut Chat, text: &str) -> Result<bool, Failure> {
    let mut drawing = AnswerPrinter { ui, format, flow: Flow::default() };
    let (mut shown, mut complete) = (Ok(()), false);
    let mut show = |frame: &Frame| {
        complete |= matches!(frame, Frame::End { .. });
        if shown.is_ok() {
            shown = drawing.print_frame(frame);
        }
    };
    let heard = ui.or_interrupted(chat.ask_question(text, &mut show)).await;
    shown?;
    let warning = ui.err.yellow("warning:");
    match heard {
        Ok(Ok(())) => return Ok(complete),
        Ok(Err(error)) => {
            ui.print_error("");
            ui.print_error(&format!("{warning} {error}; the answer is not complete"));
        }
        Err(_) if ui.forget_interrupt() => {
            ui.print_error("");
            ui.print_error("stopped; the answer is not complete");
        }
        Err(terminated) => return Err(terminated),
    }
    ui.or_interrupted(chat.reconnect()).await??;
    ui.print_status("connected again; the conversation goes on");
    Ok(false)
}

/// Prints one answer to the terminal as it streams in.
struct AnswerPrinter<'a> {
    ui: &'a Ui,
    format: OutputFormat,
    flow: Flow,
}

impl AnswerPrinter<'_> {
    fn print_frame(&mut self, frame: &Frame) -> Result<(), Failure> {
        let Self { ui, format, flow } = self;
        if *format == OutputFormat::Json {
            return ui.print_json(&format!("{}\n", serde_json::json!(frame)));
        }
        match frame {
            Frame::Delta { text, .. } => ui.print_stdout(&flow.piece(text))?,
            Frame::End { .. } => ui.print_stdout(&flow.piece("\n"))?,
            Frame::Error { code, message, correlation_id, .. } => {
                ui.print_stdout(&flow.end_line())?;
                let error = ui.err.red("error:");
                ui.print_error(&format!("{error} {}", draw_error(code, message, correlation_id.as_deref())));
            }
            Frame::Start { .. } | Frame::Pong { .. } | Frame::Other => {}
        }
        Ok(())
    }
}

/// Formats the error that the stack sent for a failed answer.
fn draw_error(code: &str, message: &str, correlation_id: Option<&str>) -> String {
    let id = correlation_id.map(|id| format!(" (correlation id {id})")).unwrap_or_default();
    format!("{message} [{code}]{id}")
}
