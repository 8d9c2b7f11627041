// The rules that every written status obeys, checked after every status write in every test that holds an API server.
// Numbers are those of the documentation page of statuses.
import {
  JOB_REASONS,
  PAUSED_REASONS,
  READY_REASONS,
  RECONCILING_REASONS,
  STALLED_REASONS,
  SYNCED_REASONS,
} from '../../src/api/names.ts';
import { type Condition, type Status, statusSchema } from '../../src/api/status.ts';

export interface Written {
  readonly generation: number;
  readonly deleting: boolean;
  readonly status: Status;
}

const REASONS: Record<Condition['type'], readonly string[]> = {
  Ready: READY_REASONS,
  Reconciling: RECONCILING_REASONS,
  Stalled: STALLED_REASONS,
  Synced: SYNCED_REASONS,
  JobSucceeded: JOB_REASONS,
  Paused: PAUSED_REASONS,
};

const UNSTABLE_TEXT = /\d{4}-\d\d-\d\dT|request id|https?:\/\/\S*\?/i;
const MAX_STATUS_BYTES = 16 * 1024;

/** What the write from `before` to `after` breaks; empty when nothing. */
export function statusViolations(before: Status | undefined, after: Written): string[] {
  const { status, generation } = after;
  const by = new Map((status.conditions ?? []).map((c) => [c.type, c]));
  const ready = by.get('Ready');
  const broken: string[] = [];
  const must = (holds: boolean, rule: string) => {
    if (!holds) broken.push(rule);
  };
  must(statusSchema.safeParse(status).success, 'the status fits its schema');
  must(ready !== undefined, '1: Ready exists after the first write');
  must(
    !(ready?.status === 'True' && (by.has('Stalled') || by.has('Reconciling'))),
    '2: no Stalled or Reconciling beside Ready=True',
  );
  must(!(by.has('Stalled') && by.has('Reconciling')), '3: not both Stalled and Reconciling');
  for (const type of ['Stalled', 'Reconciling', 'Paused'] as const)
    must(by.get(type)?.status !== 'False', `3: ${type} only while True`);
  must(status.observedGeneration <= generation, '4: observedGeneration is at most the generation');
  if (ready?.status === 'True') {
    for (const c of by.values())
      must(
        c.observedGeneration === status.observedGeneration,
        `5: ${c.type} carries the generation of Ready=True`,
      );
  }
  must(
    ready?.status !== 'Unknown' || by.has('Reconciling') || by.has('Paused'),
    '6: Ready=Unknown while working or paused',
  );
  for (const type of ['Reconciling', 'Stalled'] as const) {
    const mode = by.get(type);
    must(mode === undefined || mode.message === ready?.message, `7: ${type} has the message of Ready`);
  }
  for (const c of by.values()) {
    const old = before?.conditions?.find((o) => o.type === c.type);
    if (old !== undefined)
      must(
        (old.status === c.status) === (old.lastTransitionTime === c.lastTransitionTime) ||
          old.status !== c.status,
        `8: ${c.type} lastTransitionTime moves only with its status`,
      );
    must(REASONS[c.type].includes(c.reason), `9: ${c.type} reason ${c.reason} is in the list`);
    must(Buffer.byteLength(c.message) <= 512, `9: ${c.type} message is at most 512 bytes`);
    must(!UNSTABLE_TEXT.test(c.message), `9: ${c.type} message holds still: ${c.message}`);
  }
  must(keepsLivingReady(before, after), '10: Ready does not return to Unknown for a mere check');
  must(
    before?.conditions !== undefined ||
      ready?.status !== 'False' ||
      by.has('Stalled') ||
      by.has('Reconciling'),
    '11: False is no start value',
  );
  must(Buffer.byteLength(JSON.stringify(status)) <= MAX_STATUS_BYTES, '12: the status is at most 16 KiB');
  return broken;
}

/** Ready may leave True for Unknown only with a new generation or a new operation. */
function keepsLivingReady(before: Status | undefined, { status }: Written): boolean {
  const was = before?.conditions?.find((c) => c.type === 'Ready')?.status;
  const is = status.conditions?.find((c) => c.type === 'Ready')?.status;
  if (was !== 'True' || is !== 'Unknown') return true;
  return (
    before?.observedGeneration !== status.observedGeneration || before?.operation?.id !== status.operation?.id
  );
}
