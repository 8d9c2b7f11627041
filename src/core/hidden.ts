// The texts of a spec that no status, event, log or message may show, also not when the service repeats them: plain passwords and
// headers, what programs are told on start, free-form values, URL user-info. Texts under six characters are words of every
// message ("java", "8080") and stay; a value of a Secret is hidden at any length.
import type { SecretValues } from './body.ts';
import { type Fields, isFields } from './paths.ts';

const HIDDEN: ReadonlySet<string> = new Set([
  'httpPassword',
  'httpHeaders',
  'sysConfig',
  'inputValues',
  'extraBody',
  'jvmOpts',
  'command',
  'args',
  'workloadContent',
]);
const MIN_TEXT = 6;
/** Parts of a command line or a text that the service may quote alone. */
const MIN_WORD = 8;
const MAX_TEXTS = 2_000;

/** What must not come back in any text about this component. */
export function hiddenTexts(component: Fields, secrets: SecretValues): readonly string[] {
  const written = collect(component, '').flatMap((text) => [text, ...words(text)]);
  const shown = [...new Set(written)].filter((text) => text.length >= MIN_TEXT).slice(0, MAX_TEXTS);
  return [...leaves(secrets).filter((text) => text !== ''), ...shown];
}

function collect(value: unknown, parent: string): readonly string[] {
  if (typeof value === 'string') return userInfo(value);
  if (Array.isArray(value)) return value.flatMap((item) => collect(item, parent));
  if (!isFields(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    isHidden(parent, key) ? leaves(inner) : collect(inner, key),
  );
}

function isHidden(parent: string, key: string): boolean {
  if (HIDDEN.has(key)) return true;
  return (parent === 'envs' && key === 'value') || (parent === 'build' && key === 'parameters');
}

function leaves(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(leaves) : [];
}

function words(text: string): readonly string[] {
  return [...text.split(/\s+/), ...text.split(/[\s"'`=:,;{}[\]]+/)].filter((word) => word.length >= MIN_WORD);
}

/** User and password as written and decoded. */
function userInfo(text: string): readonly string[] {
  const parts = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)@/i.exec(text)?.[1]?.split(':') ?? [];
  return parts.flatMap((part) => [part, decoded(part)]);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
