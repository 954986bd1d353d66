// What a client may send.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_BODY_BYTES, MAX_MESSAGE_LENGTH, parse } from '../../templates/websocket-handlers/lib/input.mjs';
import { message } from '../../templates/websocket-handlers/routes/message.mjs';
import { event, harness } from './fakes.mjs';

const refusal = async (body) => {
  const h = harness(message);
  h.connected('ada');
  assert.deepEqual(await h.handler(event({ body, routeKey: '$default' })), { statusCode: 200 });
  assert.equal(h.frames().length, 1);
  const [{ type, code, message: text }] = h.frames();
  assert.equal(type, 'error');
  assert.ok(text.length > 10);
  assert.deepEqual(h.tables.calls, [], 'refused before anything was read or written');
  return code;
};

test('what is not a JSON object is refused', async () => {
  for (const body of ['hello', '', undefined, '{', 'null', '[]', '"message"', '1']) {
    assert.equal(await refusal(body), 'invalid_json', String(body));
  }
});

test('unknown actions are refused', async () => {
  assert.equal(await refusal({ action: 'dance' }), 'unknown_action');
  assert.equal(await refusal({}), 'unknown_action');
  assert.equal(await refusal({ action: ['message'], message: 'x' }), 'unknown_action');
});

test('a message must be a text with something in it', async () => {
  for (const text of [undefined, 1, null, '', ' \n ', '\u0000\u0007', ['x']]) {
    assert.equal(await refusal({ action: 'message', message: text }), 'invalid_message', String(text));
  }
});

test('a conversation id is short and plain', async () => {
  for (const conversationId of ['', 'a b', '../x', 'x'.repeat(129), 1, {}]) {
    assert.equal(await refusal({ action: 'message', message: 'x', conversationId }), 'invalid_conversation_id');
  }
});

test('the limits hold exactly', async () => {
  const body = (length) => ({ action: 'message', message: 'x'.repeat(length) });
  assert.equal(parse(JSON.stringify(body(MAX_MESSAGE_LENGTH))).message.length, MAX_MESSAGE_LENGTH);
  assert.equal(await refusal(body(MAX_MESSAGE_LENGTH + 1)), 'too_large');
  const padded = JSON.stringify({ action: 'ping' }).padEnd(MAX_BODY_BYTES);
  assert.deepEqual(parse(padded), { action: 'ping' });
  assert.equal(await refusal(`${padded} `), 'too_large');
  // 11,000 characters of three bytes each: the frame is too large, not the message too long.
  const wide = JSON.stringify({ action: 'message', message: '漢'.repeat(11_000) });
  assert.throws(() => parse(wide), /32 KB/);
  assert.equal(await refusal(JSON.stringify({ action: 'ping', pad: 'é'.repeat(MAX_BODY_BYTES / 2) })), 'too_large');
});

test('control characters go, line ends and tabs stay', () => {
  const read = (text) => parse(JSON.stringify({ action: 'message', message: text })).message;
  assert.equal(read(' a\u0000b\u001b[31mc\u009bd\r\ne\tf\u007f '), 'ab[31mcd\ne\tf');
  assert.equal(read('smile 😀 é'), 'smile 😀 é');
  assert.equal(read('broken \ud83d'), 'broken \ufffd');
});
