// `message` and `$default`: the exchange itself.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LATEST_MS, LEASE_MS, renew } from '../../templates/websocket-handlers/lib/conversations.mjs';
import { message } from '../../templates/websocket-handlers/routes/message.mjs';
import { CONNECTIONS, CONVERSATIONS, denied, ENV, event, gone, harness, NOW } from './fakes.mjs';

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
  const ids = { conversationId: 'id-4', messageId: 'id-1' };
  assert.deepEqual(h.frames(), [
    { type: 'start', ...ids },
    { type: 'delta', ...ids, index: 0, text: 'Hel' },
    { type: 'delta', ...ids, index: 1, text: 'lo' },
    { type: 'end', ...ids },
  ]);
  const turn = { conversationId: 'id-4', userId: 'ada', expiresAt: Math.floor(NOW / 1000) + 30 * 24 * 3600 };
  assert.deepEqual(h.turns(), [
    { ...turn, timestamp: NOW, role: 'user', content: SECRET, turnId: 'id-5', answerId: 'id-1', runId: 'id-6' },
    { ...turn, timestamp: NOW + 1, role: 'assistant', content: 'Hello', askedAt: NOW, turnId: 'id-7' },
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
  const [, second] = await Promise.allSettled([h.handler(job), h.handler(job)]);
  assert.equal(second.status, 'rejected', 'Lambda is to look again: the first might have been killed');
  await h.handler(job);
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

// What a run leaves behind that is killed as soon as it has the question.
function killed(h) {
  const [question] = h.turns();
  Object.assign(question, { answerId: 'id-3', runId: 'killed', answerBy: h.now() + LEASE_MS });
}

async function taken(overrides) {
  let now = NOW;
  const h = harness(message, { now: () => now, ...overrides });
  h.connected('ada');
  await h.handler(say());
  const job = JSON.parse(h.jobs.shift().Payload);
  return { ...h, now: () => now, later: (ms) => (now += ms), again: () => h.handler(job) };
}

test('the client of a run that was killed is told once, when that run has shown no life for a while', async () => {
  for (const lost of [[], ['update']]) {
    const h = await taken();
    killed(h);
    lost.forEach((call) => h.tables.lost.add(call));
    h.later(1000);
    await assert.rejects(h.again(), 'too soon to tell: Lambda is to look again');
    assert.deepEqual(h.frames(), []);
    h.later(LEASE_MS);
    await Promise.allSettled([h.again(), h.again()]);
    await h.again();
    assert.deepEqual(h.frames().map(({ type, code, messageId }) => [type, code, messageId]), [['error', 'internal', 'id-1']]);
  }
});

test('a client that cannot be told is tried again by another run', async () => {
  let refused = true;
  const answer = () => { throw new Error(SECRET); };
  const h = await taken({ answer, refuse: ({ type }) => (refused && type === 'error' ? denied() : undefined) });
  await assert.rejects(h.again(), ({ message, cause }) => !message.includes(SECRET) && cause === undefined);
  refused = false;
  h.later(LEASE_MS + 1);
  await h.again();
  assert.deepEqual(types(h.frames()), ['start', 'error']);
});

test('a run that takes its time keeps the question', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  let end;
  const h = await taken({ answer: async function* () { yield 'long'; await new Promise((done) => (end = done)); } });
  const run = h.again();
  while (!end) await new Promise(setImmediate);
  for (let renewal = 0; renewal < 5; renewal += 1) {
    h.later(LEASE_MS / 2);
    t.mock.timers.tick(LEASE_MS / 2);
    await new Promise(setImmediate);
  }
  await assert.rejects(h.again());
  end();
  await run;
  assert.deepEqual(types(h.frames()).filter((type) => type !== 'delta'), ['start', 'end']);
});

test('a question that nobody had room for in time is not answered any more', async () => {
  const h = await taken({ answer: () => assert.fail('the model is asked') });
  h.later(LATEST_MS + 1);
  await h.again();
  assert.deepEqual(h.frames().map(({ type, code, messageId }) => [type, code, messageId]), [['error', 'timeout', 'id-1']]);
});

test('a job that was taken though its response was lost is answered, or the client told, never both', async () => {
  for (const runs of [true, false]) {
    const jobs = [];
    const lost = async (call) => {
      jobs.push(JSON.parse(call.Payload));
      if (runs) await h.handler(jobs[0]);
      throw denied();
    };
    const h = harness(message, { functions: async () => ({ invoke: lost }) });
    h.connected('ada');
    await h.handler(say());
    await h.handler(jobs[0]);
    const told = types(h.frames()).filter((type) => type !== 'delta');
    assert.deepEqual(told, runs ? ['start', 'end'] : ['error']);
  }
});

test('of two questions at once each is answered by itself, and each answer stays with its question', async () => {
  const seen = [];
  const answer = ({ messages }) => (seen.push(JSON.stringify(messages)), pieces(`to ${messages.at(-1).content[0].text}`));
  let now = NOW;
  const h = harness(message, { answer, now: () => (now += 1000), env: { ...ENV, RATE_LIMIT_PER_MINUTE: '0' } });
  h.connected('ada');
  const ask = (text) => h.handler(say({ action: 'message', message: text, conversationId: 'c' }));
  await ask('one');
  await ask('two');
  const [first, second] = h.jobs.splice(0).map(({ Payload }) => JSON.parse(Payload));
  await h.handler(second);
  await h.handler(first);
  await ask('three');
  await h.handler(JSON.parse(h.jobs.shift().Payload));
  assert.ok(!seen[0].includes('one'), seen[0]);
  const order = [...seen[2].matchAll(/"text":"([^"]*)"/g)].map(([, text]) => text);
  assert.deepEqual(order, ['one', 'to one', 'two', 'to two', 'three']);
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
  assert.deepEqual([last.type, last.messageId], ['error', 'id-1']);
});

test('a job that cannot be handed on is told to the client', async () => {
  const h = harness(message, { functions: async () => ({ invoke: async () => { throw denied(); } }) });
  h.connected('ada');
  assert.deepEqual(await h.say(say()), { statusCode: 200 });
  const [frame] = h.frames();
  assert.deepEqual([frame.code, frame.conversationId], ['internal', 'id-4']);
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
  const connect = (userId) => h.tables.items[CONNECTIONS].set(userId, { connectionId: userId, userId, vouched: true });
  const begin = (userId) => h.handler(say({ action: 'message', message: userId, conversationId: 'c' }, { connectionId: userId }));
  ['ada', 'eve'].forEach(connect);
  await Promise.all([begin('ada'), begin('eve')]);
  assert.deepEqual(h.frames().map(({ code }) => code), ['unknown_conversation']);
  const [{ userId }] = h.turns();
  await begin(userId);
  assert.deepEqual(h.turns().map((turn) => turn.userId), [userId, userId]);
});

test('a question that another run is at is left to that run', async () => {
  const seen = [];
  let end;
  const answer = async function* ({ messages }) {
    seen.push(messages.flatMap(({ content }) => content.map(({ text }) => text)));
    yield 'ok';
    if (seen.length === 1) await new Promise((done) => (end = done));
  };
  let now = NOW;
  const h = harness(message, { answer, now: () => (now += 10) });
  h.connected('ada');
  const ask = (text) => h.handler(say({ action: 'message', message: text, conversationId: 'c' }));
  await ask('one');
  const first = h.handler(JSON.parse(h.jobs.shift().Payload));
  while (!end) await new Promise(setImmediate);
  await ask('two');
  await h.handler(JSON.parse(h.jobs.shift().Payload));
  end();
  await first;
  assert.deepEqual(seen, [['one'], ['two']]);
});

test('a run whose question was taken over gives up', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  let begun;
  const answer = async function* () { yield 'half'; begun = true; await new Promise(() => {}); };
  const h = await taken({ answer });
  const run = h.again();
  while (!begun) await new Promise(setImmediate);
  h.turns()[0].runId = 'another';
  t.mock.timers.tick(LEASE_MS);
  await run;
  assert.deepEqual(types(h.frames()).filter((type) => type !== 'delta'), ['start', 'error']);
});

test('an answer that comes while the next question waits is not given again', async () => {
  for (const settles of [true, false]) {
    const seen = [];
    const answer = ({ messages }) => (seen.push(messages.flatMap(({ content }) => content.map(({ text }) => text))), pieces('ok'));
    let now = NOW;
    const h = harness(message, { answer, now: () => (now += 1000), env: { ...ENV, RATE_LIMIT_PER_MINUTE: '0' } });
    h.connected('ada');
    const ask = (text) => h.handler(say({ action: 'message', message: text, conversationId: 'c' }));
    const { update } = h.tables;
    if (!settles) {
      h.tables.update = async (call) => {
        if (call.UpdateExpression.startsWith('REMOVE')) throw denied();
        return update(call);
      };
    }
    await ask('one');
    await ask('two');
    for (const { Payload } of h.jobs.splice(0)) await h.handler(JSON.parse(Payload));
    await ask('three');
    await h.handler(JSON.parse(h.jobs.shift().Payload));
    assert.deepEqual(seen, [['one'], ['one', 'ok', 'two'], ['one', 'ok', 'two', 'ok', 'three']]);
  }
});

test('a renewal that comes late opens no question again', async () => {
  const h = await taken();
  await h.again();
  const [{ conversationId, timestamp, runId }] = h.turns();
  await renew({ conversationId, askedAt: timestamp }, runId, { documents: async () => h.tables, env: ENV, now: h.now });
  assert.equal(h.turns()[0].answerBy, undefined);
});

test('what has expired counts no more, though DynamoDB deletes it later', async () => {
  const seen = [];
  let now = NOW;
  const h = harness(message, { now: () => now, answer: ({ messages }) => (seen.push(messages.length), pieces('ok')) });
  h.connected('ada');
  await h.say(say({ action: 'message', message: 'one', conversationId: 'c' }));
  h.tables.items[CONNECTIONS].set('conversation#d', { connectionId: 'conversation#d', ownerId: 'eve', expiresAt: NOW / 1000 });
  now += 31 * 24 * 60 * 60 * 1000;
  await h.say(say({ action: 'message', message: 'two', conversationId: 'c' }));
  await h.say(say({ action: 'message', message: 'three', conversationId: 'd' }));
  assert.deepEqual(seen, [1, 1, 1]);
  assert.ok([...h.tables.items[CONVERSATIONS].values()].length === 6);
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

test('a stranger goes on with a conversation but chooses no id, and cannot tell which ids are taken', async () => {
  const h = harness(message);
  h.connected('ada');
  await h.say(say({ action: 'message', message: 'mine', conversationId: 'taken' }));
  h.connected('anonymous', false);
  const told = async (conversationId) => {
    await h.say(say({ action: 'message', message: 'hello', conversationId }));
    return h.frames().at(-1);
  };
  const [free, taken] = [await told('free'), await told('taken')];
  assert.equal(free.code, 'unknown_conversation');
  assert.deepEqual(free, taken);
  const begun = await told(undefined);
  assert.equal(begun.type, 'end');
  assert.equal((await told(begun.conversationId)).conversationId, begun.conversationId);
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
    await h.say(say()).catch(({ stack }) => h.lines.push(stack));
    await h.say(say(`{"action": ${SECRET}`));
    assert.ok(h.lines.length >= 2);
    for (const line of h.lines) assert.ok(!line.includes('secret') && !line.includes('lovelace'), line);
  }
});
