// `npm run check`: everything that can be judged without running the product. Quiet where all is well, the tool's own
// words where it is not, then a table of what ran. `-- --write` lets the formatter repair what it can.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { celCost } from './cel-cost.ts';
import { table } from './report.ts';

const ROOT = join(import.meta.dirname, '..');

export interface Part {
  readonly name: string;
  readonly command: readonly string[];
}

export interface PartResult {
  readonly name: string;
  readonly seconds: number;
  readonly passed: boolean;
}

export const STATIC_PARTS: readonly Part[] = [
  { name: 'types', command: ['tsc', '--noEmit'] },
  { name: 'lint and format', command: ['biome', 'check', '--error-on-warnings'] },
  { name: 'generated files', command: ['node', 'scripts/generate.ts', '--check'] },
];

export const ARCHITECTURE: Part = { name: 'architecture', command: ['vitest', 'run', 'test/architecture'] };

/** Runs the parts one after the other; a failed one prints its output and the rest goes on. */
export async function runParts(parts: readonly Part[]): Promise<readonly PartResult[]> {
  const results: PartResult[] = [];
  for (const { name, command } of parts) {
    const startedMs = performance.now();
    const { code, output } = await run(command);
    const seconds = (performance.now() - startedMs) / 1000;
    if (code !== 0) console.log(`${name}: ${command.join(' ')} failed\n${output.trimEnd()}\n`);
    results.push({ name, seconds, passed: code === 0 });
  }
  return results;
}

/** The rows of the table that `npm run check` and `npm test` end with. */
export function tableOf(results: readonly PartResult[]): string {
  return table(
    results.map(({ name, seconds, passed }) => ({ name, seconds, note: passed ? 'ok' : 'FAILED' })),
  );
}

interface Finished {
  readonly code: number;
  readonly output: string;
}

/** The tools are those of node_modules/.bin, which scripts/run.mjs puts first on the path. */
function run([program = '', ...args]: readonly string[]): Promise<Finished> {
  const child = spawn(program, args, {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32',
  });
  const pieces: Buffer[] = [];
  child.stdout.on('data', (piece: Buffer) => pieces.push(piece));
  child.stderr.on('data', (piece: Buffer) => pieces.push(piece));
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: 1, output: `cannot start ${program}: ${error.message}` }));
    child.once('close', (code) =>
      resolve({ code: code ?? 1, output: Buffer.concat(pieces).toString('utf8') }),
    );
  });
}

if (import.meta.main) {
  const write = process.argv.includes('--write');
  const repaired = (part: Part): Part =>
    part.command[0] === 'biome' ? { ...part, command: [...part.command, '--write'] } : part;
  const parts = [...STATIC_PARTS, ARCHITECTURE];
  const results = await runParts(write ? parts.map(repaired) : parts);
  const { verdict, line } = await celCost();
  console.log(tableOf(results));
  console.log(`  CEL cost of the CRD: ${line}`);
  const failed = verdict === 'too dear' || (verdict === 'unknown' && process.env.CI === 'true');
  process.exitCode = results.every(({ passed }) => passed) && !failed ? 0 : 1;
}
