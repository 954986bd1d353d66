//! What a client hears: the frames of the handlers' protocol, and the gateway's own.
use serde::{Deserialize, Serialize};

/// One frame; `templates/websocket-handlers/README.md` describes the protocol.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "lowercase", rename_all_fields = "camelCase")]
pub enum Frame {
    /// An answer begins.
    Start {
        /// The conversation, to be named by the next question.
        conversation_id: String,
        /// The answer.
        message_id: String,
    },
    /// The next piece of an answer.
    Delta {
        /// The conversation.
        #[serde(skip_serializing_if = "Option::is_none")]
        conversation_id: Option<String>,
        /// The answer.
        message_id: String,
        /// Counts from 0.
        index: u64,
        /// The piece.
        text: String,
    },
    /// An answer is complete and stored.
    End {
        /// The conversation.
        #[serde(skip_serializing_if = "Option::is_none")]
        conversation_id: Option<String>,
        /// The answer.
        message_id: String,
        /// Why the model stopped.
        stop_reason: Option<String>,
    },
    /// Something went wrong.
    Error {
        /// For programs.
        code: String,
        /// For people.
        message: String,
        /// Ties it to the logs.
        #[serde(skip_serializing_if = "Option::is_none")]
        correlation_id: Option<String>,
        /// The conversation of the answer that is over.
        #[serde(skip_serializing_if = "Option::is_none")]
        conversation_id: Option<String>,
        /// The answer that is over, if one had begun.
        #[serde(skip_serializing_if = "Option::is_none")]
        message_id: Option<String>,
    },
    /// The answer to a ping.
    Pong {
        /// Milliseconds since 1970.
        time: u64,
        /// The client's own connection.
        connection_id: Option<String>,
    },
    /// A type that this version does not know.
    #[serde(other)]
    Other,
}

/// What API Gateway itself says, such as `Endpoint request timed out`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GatewayMessage {
    message: String,
    request_id: Option<String>,
}

impl Frame {
    /// Reads a frame; none if it is of neither kind.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok().or_else(|| {
            let GatewayMessage { message, request_id } = serde_json::from_str(text).ok()?;
            let code = "gateway".to_owned();
            let (conversation_id, message_id) = (None, None);
            Some(Self::Error { code, message, correlation_id: request_id, conversation_id, message_id })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_of_the_handlers_and_of_the_gateway_are_read() {
        let delta = r#"{"type":"delta","conversationId":"c","messageId":"m","index":3,"text":"x","new":1}"#;
        let conversation_id = Some("c".into());
        let read = Frame::Delta { conversation_id, message_id: "m".into(), index: 3, text: "x".into() };
        assert_eq!(Frame::parse(delta), Some(read));
        assert_eq!(Frame::parse(r#"{"type":"later"}"#), Some(Frame::Other));
        let gateway = r#"{"message":"Internal server error","connectionId":"c","requestId":"r"}"#;
        let Some(Frame::Error { code, correlation_id, .. }) = Frame::parse(gateway) else { panic!() };
        assert_eq!((code.as_str(), correlation_id.as_deref()), ("gateway", Some("r")));
        assert_eq!(Frame::parse("hello"), None);
    }
}
