//! A conversation that outlives its connections.
use std::time::{Duration, Instant};

use serde_json::json;

use super::{Error, Frame, Socket, WebSocketAddress};

/// API Gateway ends a connection after two hours (quotas of WebSocket APIs); a new one is made before that.
const LIFETIME: Duration = Duration::from_mins(110);
/// API Gateway ends a connection that was silent for ten minutes.
pub const KEEP_ALIVE: Duration = Duration::from_mins(4);
/// Longest silence within an answer.
const SILENCE: Duration = Duration::from_mins(2);
/// Waits between attempts to connect again.
const PAUSES: [u64; 5] = [0, 1, 2, 5, 10];

/// A conversation.
pub struct Chat {
    address: WebSocketAddress,
    socket: Socket,
    opened: Instant,
    conversation: Option<String>,
}

impl Chat {
    /// Connects.
    ///
    /// # Errors
    /// The gateway does not let the client in, or is out of reach.
    pub async fn open(address: WebSocketAddress) -> Result<Self, Error> {
        let socket = Socket::open(&address).await?;
        Ok(Self { address, socket, opened: Instant::now(), conversation: None })
    }

    /// Leaves the conversation; the next question begins a new one.
    pub fn start_over(&mut self) {
        self.conversation = None;
    }

    /// Asks, and hands every frame of the answer to `hear`, the last included.
    ///
    /// A connection that is old or was dropped meanwhile is replaced first. One that drops within the answer is an
    /// error: the question has been taken, and asking it again would be a second one.
    ///
    /// # Errors
    /// No connection, or none any more.
    pub async fn ask_question(&mut self, text: &str, hear: &mut dyn FnMut(&Frame)) -> Result<(), Error> {
        if self.opened.elapsed() > LIFETIME {
            self.reconnect().await?;
        }
        let frame = json!({ "action": "message", "message": text, "conversationId": self.conversation });
        if self.socket.send_frame(&frame).await.is_err() {
            self.reconnect().await?;
            self.socket.send_frame(&frame).await?;
        }
        loop {
            let frame = self.socket.receive_within(SILENCE).await?;
            hear(&frame);
            match frame {
                Frame::Start { conversation_id, .. } => self.conversation = Some(conversation_id),
                Frame::End { .. } | Frame::Error { .. } => return Ok(()),
                Frame::Delta { .. } | Frame::Pong { .. } | Frame::Other => {}
            }
        }
    }

    /// Reconnects, with a longer pause after each failure.
    ///
    /// # Errors
    /// The last attempt's.
    #[expect(clippy::disallowed_methods, reason = "the command breaks the attempts off")]
    pub async fn reconnect(&mut self) -> Result<(), Error> {
        let mut last = Error::Closed(String::new());
        for pause in PAUSES {
            tokio::time::sleep(Duration::from_secs(pause)).await;
            match Socket::open(&self.address).await {
                Ok(socket) => {
                    (self.socket, self.opened) = (socket, Instant::now());
                    return Ok(());
                }
                // A token that is refused stays refused.
                Err(error @ Error::Refused { status: 401 | 403, .. }) => return Err(error),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// Listens while nobody asks anything, so that a drop is noticed; returns once the connection is gone.
    pub async fn wait_until_dropped(&mut self) -> Error {
        loop {
            if let Err(error @ Error::Closed(_)) = self.socket.next_frame().await {
                return error;
            }
        }
    }

    /// Sends a ping to keep an idle connection open.
    ///
    /// # Errors
    /// It is gone.
    pub async fn keep_alive(&mut self) -> Result<(), Error> {
        self.socket.send_frame(&json!({ "action": "ping" })).await
    }

    /// Closes the connection.
    pub async fn close(self) {
        self.socket.close().await;
    }
}
