// What other programs make of an object, asked of their own code: kstatus, and an Argo CD health script.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { JsonObject } from '../../src/core/types.ts';
import { buildJudges } from './real-binaries.ts';

const run = promisify(execFile);

export type Verdict = { readonly status: string; readonly message: string };

/** One verdict per object, in order. */
export function judgeKstatus(objects: readonly object[]): Promise<readonly Verdict[]> {
  return judge(['kstatus'], objects);
}

/** One verdict per object, in order; `script` is the text of a health.lua. */
export async function judgeHealthLua(
  script: string,
  objects: readonly object[],
): Promise<readonly Verdict[]> {
  const dir = await mkdtemp(join(tmpdir(), 'servicestage-lua-'));
  try {
    const file = join(dir, 'health.lua');
    await writeFile(file, script);
    return await judge(['lua', file], objects);
  } finally {
    await rm(dir, { recursive: true });
  }
}

/** What a Lua file of Argo CD (an action, a discovery) returns for each object. */
export function runLuaTable(file: string, objects: readonly object[]): Promise<readonly JsonObject[]> {
  return judge<JsonObject>(['table', file], objects);
}

async function judge<T = Verdict>(
  args: readonly string[],
  objects: readonly object[],
): Promise<readonly T[]> {
  const judging = run(await buildJudges(), args, { maxBuffer: 64 * 1024 * 1024 });
  judging.child.stdin?.on('error', () => {}); // it ended early; `judging` rejects with what it printed
  judging.child.stdin?.end(objects.map((object) => JSON.stringify(object)).join('\n'));
  const { stdout } = await judging;
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line): T => JSON.parse(line));
}
