// Text from outside, made safe to store, to show and to hand to a model.

// The control characters of Unicode, except tab and line feed.
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** Removes control characters, unifies line ends, mends broken surrogate pairs, trims. */
export function clean(text) {
  return text.replace(/\r\n?/g, '\n').replace(CONTROL, '').toWellFormed().trim();
}
