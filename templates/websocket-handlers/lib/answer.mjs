// The answer to a message. This is the place to plug a model in.

const MAX_ECHO = 200;

/**
 * Yields the answer to `turn` (`{ conversationId, userId, message }`) in pieces of text.
 *
 * Without a model it acknowledges the message, in pieces, so that a client can be built against it.
 */
export async function* answer({ message }) {
  yield 'No model is connected yet. ';
  yield `You said: ${[...message].slice(0, MAX_ECHO).join('')}`;
}
