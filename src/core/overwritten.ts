// Detection of a second master: each time a modify of somebody else replaces what we applied, it is remembered; two times
// within an hour mean that two parties undo each other.
//
// Promises: one entry per change of ours, however often the other side deploys after it, so a person at the console who
// tries things is no conflict; once contested, the status stays so until a token.
import type { Status } from '../api/status.ts';
import { knownJobIds } from './history.ts';
import { epochMs, isoTime } from './time.ts';
import type { RemoteComponent } from './types.ts';

const WITHIN_MS = 3_600_000;

/**
 * `status` with one more entry when the component's last job is not ours and its configuration is no longer the one we
 * applied (`differs`, judged by the caller).
 */
export function withOverwritten(
  status: Status,
  { component, differs, wall }: { component: RemoteComponent; differs: 'yes' | 'no'; wall: number },
): Status {
  const { lastApplied, overwritten = [] } = status;
  const { lastJobId } = component;
  const ours = lastApplied?.void === true ? undefined : lastApplied?.jobId;
  if (differs === 'no' || ours === undefined || lastJobId === undefined) return status;
  if (knownJobIds(status).includes(lastJobId) || overwritten.some(({ ourJobId }) => ourJobId === ours))
    return status;
  const entry = { ourJobId: ours, jobId: lastJobId.slice(0, 64), time: isoTime(wall) };
  return { ...status, overwritten: [...overwritten, entry].slice(-2) };
}

/** Two changes of ours were undone within an hour. */
export function isContested({ overwritten }: Status): boolean {
  const [first, second] = (overwritten ?? []).map(({ time }) => epochMs(time));
  return first !== undefined && second !== undefined && Math.abs(second - first) <= WITHIN_MS;
}
