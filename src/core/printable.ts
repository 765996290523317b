/** Text from elsewhere, made safe to be shown to people: it does nothing to their terminal. */

/** C0 and C1 controls, DEL, and what turns the direction of text around (Unicode 9, bidi controls). */
const UNSAFE = /[\0-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/;
const EVERY_UNSAFE = new RegExp(UNSAFE, 'g');

/**
 * A text with its control characters spelled out, `\u001b`: it stays on its line, in its column,
 * and does nothing to a terminal.
 */
export function printable(text: string): string {
  if (!UNSAFE.test(text)) return text;
  return text.replace(
    EVERY_UNSAFE,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
