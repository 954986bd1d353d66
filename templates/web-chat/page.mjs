// The page: a conversation, its history, and the composer. Everything that is shown is built from text.
import { CopilotClient } from './client.mjs';
import { config } from './config.mjs';
import { History, titleOf } from './history.mjs';
import { parse, render, textOf } from './markdown.mjs';

const TOKEN = 'copilot.token';
const THEME = 'copilot.theme';
/** Nearer to the end than this, what is new is scrolled into view. */
const NEAR_PX = 80;
/** How long what was read out stays where a screen reader could find it twice. */
const READ_MS = 3000;

/** @template {HTMLElement} T @param {string} id @returns {T} */
const at = (id) => /** @type {T} */ (document.getElementById(id));
const [question, send, stop] = [/** @type {HTMLTextAreaElement} */ (at('question')), at('send'), at('stop')];
const [transcript, turns, announced] = [at('transcript'), at('turns'), at('announced')];
const signIn = /** @type {HTMLDialogElement} */ (at('sign-in'));
const token = /** @type {HTMLInputElement} */ (at('token'));

const history = new History(sessionStorage);
let conversation = history.begin();
/** @type {AbortController | undefined} */
let answering;

const STATES = {
  closed: 'Not connected',
  connecting: 'Connecting…',
  open: 'Connected',
  waiting: 'Connection lost. Connecting again…',
  unauthorized: 'Signed out',
};
const WHY = {
  '': '',
  missing: 'This copilot lets in only those who bring a token.',
  expired: 'The token has expired. Please bring a new one.',
  refused: 'The copilot did not let this page in: the token is not valid, or the copilot is out of reach.',
};

const client = new CopilotClient({
  ...config,
  token: sessionStorage.getItem(TOKEN) ?? '',
  onState(state, why) {
    const shown = at('state');
    if (shown.dataset.state === state && !why) return;
    shown.dataset.state = state;
    shown.textContent = STATES[state];
    if (state === 'unauthorized') askForToken(WHY[why]);
    else if (state === 'open' && signIn.open) signIn.close();
  },
});

/** @param {string} why */
function askForToken(why) {
  at('sign-in-why').textContent = why;
  token.value = sessionStorage.getItem(TOKEN) ?? '';
  if (!signIn.open) signIn.showModal();
  token.focus();
  token.select();
}

at('token-form').addEventListener('submit', (event) => {
  event.preventDefault();
  sessionStorage.setItem(TOKEN, token.value.trim());
  at('sign-in-why').textContent = 'Connecting…';
  client.setToken(token.value);
});
signIn.addEventListener('close', () => question.focus());

// ---- what is shown

/** @param {string} tag @param {string} [className] @param {string} [text] */
function element(tag, className = '', text = '') {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.textContent = text;
  return made;
}

/** Shows a turn, and gives back where its text goes. @param {'user' | 'assistant'} role */
function addTurn(role) {
  const turn = element('li', `turn ${role}`);
  const body = element('div', 'body');
  body.dir = 'auto';
  turn.append(element('h2', 'who', role === 'user' ? 'You' : config.name), body);
  turns.append(turn);
  at('welcome').hidden = true;
  return { turn, body };
}

/** Draws markdown again and again as it grows; what has not changed stays, and with it what is selected there. */
class Drawing {
  /** @type {string[]} */ #drawn = [];
  #body;

  /** @param {HTMLElement} body */
  constructor(body) {
    this.#body = body;
  }

  /** @param {string} text */
  draw(text) {
    const blocks = parse(text);
    blocks.forEach((block, index) => {
      const source = JSON.stringify(block);
      if (this.#drawn[index] === source) return;
      this.#drawn[index] = source;
      const node = render(block);
      const old = this.#body.childNodes[index];
      if (old) old.replaceWith(node);
      else this.#body.append(node);
    });
    while (this.#body.childNodes.length > blocks.length) this.#body.lastChild?.remove();
    this.#drawn.length = blocks.length;
    return blocks;
  }
}

/** Reads an answer out, block by block, each as soon as it is whole: politely, and once. */
class Announcer {
  #said = 0;

  /** @param {ReturnType<typeof parse>} blocks @param {boolean} complete */
  say(blocks, complete) {
    for (const whole = complete ? blocks.length : blocks.length - 1; this.#said < whole; this.#said += 1) {
      announced.append(element('p', '', textOf(blocks[this.#said])));
    }
    if (complete) setTimeout(() => announced.replaceChildren(), READ_MS);
  }
}

/** Changes the transcript, and stays at its end if that is where the reader is. @param {() => void} change */
function keepingPlace(change) {
  const end = transcript.scrollHeight - transcript.clientHeight - transcript.scrollTop < NEAR_PX;
  change();
  if (end) transcript.scrollTop = transcript.scrollHeight;
}

function showConversation() {
  turns.replaceChildren();
  at('welcome').hidden = conversation.turns.length > 0;
  for (const { role, text, note } of conversation.turns) {
    const { turn, body } = addTurn(role);
    if (role === 'user') body.textContent = text;
    else new Drawing(body).draw(text);
    if (note) turn.append(element('p', 'note', note));
  }
  transcript.scrollTop = transcript.scrollHeight;
  showHistory();
}

function showHistory() {
  const items = history.all.map((one) => {
    const open = element('button', '', titleOf(one));
    /** @type {HTMLButtonElement} */ (open).type = 'button';
    if (one.key === conversation.key) open.setAttribute('aria-current', 'true');
    open.addEventListener('click', () => enter(one));
    const item = element('li');
    item.append(open);
    return item;
  });
  at('conversations').replaceChildren(...items);
}

/** Goes to a conversation; an answer that is under way elsewhere is stopped. @param {typeof conversation} to */
function enter(to) {
  answering?.abort();
  conversation = to;
  showConversation();
  toggleHistory(false);
  question.focus();
}

// ---- asking

/** @param {string} text */
async function ask(text) {
  const here = conversation;
  here.turns.push({ role: 'user', text });
  history.keep(here);
  showHistory();
  announced.replaceChildren();
  addTurn('user').body.textContent = text;
  const { turn, body } = addTurn('assistant');
  transcript.scrollTop = transcript.scrollHeight;
  const drawing = new Drawing(body);
  const announcer = new Announcer();
  let said = '';
  let due = 0;
  const draw = () => {
    due = 0;
    keepingPlace(() => announcer.say(drawing.draw(said), false));
  };
  begin(turn);
  let note = '';
  try {
    const { stopReason } = await client.ask(text, {
      conversationId: here.conversationId,
      signal: answering?.signal,
      onStart: (id) => {
        here.conversationId = id;
        history.keep(here);
      },
      onText: (sofar) => {
        said = sofar;
        due ||= requestAnimationFrame(draw);
      },
    });
    if (stopReason === 'max_tokens') note = 'The answer is longer than the copilot may answer.';
  } catch (error) {
    note = noteOf(error);
  }
  cancelAnimationFrame(due);
  here.turns.push({ role: 'assistant', text: said, ...(note && { note }) });
  history.keep(here);
  keepingPlace(() => {
    announcer.say(drawing.draw(said), true);
    if (note) turn.append(element('p', 'note', note));
  });
  if (note) announced.append(element('p', '', note));
  finish(turn);
  showHistory();
}

/** @param {any} error */
function noteOf(error) {
  const lead = error.correlationId ? ` (${error.correlationId})` : '';
  return `${error.message ?? 'Something went wrong.'}${lead}`;
}

/** @param {HTMLElement} turn */
function begin(turn) {
  answering = new AbortController();
  turn.setAttribute('aria-busy', 'true');
  const focused = document.activeElement === send;
  [send.hidden, stop.hidden] = [true, false];
  if (focused) stop.focus();
}

/** @param {HTMLElement} turn */
function finish(turn) {
  answering = undefined;
  turn.removeAttribute('aria-busy');
  const focused = document.activeElement === stop;
  [send.hidden, stop.hidden] = [false, true];
  if (focused) question.focus();
}

at('composer').addEventListener('submit', (event) => {
  event.preventDefault();
  const text = question.value.trim();
  if (answering || text === '') return;
  question.value = '';
  ask(text);
});
question.addEventListener('keydown', (event) => {
  // Enter that ends the input of a Chinese or Japanese word sends nothing.
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  /** @type {HTMLFormElement} */ (at('composer')).requestSubmit();
});
stop.addEventListener('click', () => answering?.abort());
document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape' || signIn.open) return;
  answering?.abort();
  toggleHistory(false);
});

// ---- around it

at('new').addEventListener('click', () => enter(history.begin()));

/** @param {boolean} open */
function toggleHistory(open) {
  at('show-history').setAttribute('aria-expanded', String(open));
  document.body.classList.toggle('with-history', open);
}
at('show-history').addEventListener('click', () => toggleHistory(at('show-history').getAttribute('aria-expanded') !== 'true'));

const prefersDark = matchMedia('(prefers-color-scheme: dark)');
function showTheme() {
  const chosen = sessionStorage.getItem(THEME);
  const dark = chosen ? chosen === 'dark' : prefersDark.matches;
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
  at('theme').setAttribute('aria-pressed', String(dark));
}
at('theme').addEventListener('click', () => {
  sessionStorage.setItem(THEME, document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark');
  showTheme();
});
prefersDark.addEventListener('change', showTheme);

addEventListener('online', () => client.wake());
document.addEventListener('visibilitychange', () => document.hidden || client.wake());

document.title = at('name').textContent = config.name;
conversation = history.all[0] ?? conversation;
showTheme();
showConversation();
client.connect();
