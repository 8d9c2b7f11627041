// Step R: an intent whose answer is not known. Reads until the service shows what became of it. Never sends.
//
// Time is counted on this process's own clock from its first sight of the intent, so a restart waits a full settle again.
import type { Operation } from '../../api/status.ts';
import { attribute, type Verdict } from '../attribute.ts';
import { situation, withSituation } from '../conditions.ts';
import type { Decision, Facts } from '../facts.ts';
import { ended } from '../history.ts';
import { EQUAL_READS_MS } from '../memory.ts';
import type { Job, Lookup, RemoteComponent } from '../types.ts';
import { compareWithSpec } from '../wire.ts';
import { closedNotSent, submitted } from './operation.ts';
import {
  have,
  type Needed,
  needAccount,
  needComponent,
  needJob,
  needRecords,
  rest,
  show,
  spokenOf,
  write,
} from './steps.ts';

/** How long after the settle an unclear outcome stays open before it is shown as unknown. */
const UNCLEAR_MS = 600_000;

export function recover(facts: Facts, operation: Operation): Decision {
  const seenMs = facts.now.mono - (facts.memory.firstSeenMono ?? facts.now.mono);
  const holdsDeletion = facts.resource.deleting && seenMs >= facts.settings.settleMs + EQUAL_READS_MS;
  const found = examine(facts, operation, seenMs);
  if (found.kind === 'do')
    return holdsDeletion && found.decision.kind !== 'read'
      ? unknownOutcome(facts, operation, [])
      : found.decision;
  const verdict = found.value;
  switch (verdict.kind) {
    case 'ours':
      return submitted(facts, operation, { jobId: verdict.jobId, requestId: undefined, recovered: true });
    case 'notSent':
      return write({ ...facts.resource.status, operation: closedNotSent(operation, facts) });
    case 'unclear':
      if (holdsDeletion || isOverdue(facts, seenMs))
        return unknownOutcome(facts, operation, verdict.newerJobIds);
      return show(facts, situation('recovering', RECOVERING_MESSAGE), {
        restMs: facts.settings.pollMs,
        why: 'outcome not clear yet',
      });
    default: {
      const never: never = verdict;
      return never;
    }
  }
}

const RECOVERING_MESSAGE =
  'The answer to the call was lost; the service is asked what became of it. Nothing is sent until that is known.';

function isOverdue(facts: Facts, seenMs: number): boolean {
  const firstEqual = facts.memory.equalReads?.firstMono;
  const steady = firstEqual !== undefined && facts.now.mono - firstEqual >= EQUAL_READS_MS;
  return seenMs >= facts.settings.settleMs + UNCLEAR_MS * (steady ? 1 : 3);
}

/** All evidence of one look at the service, judged. */
export function examine(facts: Facts, operation: Operation, seenMs: number): Needed<Verdict> {
  const account = needAccount(facts);
  if (account.kind === 'do') return account;
  const lookup = needComponent(facts);
  if (lookup.kind === 'do') return lookup;
  if (lookup.value.kind === 'missing') return missing(facts, seenMs);
  const component = lookup.value.value;
  const records = needRecords(facts);
  if (records.kind === 'do') return records;
  const lastJob = movedJob(facts, operation, component);
  if (lastJob.kind === 'do') return lastJob;
  const { spec, status } = facts.resource;
  const desired = spec.kind === 'valid' ? spec.desired : undefined;
  const settled = seenMs >= facts.settings.settleMs;
  const firstEqual = facts.memory.equalReads?.firstMono;
  const equalLongEnough = firstEqual !== undefined && facts.now.mono - firstEqual >= EQUAL_READS_MS;
  return have(
    attribute({
      status,
      operation,
      component,
      records: records.value,
      lastJob: lastJob.value,
      newerJobIds: facts.memory.newerJobIds ?? [],
      settled: settled ? 'yes' : 'no',
      steady: settled && equalLongEnough ? 'yes' : 'no',
      specUnchanged: desired?.specDigest === operation.specDigest ? 'yes' : 'no',
      equal:
        desired !== undefined && compareWithSpec(facts, component, account.value)?.length === 0
          ? 'yes'
          : 'no',
    }),
  );
}

/** The component is gone, so no job of it can be found any more. */
function missing(facts: Facts, seenMs: number): Needed<Verdict> {
  if (seenMs >= facts.settings.settleMs)
    return have({ kind: 'unclear', newerJobIds: facts.memory.newerJobIds ?? [] });
  return { kind: 'do', decision: rest('component missing during recovery', facts.settings.pollMs) };
}

function movedJob(
  facts: Facts,
  operation: Operation,
  component: RemoteComponent,
): Needed<Lookup<Job> | undefined> {
  const { lastJobId } = component;
  if (lastJobId === undefined || lastJobId === operation.baselineJobId) return have(undefined);
  return needJob(facts, lastJobId);
}

function unknownOutcome(facts: Facts, operation: Operation, newerJobIds: readonly string[]): Decision {
  const jobs = newerJobIds.slice(0, 5);
  const named =
    jobs.length === 0 ? 'No newer job is visible.' : `Newer jobs, not attributed: ${jobs.join(', ')}.`;
  const message = `It could not be told whether ServiceStage accepted the call. ${named} Look at the component in the console; a newer spec, or annotation servicestage.io/reset-at with a new value, starts again.`;
  const open: Operation = jobs.length === 0 ? operation : { ...operation, unattributedJobIds: [...jobs] };
  const after = ended(facts.resource, open, { phase: 'UnknownOutcome', message, wall: facts.now.wall });
  const status = withSituation(after, situation('unknownOutcome', message), {
    generation: spokenOf(facts.resource, operation),
    wall: facts.now.wall,
  });
  return write(status, {
    notes: [{ type: 'Warning', reason: 'UnknownOutcome', action: operation.type, note: message }],
  });
}
