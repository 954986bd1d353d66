// The rate limit, the joining of pieces, and what is masked.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coalesce, split } from '../../templates/websocket-handlers/lib/coalesce.mjs';
import { mask, MAX_MASKED } from '../../templates/websocket-handlers/lib/mask.mjs';
import { pseudonym } from '../../templates/websocket-handlers/lib/pseudonym.mjs';
import { networkOf } from '../../templates/websocket-handlers/lib/user.mjs';
import { message } from '../../templates/websocket-handlers/routes/message.mjs';
import { CONNECTIONS, ENV, event, fakeTables, harness, NOW } from './fakes.mjs';

const say = event({ body: { action: 'message', message: 'hello' } });
const talker = (overrides) => {
  let now = NOW;
  const env = { ...ENV, RATE_LIMIT_PER_MINUTE: '60', RATE_LIMIT_BURST: '3', ...overrides };
  const h = harness(message, { env, now: () => now });
  h.connected('ada');
  const codes = async (count, context = {}) => {
    const before = h.frames().length;
    for (let n = 0; n < count; n += 1) await h.say({ ...say, requestContext: { ...say.requestContext, ...context } });
    return h.frames().slice(before).filter(({ type }) => type === 'end' || type === 'error').map(({ code }) => code ?? 'ok');
  };
  return { ...h, codes, pass: (ms) => (now += ms) };
};

test('a burst is taken, then one message per interval', async () => {
  const { codes, pass } = talker();
  assert.deepEqual(await codes(5), ['ok', 'ok', 'ok', 'rate_limited', 'rate_limited']);
  pass(1000);
  assert.deepEqual(await codes(2), ['ok', 'rate_limited']);
  pass(60_000);
  assert.deepEqual(await codes(4), ['ok', 'ok', 'ok', 'rate_limited'], 'no more than the burst gathers');
});

test('a token whose response is lost is taken once', async () => {
  for (const burst of ['1', '3']) {
    const { codes, tables } = talker({ RATE_LIMIT_BURST: burst });
    tables.lost.add('update');
    assert.deepEqual(await codes(Number(burst) + 1), [...Array(Number(burst)).fill('ok'), 'rate_limited']);
  }
});

test('neither another connection nor another name gives a stranger a new bucket', async () => {
  const h = talker();
  for (const [n, userId] of ['anonymous', 'ada', 'eve', 'bob'].entries()) {
    h.connected(userId, false);
    assert.deepEqual(await h.codes(1), [n < 3 ? 'ok' : 'rate_limited']);
  }
  assert.deepEqual(await h.codes(1, { identity: { sourceIp: '198.51.100.7' } }), ['ok'], 'another network has its own');
  assert.ok(![...h.tables.items[CONNECTIONS].keys()].some((key) => key.includes('192.0.2.1')), 'no address is kept');
});

test('each user whom an authorizer vouches for has a bucket, wherever they are', async () => {
  const h = talker();
  await h.codes(4);
  h.connected('eve');
  assert.deepEqual(await h.codes(1), ['ok']);
  h.connected('ada');
  assert.deepEqual(await h.codes(1, { identity: { sourceIp: '198.51.100.7' } }), ['rate_limited']);
});

test('whoever has one address of IPv6 has its network', () => {
  for (const [address, network] of [
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:0:1:aaaa:bbbb:cccc:dddd', '2001:db8:0:1'],
    ['2001:0DB8::1:0:0:0:2', '2001:db8:0:1'],
    ['2001:db8::2', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    [undefined, 'unknown'],
  ]) {
    assert.equal(networkOf(address), network, address);
  }
});

test('all strangers together have a budget for a day, whoever they say they are', async () => {
  const h = talker({ RATE_LIMIT_PER_MINUTE: '0' });
  h.connected('anonymous', false);
  h.tables.items[CONNECTIONS].set('budget#2026-01-02', { connectionId: 'budget#2026-01-02', messages: 999 });
  assert.deepEqual(await h.codes(2, { identity: { sourceIp: '198.51.100.7' } }), ['ok', 'budget_spent']);
  h.connected('ada');
  assert.deepEqual(await h.codes(1), ['ok'], 'one whom an authorizer vouches for is none of them');
  h.pass(24 * 60 * 60 * 1000);
  h.connected('anonymous', false);
  assert.deepEqual(await h.codes(1), ['ok'], 'tomorrow is another day');
});

test('a budget that is set is for everybody; one who is refused has taken nothing from it', async () => {
  const h = talker({ BUDGET_MESSAGES_PER_DAY: '4' });
  assert.deepEqual(await h.codes(5), ['ok', 'ok', 'ok', 'rate_limited', 'rate_limited']);
  h.connected('eve');
  assert.deepEqual(await h.codes(2), ['ok', 'budget_spent']);
  assert.ok((await talker({ BUDGET_MESSAGES_PER_DAY: '0', RATE_LIMIT_PER_MINUTE: '0' }).codes(9)).every((code) => code === 'ok'));
});

test('a payer waits for some answers at once, however many connections there are', async () => {
  const h = talker({ OPEN_ANSWERS: '2', RATE_LIMIT_PER_MINUTE: '0' });
  const ask = () => h.handler(say);
  await Promise.all([ask(), ask(), ask()]);
  assert.deepEqual(h.frames().map(({ code }) => code), ['rate_limited']);
  assert.equal(h.jobs.length, 2);
  await h.handler(JSON.parse(h.jobs.shift().Payload));
  await ask();
  assert.equal(h.jobs.length, 2, 'an answer that is over makes room for one');
  await ask();
  assert.equal(h.jobs.length, 2);
  h.pass(60 * 60 * 1000);
  await ask();
  assert.equal(h.jobs.length, 3, 'one that was never started does not count for ever');
});

test('what cannot be handed on is not waited for', async () => {
  const h = talker({ OPEN_ANSWERS: '1', RATE_LIMIT_PER_MINUTE: '0', BUDGET_MESSAGES_PER_DAY: '1' });
  assert.deepEqual(await h.codes(3), ['ok', 'budget_spent', 'budget_spent']);
});

test('a bucket expires once it is full, in seconds', async () => {
  const h = talker();
  await h.codes(1);
  const { expiresAt, fullAt } = h.tables.items[CONNECTIONS].get('bucket#user#ada');
  assert.ok(expiresAt * 1000 >= fullAt && expiresAt < NOW / 1000 + 60);
});

test('a limit of 0 is none', async () => {
  assert.ok((await talker({ RATE_LIMIT_PER_MINUTE: '0' }).codes(30)).every((code) => code === 'ok'));
});

const collect = async (pieces, options) => {
  const out = [];
  for await (const text of coalesce(pieces, new AbortController().signal, options)) out.push(text);
  return out;
};

test('what comes within a window is one piece, whatever comes is passed on', async () => {
  async function* tokens() {
    for (let n = 0; n < 200; n += 1) {
      yield `${n} `;
      if (n % 10 === 9) await new Promise((done) => setTimeout(done, 20));
    }
  }
  const out = await collect(tokens());
  assert.equal(out.join(''), Array.from({ length: 200 }, (_, n) => `${n} `).join(''));
  assert.ok(out.length >= 3 && out.length <= 12, `${out.length} frames`);
});

test('what the end of the time breaks off is told as that, and not as what the source says of it', async () => {
  const stop = new AbortController();
  const late = new Error('late');
  let fail;
  const source = { [Symbol.asyncIterator]: () => ({ next: () => new Promise((_, reject) => (fail = reject)) }) };
  const pieces = coalesce(source, stop.signal)[Symbol.asyncIterator]();
  const first = pieces.next();
  // A client of AWS rejects at once when it is told to stop.
  stop.signal.addEventListener('abort', () => fail(new Error('aborted')));
  stop.abort(late);
  await assert.rejects(first, late);
});

test('no frame is too long, and no character is cut', async () => {
  const text = '😀"é\n'.repeat(20_000);
  const out = await collect((async function* () { yield text; })());
  assert.equal(out.join(''), text);
  for (const part of out) {
    assert.ok(Buffer.byteLength(JSON.stringify(part)) < 25 * 1024);
    assert.ok(part.isWellFormed());
  }
  assert.deepEqual([...split('')], []);
});

test('a source that fails fails the whole', async () => {
  await assert.rejects(collect((async function* () { yield 'a'; throw new Error('broken'); })()), /broken/);
});

test('personal data is masked', () => {
  for (const [text, masked] of [
    ['write to ada.lovelace+x@example.co.uk now', 'write to [mail] now'],
    ['call +49 (30) 1234-5678', 'call [number]'],
    ['card 4111 1111 1111 1111', 'card [number]'],
    ['from 203.0.113.7', 'from [address]'],
    ['token eyJhbGciOi.eyJzdWIi.c2ln here', 'token [token] here'],
    ['key AKIAIOSFODNN7EXAMPLE', 'key [access key]'],
    ['took 1200 ms in us-east-1', 'took 1200 ms in us-east-1'],
  ]) {
    assert.equal(mask(text), masked);
  }
});

test('of a long text only the beginning is masked and kept', () => {
  for (const text of ['a'.repeat(1 << 20), 'a.'.repeat(1 << 19), '1 '.repeat(1 << 19), `${'a'.repeat(63)}@`.repeat(1 << 14)]) {
    assert.ok(mask(text).length <= MAX_MASKED);
  }
});

test('a pseudonym is the same in every run of a stack, and another in another stack', async () => {
  const stack = () => ({ env: ENV, documents: ((tables) => async () => tables)(fakeTables()) });
  const [one, other] = [stack(), stack()];
  const tables = await one.documents();
  const cold = { env: ENV, documents: async () => ({ ...tables }) };
  const [ada, again, eve, elsewhere] = await Promise.all([
    pseudonym('ada', one), pseudonym('ada', cold), pseudonym('eve', one), pseudonym('ada', other),
  ]);
  assert.equal(ada, again);
  assert.equal(new Set([ada, eve, elsewhere]).size, 3);
});
