// A WebSocket server for the tests of the client: it shakes hands, and says what a test says.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';

/**
 * Starts one. `accepts(request)` says whether a client may come in, or under which subprotocol; `hears(frame, connection)` is
 * told of each frame. A connection has `says(frame)` and `drops()`.
 */
export async function standIn({ accepts = () => true, hears = () => {} } = {}) {
  const connections = [];
  const heard = [];
  const requests = [];
  const server = createServer();
  server.on('upgrade', (request, socket) => {
    requests.push(request);
    socket.on('error', () => {});
    const accepted = accepts(request);
    if (!accepted) return socket.end('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n');
    socket.write(handshake(request, accepted));
    const connection = { says: (frame) => socket.write(text(JSON.stringify(frame))), drops: () => socket.destroy(), closed: once(socket, 'close') };
    connections.push(connection);
    socket.on('data', reader((frame) => {
      heard.push(frame);
      hears(frame, connection);
    }, () => socket.end()));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `ws://127.0.0.1:${server.address().port}/prod`;
  const close = () => (server.close(), connections.forEach(({ drops }) => drops()));
  return { url, connections, heard, requests, close };
}

function handshake({ headers }, accepted) {
  const sign = createHash('sha1').update(`${headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  const protocol = typeof accepted === 'string' ? `Sec-WebSocket-Protocol: ${accepted}\r\n` : '';
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${sign}\r\n${protocol}\r\n`;
}

// RFC 6455, section 5.2: frames from a client are masked, frames of a server are not.
function text(words) {
  const body = Buffer.from(words);
  const head = body.length < 126 ? Buffer.from([0x81, body.length]) : Buffer.from([0x81, 126, body.length >> 8, body.length & 255]);
  return Buffer.concat([head, body]);
}

function reader(hear, end) {
  let left = Buffer.alloc(0);
  return (bytes) => {
    left = Buffer.concat([left, bytes]);
    for (;;) {
      const long = (left[1] & 127) === 126;
      const start = long ? 8 : 6;
      const length = long && left.length >= 4 ? left.readUInt16BE(2) : left[1] & 127;
      if (left.length < start || left.length < start + length) return;
      const mask = left.subarray(start - 4, start);
      const body = left.subarray(start, start + length).map((byte, index) => byte ^ mask[index % 4]);
      const kind = left[0] & 15;
      left = left.subarray(start + length);
      if (kind === 8) end();
      if (kind === 1) hear(JSON.parse(Buffer.from(body).toString()));
    }
  };
}

/** Answers a question as the handlers do: in pieces. */
export function answers(connection, pieces, ids = { conversationId: 'c-1', messageId: 'm-1' }) {
  connection.says({ type: 'start', ...ids });
  pieces.forEach((piece, index) => connection.says({ type: 'delta', ...ids, index, text: piece }));
  connection.says({ type: 'end', ...ids, stopReason: 'end_turn' });
}
