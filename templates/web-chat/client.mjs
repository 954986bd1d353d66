// A client of the frames that `websocket-handlers` speaks: connects, keeps the connection, asks, streams, stops.
// Works in browsers and wherever a `WebSocket` is. Types are in JSDoc; `README.md` shows how it is used.

/** API Gateway ends a connection that was silent for ten minutes. */
const PING_MS = 4 * 60_000;
/** Longest wait for anything after a ping; a connection that is silent then is dead. */
const PONG_MS = 30_000;
/** API Gateway ends a connection after two hours; it is replaced before that, between two answers. */
const LIFETIME_MS = 110 * 60_000;
/** Longest silence within an answer. */
const SILENCE_MS = 120_000;
/** Longest wait for a connection before a question is given back. */
const PATIENCE_MS = 30_000;
/** First and longest pause before another attempt to connect. */
const PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;
/** Handshakes that fail in a row before a token that was good is taken for refused: a page is not told why one failed. */
const REFUSALS = 5;
/** A connection that was heard within this time needs no ping to be believed alive. */
const FRESH_MS = 60_000;

/**
 * Where the token goes: into the query string under `parameter`, or beside the subprotocol `copilot`.
 * @typedef {'query' | 'subprotocol'} TokenCarrier
 *
 * `waiting`: the next attempt to connect comes by itself. `unauthorized`: a token is missing, expired or refused;
 * `setToken` goes on.
 * @typedef {'closed' | 'connecting' | 'open' | 'waiting' | 'unauthorized'} State
 *
 * @typedef {object} Options
 * @property {string} url `wss://…`, without a token
 * @property {TokenCarrier} [carrier] for an API with an authorizer
 * @property {string} [parameter] of the query string, `token`
 * @property {string} [token]
 * @property {(state: State, why: '' | 'missing' | 'expired' | 'refused') => void} [onState]
 * @property {typeof WebSocket} [WebSocket] stands in for that of the platform
 * @property {() => number} [random] spreads the attempts of many clients
 * @property {Partial<typeof TIMES>} [times] in milliseconds, for tests
 *
 * @typedef {object} Question
 * @property {string} [conversationId] carries that conversation on
 * @property {(conversationId: string) => void} [onStart]
 * @property {(text: string) => void} [onText] hears all of the answer so far, again and again
 * @property {AbortSignal} [signal] stops the answer
 *
 * @typedef {object} Answer
 * @property {string} text
 * @property {string} conversationId
 * @property {string | undefined} stopReason such as `end_turn` or `max_tokens`
 */

const TIMES = {
  ping: PING_MS,
  pong: PONG_MS,
  lifetime: LIFETIME_MS,
  silence: SILENCE_MS,
  patience: PATIENCE_MS,
  pause: PAUSE_MS,
  longestPause: LONGEST_PAUSE_MS,
};

/**
 * Why there is no answer, or not all of it. `code` is one of the handlers' (see their README), `gateway`, or of this client:
 * `stopped`, `lost` (the connection broke), `silent`, `incomplete`, `offline`, `unauthorized`, `closed`.
 */
export class CopilotError extends Error {
  /** @param {string} code @param {string} message @param {string} [correlationId] */
  constructor(code, message, correlationId) {
    super(message);
    this.name = 'CopilotError';
    this.code = code;
    /** Leads to the logs. */
    this.correlationId = correlationId;
  }
}

const WORDS = {
  stopped: 'You stopped the answer.',
  lost: 'The connection broke off, and the rest of the answer with it. Please ask again.',
  silent: 'Nothing came for a long time. Please ask again.',
  incomplete: 'Part of the answer did not arrive. Please ask again.',
  offline: 'The copilot is out of reach. Please try again.',
  unauthorized: 'The copilot wants a valid token.',
  closed: 'The connection is closed.',
};

/** @param {keyof typeof WORDS} code */
const failed = (code) => new CopilotError(code, WORDS[code]);

/** Seconds since 1970 when a token expires; `undefined` where it does not say so. @param {string} token */
export function expiryOf(token) {
  try {
    const { exp } = JSON.parse(atob(token.split('.')[1].replaceAll('-', '+').replaceAll('_', '/')));
    return typeof exp === 'number' ? exp : undefined;
  } catch {
    return undefined; // not a JWT
  }
}

/** One connection at a time, replaced when it breaks; one question at a time. */
export class CopilotClient {
  /** @type {Options} */ #options;
  #times;
  /** @type {WebSocket | undefined} */ #socket;
  /** @type {State} */ #state = 'closed';
  #openedAt = 0;
  #heardAt = 0;
  /** Attempts that failed since the last connection. */
  #failures = 0;
  /** Whether this token has ever let the client in. */
  #accepted = false;
  /** @type {Pending | undefined} */ #pending;
  /** @type {Map<string, ReturnType<typeof setTimeout>>} */ #timers = new Map();

  /** @param {Options} options */
  constructor(options) {
    this.#options = { ...options };
    this.#times = { ...TIMES, ...options.times };
  }

  /** @returns {State} */
  get state() {
    return this.#state;
  }

  /** Connects, unless that is so or under way. */
  connect() {
    if (this.#socket) return;
    const { url, carrier, token = '', parameter = 'token' } = this.#options;
    const why = carrier ? this.#complaint(token) : '';
    if (why) return this.#become('unauthorized', why);
    const Socket = this.#options.WebSocket ?? WebSocket;
    const query = carrier === 'query' ? `?${parameter}=${encodeURIComponent(token)}` : '';
    this.#become('connecting');
    /** @type {WebSocket} */
    let socket;
    try {
      socket = carrier === 'subprotocol' ? new Socket(url, ['copilot', token]) : new Socket(url + query);
    } catch {
      // A token that cannot be a subprotocol.
      return this.#become('unauthorized', 'refused');
    }
    this.#socket = socket;
    socket.onopen = () => this.#opened();
    socket.onmessage = ({ data }) => this.#hear(String(data));
    // Node.js 20 tells a refused handshake by an error alone.
    socket.onclose = socket.onerror = () => this.#dropped();
  }

  /** Connects with another token. @param {string} token */
  setToken(token) {
    this.#options.token = token.trim();
    this.#accepted = false;
    this.#failures = 0;
    this.#drop();
    this.connect();
  }

  /** Looks after the connection at once: the machine was asleep, or is online again. */
  wake() {
    if (this.#state === 'waiting') this.#reconnect();
    else if (this.#state === 'open' && Date.now() - this.#heardAt > FRESH_MS) this.#ping();
  }

  /** Ends the connection for good. */
  close() {
    this.#drop();
    this.#become('closed');
    this.#pending?.fail(failed('closed'));
  }

  /**
   * Asks, and gives back the whole answer; rejects with a `CopilotError`.
   *
   * A question that may have been taken is never sent again by itself: that would be a second one.
   * @param {string} message
   * @param {Question} [question]
   * @returns {Promise<Answer>}
   */
  async ask(message, question = {}) {
    if (this.#pending) throw new Error('one question at a time');
    if (question.signal?.aborted) throw failed('stopped');
    const { promise, resolve, reject } = withResolvers();
    const pending = new Pending(message, question, resolve, reject);
    this.#pending = pending;
    const stop = () => this.#stop(pending);
    question.signal?.addEventListener('abort', stop, { once: true });
    try {
      if (this.#state === 'open' && Date.now() - this.#openedAt > this.#times.lifetime) this.#drop();
      if (this.#state === 'open') this.#send(pending);
      else this.#await(pending);
      return await promise;
    } finally {
      this.#clear('answer');
      question.signal?.removeEventListener('abort', stop);
      this.#pending = undefined;
    }
  }

  /** @param {Pending} pending */
  #await(pending) {
    this.#after('answer', this.#times.patience, () => pending.fail(failed('offline')));
    if (this.#state === 'waiting') this.#reconnect();
    else this.connect();
    if (this.#state === 'unauthorized') pending.fail(failed('unauthorized'));
  }

  /** @param {Pending} pending */
  #send(pending) {
    const { message, question } = pending;
    pending.sent = true;
    this.#socket?.send(JSON.stringify({ action: 'message', message, conversationId: question.conversationId }));
    this.#watch(pending);
  }

  /** @param {Pending} pending */
  #watch(pending) {
    this.#after('answer', this.#times.silence, () => this.#abandon(pending, 'silent'));
  }

  // The protocol has no frame for it: the functions stop the model when the client is gone.
  /** @param {Pending} pending */
  #stop(pending) {
    if (pending.sent) this.#abandon(pending, 'stopped');
    else pending.fail(failed('stopped'));
  }

  /** @param {Pending} pending @param {'stopped' | 'silent'} code */
  #abandon(pending, code) {
    pending.fail(failed(code));
    this.#reconnect();
  }

  #opened() {
    this.#openedAt = Date.now();
    this.#failures = 0;
    this.#accepted = true;
    this.#become('open');
    this.#rest();
    if (this.#pending && !this.#pending.sent) this.#send(this.#pending);
  }

  #dropped() {
    const opened = this.#state === 'open';
    this.#drop();
    if (this.#pending?.sent) this.#pending.fail(failed('lost'));
    if (!opened) this.#failures += 1;
    if (this.#options.carrier && this.#failures >= (this.#accepted ? REFUSALS : 1)) return this.#refused();
    const longest = Math.min(this.#times.longestPause, this.#times.pause * 2 ** this.#failures);
    this.#become('waiting');
    this.#after('retry', longest * (this.#options.random ?? Math.random)(), () => this.#reconnect());
  }

  #refused() {
    this.#become('unauthorized', 'refused');
    this.#pending?.fail(failed('unauthorized'));
  }

  #reconnect() {
    this.#drop();
    this.connect();
    if (this.#state === 'unauthorized') this.#pending?.fail(failed('unauthorized'));
  }

  // Leaves the connection, whose last words nobody wants.
  #drop() {
    const socket = this.#socket;
    this.#socket = undefined;
    for (const name of ['ping', 'pong', 'retry']) this.#clear(name);
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = socket.onerror = null;
    socket.close();
    this.#state = 'closed';
  }

  #rest() {
    this.#heardAt = Date.now();
    this.#clear('pong');
    this.#after('ping', this.#times.ping, () => this.#ping());
  }

  #ping() {
    this.#socket?.send('{"action":"ping"}');
    this.#after('pong', this.#times.pong, () => this.#dropped());
  }

  /** @param {string} data */
  #hear(data) {
    this.#rest();
    const frame = parse(data);
    const pending = this.#pending;
    if (!pending?.sent || !pending.concerns(frame)) return;
    if (frame.type === 'error' && frame.code === 'unknown_connection' && !pending.again) return this.#askAgain(pending);
    this.#watch(pending);
    pending.hear(frame);
  }

  // The question was not taken: the functions had forgotten the connection.
  /** @param {Pending} pending */
  #askAgain(pending) {
    pending.again = true;
    pending.sent = false;
    this.#drop();
    this.#await(pending);
  }

  /** @param {string} token @returns {'' | 'missing' | 'expired'} */
  #complaint(token) {
    if (!token) return 'missing';
    const expiry = expiryOf(token);
    return expiry !== undefined && expiry * 1000 <= Date.now() ? 'expired' : '';
  }

  /** @param {State} state @param {'' | 'missing' | 'expired' | 'refused'} [why] */
  #become(state, why = '') {
    this.#state = state;
    this.#options.onState?.(state, why);
  }

  /** @param {string} name @param {number} ms @param {() => void} run */
  #after(name, ms, run) {
    this.#clear(name);
    this.#timers.set(name, setTimeout(run, ms));
  }

  /** @param {string} name */
  #clear(name) {
    clearTimeout(this.#timers.get(name));
    this.#timers.delete(name);
  }
}

/** A question, and what has come of it. */
class Pending {
  sent = false;
  /** Whether it was sent a second time. */
  again = false;
  /** @type {string | undefined} */ #messageId;
  #conversationId = '';
  /** @type {string[]} */ #parts = [];

  /**
   * @param {string} message
   * @param {Question} question
   * @param {(answer: Answer) => void} resolve
   * @param {(error: CopilotError) => void} fail
   */
  constructor(message, question, resolve, fail) {
    this.message = message;
    this.question = question;
    this.resolve = resolve;
    this.fail = fail;
  }

  // Before the answer has begun, an error without a `messageId` is about the question; later it is about a ping.
  /** @param {Frame} frame */
  concerns(frame) {
    if (this.#messageId) return frame.messageId === this.#messageId;
    return frame.type === 'start' || frame.type === 'error';
  }

  /** @param {Frame} frame */
  hear(frame) {
    if (frame.type === 'start') this.#start(frame);
    else if (frame.type === 'delta') this.#add(frame);
    else if (frame.type === 'end') this.#end(frame);
    else if (frame.type === 'error') this.fail(new CopilotError(frame.code ?? '', frame.message ?? '', frame.correlationId));
  }

  /** @param {Frame} frame */
  #start({ messageId, conversationId = '' }) {
    this.#messageId = messageId;
    this.#conversationId = conversationId;
    this.question.onStart?.(conversationId);
  }

  // A frame may come twice: its index says which piece it is.
  /** @param {Frame} frame */
  #add({ index = 0, text = '' }) {
    this.#parts[index] = text;
    this.question.onText?.(this.#parts.join(''));
  }

  /** @param {Frame} frame */
  #end({ stopReason }) {
    if (Object.keys(this.#parts).length !== this.#parts.length) return this.fail(failed('incomplete'));
    this.resolve({ text: this.#parts.join(''), conversationId: this.#conversationId, stopReason });
  }
}

/**
 * @typedef {object} Frame
 * @property {string} [type]
 * @property {string} [messageId]
 * @property {string} [conversationId]
 * @property {number} [index]
 * @property {string} [text]
 * @property {string} [stopReason]
 * @property {string} [code]
 * @property {string} [message]
 * @property {string} [correlationId]
 */

/** Reads a frame; what the gateway itself says has no type and is an error. @param {string} data @returns {Frame} */
function parse(data) {
  try {
    const frame = JSON.parse(data);
    if (typeof frame?.type === 'string') return frame;
    if (typeof frame?.message !== 'string') return {};
    return { type: 'error', code: 'gateway', message: frame.message, correlationId: frame.requestId };
  } catch {
    return {};
  }
}

/** `Promise.withResolvers` is not everywhere yet. */
function withResolvers() {
  /** @type {(answer: Answer) => void} */ let resolve = () => {};
  /** @type {(error: CopilotError) => void} */ let reject = () => {};
  /** @type {Promise<Answer>} */
  const promise = new Promise((...both) => ([resolve, reject] = both));
  return { promise, resolve, reject };
}
