// The last bound of a status: 16 KiB as JSON, whatever the service put into its texts. Single texts are bounded where they
// are written; all of them at their longest, or full of characters that JSON escapes, would still be too much together.
//
// Promises: what is within the limit comes back as it is; otherwise words for people go first, the least useful before the
// others. Conditions, job ids, tokens, phases and the digests of attempts always stay, so no decision changes.
import type { Attempt, Operation, Status } from '../api/status.ts';

/** Bytes of UTF-8 that a status may have as JSON. */
export const MAX_STATUS_BYTES = 16 * 1024;

type Shed = (status: Status) => Status;

const SHEDS: readonly Shed[] = [
  member('history', (entries) => entries.map((entry) => without(entry, ['reason']))),
  member('operation', ({ tasks = [], ...rest }) => ({ ...rest, tasks: tasks.slice(0, 1) })),
  member('drift', ({ fields, ...rest }) => ({ ...rest, fields: fields.slice(0, 5) })),
  member('history', (entries) => entries.map((entry) => without(entry, ['specDigest']))),
  member('remote', (remote) => without(remote, ['artifact', 'failDetail'])),
  member('operation', withShortAttempts),
  member('lastApplied', (applied) => without(applied, ['keys'])),
  member('operation', (operation) => without(operation, ['keys'])),
];

/** `status`, shortened when it would have more than `MAX_STATUS_BYTES`. */
export function fitted(status: Status): Status {
  let next = status;
  for (const shed of SHEDS) {
    if (statusBytes(next) <= MAX_STATUS_BYTES) return next;
    next = shed(next);
  }
  return next;
}

/** Bytes of UTF-8 of a status as JSON. */
export function statusBytes(status: Status): number {
  return new TextEncoder().encode(JSON.stringify(status)).length;
}

function member<K extends keyof Status>(
  name: K,
  shed: (value: NonNullable<Status[K]>) => NonNullable<Status[K]>,
): Shed {
  return (status) => {
    const value = status[name];
    return value === undefined || value === null ? status : { ...status, [name]: shed(value) };
  };
}

function withShortAttempts({ previousModify, previousScale, ...rest }: Operation): Operation {
  const short = (attempt: Attempt): Attempt => without(attempt, ['message']);
  return {
    ...rest,
    ...(previousModify === undefined ? {} : { previousModify: short(previousModify) }),
    ...(previousScale === undefined ? {} : { previousScale: short(previousScale) }),
  };
}

function without<T extends object, K extends keyof T>(value: T, keys: readonly K[]): Omit<T, K> {
  const kept = Object.entries(value).filter(([key]) => !keys.includes(key as K));
  return Object.fromEntries(kept) as Omit<T, K>;
}
