//! Lines from a person, or from a pipe: read on a thread of its own, because neither can be waited for otherwise.
#[cfg(unix)]
use std::io::Write;
use std::{
    io::{BufRead, IsTerminal},
    thread,
};

use rustyline::{DefaultEditor, error::ReadlineError};
use tokio::sync::mpsc;

/// Reads lines on request, so that a prompt stands only when it is the person's turn.
pub struct Terminal {
    wanted: mpsc::UnboundedSender<()>,
    lines: mpsc::UnboundedReceiver<InputLine>,
    /// How the terminal was set before lines were edited on it.
    _before: Option<Settings>,
}

/// What came when a line was asked for.
#[derive(Debug, PartialEq, Eq)]
pub enum InputLine {
    /// A line, without its end.
    Text(String),
    /// The input is over: Ctrl-D, or a terminal that is gone.
    End,
    /// Ctrl-C instead of a line.
    Interrupt,
}

impl Terminal {
    /// Starts the thread; with `prompt` and a terminal on both sides, lines can be edited and the arrow keys bring
    /// earlier ones back.
    #[must_use]
    pub fn open(prompt: bool) -> Self {
        let (wanted, requests) = mpsc::unbounded_channel();
        let (answers, lines) = mpsc::unbounded_channel();
        let edits = prompt && std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
        let before = edits.then(Settings::read).flatten();
        let read = if edits { read_edited_lines } else { read_piped_lines };
        thread::spawn(move || read(requests, &answers));
        Self { wanted, lines, _before: before }
    }

    /// Asks for the next line; [`Terminal::next_line`] brings it.
    pub fn request_line(&self) {
        // Without the thread, `line` says that it is over.
        let _ = self.wanted.send(());
    }

    /// The line that was asked for.
    pub async fn next_line(&mut self) -> InputLine {
        self.lines.recv().await.unwrap_or(InputLine::End)
    }
}

/// Settings of the terminal, which are in force again once this is dropped.
#[cfg(unix)]
struct Settings(rustix::termios::Termios);

#[cfg(unix)]
impl Settings {
    fn read() -> Option<Self> {
        rustix::termios::tcgetattr(std::io::stdin()).ok().map(Self)
    }
}

#[cfg(unix)]
impl Drop for Settings {
    /// A thread that still waits for a line has set the terminal to its own ways; whoever comes next expects the
    /// usual ones.
    fn drop(&mut self) {
        use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
        let edits = tcgetattr(std::io::stdin()).is_ok_and(|now| now.local_modes != self.0.local_modes);
        if edits {
            // With the terminal gone there is nothing to set. The sequence ends the marking of pasted text.
            let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, &self.0);
            let _ = writeln!(std::io::stdout(), "\u{1b}[?2004l");
        }
    }
}

/// The console of Windows, which is left as the editor of lines leaves it.
#[cfg(not(unix))]
struct Settings;

#[cfg(not(unix))]
impl Settings {
    fn read() -> Option<Self> {
        Some(Self)
    }
}

type Requests = mpsc::UnboundedReceiver<()>;
type Answers = mpsc::UnboundedSender<InputLine>;

fn read_edited_lines(mut requests: Requests, answers: &Answers) {
    let Ok(mut editor) = DefaultEditor::new() else { return read_piped_lines(requests, answers) };
    while requests.blocking_recv().is_some() {
        let line = match editor.readline("> ") {
            Ok(line) => {
                // A history that cannot grow is no reason to stop.
                let _ = editor.add_history_entry(&line);
                InputLine::Text(line)
            }
            Err(ReadlineError::Interrupted) => InputLine::Interrupt,
            Err(_) => InputLine::End,
        };
        if answers.send(line).is_err() {
            return;
        }
    }
}

fn read_piped_lines(mut requests: Requests, answers: &Answers) {
    while requests.blocking_recv().is_some() {
        let mut line = String::new();
        let line = match std::io::stdin().lock().read_line(&mut line) {
            Ok(1..) => InputLine::Text(line.trim_end_matches(['\n', '\r']).to_owned()),
            Ok(0) | Err(_) => InputLine::End,
        };
        if answers.send(line).is_err() {
            return;
        }
    }
}
