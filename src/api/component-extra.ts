// `component.extraBody`: keys for the request body that the field tables do not have. What belongs to the server and nulls are
// refused; at admission only at the top level, since the API server sees declared keys only.
import { z } from 'zod';
import { hinted } from './field-types.ts';

/** Identity and instance count: the values of the server are sent, extraBody may not replace them. */
export const SERVER_KEYS = ['name', 'runtime_stack', 'replica'] as const;

/** Wire names, merged into the body last (RFC 7386). The declared keys exist only so that a rule can refuse them. */
export const extraBody = hinted(
  z.record(z.string(), z.unknown()).superRefine((self, context) => {
    for (const key of SERVER_KEYS)
      if (Object.hasOwn(self, key))
        context.addIssue({ code: 'custom', message: extraBodyMessage(key), path: [key] });
    for (const path of nulls(self))
      context.addIssue({ code: 'custom', message: 'null is refused: it would remove a field', path });
  }),
  {
    type: 'object',
    'x-kubernetes-preserve-unknown-fields': true,
    properties: {
      name: { type: 'string', description: 'Refused: the name of the server is sent.' },
      runtime_stack: {
        type: 'object',
        'x-kubernetes-preserve-unknown-fields': true,
        description: 'Refused: the runtime stack of the server is sent.',
      },
      replica: { type: 'integer', description: 'Refused: only scaling changes it, use replica.' },
    },
    'x-kubernetes-validations': SERVER_KEYS.map((key) => ({
      rule: `!has(self.${key})`,
      message: extraBodyMessage(key),
      fieldPath: `.${key}`,
      reason: 'FieldValueForbidden',
    })),
  },
  true,
);

function extraBodyMessage(key: string): string {
  const cures = {
    name: 'the name of the component in ServiceStage is sent; remove it',
    runtime_stack: 'the runtime stack of the component in ServiceStage is sent; remove it',
    replica: 'only scaling changes the number of instances; use spec.component.replica',
  } as const;
  return `${key} is refused in extraBody: ${cures[key as keyof typeof cures]}`;
}

function nulls(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  if (value === null) return [path];
  if (typeof value !== 'object') return [];
  if (Array.isArray(value)) return value.flatMap((entry, index) => nulls(entry, [...path, index]));
  return Object.entries(value).flatMap(([key, entry]) => nulls(entry, [...path, key]));
}
