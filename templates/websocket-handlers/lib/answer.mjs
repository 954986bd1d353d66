// The answer to a message. This is the place to plug another model in.
import { converse } from './model.mjs';

const MAX_ECHO = 200;

/**
 * Yields the answer to `messages` (as Bedrock's Converse takes them, the question last) in pieces of text.
 *
 * `signal` ends it early; `stopped(reason)` hears why the model ended. Without `BEDROCK_MODEL_ID`, or with `echo` there,
 * no model is asked: the question comes back, so that a client can be built before a model is chosen.
 */
export async function* answer({ messages, signal, stopped }, services) {
  const model = services.env.BEDROCK_MODEL_ID;
  if (model && model !== 'echo') {
    yield* converse({ messages, signal, stopped }, services);
    return;
  }
  yield 'No model is connected yet. ';
  yield `You said: ${[...question(messages)].slice(0, MAX_ECHO).join('')}`;
  stopped('end_turn');
}

const question = (messages) => messages.at(-1)?.content.at(-1)?.text ?? '';
