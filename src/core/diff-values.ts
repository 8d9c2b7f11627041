// When two values mean the same: what the service leaves out, or fills in, means nothing; of an object only the keys that
// the user wrote count; a list counts with its order.
import type { FieldRule } from './diff-rules.ts';
import { isFields, own } from './paths.ts';

/** The desired value is there: equal, or for objects every key that the user wrote. */
export function holds(desired: unknown, remote: unknown, rule: FieldRule): boolean {
  if (isEmpty(desired) && isEmpty(remote)) return true;
  if (Array.isArray(desired)) {
    if (!Array.isArray(remote) || remote.length !== desired.length) return false;
    return desired.every((entry, index) => holds(entry, remote[index], rule));
  }
  if (isFields(desired)) {
    return (
      isFields(remote) && Object.keys(desired).every((key) => holds(own(desired, key), own(remote, key), {}))
    );
  }
  if (rule.equality === undefined) return desired === remote;
  const [one, other] = [String(desired).trim(), String(remote).trim()];
  return rule.equality === 'fold' ? one.toLowerCase() === other.toLowerCase() : one === other;
}

/** The service leaves out, or fills in, what means nothing. */
export function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === 0 || value === false) return true;
  if (Array.isArray(value)) return value.length === 0;
  return isFields(value) && Object.values(value).every(isEmpty);
}
