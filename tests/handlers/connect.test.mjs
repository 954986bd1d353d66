// `$connect` and `$disconnect`.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect } from '../../templates/websocket-handlers/routes/connect.mjs';
import { disconnect } from '../../templates/websocket-handlers/routes/disconnect.mjs';
import { CONNECTIONS, denied, event, harness, NOW } from './fakes.mjs';

const arrive = async (details) => {
  const h = harness(connect);
  const response = await h.handler(event({ routeKey: '$connect', ...details }));
  return { ...h, response, user: h.connections()[0]?.userId };
};

test('a connection is stored with its expiry in seconds', async () => {
  const connectedAt = NOW - 1500;
  const { response, connections } = await arrive({ connectedAt, query: { userId: 'ada' } });
  assert.deepEqual(response, { statusCode: 200 });
  const expiresAt = Math.floor(connectedAt / 1000) + 7200 + 600;
  assert.deepEqual(connections(), [{ connectionId: 'conn-1', userId: 'ada', vouched: false, groups: undefined, connectedAt, expiresAt }]);
  assert.ok(String(expiresAt).length === 10, 'DynamoDB takes milliseconds for a date far in the future');
});

test('the clock stands in where the gateway gives no time', async () => {
  const { connections } = await arrive({});
  assert.equal(connections()[0].connectedAt, NOW);
});

test('nobody in particular is anonymous', async () => {
  assert.equal((await arrive({})).user, 'anonymous');
  assert.equal((await arrive({ query: { userId: '' } })).user, 'anonymous');
});

test('the authorizer is believed, in this order', async () => {
  const authorizer = { principalId: 'principal', sub: 'subject', userId: 'user' };
  assert.equal((await arrive({ authorizer })).user, 'user');
  assert.equal((await arrive({ authorizer: { ...authorizer, userId: undefined } })).user, 'subject');
  assert.equal((await arrive({ authorizer: { principalId: 'principal' } })).user, 'principal');
});

test('a user id in the query cannot pass for one of the authorizer', async () => {
  const query = { userId: 'admin' };
  assert.equal((await arrive({ authorizer: { principalId: 'ada' }, query })).user, 'ada');
  assert.equal((await arrive({ authorizer: {}, query })).user, 'anonymous');
});

test("the authorizer's groups are kept", async () => {
  const { connections } = await arrive({ authorizer: { userId: 'ada', groups: '["admins","a,b"]' } });
  assert.equal(connections()[0].groups, '["admins","a,b"]');
});

test('a browser that sends its token as a subprotocol gets back the other one', async () => {
  const arriving = { ...event({ routeKey: '$connect' }), headers: { 'Sec-WebSocket-Protocol': 'copilot, eyJ.token' } };
  const { handler } = harness(connect);
  assert.deepEqual(await handler(arriving), { statusCode: 200, headers: { 'Sec-WebSocket-Protocol': 'copilot' } });
  assert.deepEqual(await handler({ ...arriving, headers: { 'sec-websocket-protocol': 'other' } }), { statusCode: 200 });
});

test('a malformed user id is refused', async () => {
  for (const userId of ['x'.repeat(129), 'a\u0000b', 'a b', 'a\nb', ' ada']) {
    const { response, connections } = await arrive({ query: { userId } });
    assert.deepEqual(response, { statusCode: 400 }, JSON.stringify(userId));
    assert.deepEqual(connections(), []);
  }
});

test('a connection that cannot be stored is refused and logged', async () => {
  const h = harness(connect, { documents: async () => ({ put: async () => { throw denied(); } }) });
  assert.deepEqual(await h.handler(event({ routeKey: '$connect' }), { awsRequestId: 'lambda-1' }), { statusCode: 500 });
  const [line] = h.logs();
  assert.equal(line.level, 'ERROR');
  assert.equal(line.error, 'AccessDeniedException');
  assert.equal(line.awsRequestId, 'aws-request');
  assert.deepEqual(
    [line.requestId, line.connectionId, line.route, line.functionRequestId],
    ['request-1', 'conn-1', '$connect', 'lambda-1'],
  );
});

test('a missing setting is named in the log', async () => {
  const h = harness(connect, { env: {} });
  assert.deepEqual(await h.handler(event()), { statusCode: 500 });
  assert.match(h.logs()[0].detail, /CONNECTIONS_TABLE_NAME is not set/);
});

test('a missing SDK shows by its code', async () => {
  const h = harness(connect, { documents: () => import('@aws-sdk/not-there') });
  assert.deepEqual(await h.handler(event()), { statusCode: 500 });
  assert.equal(h.logs()[0].code, 'ERR_MODULE_NOT_FOUND');
});

test('a disconnect forgets the connection, twice without harm', async () => {
  const h = harness(disconnect);
  h.connected('ada');
  assert.deepEqual(await h.handler(event({ routeKey: '$disconnect' })), { statusCode: 200 });
  assert.deepEqual(h.connections(), []);
  assert.deepEqual(await h.handler(event({ routeKey: '$disconnect' })), { statusCode: 200 });
  assert.deepEqual(h.tables.calls[0], { name: 'delete', TableName: CONNECTIONS, Key: { connectionId: 'conn-1' } });
});
