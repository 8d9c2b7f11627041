// The queue's promises as the plainest program that keeps them, and random use of both side by side.
import fc from 'fast-check';
import { type Lane, WorkQueue } from '../../src/controller/queue.ts';
import { createManualTime } from './manual-time.ts';

export type Step =
  | { readonly do: 'add'; readonly key: string; readonly lane: Lane }
  | { readonly do: 'addAfter'; readonly key: string; readonly ms: number }
  | { readonly do: 'take' }
  | { readonly do: 'done'; readonly pick: number; readonly news: 'seen' | 'unseen' }
  | { readonly do: 'forget'; readonly key: string }
  | { readonly do: 'advance'; readonly ms: number };

const key = fc.constantFrom('a', 'b', 'c', 'd');
const ms = fc.integer({ min: 0, max: 20 });
export const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('add' as const),
        key,
        lane: fc.constantFrom<Lane>('fresh', 'later'),
      }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('addAfter' as const), key, ms }) },
    { weight: 4, arbitrary: fc.constant({ do: 'take' as const }) },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant('done' as const),
        pick: fc.nat(),
        news: fc.constantFrom('seen' as const, 'unseen' as const),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('forget' as const), key }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('advance' as const), ms }) },
  ),
  { maxLength: 60 },
);

/** Keys handed out, in order, by the queue and by the model. */
export interface Outcome {
  readonly queue: readonly string[];
  readonly model: readonly string[];
  readonly depth: ReturnType<WorkQueue['depth']>;
  readonly modelDepth: ReturnType<WorkQueue['depth']>;
  /** Keys that two workers held at once. */
  readonly shared: readonly string[];
}

/** Runs the steps on both. `take` asks for a worker's next key and waits for it only as long as it is there. */
export async function runBoth(program: readonly Step[]): Promise<Outcome> {
  const time = createManualTime();
  const queue = new WorkQueue(time);
  const model = new Model();
  const taken: string[] = [];
  const held: string[] = [];
  const shared: string[] = [];
  const took = (next: string | undefined): void => {
    if (next === undefined) return;
    if (held.includes(next)) shared.push(next);
    held.push(next);
    taken.push(next);
  };
  for (const step of program) {
    if (step.do === 'take') queue.take().then(took);
    else if (step.do === 'advance') time.advance(step.ms);
    else if (step.do === 'add') queue.add(step.key, step.lane);
    else if (step.do === 'addAfter') queue.addAfter(step.key, step.ms);
    else if (step.do === 'forget') queue.forget(step.key);
    else if (held.length > 0) {
      const [finished = ''] = held.splice(step.pick % held.length, 1);
      model.finish(finished, step.news);
      queue.done(finished, step.news);
    }
    model.apply(step);
    await settled();
  }
  return { queue: taken, model: model.handed, depth: queue.depth(), modelDepth: model.depth(), shared };
}

async function settled(): Promise<void> {
  for (let hop = 0; hop < 4; hop += 1) await Promise.resolve();
}

interface Entry {
  readonly key: string;
  readonly lane: Lane;
}

/** One list of waiting keys, searched from the front; no sets, no shortcuts. */
class Model {
  readonly handed: string[] = [];
  #waiting: Entry[] = [];
  #due: { readonly key: string; readonly at: number }[] = [];
  readonly #working = new Map<string, Lane | undefined>();
  #workers = 0;
  #now = 0;

  apply(step: Step): void {
    if (step.do === 'add') this.#add(step.key, step.lane);
    else if (step.do === 'addAfter') this.#addAfter(step.key, this.#now + step.ms);
    else if (step.do === 'take') this.#workers += 1;
    else if (step.do === 'forget') this.#forget(step.key);
    else if (step.do === 'advance') this.#advance(this.#now + step.ms);
    this.#hand();
  }

  finish(key: string, news: 'seen' | 'unseen'): void {
    const again = this.#working.get(key);
    this.#working.delete(key);
    if (again !== undefined && news === 'unseen') this.#add(key, again);
    this.#hand();
  }

  depth(): ReturnType<WorkQueue['depth']> {
    const of = (lane: Lane) => this.#waiting.filter((entry) => entry.lane === lane).length;
    return { fresh: of('fresh'), later: of('later'), working: this.#working.size, due: this.#due.length };
  }

  #add(key: string, lane: Lane): void {
    if (this.#working.has(key)) {
      this.#working.set(key, this.#working.get(key) === 'fresh' ? 'fresh' : lane);
      return;
    }
    const before = this.#waiting.find((entry) => entry.key === key);
    if (before !== undefined && (before.lane === 'fresh' || lane === 'later')) return;
    this.#waiting = [...this.#waiting.filter((entry) => entry.key !== key), { key, lane }];
  }

  #addAfter(key: string, at: number): void {
    const before = this.#due.find((entry) => entry.key === key);
    if (before !== undefined && before.at <= at) return;
    this.#due = [...this.#due.filter((entry) => entry.key !== key), { key, at }];
  }

  #forget(key: string): void {
    this.#waiting = this.#waiting.filter((entry) => entry.key !== key);
    this.#due = this.#due.filter((entry) => entry.key !== key);
  }

  #advance(until: number): void {
    for (;;) {
      const next = this.#due.filter(({ at }) => at <= until).toSorted((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.#due = this.#due.filter((entry) => entry !== next);
      this.#add(next.key, 'later');
      this.#hand();
    }
    this.#now = until;
  }

  #hand(): void {
    while (this.#workers > 0) {
      const next = this.#waiting.find(({ lane }) => lane === 'fresh') ?? this.#waiting[0];
      if (next === undefined) return;
      this.#workers -= 1;
      this.#forget(next.key);
      this.#working.set(next.key, undefined);
      this.handed.push(next.key);
    }
  }
}
