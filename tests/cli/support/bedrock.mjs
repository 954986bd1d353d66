// A Bedrock for the tests: ConverseStream over HTTP/2 without TLS, as the SDK speaks to a configured endpoint.
//
// The question says how to answer: `repeat N every MS: TEXT` streams TEXT N times, one piece every MS milliseconds;
// `throttle` is refused as a busy account would be; `break` ends the stream with an error after one piece. Anything else
// is answered with how many messages the model was shown.
import { createServer } from 'node:http2';
import { setTimeout as sleep } from 'node:timers/promises';
import { crc32 } from 'node:zlib';

const server = createServer();
server.on('stream', async (stream) => {
  stream.on('error', () => {});
  let body = '';
  for await (const chunk of stream) body += chunk;
  const { messages } = JSON.parse(body);
  await answer(stream, messages, messages.at(-1).content.at(-1).text);
});
server.listen(0, '127.0.0.1', () => process.stdout.write(`${server.address().port}\n`));
// Ends with the test that started it.
process.stdin.resume().on('end', () => process.exit());

async function answer(stream, messages, question) {
  if (question === 'throttle') {
    stream.respond({ ':status': 429, 'content-type': 'application/json', 'x-amzn-errortype': 'ThrottlingException' });
    stream.end(JSON.stringify({ message: 'Too many requests from ada@example.com, please wait.' }));
    return;
  }
  stream.respond({ ':status': 200, 'content-type': 'application/vnd.amazon.eventstream' });
  stream.write(event('messageStart', { role: 'assistant' }));
  const [, count, ms, text] = /^repeat (\d+) every (\d+): (.*)$/s.exec(question) ?? [0, 1, 0, `${messages.length} messages`];
  for (let n = 0; n < Number(count) && !stream.destroyed; n += 1) {
    stream.write(event('contentBlockDelta', { contentBlockIndex: 0, delta: { text } }));
    if (Number(ms) > 0) await sleep(Number(ms));
  }
  if (question === 'break') {
    await sleep(200);
    stream.end(message({ ':message-type': 'exception', ':exception-type': 'modelStreamErrorException' }, { message: 'x' }));
    return;
  }
  stream.write(event('contentBlockStop', { contentBlockIndex: 0 }));
  stream.end(event('messageStop', { stopReason: 'end_turn' }));
}

const event = (type, payload) => message({ ':message-type': 'event', ':event-type': type }, payload);

// One message of application/vnd.amazon.eventstream: lengths, headers, payload, each part with its checksum.
function message(headers, payload) {
  const named = { ...headers, ':content-type': 'application/json' };
  const head = Buffer.concat(Object.entries(named).map(([name, value]) => {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(value.length);
    return Buffer.concat([Buffer.from([name.length]), Buffer.from(name), Buffer.from([7]), length, Buffer.from(value)]);
  }));
  const body = Buffer.from(JSON.stringify(payload));
  const lengths = Buffer.alloc(8);
  lengths.writeUInt32BE(16 + head.length + body.length, 0);
  lengths.writeUInt32BE(head.length, 4);
  const start = Buffer.concat([lengths, checksum(lengths)]);
  const whole = Buffer.concat([start, head, body]);
  return Buffer.concat([whole, checksum(whole)]);
}

function checksum(bytes) {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(bytes));
  return sum;
}
