// The conversations of this tab: they outlive a reload and end with the tab.

/**
 * @typedef {{ role: 'user' | 'assistant', text: string, note?: string }} Turn
 * @typedef {{ key: string, conversationId?: string, turns: Turn[] }} Conversation
 */

const KEY = 'copilot.conversations';
const LENGTH = 60;
/** Most conversations kept, the newest first. */
const MOST = 50;

/** The conversations of a store such as `sessionStorage`, the newest first. */
export class History {
  /** @type {Conversation[]} */ all;
  #store;

  /** @param {Pick<Storage, 'getItem' | 'setItem'>} store */
  constructor(store) {
    this.#store = store;
    this.all = read(store);
  }

  /** Begins a conversation, which is kept once something is said in it. @returns {Conversation} */
  begin() {
    return { key: crypto.randomUUID(), turns: [] };
  }

  /** Keeps a conversation, as the newest. @param {Conversation} conversation */
  keep(conversation) {
    this.all = [conversation, ...this.all.filter(({ key }) => key !== conversation.key)].slice(0, MOST);
    // A store has room for some megabytes: the oldest conversations make way.
    for (let count = this.all.length; count > 0; count -= 1) {
      try {
        return this.#store.setItem(KEY, JSON.stringify(this.all.slice(0, count)));
      } catch {
        continue;
      }
    }
  }
}

/** What a conversation is called. @param {Conversation} conversation */
export function titleOf({ turns }) {
  const [line = ''] = turns[0]?.text.trim().split('\n') ?? [];
  return line.length > LENGTH ? `${line.slice(0, LENGTH - 1).trimEnd()}…` : line || 'New conversation';
}

/** @param {Pick<Storage, 'getItem'>} store @returns {Conversation[]} */
function read(store) {
  try {
    const kept = JSON.parse(store.getItem(KEY) ?? '[]');
    return Array.isArray(kept) ? kept.filter((one) => typeof one?.key === 'string' && Array.isArray(one.turns)) : [];
  } catch {
    return [];
  }
}
