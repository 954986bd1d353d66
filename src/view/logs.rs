//! Log events on a terminal: one line each, coloured by source; JSON is made readable.
use std::fmt::Write as _;

use anstyle::AnsiColor;
use serde_json::{Map, Value, json};

use super::{Page, Style};
use crate::{
    tail::{LineKind, LogEvent},
    time::timestamp_millis,
};

const COLORS: [AnsiColor; 6] = [
    AnsiColor::Cyan,
    AnsiColor::Magenta,
    AnsiColor::Blue,
    AnsiColor::Green,
    AnsiColor::Yellow,
    AnsiColor::BrightCyan,
];
/// Members that only repeat the start of the line.
const SHOWN_ALREADY: [&str; 3] = ["timestamp", "level", "event"];

/// Formats log events of `sources`, which determine colours and widths.
pub struct LogPrinter {
    labels: Vec<String>,
    width: usize,
    style: Style,
}

impl LogPrinter {
    /// Returns a printer for events with these labels.
    #[must_use]
    pub fn new(labels: Vec<String>, style: Style) -> Self {
        let width = labels.iter().map(|label| label.chars().count()).max().unwrap_or_default();
        Self { labels, width, style }
    }

    /// Formats events for people, each in one line.
    #[must_use]
    pub fn render_events(&self, events: &[LogEvent]) -> Page {
        let mut page = Page::new(self.style);
        for event in events {
            page.line(self.render_event(event));
        }
        page
    }

    fn render_event(&self, event: &LogEvent) -> String {
        let time = timestamp_millis(event.time);
        let clock = time.get(11..23).unwrap_or(&time);
        let label = format!("{:<width$}", event.source, width = self.width);
        let span = self.labels.iter().position(|one| *one == event.source).unwrap_or_default();
        let label =
            COLORS.get(span % COLORS.len()).map_or(label.clone(), |color| self.style.color(*color, &label));
        let text = match event.line_kind() {
            LineKind::Platform => self.style.dim(&event.message),
            LineKind::Text => event.message.clone(),
            LineKind::Object(members) => self.render_object(&members),
        };
        format!("{} {label} {text}", self.style.dim(clock))
    }

    /// Formats an object: level and event first, then every other member.
    fn render_object(&self, members: &Map<String, Value>) -> String {
        let mut out = String::new();
        if let Some(level) = members.get("level").and_then(Value::as_str) {
            let drawn = match level {
                "ERROR" | "FATAL" => self.style.red(level),
                "WARN" => self.style.yellow(level),
                _ => level.to_owned(),
            };
            let _ = write!(out, "{drawn} ");
        }
        if let Some(event) = members.get("event").and_then(Value::as_str) {
            let _ = write!(out, "{} ", self.style.bold(event));
        }
        for (name, value) in members.iter().filter(|(name, _)| !SHOWN_ALREADY.contains(&name.as_str())) {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let _ = write!(out, "{}{value} ", self.style.dim(&format!("{name}=")));
        }
        out.trim_end().to_owned()
    }
}

/// Formats one event as one line of JSON, with the message as it is.
#[must_use]
pub fn event_json(event: &LogEvent) -> String {
    let LogEvent { time: at, source, message, .. } = event;
    format!("{}\n", json!({ "timestamp": timestamp_millis(*at), "source": source, "message": message }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(message: &str) -> LogEvent {
        LogEvent {
            id: "1".into(),
            time: 1_767_323_045_078,
            source: "message".into(),
            message: message.into(),
        }
    }

    #[test]
    fn json_is_made_readable() {
        let lines = LogPrinter::new(vec!["message".into(), "disconnect".into()], Style(false));
        let drawn = lines.render_events(&[event(
            r#"{"timestamp":"x","level":"INFO","event":"taken","messageLength":5,"user":"ab"}"#,
        )]);
        assert_eq!(drawn.as_str(), "03:04:05.078 message    INFO taken messageLength=5 user=ab\n");
    }

    #[test]
    fn json_output_keeps_the_message() {
        let line = event_json(&event("a\nb"));
        let value: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(
            (&value["message"], &value["timestamp"]),
            (&"a\nb".into(), &"2026-01-02T03:04:05.078Z".into())
        );
        assert_eq!(line.matches('\n').count(), 1);
    }
}
