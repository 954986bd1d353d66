// Personal data made unreadable before it reaches a log.
import { createHash } from 'node:crypto';

const PATTERNS = [
  // Tokens first: what follows would cut them to pieces.
  [/\beyJ[\w-]+(?:\.[\w-]*){1,4}/g, '[token]'],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, '[access key]'],
  [/[\p{L}\p{N}._%+'-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/gu, '[mail]'],
  [/\b\d{1,3}(?:\.\d{1,3}){3}\b/g, '[address]'],
  // Telephone, card and account numbers; the account within an ARN is one too.
  [/\+?\d(?:[\s()./-]{0,2}\d){6,}/g, '[number]'],
];

/** Puts words in place of mail addresses, numbers and tokens. */
export function mask(text) {
  return PATTERNS.reduce((masked, [pattern, word]) => masked.replace(pattern, word), text);
}

/** A short name that is the same for the same user and tells nobody who that is. */
export function pseudonym(userId) {
  return createHash('sha256').update(userId).digest('hex').slice(0, 12);
}
