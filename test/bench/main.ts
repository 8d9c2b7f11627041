// `npm run bench -- [--quick] [--json FILE] [--only PART] [--rest-minutes N] [--api real|embedded]`: what an edit, a change, a
// resource and rest cost, and whether a failing project slows others (`--only isolation`; left out otherwise: 10 min). It judges nothing: numbers depend on the machine, so they are printed with it, and latency as a ratio to
// a null client of the same run. A bad flag is one line and exit code 2.
import { writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { isolationLines, measureIsolation } from './isolation.ts';
import { measureLatency } from './latency.ts';
import { measureMemory } from './memory.ts';
import { type Report, tableOf } from './report.ts';
import { measureRest } from './rest.ts';
import { type Rig, startRig } from './rig.ts';

const SIZES = {
  full: { edits: 300, small: 1_000, large: 10_000, restMinutes: 10, perProject: 50 },
  quick: { edits: 60, small: 1_000, large: 4_000, restMinutes: 0.5, perProject: 15 },
} as const;

const flagsSchema = z.object({
  quick: z.boolean().default(false),
  json: z.string().min(1).optional(),
  only: z.enum(['isolation']).optional(),
  'rest-minutes': z.coerce.number('must be a number').positive().optional(),
  api: z.enum(['real', 'embedded']).optional(),
});
type Flags = z.output<typeof flagsSchema>;

function flagsOf(args: readonly string[]): Flags | string {
  const text = { type: 'string' } as const;
  const options = {
    quick: { type: 'boolean' },
    json: text,
    only: text,
    'rest-minutes': text,
    api: text,
  } as const;
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
    const { report, text } = flags.only === undefined ? await costs(rig, flags) : await isolation(rig, flags);
    console.log(text);
    if (flags.json !== undefined) await writeFile(flags.json, `${JSON.stringify(report, undefined, 2)}\n`);
  } finally {
    await rig.stop();
  }
}

interface Measured {
  readonly report: object;
  readonly text: string;
}

async function costs(rig: Rig, flags: Flags): Promise<Measured> {
  const report = await measure(rig, flags);
  return { report, text: tableOf(report) };
}

async function isolation(rig: Rig, { quick }: Flags): Promise<Measured> {
  const { perProject } = quick ? SIZES.quick : SIZES.full;
  const report = { machine: machineOf(rig), ...(await measureIsolation(rig, perProject)) };
  return { report, text: [`API server: ${rig.server}`, ...isolationLines(report)].join('\n') };
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
  return { machine: machineOf(rig), quick: flags.quick, latency, memory, rest };
}

function machineOf(rig: Rig): Report['machine'] {
  return {
    cores: cpus().length,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    server: rig.server,
  };
}

const flags = flagsOf(process.argv.slice(2));
if (typeof flags === 'string') {
  console.error(`bench: ${flags}`);
  process.exitCode = 2;
} else await main(flags);
