//! A client that keeps what it hears.
use std::time::{Duration, Instant};

use copilot_infra::{
    aws::Network,
    websocket::{Frame, Socket, WebSocketAddress},
};
use serde_json::json;

/// Longer than any silence of a test.
const LIMIT: Duration = Duration::from_mins(1);

pub(crate) struct Client(pub(crate) Socket);

/// An answer, and when its pieces came.
pub(crate) struct Answer {
    pub(crate) conversation: String,
    pub(crate) text: String,
    pub(crate) pieces: Vec<Instant>,
    pub(crate) error: Option<(String, String, Option<String>)>,
}

impl Client {
    pub(crate) async fn connect(url: &str) -> Self {
        let address = WebSocketAddress { url: url.to_owned(), token: None, network: Network::default() };
        Self(Socket::open(&address).await.unwrap())
    }

    pub(crate) async fn say(&mut self, message: &str) {
        self.0.send_frame(&json!({ "action": "message", "message": message })).await.unwrap();
    }

    /// Asks and hears the whole answer: its frames must follow each other and speak of nothing else.
    pub(crate) async fn ask(&mut self, message: &str) -> Answer {
        self.say(message).await;
        let mut answer =
            Answer { conversation: String::new(), text: String::new(), pieces: Vec::new(), error: None };
        let mut id = None;
        loop {
            match self.0.receive_within(LIMIT).await.unwrap() {
                Frame::Start { conversation_id, message_id } => {
                    assert!(id.is_none(), "a second answer began");
                    (answer.conversation, id) = (conversation_id, Some(message_id));
                }
                Frame::Delta { message_id, index, text, .. } => {
                    assert_eq!(Some(&message_id), id.as_ref(), "a piece of another answer");
                    assert_eq!(usize::try_from(index).unwrap(), answer.pieces.len(), "a piece was lost");
                    answer.text += &text;
                    answer.pieces.push(Instant::now());
                }
                Frame::End { message_id, .. } => {
                    assert_eq!(Some(message_id), id, "the end of another answer");
                    return answer;
                }
                Frame::Error { code, message, correlation_id, .. } => {
                    answer.error = Some((code, message, correlation_id));
                    return answer;
                }
                Frame::Pong { .. } | Frame::Other => panic!("nobody asked for that"),
            }
        }
    }
}
