// The conversations of a tab.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { History, titleOf } from '../../templates/web-chat/history.mjs';

/** A store with room for so many characters. */
function store(room = Infinity, kept = null) {
  return {
    getItem: () => kept,
    setItem(_, text) {
      if (text.length > room) throw new DOMException('full', 'QuotaExceededError');
      kept = text;
    },
    kept: () => JSON.parse(kept),
  };
}

const say = (history, text) => {
  const one = history.begin();
  one.turns.push({ role: 'user', text });
  history.keep(one);
  return one;
};

test('conversations outlive a reload, the one spoken in last first', () => {
  const tab = store();
  const history = new History(tab);
  const [first] = [say(history, 'one'), say(history, 'two')];
  first.conversationId = 'c-1';
  history.keep(first);
  const again = new History(tab).all;
  assert.deepEqual(again.map(({ turns, conversationId }) => [turns[0].text, conversationId]), [['one', 'c-1'], ['two', undefined]]);
});

test('the oldest make way in a store that is full', () => {
  const tab = store(400);
  const history = new History(tab);
  for (const text of ['a', 'b', 'c']) say(history, text.repeat(100));
  assert.deepEqual(tab.kept().map(({ turns }) => turns[0].text[0]), ['c', 'b']);
  say(history, 'd'.repeat(1000));
  assert.equal(history.all.length, 4, 'what does not fit is there until the reload');
});

test('a store that holds something else is an empty one', () => {
  for (const kept of ['no JSON', '{}', 'null', '[1,null,{"key":"k"}]']) assert.deepEqual(new History(store(9, kept)).all, []);
});

test('a conversation is called by how it begins', () => {
  const titled = (text) => titleOf({ key: 'k', turns: [{ role: 'user', text }] });
  assert.equal(titled('  Hello\nyou'), 'Hello');
  assert.equal(titled('x'.repeat(100)), `${'x'.repeat(59)}…`);
  assert.equal(titleOf({ key: 'k', turns: [] }), 'New conversation');
});
