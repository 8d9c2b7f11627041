// One zod schema per kind of flag value: text in, typed value out, or one clause that completes "--flag ...".
//
// Promises: a message names what is accepted and repeats the given text, except for endpoints, which could carry a
// password. Each schema has a `value` in its metadata: the word that stands for the value in `--help`.
import { z } from 'zod';

/** Where a server listens; `host` undefined means every address. */
export interface BindAddress {
  readonly host: string | undefined;
  readonly port: number;
}

export const file = named('FILE', z.string());

/** Milliseconds, from `minimumMs` to one day. */
export function duration(minimumMs: number): z.ZodType<number, string> {
  const schema = z.string().transform((value, context): number => {
    const ms = /^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$/.test(value) ? sumDuration(value) : Number.NaN;
    if (!(ms >= minimumMs && ms <= 86_400_000))
      context.addIssue(
        `must be a duration from ${minimumMs}ms to 24h such as 15s or 2m, not ${quoted(value)}`,
      );
    return ms;
  });
  return named('DURATION', schema);
}

export const truth = named(
  'BOOL',
  z.string().transform((value, context): boolean => {
    if (/^(1|t|true)$/i.test(value)) return true;
    if (!/^(0|f|false)$/i.test(value)) context.addIssue(`must be true or false, not ${quoted(value)}`);
    return false;
  }),
);

export function oneOf<const T extends string>(values: readonly T[]): z.ZodType<T, string> {
  const schema = z.string().transform((value, context): T => {
    const found = values.find((each) => each === value);
    if (found !== undefined) return found;
    context.addIssue(`must be one of ${values.join(', ')}, not ${quoted(value)}`);
    return z.NEVER;
  });
  return named(values.join('|'), schema);
}

const NAMESPACE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

export const namespaces = named(
  'LIST',
  z.string().transform((value, context): readonly string[] => {
    const names = [...new Set(value.split(',').map((name) => name.trim()))].filter((name) => name !== '');
    const wrong = names.find((name) => !NAMESPACE.test(name));
    if (wrong !== undefined) context.addIssue(`must name namespaces, and ${quoted(wrong)} cannot be one`);
    return Object.freeze(names);
  }),
);

export const namespace = named(
  'NAME',
  z.string().transform((value, context): string => {
    if (value !== '' && !NAMESPACE.test(value))
      context.addIssue(`must name a namespace, not ${quoted(value)}`);
    return value;
  }),
);

const LABEL = '[A-Za-z0-9](?:[-\\w.]*[A-Za-z0-9])?';
const KEY = `(?:[a-z0-9.-]+/)?${LABEL}`;
const LISTED = `\\(\\s*${LABEL}(?:\\s*,\\s*${LABEL})*\\s*\\)`;
const REQUIREMENT = `(?:!?${KEY}|${KEY}\\s*(?:==?|!=)\\s*(?:${LABEL})?|${KEY}\\s+(?:not)?in\\s*${LISTED})`;
const SELECTOR = new RegExp(`^\\s*(?:${REQUIREMENT}(?:\\s*,\\s*${REQUIREMENT})*)?\\s*$`);

export const labelSelector = named(
  'SELECTOR',
  z.string().transform((value, context): string => {
    if (!SELECTOR.test(value))
      context.addIssue(`must be a label selector such as team=shop,tier!=test, not ${quoted(value)}`);
    return value.trim();
  }),
);

const ENDPOINT = /^https?:\/\/([^/?#]+)(\/[A-Za-z0-9._~-]+)*\/?$/;

/** A URL template without trailing slash; one whole label of its host may be `{region}`. */
export const endpoint = named(
  'URL',
  z.string().transform((value, context): string => {
    const labels = ENDPOINT.exec(value)?.[1]?.split('.') ?? [];
    const holes = labels.filter((label) => label.replace(/:\d+$/, '') === '{region}').length;
    const example = value.replace('{region}', 'region-1');
    const wholeLabel = holes <= 1 && value.split('{region}').length - 1 === holes;
    if (labels.length === 0 || !wholeLabel || !URL.canParse(example) || /[{}@]/.test(example))
      context.addIssue(
        'must be an http(s) URL without user, query and fragment; {region} may be one label of its host',
      );
    return value.replace(/\/+$/, '');
  }),
);

/** Undefined for `0`, which is off. */
export const bindAddress = named(
  'ADDRESS',
  z.string().transform((value, context): BindAddress | undefined => {
    if (value === '0') return undefined;
    const [, inner, plain, digits] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]*)):(\d{1,5})$/.exec(value) ?? [];
    const port = Number(digits);
    if (!(port <= 65_535))
      context.addIssue(
        `must be an address such as :8080, 127.0.0.1:0 or [::1]:8080, or 0 for off, not ${quoted(value)}`,
      );
    return Object.freeze({ host: inner ?? (plain || undefined), port });
  }),
);

export const count = named(
  'N',
  z.string().transform((value, context): number => {
    if (!/^[1-9][0-9]{0,2}$/.test(value))
      context.addIssue(`must be a whole number from 1 to 999, not ${quoted(value)}`);
    return Number(value);
  }),
);

function named<T>(value: string, schema: z.ZodType<T, string>): z.ZodType<T, string> {
  return schema.meta({ value });
}

function quoted(value: string): string {
  return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}...` : value);
}

function sumDuration(value: string): number {
  const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
  const parts = [...value.matchAll(/([0-9.]+)(ms|s|m|h)/g)];
  return Math.round(
    parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (unitMs[unit ?? ''] ?? 0), 0),
  );
}
