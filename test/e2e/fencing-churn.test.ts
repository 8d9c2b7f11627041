// Two and three replicas that are ended, killed, stopped and woken in a seeded order while ten objects are edited all the
// time. Whatever that leads to: no version is accepted twice, none after a newer one, and each object ends Ready with its
// newest.
import { afterAll, expect, it, vi } from 'vitest';
import type { Status } from '../../src/api/status.ts';
import { seededRandom } from '../fakes/simulator/index.ts';
import { componentsPath } from '../support/kube-target.ts';
import { lengths } from '../support/lengths.ts';
import { statusViolations } from '../support/status-rules.ts';
import { watchOn } from '../support/watch.ts';
import { endEveryReplica, inSite, pass, type Replica, type Site } from './support-fencing.ts';
import { createFigures } from './support-figures.ts';
import { type Item, PATIENT } from './support-item.ts';
import { describeOnRealServer, type E2eServer } from './support-server.ts';

const ITEMS = 10;
const CHURN_MS = lengths.name === 'short' ? 15_000 : 300_000;
const EDIT_EVERY_MS = 120;
/** Often enough to meet a change under way, seldom enough that somebody leads in between. */
const DISTURB_EVERY_MS = lengths.leaseDurationMs * (lengths.name === 'short' ? 0.6 : 1.5);
/** Changes the order of everything below; a run is repeated with the same number, as far as real time can be. */
const SEED = Number(process.env.SERVICESTAGE_TEST_SEED ?? 20_261_125);

describeOnRealServer('fencing: replicas under churn', { crd: 'installed' }, (current) => {
  const figures = createFigures();
  afterAll(async () => {
    console.log(['figures:', ...figures.lines()].join('\n  '));
    await endEveryReplica();
  });

  it.concurrent.for([2, 3])(
    'of %i no call is accepted twice, and all objects end Ready',
    { timeout: 2 * CHURN_MS + 3 * PATIENT.timeout },
    (count, { task }) =>
      inSite(current(), async (at) => {
        const rules = watchRules(current(), at);
        const { items, edits, crew } = await churned(at, count).finally(rules.stop);
        await rules.done;
        const doubles = items.reduce((sum, item) => sum + doublesOf(item), 0);
        const accepted = items.reduce((sum, item) => sum + item.accepted().length, 0);
        figures.note(task, 'doubleCalls', doubles);
        figures.note(task, 'acceptedCalls', accepted);
        figures.note(task, 'edits', edits.made);
        for (const [what, times] of Object.entries(crew.done)) figures.note(task, what, times);
        expect(doubles).toBe(0);
        for (const item of items) {
          const versions = item.accepted().map(numberOf);
          expect(versions, item.name).toEqual(versions.toSorted((a, b) => a - b));
          expect(versions.at(-1), item.name).toBe(edits.newest.get(item.name) ?? 1);
        }
        expect(rules.broken).toEqual([]);
      }),
  );
});

const numberOf = (version: string | undefined): number => Number(version?.split('.').at(-1));

/** Accepted calls beyond the first of each version. */
function doublesOf(item: Item): number {
  return item.accepted().length - new Set(item.accepted()).size;
}

/** A site after its churn: everybody awake, every object Ready. */
async function churned(at: Site, count: number): Promise<Churned> {
  const crew = createCrew(at, seededRandom(SEED + count));
  for (let i = 0; i < count; i += 1) await crew.add();
  const items = await Promise.all(Array.from({ length: ITEMS }, (_, i) => at.create(`item-${i}`)));
  const edits = await churn(items, crew, seededRandom(SEED * 2 + count));
  await crew.settle();
  await Promise.all(items.map((item) => item.untilReady()));
  return { items, edits, crew };
}

interface Churned {
  readonly items: readonly Item[];
  readonly edits: Edits;
  readonly crew: Crew;
}

interface Edits {
  made: number;
  readonly newest: Map<string, number>;
}

/** Edits objects and disturbs the crew until the time is over. */
async function churn(items: readonly Item[], crew: Crew, random: () => number): Promise<Edits> {
  const edits: Edits = { made: 0, newest: new Map() };
  const end = performance.now() + CHURN_MS;
  let disturbAt = performance.now() + DISTURB_EVERY_MS;
  while (performance.now() < end) {
    const item = items[Math.floor(random() * items.length)];
    if (item !== undefined) {
      const number = (edits.newest.get(item.name) ?? 1) + 1;
      await item.edit(`1.0.${number}`);
      edits.newest.set(item.name, number);
      edits.made += 1;
    }
    if (performance.now() >= disturbAt) {
      crew.disturb();
      disturbAt = performance.now() + DISTURB_EVERY_MS * (0.5 + random());
    }
    await pass(EDIT_EVERY_MS * 2 * random());
  }
  return edits;
}

interface Crew {
  /** How often it was done. */
  readonly done: Record<'terms' | 'kills' | 'stops', number>;
  add(): Promise<void>;
  /** Does something to one replica that is up, in the background; a replica that ends is replaced. */
  disturb(): void;
  /** Waits until everything begun is over: all stopped ones awake, all ended ones replaced. */
  settle(): Promise<void>;
}

function createCrew(at: Site, random: () => number): Crew {
  const up: Replica[] = [];
  const under = new Set<Promise<void>>();
  const done = { terms: 0, kills: 0, stops: 0 };
  const next = shuffledDeck(['stop', 'SIGTERM', 'SIGKILL'] as const, random);
  const add = async (): Promise<void> => {
    up.push(await at.start());
  };
  const stop = async (replica: Replica): Promise<void> => {
    done.stops += 1;
    replica.freeze();
    // Shorter than a lease, or longer: what it holds when it wakes may still be its own.
    await pass(lengths.pauseMs * (0.2 + 0.8 * random()));
    replica.wake();
    up.push(replica);
  };
  const end = async (replica: Replica, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    done[signal === 'SIGTERM' ? 'terms' : 'kills'] += 1;
    const [exit] = await Promise.all([replica.end(signal), add()]);
    if (signal === 'SIGTERM') expect(exit).toEqual({ code: 0, signal: null });
  };
  return {
    done,
    add,
    disturb: () => {
      // The leader more often than another.
      const leads = up.findIndex((replica) => replica.leads());
      const index = leads >= 0 && random() < 0.7 ? leads : Math.floor(random() * up.length);
      const [replica] = up.splice(index, 1);
      if (replica === undefined) return;
      const what = next();
      const work = what === 'stop' ? stop(replica) : end(replica, what);
      under.add(work);
      work.then(
        () => under.delete(work),
        () => undefined,
      );
    },
    settle: async () => {
      await Promise.all(under);
      await vi.waitFor(() => expect(up.some((replica) => replica.leads())).toBe(true), PATIENT);
    },
  };
}

/** Gives the values in a random order, all of them before any comes again. */
function shuffledDeck<T>(values: readonly T[], random: () => number): () => T {
  let deck: T[] = [];
  return () => {
    if (deck.length === 0) deck = [...values];
    const [drawn] = deck.splice(Math.floor(random() * deck.length), 1);
    if (drawn === undefined) throw new Error('an empty deck');
    return drawn;
  };
}

interface Rules {
  readonly broken: readonly string[];
  readonly done: Promise<void>;
  stop(): void;
}

/** Holds every status write of the site against the status rules. */
function watchRules({ kube }: E2eServer, { namespace }: Site): Rules {
  const watching = new AbortController();
  const broken: string[] = [];
  const last = new Map<string, Status>();
  const done = watchOn(kube, {
    path: componentsPath(namespace),
    signal: watching.signal,
    seen: ({ metadata, status: stored }) => {
      const status = stored as unknown as Status | undefined;
      if (status?.conditions === undefined) return;
      const before = last.get(metadata.uid);
      if (JSON.stringify(before) === JSON.stringify(status)) return;
      last.set(metadata.uid, status);
      const written = { generation: metadata.generation, deleting: false, status };
      broken.push(...statusViolations(before, written).map((rule) => `${metadata.name}: ${rule}`));
    },
  });
  return { broken, done, stop: () => watching.abort() };
}
