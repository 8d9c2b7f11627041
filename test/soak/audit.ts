// The independent judge: holds what the cloud accepted against what the soak asked for and what the objects told. Pure; reads
// nothing of the operator's own view but the history that it published. Rule names are those of the reliability page.
import { type AcceptedCall, type Cause, versionText } from './causes.ts';

export interface JobTruth {
  readonly id: string;
  readonly status: string;
}

export interface MemberRecord {
  readonly name: string;
  readonly causes: readonly Cause[];
  /** Oldest first. */
  readonly accepted: readonly AcceptedCall[];
  readonly jobs: readonly JobTruth[];
  /** When objects of this member were gone for good, epoch ms. Orphan lets a job run on, so each excuses one untold job. */
  readonly releasedAtMs: readonly number[];
  /** Result of each job as the history last told it. */
  readonly told: ReadonlyMap<string, string>;
}

export interface FinalState {
  readonly wantedVersion: number;
  readonly version: number;
  readonly wantedReplica: number | undefined;
  readonly replica: number;
  readonly ready: boolean;
}

/** Violations that can be seen at any moment: ONCE, MONO, and writes for what was suspended. */
export function auditCalls(record: MemberRecord): string[] {
  const found: string[] = [];
  const used = new Set<Cause>();
  let highest = 0;
  for (const call of record.accepted) {
    const say = (text: string) =>
      found.push(`${text} (${record.name}, ${new Date(call.atMs).toISOString()})`);
    const cause = causeOf(record.causes, call, used);
    if (cause === undefined) say(`ONCE: ${describe(call)} was accepted without a cause of its own`);
    else used.add(cause);
    if (cause !== undefined && call.atMs < cause.eligibleAtMs)
      say(`SUSPENDED: ${describe(call)} was accepted before the resume`);
    if (call.operation !== 'modifyComponent') continue;
    const version = call.version ?? Number.NaN;
    if (!(version >= highest)) say(`MONO: ${describe(call)} came after ${versionText(highest)}`);
    highest = Math.max(highest, Number.isNaN(version) ? 0 : version);
  }
  return found;
}

/** The cause a call may count for: the edit or the creation of its version, else the oldest force that it can be for. */
function causeOf(causes: readonly Cause[], call: AcceptedCall, used: ReadonlySet<Cause>): Cause | undefined {
  const free = causes.filter((cause) => !used.has(cause) && cause.atMs <= call.atMs);
  switch (call.operation) {
    case 'modifyComponent':
      return (
        free.find(({ kind, version }) => (kind === 'edit' || kind === 'apply') && version === call.version) ??
        free.find(({ kind, version }) => kind === 'force' && version <= (call.version ?? Number.NaN))
      );
    case 'actOnComponent':
      return free.find(({ kind, replica }) => kind === 'scale' && replica === call.replica);
    default:
      return undefined;
  }
}

function describe({ operation, version, replica }: AcceptedCall): string {
  if (operation === 'modifyComponent') return `modify ${version === undefined ? '?' : versionText(version)}`;
  return operation === 'actOnComponent' ? `scale to ${replica}` : operation;
}

/** TOLD: every job that an accepted write started stands in the history with its true end. */
export function auditTold(record: MemberRecord): { readonly violations: string[]; readonly excused: number } {
  const releases = [...record.releasedAtMs];
  const violations: string[] = [];
  let excused = 0;
  for (const call of record.accepted.toReversed()) {
    const problem = toldProblem(record, call);
    if (problem === undefined) continue;
    const release = releases.findLastIndex((atMs) => atMs >= call.atMs);
    if (release >= 0 && call.jobId !== undefined && !record.told.has(call.jobId)) {
      releases.splice(release, 1);
      excused += 1;
    } else violations.push(`TOLD: ${problem} (${record.name})`);
  }
  return { violations, excused };
}

function toldProblem(record: MemberRecord, call: AcceptedCall): string | undefined {
  if (call.jobId === undefined) return `${describe(call)} was accepted without a job`;
  const truth = record.jobs.find(({ id }) => id === call.jobId)?.status ?? 'unknown to the cloud';
  const told = record.told.get(call.jobId);
  if (told === undefined) return `job ${call.jobId} (${truth}) never stood in the history`;
  return (truth === 'SUCCEEDED') === (told === 'Succeeded')
    ? undefined
    : `job ${call.jobId} is ${truth}, the history said ${told}`;
}

/** ESR: the newest wish is in force and the object says so. */
export function auditFinal(name: string, state: FinalState): string[] {
  const { wantedVersion, version, wantedReplica, replica, ready } = state;
  return [
    ...(version === wantedVersion
      ? []
      : [`ESR: the component has version ${version}, wanted ${wantedVersion} (${name})`]),
    ...(wantedReplica === undefined || replica === wantedReplica
      ? []
      : [`ESR: the component has ${replica} instances, wanted ${wantedReplica} (${name})`]),
    ...(ready ? [] : [`ESR: the object is not Ready for its generation (${name})`]),
  ];
}
