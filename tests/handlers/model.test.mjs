// Bedrock: what it is asked, and what becomes of its failures.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { message } from '../../templates/websocket-handlers/routes/message.mjs';
import { denied, ENV, event, harness, throttled } from './fakes.mjs';

const env = { ...ENV, BEDROCK_MODEL_ID: 'some.model-v1:0' };

// A Bedrock that answers with `events` and keeps what it was asked.
function fakeBedrock(events) {
  const asked = [];
  const converseStream = async (input, options) => {
    asked.push({ input, options });
    return { stream: events() };
  };
  return { asked, bedrock: async () => ({ converseStream }) };
}

async function* said(...texts) {
  yield { messageStart: { role: 'assistant' } };
  for (const text of texts) yield { contentBlockDelta: { delta: { text } } };
  yield { contentBlockStop: {} };
  yield { messageStop: { stopReason: 'max_tokens' } };
  yield { metadata: { usage: {} } };
}

const talk = async (events, ...messages) => {
  const model = fakeBedrock(events);
  const h = harness(message, { env, bedrock: model.bedrock });
  h.connected('ada');
  for (const text of messages) {
    await h.say(event({ body: { action: 'message', message: text, conversationId: 'c' } }));
  }
  return { ...h, asked: model.asked };
};

test('tokens are joined, and the end says why the model stopped', async () => {
  const { frames } = await talk(() => said('a', 'b', 'c'), 'hello');
  assert.deepEqual(frames().map(({ type, text, stopReason }) => text ?? stopReason ?? type), ['start', 'abc', 'max_tokens']);
});

test('the model sees what was said before, in turn', async () => {
  const { asked } = await talk(() => said('answer'), 'one', 'two');
  const turn = (role, text) => ({ role, content: [{ text }] });
  assert.deepEqual(asked[0].input.messages, [turn('user', 'one')]);
  assert.deepEqual(asked[1].input.messages, [turn('user', 'one'), turn('assistant', 'answer'), turn('user', 'two')]);
  assert.equal(asked[1].input.modelId, 'some.model-v1:0');
  assert.ok(asked[1].input.inferenceConfig.maxTokens > 0);
  assert.ok(asked[1].options.abortSignal instanceof AbortSignal);
});

test('a model that thinks is asked for nothing that it refuses, and its thoughts are not told', async () => {
  const { asked, frames } = await talk(async function* () {
    yield { contentBlockDelta: { contentBlockIndex: 0, delta: { reasoningContent: { text: 'hm' } } } };
    yield { contentBlockDelta: { contentBlockIndex: 1, delta: { text: 'yes' } } };
    yield { messageStop: { stopReason: 'end_turn' } };
  }, 'hello');
  assert.deepEqual(asked[0].input.inferenceConfig, { maxTokens: 8192 });
  assert.deepEqual(Object.keys(asked[0].input), ['modelId', 'messages', 'inferenceConfig']);
  assert.deepEqual(frames().map(({ text }) => text).filter(Boolean), ['yes']);
});

test('a question that got no answer joins the next one', async () => {
  let failing = true;
  const { asked } = await talk(() => {
    if (failing) {
      failing = false;
      throw throttled();
    }
    return said('late');
  }, 'one', 'two');
  assert.deepEqual(asked[1].input.messages, [{ role: 'user', content: [{ text: 'one' }, { text: 'two' }] }]);
});

test('a long conversation is cut at its old end', async () => {
  const { asked } = await talk(() => said('x'.repeat(15_000)), 'first', 'second', 'third', 'fourth', 'fifth');
  const { messages } = asked.at(-1).input;
  assert.equal(messages[0].role, 'user');
  assert.equal(messages.at(-1).content[0].text, 'fifth');
  assert.ok(!JSON.stringify(messages).includes('first'));
});

test('what Bedrock refuses reaches people in friendly words, and the log in its own', async () => {
  for (const [error, code] of [[throttled(), 'busy'], [denied(), 'misconfigured'], [new Error('socket'), 'unavailable']]) {
    const { frames, logs } = await talk(() => { throw error; }, 'hello');
    const last = frames().at(-1);
    assert.deepEqual([last.type, last.code, last.correlationId], ['error', code, 'request-1']);
    assert.ok(!last.message.includes(error.name));
    const line = logs().at(-1);
    assert.deepEqual([line.event, line.reason, line.error], ['no answer', code, error.name]);
  }
});

test('a stream that ends before the message does is no answer', async () => {
  const { frames, turns } = await talk(async function* () {
    yield { contentBlockDelta: { delta: { text: 'cut' } } };
  }, 'hello');
  assert.deepEqual(frames().map(({ type, code }) => code ?? type), ['start', 'unavailable']);
  assert.deepEqual(turns().map(({ role }) => role), ['user']);
});

test('what breaks after the message has ended breaks nothing', async () => {
  const { frames, turns } = await talk(async function* () {
    yield { contentBlockDelta: { delta: { text: 'whole' } } };
    yield { messageStop: { stopReason: 'end_turn' } };
    throw new Error('reset');
  }, 'hello');
  assert.deepEqual(frames().map(({ type, code }) => code ?? type), ['start', 'delta', 'end']);
  assert.equal(turns().length, 2);
});

test('an answer of blanks leaves no turn that the model would refuse', async () => {
  const { asked } = await talk(() => said(' \n'), 'one', 'two');
  assert.deepEqual(asked[1].input.messages, [{ role: 'user', content: [{ text: 'one' }, { text: 'two' }] }]);
});

test('a stream that breaks keeps what was sent and says so', async () => {
  const { frames, turns } = await talk(async function* () {
    yield { contentBlockDelta: { delta: { text: 'half' } } };
    await new Promise((done) => setTimeout(done, 150));
    throw Object.assign(new Error('x'), { name: 'ModelStreamErrorException' });
  }, 'hello');
  assert.deepEqual(frames().map(({ type }) => type), ['start', 'delta', 'error']);
  assert.equal(turns().length, 1);
});
