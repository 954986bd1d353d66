// Markdown of a model, shown and never run: text becomes plain trees, and those become DOM nodes one by one.
//
// No HTML is ever parsed: tags are text. Links lead to http, https and mail alone; images are links, so that showing an answer
// fetches nothing. Every pattern is linear, whatever the text.

/**
 * A node of a tree: text, or an element of a few known kinds.
 * @typedef {string | { tag: Tag, children: Node_[], href?: string, start?: number, language?: string }} Node_
 * @typedef {'p'|'h3'|'h4'|'h5'|'h6'|'pre'|'code'|'em'|'strong'|'del'|'a'|'ul'|'ol'|'li'|'blockquote'|'hr'|'br'|'div'|'table'|'thead'|'tbody'|'tr'|'th'|'td'} Tag
 */

/** Nested lists, quotes and emphasis go this deep; what is deeper is text. */
const DEPTH = 8;
/** Longest text between two marks of emphasis or of a link. */
const REACH = 1000;

const FENCE = /^ {0,3}(`{3,}(?=[^`]*$)|~{3,})/;
const HEADING = /^ {0,3}(#{1,6})[ \t]+(.*)$/;
const RULE = /^ {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$/;
const QUOTE = /^ {0,3}> ?/;
const ITEM = /^( *)([-*+]|\d{1,9}[.)])(?:[ \t]+|$)/;
const DIVIDER = /^\|?[ \t]*:?-+:?(?:[ \t]*\|[ \t]*:?-+:?)*[ \t]*\|?$/;

/** Reads markdown into the trees of its blocks. @param {string} text @returns {Node_[]} */
export function parse(text) {
  return blocks(text.replace(/\r\n?/g, '\n').split('\n'), 0);
}

/** @param {string[]} lines @param {number} depth @returns {Node_[]} */
function blocks(lines, depth) {
  /** @type {Node_[]} */
  const found = [];
  for (let at = 0; at < lines.length; ) {
    if (lines[at].trim() === '') {
      at += 1;
      continue;
    }
    const { block, next } = readBlock(lines, at, depth);
    found.push(block);
    at = next;
  }
  return found;
}

/** @typedef {{ block: Node_, next: number }} Read */
/** @param {string[]} lines @param {number} at @param {number} depth @returns {Read} */
function readBlock(lines, at, depth) {
  const line = lines[at];
  const fence = FENCE.exec(line);
  if (fence) return readFence(lines, at, fence);
  const heading = HEADING.exec(line);
  // The page has its own first two levels, and models begin with the first or the second.
  if (heading) return { block: { tag: level(heading[1].length), children: inline(closed(heading[2])) }, next: at + 1 };
  if (RULE.test(line)) return { block: { tag: 'hr', children: [] }, next: at + 1 };
  if (depth < DEPTH && QUOTE.test(line)) return readQuote(lines, at, depth);
  if (depth < DEPTH && ITEM.test(line)) return readList(lines, at, depth);
  if (isTable(lines, at)) return readTable(lines, at);
  return readParagraph(lines, at, depth);
}

/** @param {number} signs @returns {Tag} */
const level = (signs) => /** @type {Tag} */ (`h${Math.min(6, Math.max(3, signs + 1))}`);
/** @param {string} heading */
function closed(heading) {
  let end = heading.trimEnd().length;
  while (heading[end - 1] === '#') end -= 1;
  return heading[end - 1] === ' ' || end === 0 ? heading.slice(0, end).trim() : heading.trim();
}

/** @param {string[]} lines @param {number} at @param {RegExpExecArray} fence @returns {Read} */
function readFence(lines, at, [opening, mark]) {
  const [language] = lines[at].slice(opening.length).trim().split(/\s/);
  const ends = (/** @type {string} */ line) => line.trim().startsWith(mark) && line.trim().replaceAll(mark[0], '') === '';
  let end = at + 1;
  while (end < lines.length && !ends(lines[end])) end += 1;
  const code = lines.slice(at + 1, end).join('\n');
  return { block: { tag: 'pre', language, children: [{ tag: 'code', children: [code] }] }, next: end + 1 };
}

/** @param {string[]} lines @param {number} at @param {number} depth @returns {Read} */
function readQuote(lines, at, depth) {
  let end = at;
  while (end < lines.length && QUOTE.test(lines[end])) end += 1;
  const inner = lines.slice(at, end).map((line) => line.replace(QUOTE, ''));
  return { block: { tag: 'blockquote', children: blocks(inner, depth + 1) }, next: end };
}

/** @param {string[]} lines @param {number} at @param {number} depth @returns {Read} */
function readList(lines, at, depth) {
  const [, indent, mark] = /** @type {RegExpExecArray} */ (ITEM.exec(lines[at]));
  const ordered = /\d/.test(mark);
  /** @type {Node_[]} */
  const items = [];
  let next = at;
  for (let item = ITEM.exec(lines[next]); item && same(item, indent, ordered); item = ITEM.exec(lines[next] ?? '')) {
    const end = endOfItem(lines, next, item[0].length, indent.length);
    const inner = [lines[next].slice(item[0].length), ...lines.slice(next + 1, end).map((line) => unindent(line, item[0].length))];
    items.push({ tag: 'li', children: tight(blocks(inner, depth + 1)) });
    next = end;
    while (next < lines.length && lines[next].trim() === '' && ITEM.test(lines[next + 1] ?? '')) next += 1;
  }
  return { block: { tag: ordered ? 'ol' : 'ul', ...(ordered && { start: parseInt(mark, 10) }), children: items }, next };
}

/** @param {RegExpExecArray} item @param {string} indent @param {boolean} ordered */
const same = (item, indent, ordered) => /\d/.test(item[2]) === ordered && Math.abs(item[1].length - indent.length) < 2;

/** @param {string[]} lines @param {number} at @param {number} width @param {number} indent */
function endOfItem(lines, at, width, indent) {
  let end = at + 1;
  for (; end < lines.length; end += 1) {
    const line = lines[end];
    const depth = line.length - line.trimStart().length;
    if (line.trim() === '') {
      // A blank line ends the item, unless what follows is indented under it.
      const after = lines[end + 1] ?? '';
      if (after.trim() === '' || after.length - after.trimStart().length < Math.min(width, indent + 2)) break;
    } else if (depth < indent + 2 && (ITEM.test(line) || FENCE.test(line) || HEADING.test(line) || QUOTE.test(line))) break;
  }
  return end;
}

/** @param {string} line @param {number} width */
const unindent = (line, width) => line.slice(Math.min(width, line.length - line.trimStart().length));

// An item of one paragraph needs no room around it.
/** @param {Node_[]} children @returns {Node_[]} */
function tight([first, ...others]) {
  if (first === undefined) return [];
  return typeof first !== 'string' && first.tag === 'p' ? [...first.children, ...others] : [first, ...others];
}

/** @param {string[]} lines @param {number} at */
function isTable(lines, at) {
  return lines[at].includes('|') && lines[at + 1]?.includes('-') && lines[at + 1].includes('|') && DIVIDER.test(lines[at + 1].trim());
}

/** @param {string[]} lines @param {number} at @returns {Read} */
function readTable(lines, at) {
  const head = cells(lines[at]);
  let next = at + 2;
  /** @type {Node_[]} */
  const rows = [];
  for (; next < lines.length && lines[next].includes('|'); next += 1) {
    const row = cells(lines[next]);
    rows.push({ tag: 'tr', children: head.map((_, column) => ({ tag: 'td', children: inline(row[column] ?? '') })) });
  }
  const first = { tag: /** @type {Tag} */ ('tr'), children: head.map((cell) => ({ tag: /** @type {Tag} */ ('th'), children: inline(cell) })) };
  /** @type {Node_} */
  const table = { tag: 'table', children: [{ tag: 'thead', children: [first] }, { tag: 'tbody', children: rows }] };
  // What is too wide scrolls in a box of its own.
  return { block: { tag: 'div', children: [table] }, next };
}

/** @param {string} line */
function cells(line) {
  const row = line.trim().replace(/^\|/, '').replace(/\|$/, '');
  return row.split(/(?<!\\)\|/).map((cell) => cell.replaceAll('\\|', '|').trim());
}

/** @param {string[]} lines @param {number} at @param {number} depth @returns {Read} */
function readParagraph(lines, at, depth) {
  const ends = (/** @type {number} */ n) => {
    const line = lines[n];
    if (line.trim() === '' || FENCE.test(line) || HEADING.test(line) || RULE.test(line) || isTable(lines, n)) return true;
    return depth < DEPTH && (QUOTE.test(line) || ITEM.test(line));
  };
  let end = at + 1;
  while (end < lines.length && !ends(end)) end += 1;
  return { block: { tag: 'p', children: inline(lines.slice(at, end).map((line) => line.trimStart()).join('\n')) }, next: end };
}

const MARKS = /\\[!-/:-@[-`{-~]|`+|!?\[|\*\*?|__?|~~|https?:\/\/|\n/g;
/** @type {Record<string, Tag>} */
const EMPHASIS = { '*': 'em', _: 'em', '**': 'strong', __: 'strong', '~~': 'del' };

/** Reads the text of a block. @param {string} text @param {number} [depth] @returns {Node_[]} */
function inline(text, depth = 0) {
  /** @type {Node_[]} */
  const found = [];
  let from = 0;
  const say = (/** @type {string} */ words) => {
    if (words === '') return;
    if (typeof found.at(-1) === 'string') found[found.length - 1] += words;
    else found.push(words);
  };
  const marks = new RegExp(MARKS);
  /** @type {Place} */
  const place = { depth, barren: {} };
  for (let mark = marks.exec(text); mark; mark = marks.exec(text)) {
    const read = readMark(text, mark, place);
    if (!read) continue;
    say(text.slice(from, mark.index));
    if (typeof read.block === 'string') say(read.block);
    else found.push(read.block);
    from = marks.lastIndex = read.next;
  }
  say(text.slice(from));
  return found;
}

/**
 * Where a text stands, and up to where each mark of emphasis was looked for in vain.
 * @typedef {{ depth: number, barren: Record<string, number> }} Place
 */

/** @param {string} text @param {RegExpExecArray} mark @param {Place} place @returns {Read | undefined} */
function readMark(text, mark, place) {
  const [sign] = mark;
  const after = mark.index + sign.length;
  // A model means the ends of its lines, whatever two spaces before them say.
  if (sign === '\n') return { block: { tag: 'br', children: [] }, next: after };
  if (sign[0] === '\\') return { block: sign[1], next: after };
  if (sign[0] === '`') return readCode(text, sign, after);
  if (place.depth >= DEPTH) return undefined;
  if (sign.endsWith('[')) return readLink(text, after);
  if (sign.startsWith('http')) return readAddress(text, mark.index);
  return readEmphasis(text, sign, mark.index, place);
}

/** @param {string} text @param {string} ticks @param {number} from @returns {Read} */
function readCode(text, ticks, from) {
  const reach = text.slice(from, from + REACH);
  for (let end = reach.indexOf(ticks); end !== -1; end = reach.indexOf(ticks, end)) {
    let run = end;
    while (reach[run] === '`') run += 1;
    if (run - end === ticks.length) {
      const code = reach.slice(0, end).replaceAll('\n', ' ');
      const padded = code.startsWith(' ') && code.endsWith(' ') && code.trim() !== '';
      return { block: { tag: 'code', children: [padded ? code.slice(1, -1) : code] }, next: from + run };
    }
    end = run;
  }
  return { block: ticks, next: from };
}

/** @param {string} text @param {number} from @returns {Read | undefined} */
function readLink(text, from) {
  const reach = text.slice(from, from + REACH);
  const link = /^([^[\]\n]*)\]\(<?([^\s()<>]*(?:\([^\s()<>]*\)[^\s()<>]*)?)>?(?:[ \t]+"[^"\n]*")?\)/.exec(reach);
  if (!link) return undefined;
  const [whole, words, address] = link;
  const next = from + whole.length;
  const href = safe(address);
  // Where a link may not lead, its words and its address are shown.
  if (!href) return { block: `${words} (${address})`, next };
  return { block: { tag: 'a', href, children: words ? inline(words, DEPTH) : [address] }, next };
}

/** @param {string} text @param {number} from @returns {Read | undefined} */
function readAddress(text, from) {
  const [address] = /^[^\s<>"'`|]*/.exec(text.slice(from, from + REACH)) ?? [''];
  const whole = trimmed(address);
  const href = safe(whole);
  return href ? { block: { tag: 'a', href, children: [whole] }, next: from + whole.length } : undefined;
}

// What ends the sentence is no part of the address, nor is a bracket that the address has not opened.
/** @param {string} address */
function trimmed(address) {
  let end = address.length;
  while (end > 0 && '.,;:!?*_~)]'.includes(address[end - 1])) {
    if (address[end - 1] === ')' && address.slice(0, end).includes('(')) break;
    end -= 1;
  }
  return address.slice(0, end);
}

const SCHEMES = ['http:', 'https:', 'mailto:'];

/** The address of a link, if it may lead there. @param {string} address */
export function safe(address) {
  try {
    const url = new URL(address);
    return SCHEMES.includes(url.protocol) ? url.href : undefined;
  } catch {
    return undefined;
  }
}

/** @param {string} text @param {string} sign @param {number} at @param {Place} place @returns {Read | undefined} */
function readEmphasis(text, sign, at, { depth, barren }) {
  const from = at + sign.length;
  const within = sign[0] === '_' && /[\p{L}\p{N}_]/u.test(text[at - 1] ?? ' ');
  if (within || from < (barren[sign] ?? 0) || /\s/.test(text[from] ?? ' ')) return undefined;
  const end = endOfEmphasis(text, sign, from);
  if (end === -1) {
    barren[sign] = from + REACH;
    return undefined;
  }
  return { block: { tag: EMPHASIS[sign], children: inline(text.slice(from, end), depth + 1) }, next: end + sign.length };
}

/** @param {string} text @param {string} sign @param {number} from */
function endOfEmphasis(text, sign, from) {
  const reach = text.slice(from, from + REACH);
  for (let end = reach.indexOf(sign, 1); end !== -1; end = reach.indexOf(sign, end + 1)) {
    const [before, after] = [reach[end - 1], reach[end + sign.length] ?? ' '];
    // `*` within `**` is none of its own.
    const doubled = sign.length === 1 && (after === sign || before === sign);
    const word = sign[0] === '_' && /[\p{L}\p{N}]/u.test(after);
    if (doubled) end += after === sign ? 1 : 0;
    else if (!/\s/.test(before) && before !== '\\' && !word) return from + end + (sign === '**' && after === '*' ? 1 : 0);
  }
  return -1;
}

/** Makes the DOM of a block. @param {Node_} node @param {Document} [doc] @returns {Node} */
export function render(node, doc = document) {
  if (typeof node === 'string') return doc.createTextNode(node);
  const element = doc.createElement(node.tag);
  if (node.href) {
    element.setAttribute('href', node.href);
    element.setAttribute('rel', 'noopener noreferrer nofollow');
    element.setAttribute('target', '_blank');
    // Words may say anything of where they lead.
    element.setAttribute('title', node.href);
  }
  if (node.start !== undefined && node.start !== 1) element.setAttribute('start', String(node.start));
  // A keyboard scrolls what has the focus.
  if (node.tag === 'pre' || node.tag === 'div') element.setAttribute('tabindex', '0');
  if (node.language) element.setAttribute('data-language', node.language);
  for (const child of node.children) element.append(render(child, doc));
  return element;
}

const LINES = ['p', 'li', 'tr', 'pre', 'br', 'h3', 'h4', 'h5', 'h6'];

/** The words of a block alone, as they are read out. @param {Node_} node @returns {string} */
export function textOf(node) {
  if (typeof node === 'string') return node;
  const words = node.children.map(textOf).join(node.tag === 'tr' ? ', ' : '');
  return LINES.includes(node.tag) ? `${words}\n` : words;
}
