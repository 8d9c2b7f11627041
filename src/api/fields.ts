// The notation in which the field tables are written: one row per field, one `table` per table of the API page
// "Modifying Component Information Based on the Component ID" (seed). A row says wire name, type, meaning and whether the
// page makes it mandatory; the key of the row is the name in the custom resource. Types, CRD, field reference and the
// conversion are all read from these rows. Leaves the single types to field-types.ts.
import { z } from 'zod';

/** One field. `wire` is absent for fields of our own, which are never sent under their own name. */
export interface Row<T extends z.ZodType = z.ZodType> {
  readonly schema: T;
  readonly wire?: string;
  readonly text: string;
  readonly unit?: string;
  readonly required: boolean;
}
export type Rows = Readonly<Record<string, Row>>;
type ShapeOf<R extends Rows> = { [K in keyof R]: R[K]['schema'] };
export type ObjectOf<R extends Rows> = z.ZodObject<ShapeOf<R>>;

/** A rule twice: `cel` for the API server, `holds` for objects that did not pass it. A test compares the two. */
export interface Rule<T> {
  readonly cel: string;
  readonly holds: (self: T) => boolean;
  /** Names the field, the problem and the cure; never a value. */
  readonly message: string;
  /** Field below the object that carries the rule; absent = the object itself. */
  readonly at?: string;
  readonly reason?: 'FieldValueRequired' | 'FieldValueForbidden';
}

export interface TableMeta {
  /** Number of the table on the API page; 0 = of our own. */
  readonly number: number;
  /** Unknown keys are kept and sent as they are. */
  readonly open: boolean;
  readonly rows: Rows;
  readonly rules: readonly Rule<never>[];
  readonly untyped?: UntypedRule<never>;
}

/** A rule about an untyped field, which CEL does not see: `json` says it in OpenAPI. */
export interface UntypedRule<T> extends Omit<Rule<T>, 'cel' | 'reason'> {
  readonly json: Readonly<Record<string, unknown>>;
}

export interface TableOptions<R extends Rows> {
  readonly rules?: readonly Rule<z.output<ObjectOf<R>>>[];
  readonly open?: true;
  readonly untyped?: UntypedRule<z.output<ObjectOf<R>>>;
}

const tables = new WeakMap<z.ZodType, TableMeta>();

/** A field that the API page makes mandatory. */
export function must<T extends z.ZodType>(wire: string, schema: T, text: string): Row<T> {
  return { schema, wire, text, required: true };
}

/** A field that the API page leaves optional. */
export function may<T extends z.ZodType>(wire: string, schema: T, text: string): Row<z.ZodOptional<T>> {
  return { schema: schema.optional(), wire, text, required: false };
}

/** The row of a field whose number counts something: `measured('seconds', must(...))`. */
export function measured<T extends z.ZodType>(unit: string, row: Row<T>): Row<T> {
  return { ...row, unit };
}

/** An optional field of our own, without a wire name. */
export function ours<T extends z.ZodType>(schema: T, text: string): Row<z.ZodOptional<T>> {
  return { schema: schema.optional(), text, required: false };
}

/** A mandatory field of our own, without a wire name. */
export function oursRequired<T extends z.ZodType>(schema: T, text: string): Row<T> {
  return { schema, text, required: true };
}

/** Makes the zod object of one table and keeps its rows for the generators. */
export function table<const R extends Rows>(
  number: number,
  rows: R,
  options: TableOptions<R> = {},
): ObjectOf<R> {
  const shape = Object.fromEntries(Object.entries(rows).map(([name, row]) => [name, row.schema]));
  const object = (options.open ? z.looseObject(shape) : z.object(shape)) as unknown as ObjectOf<R>;
  const rules = [...(options.rules ?? []), ...(options.open ? wireNameRules(rows) : [])];
  const checked = object.superRefine((self, context) => {
    for (const rule of options.untyped ? [...rules, options.untyped] : rules) {
      if (rule.holds(self)) continue;
      context.addIssue({ code: 'custom', message: rule.message, path: rule.at ? [rule.at] : [] });
    }
  });
  tables.set(checked, {
    number,
    rows,
    open: options.open ?? false,
    rules,
    ...(options.untyped ? { untyped: options.untyped } : {}),
  });
  return checked;
}

export function tableOf(schema: z.ZodType): TableMeta | undefined {
  return tables.get(schema);
}

/** The schema below `optional`. */
export function bare(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodOptional ? (schema.unwrap() as z.ZodType) : schema;
}

/** Rows of an open table whose wire name would otherwise pass through as an unknown key. */
export function renamedRows(rows: Rows): readonly { readonly name: string; readonly wire: string }[] {
  return Object.entries(rows).flatMap(([name, { wire }]) =>
    wire === undefined || wire === name ? [] : [{ name, wire }],
  );
}

function wireNameRules(rows: Rows): readonly Rule<object>[] {
  return renamedRows(rows).map(({ name, wire }) => ({
    cel: `!has(self.${wire})`,
    holds: (self) => !Object.hasOwn(self, wire),
    message: `${wire} is the name on the wire: use ${name}`,
    at: wire,
    reason: 'FieldValueForbidden',
  }));
}
