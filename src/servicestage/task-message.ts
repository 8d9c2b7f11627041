// The text of a job's task. The service puts JSON into a string (`"{}"` when there is nothing to say); a person wants
// the sentence in it. Promises: one clean line of at most 128 bytes; never throws.
import { asObject, readJson } from './json.ts';
import { cleanText, type Redact } from './text.ts';

const MESSAGE_BYTES = 128;
const MAX_LEVELS = 4;
const TELLING_KEYS = [
  'error_msg',
  'error_message',
  'message',
  'msg',
  'reason',
  'detail',
  'details',
  'description',
];

/** The readable text of a task's `messages`, `''` when it says nothing. */
export function taskMessage(messages: unknown, redact: Redact): string {
  return cleanText(tell(messages, 0), { redact, maxBytes: MESSAGE_BYTES });
}

function tell(value: unknown, level: number): string {
  if (level > MAX_LEVELS || value === null || value === undefined) return '';
  if (typeof value === 'string') return tellText(value, level);
  if (Array.isArray(value))
    return joined(
      value.map((item) => tell(item, level + 1)),
      '; ',
    );
  const object = asObject(value);
  return object === undefined ? String(value) : tellObject(object, level);
}

function tellText(text: string, level: number): string {
  if (!/^\s*[[{"]/.test(text)) return text;
  const inner = readJson(text);
  return inner === undefined ? text : tell(inner, level + 1);
}

function tellObject(object: Readonly<Record<string, unknown>>, level: number): string {
  const telling = TELLING_KEYS.map((key) => tell(object[key], level + 1)).find((text) => text !== '');
  const code = object.error_code ?? object.code;
  if (telling !== undefined) return typeof code === 'string' && code !== '' ? `${code}: ${telling}` : telling;
  const pairs = Object.entries(object).map(([key, inner]) => {
    const text = tell(inner, level + 1);
    return text === '' ? '' : `${key}: ${text}`;
  });
  return joined(pairs, ', ');
}

function joined(texts: readonly string[], separator: string): string {
  return texts.filter((text) => text !== '').join(separator);
}
