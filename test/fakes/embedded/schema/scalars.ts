// Checks of one string or number against its schema: enum, length, pattern, bounds, format.
// Lengths count Unicode code points, as the real server does. Formats it does not know are accepted, as there.
import type { Cause } from '../failure.ts';
import type { Json } from '../json.ts';
import { equal } from '../json.ts';
import type { Schema } from './types.ts';

/** The JSON type name in OpenAPI words. */
export function typeOf(value: Json): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

/** The problems of a scalar value; none for objects and lists, except a broken enum. */
export function scalarProblems(value: Json, schema: Schema, path: string): Cause[] {
  const problems: Cause[] = [];
  const wrong = (text: string): void => {
    const message = `Invalid value: ${JSON.stringify(value)}: ${path} in body ${text}`;
    problems.push({ reason: 'FieldValueInvalid', message, field: path });
  };
  problems.push(...enumProblems(value, schema, path));
  if (typeof value === 'string') textProblems(value, schema, { path, wrong, problems });
  if (typeof value === 'number') numberProblems(value, schema, wrong);
  return problems;
}

/** Judged even for a value of the wrong type. */
export function enumProblems(value: Json, schema: Schema, path: string): Cause[] {
  if (!schema.enum || schema.enum.some((allowed) => equal(allowed, value))) return [];
  const list = schema.enum.map((item) => JSON.stringify(item)).join(', ');
  const message = `Unsupported value: ${JSON.stringify(value)}: supported values: ${list}`;
  return [{ reason: 'FieldValueNotSupported', message, field: path }];
}

interface Sink {
  readonly path: string;
  readonly wrong: (text: string) => void;
  readonly problems: Cause[];
}

function textProblems(value: string, schema: Schema, { path, wrong, problems }: Sink): void {
  const length = [...value].length;
  // The real server stops at the first of length and pattern.
  if (schema.maxLength !== undefined && length > schema.maxLength) {
    const message = `Too long: may not be more than ${schema.maxLength} bytes`;
    problems.push({ reason: 'FieldValueTooLong', message, field: path });
  } else if (schema.minLength !== undefined && length < schema.minLength) {
    wrong(`should be at least ${schema.minLength} chars long`);
  } else if (schema.pattern !== undefined && !regex(schema.pattern).test(value)) {
    wrong(`should match '${schema.pattern}'`);
  }
  const format = schema.format === undefined ? undefined : FORMATS[schema.format];
  if (format && !format(value)) wrong(`must be of type ${schema.format}: "${value}"`);
}

function numberProblems(value: number, schema: Schema, wrong: (text: string) => void): void {
  const { minimum, maximum, multipleOf } = schema;
  if (minimum !== undefined && (schema.exclusiveMinimum ? value <= minimum : value < minimum)) {
    wrong(`should be greater than ${schema.exclusiveMinimum ? '' : 'or equal to '}${minimum}`);
  }
  if (maximum !== undefined && (schema.exclusiveMaximum ? value >= maximum : value > maximum)) {
    wrong(`should be less than ${schema.exclusiveMaximum ? '' : 'or equal to '}${maximum}`);
  }
  if (multipleOf !== undefined && value % multipleOf !== 0) wrong(`should be a multiple of ${multipleOf}`);
}

const compiled = new Map<string, RegExp>();

function regex(source: string): RegExp {
  const found = compiled.get(source);
  if (found) return found;
  const made = new RegExp(source, 'u');
  compiled.set(source, made);
  return made;
}

const FORMATS: Readonly<Record<string, (value: string) => boolean>> = {
  'date-time': (value) =>
    /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/.test(value),
  date: (value) => /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value)),
  uuid: (value) => /^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i.test(value),
  byte: (value) => /^[A-Za-z0-9+/]*={0,2}$/.test(value) && value.length % 4 === 0,
  uri: (value) => URL.canParse(value),
  ipv4: (value) => /^(\d{1,3}\.){3}\d{1,3}$/.test(value),
  email: (value) => /^[^@\s]+@[^@\s]+$/.test(value),
};
