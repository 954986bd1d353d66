//! Lines from a person, or from a pipe: read on a thread of its own, because neither can be waited for otherwise.
use rustyline::DefaultEditor;
use std::{
    io::{BufRead, IsTerminal},
    thread,
};
use tokio::sync::mpsc;

/// Reads lines on request, so that a prompt stands only when it is the person's turn.
pub struct Terminal {
    wanted: mpsc::UnboundedSender<()>,
    lines: mpsc::UnboundedReceiver<Option<String>>,
}

impl Terminal {
    /// Starts the thread; with a terminal, lines can be edited and the arrow keys bring earlier ones back.
    #[must_use]
    pub fn open() -> Self {
        let (wanted, requests) = mpsc::unbounded_channel();
        let (answers, lines) = mpsc::unbounded_channel();
        let read = if std::io::stdin().is_terminal() { edited } else { piped };
        thread::spawn(move || read(requests, &answers));
        Self { wanted, lines }
    }

    /// Asks for the next line; [`Terminal::line`] brings it.
    pub fn ask(&self) {
        // Without the thread, `line` says that it is over.
        let _ = self.wanted.send(());
    }

    /// The line that was asked for; none at the end of the input or on Ctrl-C and Ctrl-D.
    pub async fn line(&mut self) -> Option<String> {
        self.lines.recv().await.flatten()
    }
}

type Requests = mpsc::UnboundedReceiver<()>;
type Answers = mpsc::UnboundedSender<Option<String>>;

fn edited(mut requests: Requests, answers: &Answers) {
    let Ok(mut editor) = DefaultEditor::new() else { return piped(requests, answers) };
    while requests.blocking_recv().is_some() {
        let line = match editor.readline("> ") {
            Ok(line) => {
                // A history that cannot grow is no reason to stop.
                let _ = editor.add_history_entry(&line);
                Some(line)
            }
            // Ctrl-C, Ctrl-D, or a terminal that is gone.
            Err(_) => None,
        };
        if answers.send(line).is_err() {
            return;
        }
    }
}

fn piped(mut requests: Requests, answers: &Answers) {
    while requests.blocking_recv().is_some() {
        let mut line = String::new();
        let read = std::io::stdin().lock().read_line(&mut line);
        let line = read.is_ok_and(|bytes| bytes > 0).then(|| line.trim_end_matches(['\n', '\r']).to_owned());
        if answers.send(line).is_err() {
            return;
        }
    }
}
