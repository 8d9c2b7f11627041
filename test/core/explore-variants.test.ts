// The proof that the model can fail: the operator, broken on purpose in one way at a time, breaks the promise named here, and
// the same bounds without the break do not. `PRINT_TRACES=1` shows the shortest trace of each.
import { describe, expect, it } from 'vitest';
import {
  type Bounds,
  type Exploration,
  explore,
  type Finding,
  type Menu,
  type Move,
  newWorld,
  START_VERSION,
  statusOf,
  VARIANTS,
  type World,
  type WorldOptions,
} from '../support/drive.ts';
import { cr } from '../support/make.ts';

interface Row {
  readonly name: keyof typeof VARIANTS;
  readonly breaks: RegExp;
  readonly bounds: Bounds;
  readonly menu?: Menu;
  readonly world?: WorldOptions;
  /** Broken promises to look for; the one that is named need not be the first. */
  readonly findings?: number;
  readonly forbidden?: NonNullable<Exploration['forbidden']>;
}

/** In the console somebody tried the version of the spec, and it failed. */
const triedBefore: WorldOptions = {
  cloud: {
    jobs: [
      {
        id: 'J-0',
        operationId: undefined,
        version: '1.0.1',
        replica: undefined,
        phase: 'failed',
        forgotten: false,
        visible: true,
        visibleByMono: 0,
      },
    ],
  },
};

/** The token comes after a failed attempt, the answer that is lost is the one to it. */
function afterFailure({ object, ledger }: World, { kind }: Move): 'forbidden' | 'allowed' {
  const failed = statusOf(object).operation?.phase === 'Failed';
  const early = (kind === 'annotate' && !failed) || (kind === 'lose' && ledger.forced.length === 0);
  return early ? 'forbidden' : 'allowed';
}

const force: Menu = { annotations: [{ 'servicestage.io/force-apply-at': 'a' }] };
const back: Menu = { edits: [{ component: { version: START_VERSION } }] };
const unheld = cr({ component: { version: '1.0.1' }, spec: { interval: '0s' }, finalizers: [] });

const rows: Row[] = [
  { name: 'no intent write', breaks: /^ONCE/m, bounds: { crash: 1 }, findings: 3 },
  {
    name: 'intent without resourceVersion',
    breaks: /^ONCE/m,
    findings: 2,
    bounds: { lead: 1, stale: 1 },
    world: { processes: 2 },
  },
  { name: 'baseline ignored', breaks: /^TOLD: J-0 is told/m, bounds: { lose: 1 }, world: triedBefore },
  { name: 'R sends', breaks: /^ONCE/m, bounds: { lose: 1 } },
  { name: 'R waits nothing', breaks: /^ONCE/m, bounds: { lose: 1 } },
  {
    name: 'no freshness check',
    breaks: /^ONCE/m,
    findings: 2,
    bounds: { lead: 2 },
    menu: { oldLeader: 'returns' },
    world: { processes: 2 },
  },
  {
    name: 'no phase test on writes',
    breaks: /^STATUS: 10/m,
    bounds: { lead: 1 },
    world: { processes: 2 },
  },
  {
    name: 'a job of our own taken as new',
    breaks: /^TOLD: J-\d+ is told/m,
    bounds: { annotate: 1, jobFails: 1, late: 1, lose: 1 },
    menu: force,
    forbidden: afterFailure,
  },
  {
    name: 'token echoed with the intent',
    breaks: /^TOKEN/m,
    bounds: { annotate: 1, throttle: 1 },
    menu: force,
  },
  { name: 'void treated as absence', breaks: /^ONCE/m, bounds: { edit: 1, jobFails: 1 }, menu: back },
  {
    name: 'finalizer after the intent',
    breaks: /^OWN/m,
    bounds: { remove: 1 },
    world: { object: unheld },
  },
];

function told(findings: readonly Finding[]): string {
  return findings.map(({ promise, trace }) => [promise, ...trace].join('\n  ')).join('\n');
}

describe('the model catches', () => {
  it.each(rows)('$name', { timeout: 240_000 }, ({ name, breaks, world = {}, findings = 1, ...limits }) => {
    const { findings: found } = explore(newWorld({ ...world, hands: VARIANTS[name] }), {
      ...limits,
      maxFindings: findings,
    });
    if (process.env.PRINT_TRACES !== undefined) console.log(`${name}\n${told(found)}`);
    expect(told(found)).toMatch(breaks);
    const sound = explore(newWorld(world), limits);
    expect(told(sound.findings)).toBe('');
    expect(sound.complete).toBe('yes');
  });
});
