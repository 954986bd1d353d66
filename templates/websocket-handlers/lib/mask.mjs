// Personal data made unreadable before it reaches a log.
const PATTERNS = [
  // Tokens first: what follows would cut them to pieces.
  [/\beyJ[\w-]+(?:\.[\w-]*){1,4}/g, '[token]'],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, '[access key]'],
  // Bounded as RFC 5321 bounds them: without bounds the time grows with the square of the text.
  [/[\p{L}\p{N}._%+'-]{1,64}@[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63}){1,8}/gu, '[mail]'],
  [/\b\d{1,3}(?:\.\d{1,3}){3}\b/g, '[address]'],
  // Telephone, card and account numbers; the account within an ARN is one too.
  [/\+?\d(?:[\s()./-]{0,2}\d){6,}/g, '[number]'],
];

/** Longest text that is masked, in UTF-16 units. */
export const MAX_MASKED = 2000;

/** Puts words in place of mail addresses, numbers and tokens; cuts off what is longer than anybody reads. */
export function mask(text) {
  return PATTERNS.reduce((masked, [pattern, word]) => masked.replace(pattern, word), text.slice(0, MAX_MASKED));
}
