// Text for people, bounded in UTF-8 bytes because that is how the limits of status and events count.

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The longest start of `text` that fits `maxBytes`, ending in `…` when something was cut; never splits a character. */
export function clip(text: string, maxBytes: number): string {
  const bytes = encoder.encode(text);
  if (bytes.length <= maxBytes) return text;
  let end = maxBytes - 3;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return `${decoder.decode(bytes.subarray(0, end))}…`;
}

/** Puts a full stop at the end of a sentence that lacks one. */
export function sentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
