// The independent judge of a run: reads the simulator's journal, the scenario's list of causes and the final objects, nothing
// of the operator. Names of the rules are those of the reliability page. Plain data in, sentences out.
import type { Status } from '../../src/api/status.ts';
import type { KubeObject } from '../../src/controller/ports.ts';
import type { JsonObject } from '../../src/core/types.ts';
import type { ComponentSnapshot, JournalEntry } from '../fakes/simulator/index.ts';
import type { SweepScenario, Wish } from './steps.ts';

export interface Evidence {
  readonly journal: readonly JournalEntry[];
  /** The component that the resource names, and all others. */
  readonly component: ComponentSnapshot;
  readonly others: readonly ComponentSnapshot[];
  /** The resource at the end, or its last version before it went. */
  readonly object: KubeObject;
  readonly gone: boolean;
  /** Whether the component was gone when the resource was seen to be gone. */
  readonly goneBefore: boolean;
  /** Length of the journal when something was done. */
  readonly moments: readonly { readonly what: 'suspended' | 'resumed' | 'deleted'; readonly at: number }[];
  /** Virtual ms from the start to the end of the scenario. */
  readonly elapsedMs: number;
  /** Entries of the journal in the run without faults; absent in that run. */
  readonly calmEntries?: number;
  /** What happened in the ten minutes after the end. */
  readonly atRest: { readonly calls: number; readonly writes: number };
}

export type Causes = Pick<SweepScenario, 'wishes' | 'counts' | 'ends'>;

/** What the run broke; empty when nothing. */
export function judge(evidence: Evidence, causes: Causes): string[] {
  return [once, told, one, mono, noOrphan, own, truth, reached, calm].flatMap((rule) =>
    rule(evidence, causes),
  );
}

const acceptedOf = ({ journal }: Evidence, operation: string): readonly JournalEntry[] =>
  journal.filter((entry) => entry.accepted && entry.operation === operation);

const statusOf = ({ object }: Evidence): Partial<Status> => (object.status ?? {}) as Partial<Status>;

const nameOf = ({ version, secret }: Pick<Wish, 'version' | 'secret'>): string =>
  secret === undefined ? version : `${version} with ${secret}`;

/** The wish that a body fulfils. */
function wishOf(body: unknown): string {
  const { version, envs } = (body ?? {}) as JsonObject;
  const listed = Array.isArray(envs) ? (envs as readonly JsonObject[]) : [];
  const secret = listed.find((each) => each.name === 'PASSWORD')?.value;
  return nameOf({
    version: String(version),
    ...(secret === undefined ? {} : { secret: String(secret) }),
  });
}

const sentWishes = (evidence: Evidence): string[] =>
  acceptedOf(evidence, 'modifyComponent').map((entry) => wishOf(entry.body));

/** At most one accepted write per cause, and none where there is no cause. */
function once(evidence: Evidence, { wishes, counts = [] }: Causes): string[] {
  const sent = sentWishes(evidence);
  const asked = wishes.map(nameOf);
  const actions = acceptedOf(evidence, 'actOnComponent').length;
  const tooMany = [...new Set(sent)].flatMap((wish) => {
    const times = sent.filter((each) => each === wish).length;
    const allowed = asked.filter((each) => each === wish).length;
    return times > allowed ? [`ONCE: ${wish} was accepted ${times} times for ${allowed} causes`] : [];
  });
  return [
    ...tooMany,
    ...(actions > counts.length
      ? [`ONCE: ${actions} actions were accepted for ${counts.length} causes`]
      : []),
    ...withoutCause(evidence),
  ];
}

/** While suspended, and after its deletion, a resource is no cause of a modify or an action. */
function withoutCause({ journal, moments }: Evidence): string[] {
  const ends = moments.filter(({ what }) => what !== 'resumed');
  return ends.flatMap(({ what, at }) => {
    const until = moments.find((each) => each.what === 'resumed' && each.at >= at)?.at ?? journal.length;
    const wrong = journal.slice(at, until).filter((entry) => entry.accepted && entry.method !== 'DELETE');
    return wrong.map((entry) => `ONCE: ${entry.operation} was accepted while the resource was ${what}`);
  });
}

const ENDED_WELL = new Set(['SUCCEEDED']);

/** Every job that an accepted write started stands in the history with its true end. */
function told(evidence: Evidence): string[] {
  const { history = [] } = statusOf(evidence);
  const started = new Set(evidence.journal.filter((entry) => entry.accepted).map((entry) => entry.jobId));
  const ours = evidence.component.jobs.filter((job) => started.has(job.id) && job.kind !== 'delete');
  return ours.flatMap((job) => {
    const entries = history.filter((each) => each.jobId === job.id);
    if (entries.length === 0) return [`TOLD: job ${job.id} (${job.status}) is not in the history`];
    const end = ENDED_WELL.has(job.status) ? 'Succeeded' : 'Failed';
    const right = entries.some(
      ({ result, reason = '' }) =>
        result === end ||
        result === 'JobLost' ||
        (result === 'Unattributed' && reason.includes(` ${job.status}.`)),
    );
    return right ? [] : [`TOLD: job ${job.id} is ${job.status}, the history says ${entries[0]?.result}`];
  });
}

/** Nothing here asks for a new component: no POST is accepted, and no second live component has the name. */
function one({ journal, component, others }: Evidence): string[] {
  const created = journal.filter((entry) => entry.accepted && entry.operation === 'createComponent').length;
  const twins = others.filter((each) => !each.gone && each.config.name === component.config.name).length;
  return [
    ...(created > 0 ? [`ONE: ${created} components were created`] : []),
    ...(twins > 0 ? [`ONE: ${twins} more live components have the name`] : []),
  ];
}

/** Never an older wish after a newer one. */
function mono(evidence: Evidence, { wishes }: Causes): string[] {
  const asked = wishes.map(nameOf);
  const sent = sentWishes(evidence);
  let reached = 0;
  for (const wish of sent) {
    const place = asked.indexOf(wish, reached);
    if (place === -1 && asked.includes(wish)) return [`MONO: sent ${sent.join(', ')}`];
    reached = Math.max(reached, place);
  }
  return [];
}

/** Delete: gone before the finalizer. Otherwise no DELETE ever leaves. */
function noOrphan({ journal, gone, goneBefore }: Evidence, { ends }: Causes): string[] {
  const asked = journal.filter((entry) => entry.operation === 'deleteComponent').length;
  if (ends !== 'Delete') return asked > 0 ? [`NOORPH: ${asked} deletions were asked for`] : [];
  return gone && !goneBefore ? ['NOORPH: the resource went before its component'] : [];
}

/** Writes go only to the component that the resource names, and only for the resource that owns it. */
function own({ journal, component, object }: Evidence, { wishes }: Causes): string[] {
  const { spec } = object;
  const path = `${spec.projectId}/${spec.applicationId}/${spec.componentId}`;
  const writes = journal.filter((entry) => entry.method !== 'GET' && entry.componentId !== undefined);
  const astray = writes.filter(
    (entry) => `${entry.projectId}/${entry.applicationId}/${entry.componentId}` !== path,
  );
  const asked = new Set(wishes.map(({ version }) => version));
  const foreign = writes.filter((entry) => entry.version !== undefined && !asked.has(entry.version));
  return [
    ...astray.map((entry) => `OWN: ${entry.operation} went to component ${entry.componentId}`),
    ...foreign.map((entry) => `OWN: version ${entry.version} of somebody else was sent to ${component.id}`),
  ];
}

/** Ready is said of this generation only and agrees with the service; failures carry reason and time; no job is claimed wrongly. */
function truth(evidence: Evidence): string[] {
  const { component, object, gone } = evidence;
  const { conditions = [], observedGeneration, history = [] } = statusOf(evidence);
  const foreign = new Set(component.jobs.filter((job) => job.foreign).map((job) => job.id));
  const claimed = history.filter(
    ({ jobId, result }) => result !== 'Unattributed' && jobId !== undefined && foreign.has(jobId),
  );
  const ready = conditions.find(({ type }) => type === 'Ready');
  const bare = conditions.filter(
    ({ status, reason, message, lastTransitionTime }) =>
      status !== 'True' && (reason === '' || message === '' || Number.isNaN(Date.parse(lastTransitionTime))),
  );
  return [
    ...claimed.map(({ jobId }) => `TRUE: the history claims job ${jobId} of somebody else`),
    ...bare.map(({ type }) => `TRUE: ${type} says neither why nor since when`),
    ...(gone || ready?.status !== 'True' ? [] : untrue(component, { object, observedGeneration })),
  ];
}

function untrue(
  component: ComponentSnapshot,
  seen: { readonly object: KubeObject; readonly observedGeneration: number | undefined },
): string[] {
  const { generation } = seen.object.metadata;
  const wanted = (seen.object.spec.component as JsonObject).version;
  const { version } = component.config;
  return [
    ...(seen.observedGeneration === generation
      ? []
      : [`TRUE: Ready speaks of generation ${seen.observedGeneration}, the resource has ${generation}`]),
    ...(version === wanted ? [] : [`TRUE: Ready, but the component has ${version} instead of ${wanted}`]),
    ...(component.status === 'RUNNING' ? [] : [`TRUE: Ready, but the component is ${component.status}`]),
  ];
}

/** In the end desired is actual, every cause that needs a call of its own had one, and then nothing is written for ten minutes. */
function reached(evidence: Evidence, causes: Causes): string[] {
  const { component, gone, atRest } = evidence;
  const wrote = atRest.writes === 0 ? [] : [`ESR: ${atRest.writes} writes at rest`];
  if (causes.ends !== 'ready') {
    const left = causes.ends === 'Delete' && !component.gone ? ['ESR: the component is still there'] : [];
    const lost =
      causes.ends === 'Orphan' && component.gone ? ['NOORPH: an orphaned component was deleted'] : [];
    return [...(gone ? [] : ['ESR: the resource is still there']), ...left, ...lost, ...wrote];
  }
  const last = causes.wishes.at(-1);
  const actual = wishOf(component.config);
  const replica = causes.counts?.at(-1) ?? 1;
  return [
    ...(last !== undefined && actual !== nameOf(last)
      ? [`ESR: the component has ${actual}, wanted ${nameOf(last)}`]
      : []),
    ...(component.replica === replica
      ? []
      : [`ESR: the component has ${component.replica} instances, wanted ${replica}`]),
    ...neverSent(evidence, causes),
    ...wrote,
  ];
}

function isUnknown(evidence: Evidence): boolean {
  return statusOf(evidence).operation?.phase === 'UnknownOutcome';
}

/** A cause may end without a call only when the resource says that its outcome is not known. */
function neverSent(evidence: Evidence, { wishes }: Causes): string[] {
  const needed = wishes.filter(({ sent }) => sent === 'always').map(nameOf);
  const asked = wishes.map(nameOf);
  const sent = sentWishes(evidence);
  return [...new Set(needed)].flatMap((wish) => {
    const due = asked.filter((each) => each === wish).length;
    const times = sent.filter((each) => each === wish).length;
    return times >= due || isUnknown(evidence)
      ? []
      : [`ESR: ${wish} was asked for ${due} times and accepted ${times} times`];
  });
}

/** Polls at most every five seconds, of at most four calls; else twice the calls of the run without faults. */
const POLL_MS = 5_000;
const CALLS_PER_POLL = 4;

/** While an outcome is not known, evidence is looked for once a minute. */
const LOOKS_AT_REST = 10;

function calm(evidence: Evidence): string[] {
  const { journal, elapsedMs, calmEntries, atRest } = evidence;
  const allowed = isUnknown(evidence) ? LOOKS_AT_REST * CALLS_PER_POLL : 0;
  const rest = atRest.calls <= allowed ? [] : [`CALM: ${atRest.calls} calls at rest`];
  if (calmEntries === undefined) return rest;
  const bound = 2 * calmEntries + CALLS_PER_POLL * Math.ceil(elapsedMs / POLL_MS);
  const { length } = journal;
  return length <= bound ? rest : [...rest, `CALM: ${length} calls, at most ${bound} are needed`];
}
