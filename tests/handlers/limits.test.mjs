// The rate limit, the joining of pieces, and what is masked.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coalesce, split } from '../../templates/websocket-handlers/lib/coalesce.mjs';
import { mask, pseudonym } from '../../templates/websocket-handlers/lib/mask.mjs';
import { message } from '../../templates/websocket-handlers/routes/message.mjs';
import { CONNECTIONS, ENV, event, harness, NOW } from './fakes.mjs';

const say = event({ body: { action: 'message', message: 'hello' } });
const talker = (overrides) => {
  let now = NOW;
  const env = { ...ENV, RATE_LIMIT_PER_MINUTE: '60', RATE_LIMIT_BURST: '3', ...overrides };
  const h = harness(message, { env, now: () => now });
  h.connected('ada');
  const codes = async (count) => {
    const before = h.frames().length;
    for (let n = 0; n < count; n += 1) await h.say(say);
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

test('each user has a bucket, and of strangers each connection', async () => {
  const h = talker();
  await h.codes(4);
  h.connected('eve');
  assert.deepEqual(await h.codes(1), ['ok']);
  h.connected('anonymous');
  assert.deepEqual(await h.codes(1), ['ok']);
  const keys = [...h.tables.items[CONNECTIONS].keys()].filter((key) => key.includes('#'));
  assert.deepEqual(keys, ['bucket#user#ada', 'bucket#user#eve', 'bucket#connection#conn-1']);
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
  assert.equal(pseudonym('ada'), pseudonym('ada'));
  assert.notEqual(pseudonym('ada'), pseudonym('eve'));
});
