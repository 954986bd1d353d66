//! One log event, and what kind of line it is.
use aws_sdk_cloudwatchlogs::types::FilteredLogEvent;
use serde_json::{Map, Value};

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEvent {
    /// CloudWatch's id; where it gives none (`MiniStack`), what tells the event from all others.
    pub id: String,
    /// Milliseconds since 1970.
    pub time: i64,
    /// Label of its source.
    pub source: String,
    /// The line, without the line end.
    pub message: String,
}

/// What a line is.
#[derive(Clone, Debug, PartialEq)]
pub enum LineKind {
    /// A JSON object.
    Object(Map<String, Value>),
    /// Lambda's own word on a run: `START`, `END`, `REPORT`, `INIT_START`.
    Platform,
    /// Anything else.
    Text,
}

const PLATFORM: [&str; 4] = ["START RequestId:", "END RequestId:", "REPORT RequestId:", "INIT_START "];

impl LogEvent {
    pub(super) fn of(source: &str, event: FilteredLogEvent) -> Option<Self> {
        let message = event.message?.trim_end().to_owned();
        let (time, stream) = (event.timestamp?, event.log_stream_name.unwrap_or_default());
        let id = event.event_id.unwrap_or_else(|| format!("{time} {stream} {message}"));
        Some(Self { id, time, source: source.to_owned(), message })
    }

    /// Looks at the line.
    #[must_use]
    pub fn line_kind(&self) -> LineKind {
        if PLATFORM.iter().any(|start| self.message.starts_with(start)) {
            return LineKind::Platform;
        }
        // Lambda's text format puts time, request id and level before what the function wrote.
        let object = self.message.find('{').and_then(|start| self.message.get(start..));
        match object.and_then(|text| serde_json::from_str(text).ok()) {
            Some(Value::Object(members)) => LineKind::Object(members),
            _ => LineKind::Text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(message: &str) -> LineKind {
        let message = message.to_owned();
        LogEvent { id: String::new(), time: 0, source: String::new(), message }.line_kind()
    }

    #[test]
    fn lines_are_told_apart() {
        assert_eq!(kind("START RequestId: 1 Version: $LATEST"), LineKind::Platform);
        assert_eq!(kind("hello {world}"), LineKind::Text);
        let LineKind::Object(members) = kind("2026-01-01T00:00:00Z\tid\tINFO\t{\"event\":\"taken\"}") else {
            panic!()
        };
        assert_eq!(members["event"], "taken");
    }
}
