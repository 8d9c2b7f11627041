// What other programs make of an object, asked of their own code: kstatus, and an Argo CD health script.
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { buildJudges } from './real-binaries.ts';

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

async function judge(args: readonly string[], objects: readonly object[]): Promise<readonly Verdict[]> {
  const judges = spawn(await buildJudges(), args);
  judges.stdin.on('error', () => {}); // it ended early: its exit code and stderr tell why
  judges.stdin.end(objects.map((object) => `${JSON.stringify(object)}\n`).join(''));
  const [verdicts, complaint] = await Promise.all([text(judges.stdout), text(judges.stderr)]);
  if (complaint !== '') throw new Error(complaint.trim());
  return verdicts
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Verdict);
}
