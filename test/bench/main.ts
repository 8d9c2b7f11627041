// `npm run bench -- [--quick] [--json FILE] [--rest-minutes N] [--api real|embedded]`: what an edit, a change, a resource
// and rest cost. It judges nothing: numbers depend on the machine, so they are printed with it, and latency as a ratio to
// a null client of the same run. A bad flag is one line and exit code 2.
import { writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { measureLatency } from './latency.ts';
import { measureMemory } from './memory.ts';
import { type Report, tableOf } from './report.ts';
import { measureRest } from './rest.ts';
import { type Rig, startRig } from './rig.ts';

const SIZES = {
  full: { edits: 300, small: 1_000, large: 10_000, restMinutes: 10 },
  quick: { edits: 60, small: 1_000, large: 4_000, restMinutes: 0.5 },
} as const;

const flagsSchema = z.object({
  quick: z.boolean().default(false),
  json: z.string().min(1).optional(),
  'rest-minutes': z.coerce.number('must be a number').positive().optional(),
  api: z.enum(['real', 'embedded']).optional(),
});
type Flags = z.output<typeof flagsSchema>;

function flagsOf(args: readonly string[]): Flags | string {
  const text = { type: 'string' } as const;
  const options = { quick: { type: 'boolean' }, json: text, 'rest-minutes': text, api: text } as const;
  try {
    const parsed = flagsSchema.safeParse(parseArgs({ args: [...args], options, strict: true }).values);
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    return `--${String(issue?.path[0])}: ${issue?.message}`;
  } catch (error) {
    return error instanceof Error ? (error.message.split('. ', 1)[0] ?? '') : 'bad flags';
  }
}

async function main(flags: Flags): Promise<void> {
  const rig = await startRig(flags.api ?? 'best');
  try {
    const report = await measure(rig, flags);
    console.log(tableOf(report));
    if (flags.json !== undefined) await writeFile(flags.json, `${JSON.stringify(report, undefined, 2)}\n`);
  } finally {
    await rig.stop();
  }
}

async function measure(rig: Rig, flags: Flags): Promise<Report> {
  const sizes = flags.quick ? SIZES.quick : SIZES.full;
  const minutes = flags['rest-minutes'] ?? sizes.restMinutes;
  console.error(`edit -> PUT: ${sizes.edits} edits each ...`);
  const latency = await measureLatency(rig, sizes.edits);
  console.error(`memory: ${sizes.small}, then ${sizes.large} resources ...`);
  const memory = await measureMemory(rig, sizes);
  console.error(`rest: ${minutes} min ...`);
  const rest = await measureRest(rig, minutes);
  const machine = {
    cores: cpus().length,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    server: rig.server,
  };
  return { machine, quick: flags.quick, latency, memory, rest };
}

const flags = flagsOf(process.argv.slice(2));
if (typeof flags === 'string') {
  console.error(`bench: ${flags}`);
  process.exitCode = 2;
} else await main(flags);
