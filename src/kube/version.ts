// Order of resource versions. Kubernetes promises since 1.35 (KEP-5504) that they are decimal numbers which can be
// compared within one resource type; they pass 2^53, so they are compared as text. A version of another form has no order.

const DECIMAL = /^[1-9][0-9]*$/;

/** Negative, zero or positive as `a` is older than, equal to or newer than `b`; undefined when there is no order. */
export function compareVersions(a: string, b: string): number | undefined {
  if (a === b) return 0;
  if (!DECIMAL.test(a) || !DECIMAL.test(b)) return undefined;
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : 1;
}

/** Whether `a` is known to be older than `b`. */
export function isOlder(a: string, b: string): boolean {
  return (compareVersions(a, b) ?? 0) < 0;
}
