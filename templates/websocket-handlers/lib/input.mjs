// What a client may send, checked and bounded before anything is done with it.
import { clean } from './text.mjs';

/** Largest body looked at, in bytes; API Gateway itself lets 128 KB through. */
export const MAX_BODY_BYTES = 32 * 1024;
/** Longest message, in UTF-16 units. */
export const MAX_MESSAGE_LENGTH = 16_000;
const CONVERSATION_ID = /^[A-Za-z0-9_-]{1,128}$/;

/** A mistake of the client's: `code` is for programs, the message for people. */
export class BadInput extends Error {
  constructor(code, message) {
    super(message);
    this.name = 'BadInput';
    this.code = code;
  }
}

/** Reads a body: `{ action: 'ping' }` or `{ action: 'message', message, conversationId? }`. */
export function parse(body) {
  const frame = readObject(body ?? '');
  if (frame.action === 'ping') return { action: 'ping' };
  if (frame.action !== 'message') {
    throw new BadInput('unknown_action', 'I know the actions "message" and "ping".');
  }
  return { action: 'message', message: readMessage(frame), conversationId: readConversationId(frame) };
}

function readObject(body) {
  if (Buffer.byteLength(body) > MAX_BODY_BYTES) throw tooLarge(`${MAX_BODY_BYTES / 1024} KB in one frame`);
  let value;
  try {
    value = JSON.parse(body);
  } catch {
    throw new BadInput('invalid_json', 'That was not JSON. Send {"action":"message","message":"…"}.');
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new BadInput('invalid_json', 'Send a JSON object such as {"action":"message","message":"…"}.');
  }
  return value;
}

function readMessage({ message }) {
  if (typeof message !== 'string') throw new BadInput('invalid_message', '"message" must be a string.');
  const text = clean(message);
  if (text === '') throw new BadInput('invalid_message', '"message" is empty.');
  if (text.length > MAX_MESSAGE_LENGTH) throw tooLarge(`${MAX_MESSAGE_LENGTH} characters`);
  return text;
}

function readConversationId({ conversationId }) {
  if (conversationId === undefined || conversationId === null) return undefined;
  if (typeof conversationId === 'string' && CONVERSATION_ID.test(conversationId)) return conversationId;
  throw new BadInput('invalid_conversation_id', '"conversationId" must be 1 to 128 letters, digits, "-" or "_".');
}

function tooLarge(most) {
  return new BadInput('too_large', `That is too long: at most ${most}, please.`);
}
