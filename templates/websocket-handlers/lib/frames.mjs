// The frames a client receives. README.md describes the protocol.

/** An answer begins. */
export const start = (ids) => ({ type: 'start', ...ids });
/** The next piece of an answer; `index` counts from 0. */
export const delta = (ids, index, text) => ({ type: 'delta', ...ids, index, text });
/** The answer is complete and stored. */
export const end = (ids) => ({ type: 'end', ...ids });
/** Something went wrong; an answer that had started is over. */
export const error = (code, message, ids) => ({ type: 'error', code, message, ...ids });
/** The answer to a ping. */
export const pong = (time) => ({ type: 'pong', time });
