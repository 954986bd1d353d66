// Many small pieces into few frames: the gateway bills each frame, and a model yields a piece per token.
import { setTimeout as sleep } from 'node:timers/promises';

/** Longest time a piece waits for others, in milliseconds. */
export const WINDOW_MS = 75;
/** Most bytes of JSON text in one frame; API Gateway takes 32 KB in one, its envelope included. */
export const MAX_TEXT_BYTES = 24 * 1024;

const DUE = Symbol('due');

/**
 * Yields the text of `pieces` joined: what comes within a window becomes one, and what is too long several.
 *
 * Rejects as soon as `signal` aborts, even while the source is silent.
 */
export async function* coalesce(pieces, signal, { windowMs = WINDOW_MS, maxBytes = MAX_TEXT_BYTES } = {}) {
  const source = pieces[Symbol.asyncIterator]();
  const aborted = rejection(signal);
  const idle = new AbortController();
  let next = take(source);
  let text = '';
  let due;
  try {
    for (;;) {
      const first = await Promise.race([aborted, next, ...(due ? [due] : [])]);
      if (first === DUE) {
        yield* split(text, maxBytes);
        [text, due] = ['', undefined];
      } else if (first.done) {
        yield* split(text, maxBytes);
        return;
      } else {
        text += first.value;
        due ??= sleep(windowMs, DUE, { signal: idle.signal });
        due.catch(() => {});
        next = take(source);
      }
    }
  } finally {
    idle.abort();
    // Not waited for: a silent source would answer only with its next piece.
    source.return?.()?.catch(() => {});
  }
}

/** Cuts a text into parts of at most `maxBytes` as JSON, never within a character. */
export function* split(text, maxBytes = MAX_TEXT_BYTES) {
  let [part, size] = ['', 0];
  for (const sign of text) {
    const bytes = Buffer.byteLength(JSON.stringify(sign)) - 2;
    if (size + bytes > maxBytes) {
      yield part;
      [part, size] = ['', 0];
    }
    part += sign;
    size += bytes;
  }
  if (part !== '') yield part;
}

function take(source) {
  const next = source.next();
  // Whoever waits for it hears of a failure; when nobody waits any more, nobody has to.
  next.catch(() => {});
  return next;
}

function rejection(signal) {
  const never = new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  never.catch(() => {});
  return never;
}
