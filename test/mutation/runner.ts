// How the mutation tool runs the tests: in its own process, loaded once. The tool's mutants are all in the loaded code and switched
// by a global, so a mutant costs only its tests, not a start of vitest; a mutant of code that runs at load makes all of it load anew.
//
// The tests are test/core without the exploration, which takes minutes per mutant.
import { readdirSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Collected, takeCollected } from './collect.ts';

const COLLECT = new URL('./collect.ts', import.meta.url).href;
const SLOW = /properties|text\.test/;

interface Test extends Collected {
  readonly id: string;
  readonly fileName: string;
}

type Hits = Readonly<Record<string, number>>;

/** How often the code of each mutant ran: while files were loaded, and in each test. */
interface Coverage {
  readonly static: Hits;
  readonly perTest: Readonly<Record<string, Hits>>;
}

/** The tool's switchboard, shared with the code that it instrumented. */
interface Switchboard {
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  hitCount?: number | undefined;
  hitLimit?: number | undefined;
  mutantCoverage?: Coverage;
}

interface Mutant {
  readonly id: string;
  readonly fileName: string;
}

interface MutantRun {
  readonly activeMutant: Mutant;
  readonly testFilter?: readonly string[];
  readonly hitLimit?: number;
  readonly mutantActivation: 'runtime' | 'static';
  readonly reloadEnvironment: boolean;
}

const shared = globalThis as { __stryker__?: Switchboard };
shared.__stryker__ ??= {};
const board: Switchboard = shared.__stryker__;

/** Makes every later import of the copy's own files load anew, and hands `collect.ts` to whoever asks for vitest. */
function loadsAnew(root: string): { next(): void } {
  let load = 0;
  const own = pathToFileURL(`${root}/`).href;
  registerHooks({
    resolve(specifier, context, nextResolve) {
      if (specifier === 'vitest' && context.parentURL?.startsWith(own))
        return { url: COLLECT, shortCircuit: true };
      const resolved = nextResolve(specifier, context);
      return resolved.url.startsWith(own) ? { ...resolved, url: `${resolved.url}?load=${load}` } : resolved;
    },
  });
  return {
    next: () => {
      load += 1;
    },
  };
}

export class WarmRunner {
  readonly #root = process.cwd();
  readonly #loads = loadsAnew(this.#root);
  #tests: readonly Test[] | undefined;

  capabilities() {
    return { reloadEnvironment: true };
  }

  async dryRun() {
    const tests = await this.#loaded();
    const results = [];
    for (const test of tests) {
      board.currentTestId = test.id;
      const from = performance.now();
      const failureMessage = await failureOf(test);
      board.currentTestId = undefined;
      const { id, name, fileName } = test;
      const known = { id, name, fileName, timeSpentMs: performance.now() - from };
      results.push(
        failureMessage === undefined ? { ...known, status: 0 } : { ...known, status: 1, failureMessage },
      );
    }
    return { status: 'complete', tests: results, mutantCoverage: atRunTime(board.mutantCoverage) };
  }

  async mutantRun({ activeMutant, testFilter, hitLimit, mutantActivation, reloadEnvironment }: MutantRun) {
    if (reloadEnvironment) this.#forget();
    Object.assign(board, { hitCount: 0, hitLimit });
    const wanted = testFilter === undefined ? undefined : new Set(testFilter);
    const chosen = (tests: readonly Test[]) =>
      wanted === undefined ? tests : tests.filter(({ id }) => wanted.has(id));
    try {
      if (mutantActivation === 'static') return await this.#judgeWhileLoading(activeMutant, chosen);
      const tests = await this.#loaded();
      board.activeMutant = activeMutant.id;
      return await verdict(chosen(tests));
    } catch (error) {
      return { status: 'error', errorMessage: String(error) };
    } finally {
      board.activeMutant = undefined;
    }
  }

  /** File by file, the likely ones first: a mutant that is noticed early spares the load of the others. */
  async #judgeWhileLoading({ id, fileName }: Mutant, chosen: (tests: readonly Test[]) => readonly Test[]) {
    this.#tests = undefined;
    board.activeMutant = id;
    let nrOfTests = 0;
    for (const name of likelyFirst(testFiles(this.#root), fileName)) {
      const found = await verdict(chosen(await loadFile(this.#root, name)));
      if (found.status !== 'survived') return found;
      nrOfTests += found.nrOfTests ?? 0;
    }
    return { status: 'survived', nrOfTests };
  }

  #forget(): void {
    this.#tests = undefined;
    this.#loads.next();
  }

  async #loaded(): Promise<readonly Test[]> {
    if (this.#tests !== undefined) return this.#tests;
    const tests: Test[] = [];
    for (const name of testFiles(this.#root)) tests.push(...(await loadFile(this.#root, name)));
    this.#tests = tests;
    return tests;
  }
}

/**
 * Code that runs in tests is judged by those tests, also when it runs at load as well: a load per mutant would cost more than all
 * else. That can only hide a mutant that is noticed, never the other way round.
 */
function atRunTime(coverage: Coverage | undefined): Coverage | undefined {
  if (coverage === undefined) return undefined;
  const inTests = new Set(Object.values(coverage.perTest).flatMap((hits) => Object.keys(hits)));
  const atLoad = Object.entries(coverage.static).filter(([id]) => !inTests.has(id));
  return { ...coverage, static: Object.fromEntries(atLoad) };
}

/** The quick ones first. */
function testFiles(root: string): string[] {
  const names = readdirSync(join(root, 'test', 'core'));
  const slow = (name: string) => Number(SLOW.test(name));
  return names
    .filter((name) => name.endsWith('.test.ts') && !name.startsWith('explore'))
    .toSorted((a, b) => slow(a) - slow(b) || a.localeCompare(b));
}

function likelyFirst(names: readonly string[], mutated: string): string[] {
  const word = basename(mutated, '.ts').split('-')[0] ?? '';
  const unlikely = (name: string) => Number(!name.includes(word));
  return names.toSorted((a, b) => unlikely(a) - unlikely(b));
}

async function loadFile(root: string, name: string): Promise<readonly Test[]> {
  await import(pathToFileURL(join(root, 'test', 'mutation', 'setup.ts')).href);
  const fileName = join(root, 'test', 'core', name);
  await import(pathToFileURL(fileName).href);
  return takeCollected().map((test, i) => ({ ...test, fileName, id: `${name}#${i} ${test.name}` }));
}

/** Ends at the first test that notices; an endless loop is one that passed a mutant more often than `hitLimit`. */
async function verdict(tests: readonly Test[]) {
  let nrOfTests = 0;
  for (const test of tests) {
    nrOfTests += 1;
    const failureMessage = await failureOf(test);
    const { hitCount = 0, hitLimit = Number.POSITIVE_INFINITY } = board;
    if (hitCount > hitLimit)
      return { status: 'timeout', reason: `Hit limit reached (${hitCount}/${hitLimit})` };
    if (failureMessage !== undefined)
      return { status: 'killed', killedBy: [test.id], failureMessage, nrOfTests };
  }
  return { status: 'survived', nrOfTests };
}

async function failureOf({ run }: Test): Promise<string | undefined> {
  try {
    await run();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
