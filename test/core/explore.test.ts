// Every order of events within small bounds: no cause gets a second accepted call, no outcome is lost, every status tells the
// truth and every world comes to rest. What is modelled and what is not stands in test/support/drive/state.ts.
//
// In every run: the bounds of the rows below, exhaustively, and of the promise's bounds (2 edits, 2 crashes, 1 change of leader
// with the old one stopped and woken, 1 job of the console, 1 lost answer, 1 stale view) any one fault, and 300 random walks with all
// of them. `npm run model` looks at more of them together and says how far it came: all eight, exhaustively, are more than it
// finishes, so `npm run model -- --walks N` goes through them at random.
import { describe, expect, it } from 'vitest';
import {
  type Bounds,
  type Explored,
  explore,
  type Menu,
  newWorld,
  PROMISED,
  PROMISED_MENU,
  VARIANTS,
  type WorldOptions,
  walk,
} from '../support/drive.ts';
import { cr } from '../support/make.ts';

const MENU: Menu = {
  edits: [{ component: { version: '1.0.2' } }],
  annotations: [{ 'servicestage.io/force-apply-at': 'a' }],
  console: [undefined, '9.9.9'],
};

interface Row {
  readonly name: string;
  readonly bounds: Bounds;
  readonly world?: WorldOptions;
  readonly menu?: Menu;
}

const forbidden = { cloud: { records: 'forbidden' } } as const;
const scaled = cr({
  component: { version: '1.0.1', replica: 2 },
  spec: { interval: '0s', scaleHosts: ['a', 'b', 'c'] },
});

const deletable = cr({
  component: { version: '1.0.1' },
  spec: { interval: '0s', deletionPolicy: 'Delete' },
});

const rows: Row[] = [
  { name: 'a crash anywhere and a lost answer', bounds: { crash: 1, lose: 1 } },
  { name: 'an edit anywhere and a lost answer', bounds: { edit: 1, lose: 1 } },
  { name: 'a lost answer, the records forbidden', bounds: { lose: 1 }, world: forbidden },
  { name: 'a job that shows late, and a lost answer', bounds: { late: 1, lose: 1 } },
  { name: 'two writes to the API server that go wrong', bounds: { api: 2 } },
  { name: 'a refusal and a job of the console', bounds: { refuse: 1, console: 1 } },
  { name: 'a throttle and a crash', bounds: { throttle: 1, crash: 1 } },
  { name: 'a failed job and an edit', bounds: { jobFails: 1, edit: 1 } },
  { name: 'a force token and a failed job', bounds: { annotate: 1, jobFails: 1 } },
  { name: 'a pass that stops for six seconds, and a lost answer', bounds: { stall: 1, lose: 1 } },
  { name: 'a deletion and a lost answer', bounds: { remove: 1, lose: 1 } },
  { name: 'a lease that moves', bounds: { lead: 1 }, world: { processes: 2 } },
  { name: 'a job that the service forgets, and an edit', bounds: { forget: 1, edit: 1 } },
  { name: 'a scale and a crash', bounds: { crash: 1 }, world: { object: scaled } },
  { name: 'a write to the API server that lands late, and an edit', bounds: { tardy: 1, edit: 1 } },
  { name: 'a watch that lags, and an edit', bounds: { stale: 1, edit: 1 } },
  {
    name: 'a lease that moves to a process with an old view, from one with a write on its way',
    bounds: { lead: 1, stale: 1 },
    world: { processes: 2 },
  },
  { name: 'credentials that go, and come back at any time later', bounds: { credentials: 1 } },
  { name: 'a wall clock that jumps, and a lost answer', bounds: { jump: 1, lose: 1 } },
  { name: 'a job in state UNKNOWN, and an edit', bounds: { mute: 1, edit: 1 } },
  { name: 'a component that is PENDING after its job, and an edit', bounds: { pending: 1, edit: 1 } },
  {
    name: 'a deletion with policy Delete, and a lost answer',
    bounds: { remove: 1, lose: 1 },
    world: { object: deletable },
  },
  {
    name: 'a deletion with policy Delete, and a crash',
    bounds: { remove: 1, crash: 1 },
    world: { object: deletable },
  },
  {
    name: 'a pause, a resume and a failed job',
    bounds: { edit: 2, jobFails: 1 },
    menu: { edits: [{ spec: { suspend: true } }, { spec: { suspend: false } }] },
  },
];

function found({ findings }: Pick<Explored, 'findings'>): string[] {
  return findings.map(({ promise, trace }) => [promise, ...trace].join('\n'));
}

describe('in every order of events', () => {
  it.each(rows)('$name: all promises hold', { timeout: 120_000 }, ({ bounds, world, menu = MENU }) => {
    const explored = explore(newWorld(world), { bounds, menu });
    expect(found(explored)).toEqual([]);
    expect(explored.complete).toBe('yes');
  });
});

describe('within the bounds of the promise', () => {
  it('any one fault breaks nothing', { timeout: 120_000 }, () => {
    const explored = explore(newWorld({ processes: 2 }), { bounds: PROMISED, menu: PROMISED_MENU, total: 1 });
    expect(found(explored)).toEqual([]);
    expect(explored.complete).toBe('yes');
  });

  it('all faults together break nothing in random walks', { timeout: 120_000 }, () => {
    const walked = walk(newWorld({ processes: 2 }), {
      bounds: PROMISED,
      menu: PROMISED_MENU,
      walks: 300,
      seed: 1,
    });
    expect(found(walked)).toEqual([]);
    expect(
      Object.keys(walked.faults)
        .map(Number)
        .some((count) => count >= 7),
    ).toBe(true);
  });

  it('a walk finds an operator that is broken on purpose', () => {
    const [hands] = Object.values(VARIANTS);
    const world = newWorld({ processes: 2, ...(hands === undefined ? {} : { hands }) });
    const walked = walk(world, { bounds: PROMISED, menu: PROMISED_MENU, walks: 300, seed: 1 });
    expect(walked.findings).toHaveLength(1);
  });
});

describe('a wall clock that is set back', () => {
  it('does not prolong the back-off of a throttled call', () => {
    const explored = explore(newWorld(), { bounds: { jump: 2, throttle: 1 } });
    expect(found(explored)).toEqual([]);
  });
});

describe('the model', () => {
  it('finds the second call when the service takes longer than the settle, as assumption A1 says', () => {
    const world = newWorld({ cloud: { acceptsWithinMs: 600_000 } });
    const { findings } = explore(world, { bounds: { lose: 1 } });
    expect(findings[0]?.promise).toBe('ONCE: a second accepted write for Spec of generation 1');
  });
});
