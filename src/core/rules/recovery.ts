// Step R: an intent whose answer is not known. Reads until the service shows what became of it. Never sends.
//
// Time is counted on this process's own clock from its first sight of the intent, so a restart waits a full settle again.
// What stays unknown stalls; `ambiguousSubmit: Resubmit` grants one more call, by a write that only makes it due: it then takes
// the way of every call, and the attempt that is remembered with it is why there is no third.
import type { Operation } from '../../api/status.ts';
import { attribute, type Evidence, type Verdict } from '../attribute.ts';
import { followsUnknown, lastAttempt, scaleDue } from '../causes.ts';
import { findCondition, situation, withSituation } from '../conditions.ts';
import type { AmbiguousSubmit, Decision, Desired, Facts } from '../facts.ts';
import { ended } from '../history.ts';
import { EQUAL_READS_MS } from '../memory.ts';
import { usability } from '../remote.ts';
import { clip } from '../text.ts';
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
const SLOW_LOOK_MS = 60_000;

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
      return withoutTrace(facts, operation);
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

/** Nothing was accepted under the assumptions; said aloud, since a service that breaks them would now be called twice. */
function withoutTrace(facts: Facts, operation: Operation): Decision {
  const { baselineJobId } = operation;
  const last =
    baselineJobId === undefined ? 'it still names no last job' : `its last job is still ${baselineJobId}`;
  const note = `The answer to the call was lost and ServiceStage shows no trace of it (${last}); it counts as not accepted.`;
  return write(
    { ...facts.resource.status, operation: closedNotSent(operation, facts) },
    { notes: [{ type: 'Warning', reason: 'SubmitFailed', action: operation.type, note }] },
  );
}

const RECOVERING_MESSAGE =
  'The answer to the call was lost; the service is asked what became of it. Nothing is sent until that is known.';

function isOverdue(facts: Facts, seenMs: number): boolean {
  const firstEqual = facts.memory.equalReads?.firstMono;
  const steady = firstEqual !== undefined && facts.now.mono - firstEqual >= EQUAL_READS_MS;
  return seenMs >= facts.settings.settleMs + UNCLEAR_MS * (steady ? 1 : 3);
}

/** All evidence of one look at the service, judged; for an outcome that stays unknown, what its policy makes of it. */
export function examine(facts: Facts, operation: Operation, seenMs: number): Needed<Verdict> {
  const look = evidence(facts, operation, seenMs);
  if (look.kind === 'do') return look;
  if (look.value === 'missing') return missing(facts, operation, seenMs);
  const verdict = attribute(look.value);
  const stays = operation.phase === 'UnknownOutcome' && verdict.kind !== 'ours';
  if (!stays || !areTold(facts, operation)) return have(verdict);
  const step = granted(facts, operation, look.value) ?? restated(facts, operation);
  return step === undefined ? have(verdict) : { kind: 'do', decision: step };
}

function evidence(facts: Facts, operation: Operation, seenMs: number): Needed<Evidence | 'missing'> {
  const account = needAccount(facts);
  if (account.kind === 'do') return account;
  const lookup = needComponent(facts);
  if (lookup.kind === 'do') return lookup;
  if (lookup.value.kind === 'missing') return have('missing');
  const component = lookup.value.value;
  const records = needRecords(facts);
  if (records.kind === 'do') return records;
  const lastJob = movedJob(facts, operation, component);
  if (lastJob.kind === 'do') return lastJob;
  const desired = desiredOf(facts);
  const settled = seenMs >= facts.settings.settleMs;
  const firstEqual = facts.memory.equalReads?.firstMono;
  const equalLongEnough = firstEqual !== undefined && facts.now.mono - firstEqual >= EQUAL_READS_MS;
  const equal = desired !== undefined && compareWithSpec(facts, component, account.value)?.length === 0;
  return have({
    status: facts.resource.status,
    operation,
    component,
    records: records.value,
    lastJob: lastJob.value,
    newerJobIds: facts.memory.newerJobIds ?? [],
    settled: settled ? 'yes' : 'no',
    steady: settled && equalLongEnough ? 'yes' : 'no',
    specUnchanged: desired?.specDigest === operation.specDigest ? 'yes' : 'no',
    equal: equal ? 'yes' : 'no',
  });
}

function desiredOf({ resource: { spec } }: Facts): Desired | undefined {
  return spec.kind === 'valid' ? spec.desired : undefined;
}

/** The component is gone, so no job of it can be found any more; those that were seen are still told. */
function missing(facts: Facts, operation: Operation, seenMs: number): Needed<Verdict> {
  const restMs = operation.phase === 'UnknownOutcome' ? SLOW_LOOK_MS : facts.settings.pollMs;
  if (seenMs < facts.settings.settleMs || (operation.phase === 'UnknownOutcome' && areTold(facts, operation)))
    return { kind: 'do', decision: rest('component missing during recovery', restMs) };
  return have({ kind: 'unclear', newerJobIds: facts.memory.newerJobIds ?? [] });
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
  const open: Operation = jobs.length === 0 ? operation : { ...operation, unattributedJobIds: [...jobs] };
  const message = unknownMessage(facts, open);
  const after = ended(facts.resource, open, { phase: 'UnknownOutcome', message, wall: facts.now.wall });
  const status = withSituation(after, situation('unknownOutcome', message), {
    generation: spokenOf(facts.resource, operation),
    wall: facts.now.wall,
  });
  return write(status, {
    notes: [{ type: 'Warning', reason: 'UnknownOutcome', action: operation.type, note: message }],
  });
}

const ON_RESET = 'annotation servicestage.io/reset-at with a new value';
const STARTS_AGAIN = `Look at the component in the console; a newer spec, or ${ON_RESET}, starts again.`;

const AFTERWARDS: Readonly<Record<AmbiguousSubmit, string>> = {
  Verify: STARTS_AGAIN,
  Resubmit:
    'It is sent once more when the component is idle and the newer jobs have ended (ambiguousSubmit: Resubmit).',
  Hold: `Nothing is sent, a newer spec neither, until ${ON_RESET} releases it (ambiguousSubmit: Hold); look at the component in the console first.`,
};

/** The cure stands before the jobs, whose names may be long. */
function unknownMessage(facts: Facts, operation: Operation): string {
  const { unattributedJobIds: jobs = [] } = operation;
  const policy = desiredOf(facts)?.ambiguousSubmit ?? 'Verify';
  const twice = policy === 'Resubmit' && followsUnknown(operation);
  const what = twice
    ? 'It could not be told either whether ServiceStage accepted the second call; there is no third.'
    : 'It could not be told whether ServiceStage accepted the call.';
  const named =
    jobs.length === 0 ? 'No newer job is visible.' : `Newer jobs, not attributed: ${jobs.join(', ')}.`;
  return clip(`${what} ${twice ? STARTS_AGAIN : AFTERWARDS[policy]} ${named}`, 512);
}

/** The policy was changed since it stalled: the message says what holds now. */
function restated(facts: Facts, operation: Operation): Decision | undefined {
  const { status, generation } = facts.resource;
  const message = unknownMessage(facts, operation);
  if (message === operation.message || findCondition(status, 'Stalled')?.reason !== 'UnknownOutcome')
    return undefined;
  const next = { ...status, operation: { ...operation, message } };
  return write(
    withSituation(next, situation('unknownOutcome', message), { generation, wall: facts.now.wall }),
  );
}

/**
 * `ambiguousSubmit: Resubmit`: the call is made due once more. What is written first is that the attempt before it ended
 * unknown, so a crash at any point leaves either no second call or one that is known to be the second.
 */
function granted(facts: Facts, operation: Operation, { component, lastJob }: Evidence): Decision | undefined {
  const { resource, now } = facts;
  if (!mayGrant(facts, operation)) return undefined;
  const running = lastJob?.kind === 'found' && lastJob.value.phase === 'running';
  if (usability(component) !== 'ready' || running) return undefined;
  const type = operation.type === 'Scale' ? 'Scale' : 'Modify';
  const unknown = lastAttempt(resource.status, type);
  const closed: Operation = {
    ...closedNotSent(operation, facts),
    generation: resource.generation,
    ...(type === 'Scale' ? { previousScale: unknown } : { previousModify: unknown }),
  };
  const message =
    'The outcome of the call is unknown; it is sent once more (ambiguousSubmit: Resubmit). The earlier call may have been accepted too, then the component is rolled out twice.';
  const status = withSituation(
    { ...resource.status, operation: closed },
    situation('scaleWaiting', message),
    {
      generation: resource.generation,
      wall: now.wall,
    },
  );
  return write(status, {
    notes: [{ type: 'Warning', reason: 'UnknownOutcome', action: operation.type, note: message }],
  });
}

/** Once per content, with the content still wanted. */
function mayGrant(facts: Facts, operation: Operation): boolean {
  const desired = desiredOf(facts);
  if (desired?.ambiguousSubmit !== 'Resubmit' || followsUnknown(operation)) return false;
  return operation.type === 'Scale'
    ? scaleDue(facts.resource, desired).kind === 'held'
    : desired.specDigest === operation.specDigest;
}

/** Every job that may be the call was told with its end. */
function areTold({ resource: { status } }: Facts, { unattributedJobIds = [] }: Operation): boolean {
  return unattributedJobIds.every((id) => (status.history ?? []).some((entry) => entry.jobId === id));
}
