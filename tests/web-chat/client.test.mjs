// The client against a WebSocket server that says what a test says.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { CopilotClient, expiryOf } from '../../templates/web-chat/client.mjs';
import { answers, standIn } from './stand_in.mjs';

const open = [];
afterEach(() => open.splice(0).forEach((one) => one.close()));

async function serve(behaviour) {
  const server = await standIn(behaviour);
  open.push(server);
  return server;
}

/** A client whose pauses are short, and the states that it went through. */
function client(server, options = {}) {
  const states = [];
  const made = new CopilotClient({
    url: server.url,
    onState: (state, why) => states.push(why ? `${state} ${why}` : state),
    random: () => 0.5,
    ...options,
    times: { pause: 10, longestPause: 40, ...options.times },
  });
  open.push(made);
  return Object.assign(made, { states });
}

async function soon(look, what) {
  for (let tries = 0; tries < 500; tries += 1) {
    if (await look()) return;
    await sleep(10);
  }
  assert.fail(`waited in vain for ${what}`);
}

const token = (claims) => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.sig`;
const seconds = () => Date.now() / 1000;
const rejects = (promise, code) => assert.rejects(promise, { name: 'CopilotError', code });

test('an answer streams, and carries the conversation on', async () => {
  const server = await serve({ hears: (_, connection) => answers(connection, ['Hello', ', ', 'you']) });
  const texts = [];
  const started = [];
  const asking = client(server);
  const answer = await asking.ask('Hi', { onText: (text) => texts.push(text), onStart: (id) => started.push(id) });
  assert.deepEqual(answer, { text: 'Hello, you', conversationId: 'c-1', stopReason: 'end_turn' });
  assert.deepEqual([texts, started], [['Hello', 'Hello, ', 'Hello, you'], ['c-1']]);
  await asking.ask('More', { conversationId: 'c-1' });
  assert.deepEqual(server.heard, [{ action: 'message', message: 'Hi' }, { action: 'message', message: 'More', conversationId: 'c-1' }]);
  assert.equal(server.connections.length, 1);
});

test('a piece that comes twice is shown once, and frames of others and of later versions are passed over', async () => {
  const ids = { conversationId: 'c', messageId: 'm' };
  const server = await serve({
    hears(_, { says }) {
      says({ type: 'later' });
      says({ type: 'delta', messageId: 'old', index: 0, text: 'old' });
      says({ type: 'start', ...ids });
      for (const text of ['a', 'a', 'b']) says({ type: 'delta', ...ids, index: text === 'a' ? 0 : 1, text });
      says({ type: 'delta', messageId: 'other', index: 2, text: 'other' });
      says({ message: 'Internal server error', requestId: 'of a ping' });
      says({ type: 'end', ...ids, stopReason: 'max_tokens' });
    },
  });
  assert.deepEqual(await client(server).ask('Hi'), { text: 'ab', conversationId: 'c', stopReason: 'max_tokens' });
});

test('an answer with a hole in it is not passed off as whole', async () => {
  const server = await serve({
    hears(_, { says }) {
      says({ type: 'start', messageId: 'm' });
      says({ type: 'delta', messageId: 'm', index: 1, text: 'b' });
      says({ type: 'end', messageId: 'm' });
    },
  });
  await rejects(client(server).ask('Hi'), 'incomplete');
});

test('errors of the handlers and of the gateway are told with what leads to the log', async () => {
  const error = { type: 'error', code: 'busy', message: 'Later, please.', correlationId: 'r-1' };
  const said = [error, { message: 'Endpoint request timed out', connectionId: 'x', requestId: 'r-2' }];
  const server = await serve({ hears: (_, { says }) => says(said.shift()) });
  const asking = client(server);
  await assert.rejects(asking.ask('Hi'), { code: 'busy', message: 'Later, please.', correlationId: 'r-1' });
  await assert.rejects(asking.ask('Hi'), { code: 'gateway', message: 'Endpoint request timed out', correlationId: 'r-2' });
});

test('stopping drops the connection, which stops the model, and a new one is there for the next question', async () => {
  let count = 0;
  const server = await serve({
    hears(_, connection) {
      count += 1;
      if (count > 1) return answers(connection, ['there']);
      connection.says({ type: 'start', conversationId: 'c', messageId: 'm' });
      connection.says({ type: 'delta', messageId: 'm', index: 0, text: 'half' });
    },
  });
  const asking = client(server);
  const stop = new AbortController();
  await rejects(asking.ask('Hi', { signal: stop.signal, onText: () => stop.abort() }), 'stopped');
  await server.connections[0].closed;
  assert.equal((await asking.ask('Still there?', { conversationId: 'c' })).text, 'there');
  await rejects(asking.ask('Hi', { signal: AbortSignal.abort() }), 'stopped');
});

test('a connection that drops is replaced, after pauses that grow and are spread', async () => {
  let refused = 0;
  const server = await serve({ accepts: () => server.connections.length !== 1 || (refused += 1) > 3 });
  const asking = client(server);
  asking.connect();
  await soon(() => asking.state === 'open', 'a connection');
  const began = Date.now();
  server.connections[0].drops();
  await soon(() => server.connections.length === 2 && asking.state === 'open', 'the next connection');
  // Half of 10, 20, 40 and 40 ms again.
  assert.ok(Date.now() - began >= 50, `${Date.now() - began} ms`);
  assert.deepEqual(asking.states, ['connecting', 'open', ...Array(4).fill(['waiting', 'connecting']).flat(), 'open']);
});

test('a drop within an answer is told, and the question is not sent a second time by itself', async () => {
  const server = await serve({ hears: (_, connection) => connection.drops() });
  const asking = client(server);
  await rejects(asking.ask('Hi'), 'lost');
  await soon(() => asking.state === 'open', 'the next connection');
  assert.equal(server.heard.length, 1);
});

test('a connection that the functions have forgotten is replaced, and the question asked there', async () => {
  const forgotten = { type: 'error', code: 'unknown_connection', message: 'Who?' };
  const server = await serve({ hears: (_, connection) => (server.connections.length < 2 ? connection.says(forgotten) : answers(connection, ['me'])) });
  assert.equal((await client(server).ask('Hi')).text, 'me');
  const never = await serve({ hears: (_, { says }) => says(forgotten) });
  await rejects(client(never).ask('Hi'), 'unknown_connection');
  assert.equal(never.heard.length, 2, 'once more, and no more');
});

test('an idle connection is kept by pings, and one that does not answer them is replaced', async () => {
  const server = await serve({ hears: ({ action }, { says }) => action === 'ping' && server.heard.length < 4 && says({ type: 'pong', time: 1 }) });
  const asking = client(server, { times: { ping: 20, pong: 60 } });
  asking.connect();
  await soon(() => server.connections.length >= 2, 'a new connection');
  assert.deepEqual(server.heard.slice(0, 4), Array(4).fill({ action: 'ping' }));
});

test('a connection that nears the end of its two hours is replaced before the next question', async () => {
  const server = await serve({ hears: (_, connection) => answers(connection, ['x']) });
  const asking = client(server, { times: { lifetime: 0 } });
  await asking.ask('Hi');
  await sleep(5);
  await asking.ask('Hi');
  assert.equal(server.connections.length, 2);
});

test('silence within an answer, and a copilot out of reach, are told after a while', async () => {
  await rejects(client(await serve(), { times: { silence: 30 } }).ask('Hi'), 'silent');
  const closed = await serve();
  closed.close();
  await rejects(client(closed, { times: { patience: 50 } }).ask('Hi'), 'offline');
});

test('the token goes into the query string, or beside the subprotocol', async () => {
  const good = token({ exp: seconds() + 60 });
  const server = await serve({ accepts: ({ headers }) => headers['sec-websocket-protocol']?.split(', ')[0] ?? true, hears: (_, c) => answers(c, ['in']) });
  await client(server, { carrier: 'query', parameter: 'auth', token: `${good}+/` }).ask('Hi');
  await client(server, { carrier: 'subprotocol', token: good }).ask('Hi');
  const [query, offered] = server.requests;
  assert.equal(query.url, `/prod?auth=${encodeURIComponent(`${good}+/`)}`);
  assert.deepEqual([offered.url, offered.headers['sec-websocket-protocol']], ['/prod', `copilot, ${good}`]);
});

test('a token that is missing, expired or malformed is asked for before anything is sent', async () => {
  const server = await serve();
  const asking = client(server, { carrier: 'query' });
  await rejects(asking.ask('Hi'), 'unauthorized');
  asking.setToken(token({ exp: seconds() - 1 }));
  await rejects(asking.ask('Hi'), 'unauthorized');
  const offering = client(server, { carrier: 'subprotocol', token: 'with, comma' });
  await rejects(offering.ask('Hi'), 'unauthorized');
  assert.deepEqual(asking.states, ['unauthorized missing', 'unauthorized expired', 'unauthorized expired']);
  assert.deepEqual(offering.states, ['connecting', 'unauthorized refused']);
  assert.equal(server.requests.length, 0);
});

test('a token that never let the client in is asked for at once; one that did, when it expires', async () => {
  let accepting = false;
  const server = await serve({ accepts: () => accepting });
  const asking = client(server, { carrier: 'query', token: 'opaque' });
  asking.connect();
  await soon(() => asking.state === 'unauthorized', 'the refusal');
  assert.equal(server.requests.length, 1);
  accepting = true;
  asking.setToken(token({ exp: seconds() + 3 }));
  await soon(() => asking.state === 'open', 'a connection');
  await sleep(3100);
  server.connections[0].drops();
  await soon(() => asking.state === 'unauthorized', 'the expiry');
  assert.deepEqual(asking.states.slice(-2), ['waiting', 'unauthorized expired']);
  assert.equal(server.requests.length, 2, 'an expired token is not sent');
});

test('a token that is refused later on is asked for after a few attempts', async () => {
  const server = await serve({ accepts: () => server.requests.length === 1 });
  const asking = client(server, { carrier: 'query', token: 'opaque' });
  asking.connect();
  await soon(() => asking.state === 'open', 'a connection');
  server.connections[0].drops();
  await soon(() => asking.state === 'unauthorized', 'the refusal');
  assert.equal(server.requests.length, 6);
});

test('one question at a time, and none after the end', async () => {
  const asking = client(await serve());
  const first = rejects(asking.ask('one'), 'closed');
  await assert.rejects(asking.ask('two'), /one question at a time/);
  await soon(() => asking.state === 'open', 'a connection');
  asking.close();
  await first;
  assert.equal(asking.state, 'closed');
});

test('the expiry of a token is read where it has one', () => {
  assert.equal(expiryOf(token({ exp: 7 })), 7);
  for (const other of ['', 'opaque', 'a.b.c', token({ exp: 'soon' }), token({})]) assert.equal(expiryOf(other), undefined, other);
});
