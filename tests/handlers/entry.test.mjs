// The entry file as Lambda sees it.
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import * as entry from '../../templates/websocket-handlers/websocket-handler.mjs';

const FOLDER = new URL('../../templates/websocket-handlers/', import.meta.url);

test('one handler per function', () => {
  assert.deepEqual(Object.keys(entry), ['connectHandler', 'disconnectHandler', 'handler', 'messageHandler']);
  // Node.js 24 on Lambda refuses handlers that take a callback.
  for (const handler of Object.values(entry)) assert.equal(handler.length, 2);
});

test('only what Lambda itself brings is imported', async () => {
  const files = (await readdir(FOLDER, { recursive: true })).filter((file) => file.endsWith('.mjs'));
  assert.ok(files.length > 10);
  for (const file of files) {
    const source = await readFile(new URL(file, FOLDER), 'utf8');
    const names = [...source.matchAll(/(?:from |import\()'([^']+)'/g)].map(([, name]) => name);
    for (const name of names) assert.match(name, /^(\.\.?\/.+\.mjs|node:|@aws-sdk\/)/, `${file} imports ${name}`);
    const late = [...source.matchAll(/^import .*'@aws-sdk/gm)];
    assert.equal(late.length, 0, `${file} imports the SDK before it is needed`);
  }
});
