// What the CRD's validation rules cost at most, estimated by the code of the API server itself, which refuses a CRD beyond
// its budget. Needs Go; the estimate is kept under
// node_modules/.cache and made again only when the CRD, the command or the API server's release changes.
import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { CRD_FILE } from './generate.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '..');
const MODULE = join(ROOT, 'test', 'e2e', 'apiserver');
const CACHE = join(ROOT, 'node_modules', '.cache', 'servicestage-check');
/** Our share of the API server's budget, so that rules can be added for years. */
const MAX_SHARE = 0.1;

const reportSchema = z.object({
  rules: z.int(),
  total: z.number(),
  limit: z.number(),
  ruleLimit: z.number(),
  dearest: z.array(z.object({ path: z.string(), rule: z.string(), cost: z.number() })),
});
type Report = z.output<typeof reportSchema>;

/** `line` is for people, without a full stop. */
export interface CelCost {
  readonly verdict: 'ok' | 'too dear' | 'unknown';
  readonly line: string;
}

/** The estimate for the CRD on disk. Never throws: what stands in the way is the line. */
export async function celCost(): Promise<CelCost> {
  const crd = join(ROOT, CRD_FILE);
  const go = spawnSync('go', ['version'], { encoding: 'utf8' });
  const key = go.status === 0 ? await keyOf([crd, ...sources()]) : undefined;
  if (key === undefined) return { verdict: 'unknown', line: 'skipped, since Go is not on PATH' };
  const file = join(CACHE, `cel-cost-${key}.json`);
  try {
    const kept = await readFile(file, 'utf8').catch(() => undefined);
    if (kept !== undefined) return judged(reportSchema.parse(JSON.parse(kept)));
    const report = await estimate(crd);
    await mkdir(CACHE, { recursive: true });
    await writeFile(file, JSON.stringify(report));
    return judged(report);
  } catch (error) {
    const words = error instanceof Error ? error.message.trim().split('\n').at(-1) : String(error);
    return { verdict: 'unknown', line: `not known, since the estimate failed: ${words}` };
  }
}

function sources(): readonly string[] {
  return ['go.mod', join('cmd', 'celcost', 'main.go')].map((name) => join(MODULE, name));
}

async function keyOf(files: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const file of files) hash.update(await readFile(file)).update('\0');
  return hash.digest('hex').slice(0, 16);
}

/** The flags are those of the API server's build, so that both share Go's cache. */
async function estimate(crd: string): Promise<Report> {
  console.error(
    'CEL cost: estimating with the code of the API server (minutes when nothing of it was built yet)',
  );
  const { stdout } = await run('go', ['run', '-trimpath', './cmd/celcost', crd], {
    cwd: MODULE,
    env: { ...process.env, CGO_ENABLED: '0', GOWORK: 'off' },
    maxBuffer: 64 * 1024 * 1024,
  });
  return reportSchema.parse(JSON.parse(stdout));
}

function judged({ rules, total, limit, dearest }: Report): CelCost {
  const share = total / limit;
  const text = `${(share * 100).toFixed(2)} % of the API server's budget (${total} of ${limit}, ${rules} rules)`;
  const most = dearest.slice(0, 3).map(({ path, cost }) => `${path} ${cost}`);
  return share <= MAX_SHARE
    ? { verdict: 'ok', line: text }
    : {
        verdict: 'too dear',
        line: `${text}, more than ${MAX_SHARE * 100} %; dearest: ${most.join(', ')}; bound a list or a text`,
      };
}
