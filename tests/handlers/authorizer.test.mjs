// Where an authorizer finds a token. That it checks one is shown with the library itself on the local cloud.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tokenOf } from '../../templates/websocket-authorizer/token.mjs';

const TOKEN = 'eyJh.eyJz.c2ln-_';

test('a token is found where clients can put it', () => {
  assert.equal(tokenOf({ queryStringParameters: { token: TOKEN } }), TOKEN);
  assert.equal(tokenOf({ headers: { Authorization: `Bearer ${TOKEN}` } }), TOKEN);
  assert.equal(tokenOf({ headers: { authorization: TOKEN } }), TOKEN);
  assert.equal(tokenOf({ headers: { 'Sec-WebSocket-Protocol': `copilot, ${TOKEN}` } }), TOKEN);
});

test('what is no token is none', () => {
  for (const event of [{}, { headers: null, queryStringParameters: null }, { queryStringParameters: { token: '' } }]) {
    assert.equal(tokenOf(event), undefined);
  }
  for (const token of ['hello', 'a.b', 'a.b.c.d', 'a b.c.d', `${TOKEN}\n`]) {
    assert.equal(tokenOf({ queryStringParameters: { token } }), undefined, token);
  }
});
