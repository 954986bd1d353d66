//! The binary on a terminal, and what a person sees there.
use std::{
    io::{Read, Write},
    num::NonZeroU16,
    process::{Child, Command},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use pty_process::{Size, blocking};

/// A terminal with the program on it.
pub(crate) struct Screen {
    pub(crate) pty: Arc<blocking::Pty>,
    pub(crate) child: Child,
    parser: Arc<Mutex<vt100::Parser>>,
    raw: Arc<Mutex<Vec<u8>>>,
    reader: std::thread::JoinHandle<()>,
}

const ROWS: NonZeroU16 = NonZeroU16::new(30).unwrap();
const PATIENCE: Duration = Duration::from_mins(2);

impl Screen {
    /// Starts the program on a terminal of `columns` by 30.
    pub(crate) fn new(command: Command, columns: u16) -> Self {
        let (pty, pts) = blocking::open().unwrap();
        pty.resize(Size::new(ROWS.get(), columns)).unwrap();
        let child = blocking::Command::from(command).spawn(pts).unwrap();
        let (pty, raw) = (Arc::new(pty), Arc::<Mutex<Vec<u8>>>::default());
        let parser = vt100::Parser::new(ROWS, NonZeroU16::new(columns).unwrap(), 0);
        let parser = Arc::new(Mutex::new(parser));
        let (from, seen, kept) = (Arc::clone(&pty), Arc::clone(&parser), Arc::clone(&raw));
        let reader = std::thread::spawn(move || {
            let mut part = [0; 4096];
            // The terminal's end reads as an error.
            while let Ok(count @ 1..) = (&*from).read(&mut part) {
                seen.lock().unwrap().process(&part[..count]);
                kept.lock().unwrap().extend(&part[..count]);
            }
        });
        Self { pty, child, parser, raw, reader }
    }

    /// What is on the screen.
    pub(crate) fn text(&self) -> String {
        shown(&self.parser.lock().unwrap())
    }

    /// Waits until `words` are on the screen.
    #[track_caller]
    pub(crate) fn shows(&self, words: &str) {
        self.ends_showing(words, "");
    }

    /// Waits until `words` are on the screen and `last` ends it, so that it is drawn whole; returns the screen.
    #[track_caller]
    pub(crate) fn ends_showing(&self, words: &str, last: &str) -> String {
        let end = Instant::now() + PATIENCE;
        loop {
            let text = self.text();
            if text.contains(words) && text.ends_with(last) {
                return text;
            }
            assert!(Instant::now() < end, "never showed `{words}` … `{last}`:\n{text}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub(crate) fn types(&self, keys: &str) {
        (&*self.pty).write_all(keys.as_bytes()).unwrap();
    }

    /// The exit code, the last screen, and every byte that was written.
    pub(crate) fn end(mut self) -> (Option<i32>, String, String) {
        let end = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            if Instant::now() > end {
                self.child.kill().unwrap();
                panic!("does not end:\n{}", self.text());
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        self.reader.join().unwrap();
        let raw = String::from_utf8_lossy(&self.raw.lock().unwrap()).into_owned();
        let text = shown(&self.parser.lock().unwrap());
        (status.code(), text, raw)
    }
}

/// Row by row: the tree pads its lines to the whole width, which a copy of the screen takes for wrapped text.
fn shown(parser: &vt100::Parser) -> String {
    let screen = parser.screen();
    let rows: Vec<String> =
        screen.rows(0, screen.size().1.get()).map(|row| row.trim_end().to_owned()).collect();
    rows.join("\n").trim_end().to_owned()
}
