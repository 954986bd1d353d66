// `message` and `$default`: the exchange itself.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { message } from '../../templates/websocket-handlers/routes/message.mjs';
import { CONNECTIONS, denied, ENV, event, gone, harness, NOW } from './fakes.mjs';

const SECRET = 'my secret words';
const say = (body = { action: 'message', message: SECRET }, context = {}) => event({ body, ...context });
const types = (frames) => frames.map(({ type }) => type);

// Pieces that come too slowly to be joined.
async function* pieces(...texts) {
  for (const text of texts) {
    yield text;
    await new Promise((done) => setTimeout(done, 100));
  }
}

test('an answer is streamed and both turns are stored', async () => {
  const h = harness(message, { answer: () => pieces('Hel', 'lo') });
  h.connected('ada');
  assert.deepEqual(await h.say(say()), { statusCode: 200 });
  const ids = { conversationId: 'id-1', messageId: 'id-2' };
  assert.deepEqual(h.frames(), [
    { type: 'start', ...ids },
    { type: 'delta', ...ids, index: 0, text: 'Hel' },
    { type: 'delta', ...ids, index: 1, text: 'lo' },
    { type: 'end', ...ids },
  ]);
  const turn = { conversationId: 'id-1', userId: 'ada', expiresAt: Math.floor(NOW / 1000) + 30 * 24 * 3600 };
  assert.deepEqual(h.turns(), [
    { ...turn, timestamp: NOW, role: 'user', content: SECRET, turnId: 'id-3', answerId: 'id-2', runId: 'id-4' },
    { ...turn, timestamp: NOW + 1, role: 'assistant', content: 'Hello', turnId: 'id-5' },
  ]);
});

test('the route is answered before the model is asked', async () => {
  const h = harness(message, { answer: () => assert.fail('asked within the route') });
  h.connected('ada');
  assert.deepEqual(await h.handler(say()), { statusCode: 200 });
  const [{ FunctionName, InvocationType, Payload }] = h.jobs;
  assert.deepEqual([FunctionName, InvocationType], ['test-message', 'Event']);
  assert.ok(!Payload.includes(SECRET), 'the question is read from the table');
  assert.deepEqual(h.frames(), []);
});

test('a job that comes twice is answered once', async () => {
  const h = harness(message);
  h.connected('ada');
  await h.handler(say());
  const job = JSON.parse(h.jobs[0].Payload);
  await Promise.all([h.handler(job), h.handler(job)]);
  assert.deepEqual(types(h.frames()).filter((type) => type !== 'delta'), ['start', 'end']);
  assert.deepEqual(h.turns().map(({ role }) => role), ['user', 'assistant']);
});

test('a call whose response is lost is sent again and counts once', async () => {
  for (const call of ['put', 'update']) {
    const h = harness(message);
    h.connected('ada');
    h.tables.lost.add(call);
    await h.say(say({ action: 'message', message: 'one', conversationId: 'c' }));
    assert.deepEqual(types(h.frames()).filter((type) => type !== 'delta'), ['start', 'end'], call);
    assert.deepEqual(h.turns().map(({ role }) => role), ['user', 'assistant'], call);
  }
});

test('the client of a run that was killed is told once, when that run has no time left', async () => {
  let now = NOW;
  const h = harness(message, { now: () => now });
  h.connected('ada');
  await h.handler(say());
  const job = JSON.parse(h.jobs[0].Payload);
  const again = () => h.handler(job, { getRemainingTimeInMillis: () => 60_000 });
  const { query } = h.tables;
  h.tables.query = () => new Promise(() => {});
  again();
  await new Promise(setImmediate);
  h.tables.query = query;
  now += 60_000;
  await again();
  assert.deepEqual(h.frames(), []);
  now += 1;
  await Promise.all([again(), again()]);
  assert.deepEqual(h.frames().map(({ type, code, messageId }) => [type, code, messageId]), [['error', 'internal', 'id-2']]);
});

test('a job that comes again long after its answer is passed over', async () => {
  let now = NOW;
  const h = harness(message, { now: () => now });
  h.connected('ada');
  await h.handler(say());
  const job = JSON.parse(h.jobs[0].Payload);
  await h.handler(job);
  const told = h.frames().length;
  now += 24 * 60 * 60 * 1000;
  await h.handler(job);
  assert.equal(h.frames().length, told);
});

test('an answer that cannot be claimed says which one it was', async () => {
  const h = harness(message);
  h.connected('ada');
  await h.handler(say());
  h.tables.update = async () => { throw denied(); };
  await h.handler(JSON.parse(h.jobs[0].Payload));
  const last = h.frames().at(-1);
  assert.deepEqual([last.type, last.messageId], ['error', 'id-2']);
});

test('a job that cannot be handed on is told to the client', async () => {
  const h = harness(message, { functions: async () => ({ invoke: async () => { throw denied(); } }) });
  h.connected('ada');
  assert.deepEqual(await h.say(say()), { statusCode: 200 });
  const [frame] = h.frames();
  assert.deepEqual([frame.code, frame.conversationId], ['internal', 'id-1']);
  assert.equal(h.logs()[0].error, 'AccessDeniedException');
});

test('without a model the message comes back', async () => {
  for (const env of [ENV, { ...ENV, BEDROCK_MODEL_ID: 'echo' }]) {
    const h = harness(message, { env });
    h.connected('ada');
    await h.say(say());
    const text = h.frames().map((frame) => frame.text ?? '').join('');
    assert.match(text, /No model is connected.*my secret words/);
  }
});

test('a taken timestamp is moved on, nothing is overwritten', async () => {
  const h = harness(message);
  h.connected('ada');
  await h.say(say({ action: 'message', message: 'one', conversationId: 'c' }));
  await h.say(say({ action: 'message', message: 'two', conversationId: 'c' }));
  assert.deepEqual(h.turns().map(({ timestamp }) => timestamp - NOW), [0, 1, 2, 3]);
});

test('a reply stays behind its question when the clock steps back', async () => {
  let now = NOW + 1000;
  const h = harness(message, { now: () => (now -= 100) });
  h.connected('ada');
  await h.say(say());
  const [question, reply] = h.turns();
  assert.ok(reply.timestamp > question.timestamp);
});

test('a question stays behind the last turn when another machine\'s clock is ahead', async () => {
  let now = NOW;
  const seen = [];
  const h = harness(message, { now: () => now, answer: ({ messages }) => (seen.push(messages.length), pieces('ok')) });
  h.connected('ada');
  await h.say(say({ action: 'message', message: 'one', conversationId: 'c' }));
  now -= 1000;
  await h.say(say({ action: 'message', message: 'two', conversationId: 'c' }));
  assert.deepEqual(seen, [1, 3]);
  assert.deepEqual(h.turns().map(({ content }) => content), ['one', 'ok', 'two', 'ok']);
});

test('of two users who begin a conversation at once it is that of one', async () => {
  const h = harness(message);
  const connect = (userId) => h.tables.items[CONNECTIONS].set(userId, { connectionId: userId, userId });
  const begin = (userId) => h.handler(say({ action: 'message', message: userId, conversationId: 'c' }, { connectionId: userId }));
  ['ada', 'eve'].forEach(connect);
  await Promise.all([begin('ada'), begin('eve')]);
  assert.deepEqual(h.frames().map(({ code }) => code), ['unknown_conversation']);
  const [{ userId }] = h.turns();
  await begin(userId);
  assert.deepEqual(h.turns().map((turn) => turn.userId), [userId, userId]);
});

test("someone else's conversation stays shut", async () => {
  const h = harness(message);
  h.connected('ada');
  await h.say(say({ action: 'message', message: 'mine', conversationId: 'c' }));
  h.connected('eve');
  await h.say(say({ action: 'message', message: 'yours?', conversationId: 'c' }));
  assert.equal(h.frames().at(-1).code, 'unknown_conversation');
  assert.equal(h.turns().length, 2);
});

test('an unknown connection is told to connect again', async () => {
  const h = harness(message);
  assert.deepEqual(await h.say(say()), { statusCode: 200 });
  assert.equal(h.frames()[0].code, 'unknown_connection');
  assert.deepEqual(h.turns(), []);
});

test('a ping is answered without touching a table', async () => {
  const h = harness(message);
  await h.say(say({ action: 'ping' }, { routeKey: '$default' }));
  assert.deepEqual(h.frames(), [{ type: 'pong', time: NOW, connectionId: 'conn-1' }]);
  assert.deepEqual(h.tables.calls, []);
});

test('the endpoint is the configured one, else that of the event', async () => {
  const posted = async (env) => {
    const h = harness(message, { env });
    await h.say(say({ action: 'ping' }));
    assert.equal(h.posts[0].ConnectionId, 'conn-1');
    return h.posts[0].endpoint;
  };
  assert.equal(await posted({}), 'https://abc.execute-api.us-east-1.amazonaws.com/prod');
  assert.equal(await posted({ WEBSOCKET_API_ENDPOINT: 'https://x.test/dev' }), 'https://x.test/dev');
  assert.equal(await posted({ WEBSOCKET_API_ENDPOINT: 'wss://x.test/dev' }), 'https://x.test/dev');
});

test('a client that left is forgotten, quietly, and the model is told to stop', async () => {
  let stop;
  const answer = async function* ({ signal }) {
    stop = signal;
    for (let piece = 0; ; piece += 1) {
      yield String(piece);
      await new Promise((done) => setTimeout(done, 100));
    }
  };
  const h = harness(message, { answer, refuse: ({ index }) => (index === 1 ? gone() : undefined) });
  h.connected('ada');
  assert.deepEqual(await h.say(say()), { statusCode: 200 });
  assert.deepEqual(types(h.frames()), ['start', 'delta']);
  assert.ok(stop.aborted);
  assert.deepEqual(h.connections(), []);
  assert.ok(h.tables.calls.some(({ name, TableName }) => name === 'delete' && TableName === CONNECTIONS));
  assert.deepEqual(h.logs().map(({ level, event }) => [level, event]), [['INFO', 'taken'], ['INFO', 'gone']]);
  assert.deepEqual(h.turns().map(({ role }) => role), ['user']);
});

test('a client that left before its error frame is forgotten too', async () => {
  const h = harness(message, { refuse: gone });
  h.connected('ada');
  assert.deepEqual(await h.say(say('no json')), { statusCode: 200 });
  assert.deepEqual(h.connections(), []);
});

test('an answer that breaks off ends in an error frame that names it', async () => {
  const answer = async function* () {
    yield 'a';
    await new Promise((done) => setTimeout(done, 100));
    throw new Error(`cannot digest ${SECRET}`);
  };
  const h = harness(message, { answer });
  h.connected('ada');
  assert.deepEqual(await h.say(say()), { statusCode: 200 });
  assert.deepEqual(types(h.frames()), ['start', 'delta', 'error']);
  const last = h.frames().at(-1);
  assert.deepEqual([last.code, last.messageId, last.correlationId], ['internal', h.frames()[0].messageId, 'request-1']);
  assert.doesNotMatch(JSON.stringify(last), /digest/);
  assert.deepEqual(h.turns().map(({ role }) => role), ['user']);
  assert.deepEqual([h.logs()[1].level, h.logs()[1].requestId], ['ERROR', 'request-1']);
});

test('a model that falls silent is given up before the run ends', async () => {
  const h = harness(message, { answer: () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) }) });
  h.connected('ada');
  await h.say(say(), { awsRequestId: 'lambda-1', getRemainingTimeInMillis: () => 3050 });
  assert.deepEqual(types(h.frames()), ['start', 'error']);
  assert.equal(h.frames()[1].code, 'timeout');
});

test('a gateway that takes nothing at all is a failure', async () => {
  const h = harness(message, { refuse: denied });
  h.connected('ada');
  assert.deepEqual(await h.handler(say('no json')), { statusCode: 500 });
  assert.equal(h.connections().length, 1);
  assert.equal(h.logs().at(-1).error, 'AccessDeniedException');
});

test('whatever is thrown can be told of', async () => {
  for (const thrown of [null, undefined, 'text']) {
    const h = harness(message, { answer: () => { throw thrown; } });
    h.connected('ada');
    await h.say(say());
    assert.equal(h.frames().at(-1).type, 'error');
  }
});

test('the place of an error tells nothing of its text', async () => {
  const told = new Error('Bad\n   at least mail ada@example.com');
  const h = harness(message, { answer: () => { throw told; } });
  h.connected('ada');
  await h.say(say());
  const { at } = h.logs().at(-1);
  assert.ok(at.length > 0 && at.length <= 4);
  assert.ok(!JSON.stringify(h.logs()).includes('at least'), h.lines.join('\n'));
});

test('no log line quotes a message or names a user', async () => {
  const failing = async function* () {
    yield SECRET;
    throw new SyntaxError(`unexpected ${SECRET}`);
  };
  for (const overrides of [{}, { answer: failing }, { refuse: gone }, { refuse: denied }]) {
    const h = harness(message, overrides);
    h.connected('ada.lovelace');
    await h.say(say());
    await h.say(say(`{"action": ${SECRET}`));
    assert.ok(h.lines.length >= 2);
    for (const line of h.lines) assert.ok(!line.includes('secret') && !line.includes('lovelace'), line);
  }
});
