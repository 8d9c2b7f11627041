// Which field of the spec a message of the service speaks of. The service names fields by their wire names; a user reads and
// writes the spec's. A guess for people, never a judgement.
import { COMPONENT_SHAPE } from '../api/component-shape.ts';
import { isFields, own } from './paths.ts';
import type { JsonObject } from './types.ts';

/**
 * Path of the field of `component` that `message` names, such as `spec.component.limitMemory`; undefined when it names none
 * that the spec has. Names of one plain word count only where they stand apart as a name (quoted, or before a colon).
 */
export function namedPath(component: JsonObject, message: string): string | undefined {
  const extra = own(component, 'extraBody');
  const named = [...COMPONENT_SHAPE.byWire.entries()]
    .filter(([, field]) => Object.hasOwn(component, field.name))
    .map(([wire, field]) => ({ wire, path: `spec.component.${field.name}` }));
  const extras = isFields(extra)
    ? Object.keys(extra).map((wire) => ({ wire, path: `spec.component.extraBody.${wire}` }))
    : [];
  return [...extras, ...named].find(({ wire }) => names(message, wire))?.path;
}

function names(message: string, wire: string): boolean {
  const at = message.split(/[^A-Za-z0-9_]+/).indexOf(wire);
  if (at === -1) return false;
  return (
    wire.includes('_') ||
    [`"${wire}"`, `'${wire}'`, `${wire}:`, `${wire}.`, `parameter ${wire}`].some((text) =>
      message.includes(text),
    )
  );
}
