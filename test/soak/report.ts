// The figures of a run as a page that stands on its own. Pure.
import { FAULT_SHARE, WRITE_FAULT_SHARE } from './cloud-faults.ts';
import type { IncarnationResult, SoakResult } from './result.ts';
import type { Trend } from './samples.ts';

/** Markdown. */
export function reportOf(result: SoakResult): string {
  return [
    '# Soak',
    '',
    verdict(result),
    '',
    ...setting(result),
    '',
    '## What was done to it',
    '',
    ...injected(result),
    '',
    '## Journal audit',
    '',
    ...audit(result),
    '',
    '## Processes',
    '',
    ...processes(result.incarnations),
    '',
    ...longest(result.incarnations),
    ...complaints(result.incarnations),
  ].join('\n');
}

function verdict({ violations, misses, hours, causes, cloud, settled }: SoakResult): string {
  const clean = violations.length + misses.length === 0;
  const broken = settled ? '' : ' The run was broken off: TOLD and ESR were not judged.';
  const what = `${hours.toFixed(2)} h, ${causes.total} causes, ${cloud.acceptedModifies + cloud.acceptedActions} accepted writes`;
  return `**${clean ? 'Passed' : 'Failed'}**: ${what}, ${violations.length} violations, ${misses.length} misses.${broken}`;
}

function setting({ started, ended, command, commit, machine, members }: SoakResult): string[] {
  const { cores, cpu, memoryGiB, node, load } = machine;
  return [
    `- Date: ${started} to ${ended ?? 'now'}${commit === '' ? '' : `; commit ${commit}`}`,
    `- Command: \`${command}\`; exit code 0 means no violation and no miss`,
    `- Machine: ${cores} cores (${cpu}), ${memoryGiB} GiB, Node ${node}, shared with other work: one-minute load ${load.low.toFixed(1)} to ${load.high.toFixed(1)}. Times are noisy for that reason.`,
    `- Set-up: a real kube-apiserver with etcd and RBAC, \`deploy/\` applied; the operator as a process with the rights of its ServiceAccount, leader election on; the simulator in the cloud's place, jobs of 8 s; ${members} resources in three namespaces that sign in by access key, by token, and by user and password.`,
  ];
}

const ACTIONS: Readonly<Record<keyof SoakResult['actions'], string>> = {
  create: 'created, with a version that the component does not have',
  createAgain: 'created again, as the component already is',
  edit: 'edited (version and package)',
  editTwice: 'edited twice within 4 s',
  editToFail: 'edited, and the job fails',
  scale: 'edited together with the number of instances',
  force: 'force token set',
  suspend: 'suspended',
  editSuspended: 'edited while suspended',
  resume: 'resumed',
  delete: 'deleted (Orphan)',
  foreignRestart: 'restarted by somebody else at the console',
  foreignModify: 'changed by somebody else at the console',
};

const INCIDENTS: Readonly<Record<keyof SoakResult['incidents'], string>> = {
  operatorKill: 'operator killed with SIGKILL, within 6 s of a burst of 8 edits',
  operatorStop: 'operator ended with SIGTERM, within 6 s of a burst of 8 edits',
  apiRestart: 'API server and etcd restarted',
  secretRotation: 'credentials Secret rotated; the old credential is refused 45 s later',
  kubeToken: "operator's Kubernetes token replaced; each is good for 10 min",
};

function injected({ actions, incidents, cloud, apiAwaySeconds }: SoakResult): string[] {
  const named = (names: Readonly<Record<string, string>>, counts: Readonly<Record<string, number>>) =>
    Object.entries(names).map(([key, text]) => `| ${text} | ${counts[key] ?? 0} |`);
  const kinds = [...new Set([...Object.keys(cloud.faults), ...Object.keys(cloud.writeFaults)])].sort();
  const total = [...Object.values(cloud.faults), ...Object.values(cloud.writeFaults)].reduce(
    (a, b) => a + b,
    0,
  );
  return [
    '| Users and others | times |',
    '|---|---:|',
    ...named(ACTIONS, actions),
    '',
    '| Incidents | times |',
    '|---|---:|',
    ...named(INCIDENTS, incidents),
    '',
    `The API server was away for ${apiAwaySeconds.toFixed(0)} s in all.`,
    '',
    `Faults of the cloud: ${total} of ${cloud.requests} requests (${((total / Math.max(1, cloud.requests)) * 100).toFixed(2)} %), each struck at random: ${FAULT_SHARE * 100} % of all requests and ${WRITE_FAULT_SHARE * 100} % more of the modify calls. Half of the errors and lost answers strike after the service has acted.`,
    '',
    '| Fault | reads | writes |',
    '|---|---:|---:|',
    ...kinds.map(
      (kind) => `| ${FAULTS[kind] ?? kind} | ${cloud.faults[kind] ?? 0} | ${cloud.writeFaults[kind] ?? 0} |`,
    ),
  ];
}

const FAULTS: Readonly<Record<string, string>> = {
  none: 'answered 3 s late',
  respond: 'answered 500, 502 or 503',
  html: 'a page of HTML with 502',
  throttle: '429, with and without Retry-After',
  reset: 'connection reset',
  hang: 'never answered',
  garbage: '200 with no JSON',
  empty: '200 with nothing',
  truncated: 'answer cut in the middle',
  acceptLate: '504, and accepted 4 s later',
  noJobId: '200 without a job id',
};

const RULES: Readonly<Record<string, string>> = {
  ONCE: 'every accepted write has a cause of its own: an edit, a creation, a force token, a scale',
  MONO: 'never an older version after a newer one',
  SUSPENDED: 'nothing that was edited while suspended is sent before the resume',
  TOLD: 'every job that an accepted write started stood in the history with its true end',
  ESR: 'at the end every component is as its newest spec says, and every object Ready for it',
  STATUS: 'every status that a watch saw obeys the status rules',
  PROCESS: 'the operator ended only when asked, with exit code 0 after SIGTERM',
};

function audit({ violations, misses, causes, cloud, excusedJobs, missAfterMinutes }: SoakResult): string[] {
  const of = (rule: string) => violations.filter((text) => text.startsWith(`${rule}:`)).length;
  const { total, ready, failed, withdrawn, open, seconds } = causes;
  const s = (value: number) => `${value.toFixed(1)} s`;
  return [
    `Made from the journal of the simulator, the soak's own list of causes and a watch of its own; nothing is asked of the operator. ${cloud.acceptedModifies} modify calls and ${cloud.acceptedActions} scale calls were accepted, ${cloud.refusedWrites} writes were struck before the service acted or refused.`,
    '',
    '| Rule | | violations |',
    '|---|---|---:|',
    ...Object.entries(RULES).map(([rule, text]) => `| ${rule} | ${text} | ${of(rule)} |`),
    '',
    `${total} causes: ${ready} in force, ${failed} failed as ordered, ${withdrawn} withdrawn with their deleted object, ${open} open. ${excusedJobs} jobs ran on after their object was released (Orphan) and had nobody to be told to. From the edit (or the resume) to Ready: p50 ${s(seconds.p50)}, p99 ${s(seconds.p99)}, longest ${s(seconds.max)}; lost answers wait for the settle of 30 s, and two cores are shared.`,
    '',
    `Misses (causes that were not in force within ${missAfterMinutes} min): ${misses.length}.`,
    ...list(
      misses.map(
        ({ member, cause, openSeconds, state }) => `${member}, ${cause}, open for ${openSeconds} s: ${state}`,
      ),
    ),
    ...(violations.length === 0 ? [] : ['', 'Violations:']),
    ...list(violations),
  ];
}

function list(lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', ...lines.slice(0, 100).map((line) => `- ${line}`)];
}

function processes(incarnations: readonly IncarnationResult[]): string[] {
  return [
    'Sampled every 10 s from `/metrics`. The steady part leaves out the first ten minutes (the first third of a shorter life); slopes are least squares over it. Only a life of more than half an hour says something about growth: before that the heap still finds its size.',
    '',
    '| # | life | ended by | RSS | RSS slope | heap slope | open files | timers | active resources | lag p99 | CPU |',
    '|---:|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|',
    ...incarnations.map(processRow),
  ];
}

function processRow({ number, end, figures }: IncarnationResult): string {
  if (figures === undefined) return `| ${number} | – | ${end} | | | | | | | | |`;
  const { minutes, rss, heap, openFiles, timers, resources, lag, cpuShare } = figures;
  const cells = [
    `${minutes.toFixed(1)} min`,
    end,
    `${rss.last.toFixed(0)} MiB`,
    perHour(rss),
    perHour(heap),
    reach(openFiles),
    reach(timers),
    reach(resources),
    `${lag.p99.toFixed(0)} ms`,
    `${(cpuShare * 100).toFixed(1)} %`,
  ];
  return `| ${number} | ${cells.join(' | ')} |`;
}

function perHour({ perHour: slope }: Trend): string {
  return `${slope >= 0 ? '+' : ''}${slope.toFixed(1)} MiB/h`;
}

function reach({ first, last, max }: Trend): string {
  return `${first.toFixed(0)} → ${last.toFixed(0)} (max ${max.toFixed(0)})`;
}

function longest(incarnations: readonly IncarnationResult[]): string[] {
  const all = incarnations.flatMap(({ number, figures }) =>
    figures === undefined ? [] : [{ number, figures }],
  );
  const [most] = all.sort((a, b) => b.figures.minutes - a.figures.minutes);
  if (most === undefined) return [];
  const { number, figures } = most;
  const { lag, steadyMinutes, samples } = figures;
  const row = (name: string, unit: string, { first, last, max, perHour: slope }: Trend) =>
    `| ${name} | ${first.toFixed(1)}${unit} | ${last.toFixed(1)}${unit} | ${max.toFixed(1)}${unit} | ${slope >= 0 ? '+' : ''}${slope.toFixed(2)}${unit}/h |`;
  return [
    `### The longest life: process ${number}, steady for ${steadyMinutes.toFixed(0)} min (${samples} samples)`,
    '',
    '| | first fifth | last fifth | max | slope |',
    '|---|---:|---:|---:|---:|',
    row('RSS', ' MiB', figures.rss),
    row('heap in use', ' MiB', figures.heap),
    row('external', ' MiB', figures.external),
    row('open files', '', figures.openFiles),
    row('timers', '', figures.timers),
    row('active resources', '', figures.resources),
    '',
    `Event-loop delay: p99 ${lag.p99.toFixed(0)} ms (median of the samples), worst sample ${lag.worstP99.toFixed(0)} ms, longest ${lag.max.toFixed(0)} ms.`,
    '',
  ];
}

function complaints(incarnations: readonly IncarnationResult[]): string[] {
  const counts = new Map<string, number>();
  for (const { complaints } of incarnations)
    for (const [line, times] of Object.entries(complaints)) counts.set(line, (counts.get(line) ?? 0) + times);
  const stray = incarnations.reduce((sum, each) => sum + each.stray, 0);
  const rows = [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([line, times]) => `| ${line.replaceAll('|', '\\|')} | ${times} |`);
  return [
    '## What the operator logged at warn and error',
    '',
    ...(rows.length === 0 ? ['Nothing.'] : ['| Message | times |', '|---|---:|', ...rows]),
    '',
    `Lines that are no log lines: ${stray}.`,
    '',
  ];
}
