// Step 1 of the submit protocol: may a write be made to this component now? Everything here ends in "clear" or in
// waiting; a component that is busy is never an error.
import type { Operation, Status } from '../../api/status.ts';
import { situation } from '../conditions.ts';
import type { Account, Decision, Facts, Memory } from '../facts.ts';
import { knownJobIds } from '../history.ts';
import { usability } from '../remote.ts';
import type { Job, Lookup, RemoteComponent } from '../types.ts';
import { have, instead, type Needed, needAccount, needComponent, needJob, rest, show } from './steps.ts';

export interface Clear {
  readonly account: Account;
  readonly component: RemoteComponent;
  /** The component's last job when it is not one that we finished. */
  readonly lastJob: Lookup<Job> | undefined;
}

const BUSY_LOOK_MS = 10_000;
const PERSON_LOOK_MS = 30_000;
const MISSING_LOOK_MS = 60_000;

/** The component, idle and present, with the account that may change it. */
export function approach(facts: Facts): Needed<Clear> {
  const account = needAccount(facts);
  if (account.kind === 'do') return account;
  const lookup = needComponent(facts);
  if (lookup.kind === 'do') return lookup;
  if (lookup.value.kind === 'missing') return instead(notFound(facts, lookup.value.message));
  const component = lookup.value.value;
  const wait = waitForState(facts, component) ?? waitForLag(facts, component);
  if (wait !== undefined) return instead(wait);
  const lastJob = foreignJob(facts, component);
  if (lastJob.kind === 'do') return lastJob;
  return have({ account: account.value, component, lastJob: lastJob.value });
}

export function notFound(facts: Facts, message: string): Decision {
  const text = `The component was not found in ServiceStage: ${message}. Check spec.applicationId and spec.componentId, or create it.`;
  return show(facts, situation('notFound', text), { restMs: MISSING_LOOK_MS, why: 'component missing' });
}

function waitForState(facts: Facts, component: RemoteComponent): Decision | undefined {
  const { status } = component;
  switch (usability(component)) {
    case 'ready':
      return undefined;
    case 'gone':
      return notFound(facts, `its state is ${status}`);
    case 'gray':
      return show(facts, situation('grayWaiting', GRAY_MESSAGE), {
        restMs: PERSON_LOOK_MS,
        why: 'gray release waits',
      });
    case 'stopped':
      return show(
        facts,
        situation(
          'remoteBusy',
          'The component is STOPPED; the change is made after it is started, in the console or by its owner.',
        ),
        { restMs: PERSON_LOOK_MS, why: 'component stopped' },
      );
    case 'busy':
      return busy(
        facts,
        component.lastJobId,
        `The component is ${status || 'in an unknown state'}; the change is made when it is idle.`,
      );
    default: {
      const never: never = usability(component) as never;
      return never;
    }
  }
}

export const GRAY_MESSAGE =
  'A gray release waits for a decision: continue it or roll it back in the ServiceStage console; a newer spec is applied after that.';

/** The service still shows an older job than our own newest one: its answer is behind, so it is no basis for a baseline. */
function waitForLag(facts: Facts, component: RemoteComponent): Decision | undefined {
  const { memory, now, settings, resource } = facts;
  const { lastJobId } = component;
  const [newest, ...older] = orderedJobIds(resource.status);
  if (lastJobId === undefined || newest === undefined || lastJobId === newest) return undefined;
  const baseline = endedWithJob(resource.status.operation)?.baselineJobId;
  if (!older.includes(lastJobId) && lastJobId !== baseline) return undefined;
  const waitsFor = sinceFirst(memory.waitsFor, lastJobId, now.mono);
  if (now.mono - waitsFor.sinceMono < settings.settleMs)
    return rest('the service shows an older state than our last job', settings.pollMs, { waitsFor });
  return busy(
    facts,
    lastJobId,
    `ServiceStage still shows job ${lastJobId}, which is older than job ${newest}; the change is made when it has caught up.`,
  );
}

/** Jobs of ours whose order is known, newest first: those that could not be attributed were told in no order of time. */
function orderedJobIds(status: Status): string[] {
  const history = (status.history ?? []).filter((entry) => entry.result !== 'Unattributed');
  return knownJobIds({ ...status, history });
}

function sinceFirst(
  before: Memory['waitsFor'],
  jobId: string,
  mono: number,
): NonNullable<Memory['waitsFor']> {
  return before?.jobId === jobId ? before : { jobId, sinceMono: mono };
}

function endedWithJob(operation: Operation | undefined): Operation | undefined {
  return operation?.jobId === undefined ? undefined : operation;
}

function foreignJob(facts: Facts, component: RemoteComponent): Needed<Lookup<Job> | undefined> {
  const { lastJobId } = component;
  if (lastJobId === undefined || knownJobIds(facts.resource.status).includes(lastJobId))
    return have(undefined);
  const job = needJob(facts, lastJobId);
  if (job.kind === 'do') return job;
  if (job.value.kind === 'found' && job.value.value.phase === 'running') {
    return instead(
      busy(
        facts,
        lastJobId,
        `Job ${lastJobId}, started by somebody else, runs on the component; the change is made after it.`,
      ),
    );
  }
  return have(job.value);
}

/** Waits for a component that is idle and still not ready for the call. */
export function waitForComponent(facts: Facts, { lastJobId }: RemoteComponent, message: string): Decision {
  return busy(facts, lastJobId, message);
}

/** Waits; after the deadline of one job the wait is shown as stalled, and still looked at. */
function busy(facts: Facts, lastJobId: string | undefined, message: string): Decision {
  const { memory, now, settings } = facts;
  const waitsFor = sinceFirst(memory.waitsFor, lastJobId ?? '', now.mono);
  const late = now.mono - waitsFor.sinceMono >= settings.jobDeadlineMs;
  const shown = late
    ? situation('busyTimeout', `For over an hour: ${message}`)
    : situation('remoteBusy', message);
  return show(facts, shown, {
    restMs: late ? 60_000 : BUSY_LOOK_MS,
    why: 'component busy',
    memory: { waitsFor },
  });
}
