// The frames a client receives. README.md describes the protocol.

/** An answer begins. */
export const start = (ids) => ({ type: 'start', ...ids });
/** The next piece of an answer; `index` counts from 0. */
export const delta = (ids, index, text) => ({ type: 'delta', ...ids, index, text });
/** The answer is complete and stored; `stopReason` says why the model ended, such as `end_turn` or `max_tokens`. */
export const end = (ids, stopReason) => ({ type: 'end', ...ids, stopReason });
/** Something went wrong; an answer that had started is over. */
export const error = (code, message, ids) => ({ type: 'error', code, message, ...ids });
/** The answer to a ping; the id is the client's own, for whoever looks for it in the logs. */
export const pong = (time, connectionId) => ({ type: 'pong', time, connectionId });
