// Who may import whom, as data. An entry ending in "/" allows the folder; "node:" allows Node's built-in modules.

export interface Room {
  /** A file, or a folder ending in "/"; the first row that fits counts. */
  readonly room: string;
  readonly may: readonly string[];
  /** Allowed as `import type` only. */
  readonly types?: readonly string[];
}

export const ROOMS: readonly Room[] = [
  { room: 'src/main.ts', may: ['src/', 'node:'] },
  { room: 'src/operator.ts', may: ['src/', 'node:'] },
  {
    room: 'src/cluster.ts',
    may: ['src/api/', 'src/kube/'],
    types: ['src/config.ts', 'src/ops/metrics.ts'],
  },
  { room: 'src/telemetry.ts', may: ['src/api/', 'src/controller/', 'src/kube/', 'src/ops/'] },
  {
    room: 'src/limits.ts',
    may: ['src/controller/', 'src/servicestage/', 'node:'],
    types: ['src/config.ts', 'src/core/types.ts', 'src/ops/metrics.ts'],
  },
  { room: 'src/time.ts', may: [], types: ['src/controller/ports.ts'] },
  { room: 'src/config.ts', may: ['src/config/', 'zod'] },
  { room: 'src/config/', may: ['src/config/', 'zod'] },
  { room: 'src/api/', may: ['src/api/', 'zod'] },
  { room: 'src/core/digest.ts', may: ['src/core/', 'src/api/', 'canonicalize', 'node:crypto'] },
  { room: 'src/core/', may: ['src/core/', 'src/api/'] },
  {
    room: 'src/servicestage/',
    may: ['src/servicestage/', 'undici', 'zod', 'p-retry', 'node:'],
    types: ['src/core/types.ts'],
  },
  {
    room: 'src/kube/',
    may: ['src/kube/', 'src/api/names.ts', '@kubernetes/client-node', 'undici', 'zod', 'node:'],
    types: ['src/core/types.ts'],
  },
  { room: 'src/controller/', may: ['src/controller/', 'src/core/', 'src/api/'] },
  { room: 'src/ops/', may: ['src/ops/', 'pino', 'prom-client', 'node:'] },
  { room: 'src/cli/main.ts', may: ['src/', 'node:', 'yaml'] },
  {
    room: 'src/cli/cloud.ts',
    may: [
      'src/cli/',
      'src/api/',
      'src/controller/account.ts',
      'src/kube/',
      'src/servicestage/',
      'src/time.ts',
    ],
    types: ['src/controller/ports.ts'],
  },
  { room: 'src/cli/cluster.ts', may: ['src/cli/', 'src/api/', 'src/core/', 'src/kube/'] },
  { room: 'src/cli/', may: ['src/cli/', 'src/core/', 'src/api/', 'node:'] },
];

/** Global names that make a judgement depend on more than its arguments. */
export const PURE_ROOMS: readonly { readonly room: string; readonly never: readonly string[] }[] = [
  {
    room: 'src/core/',
    never: [
      ...['Date.now', 'new Date()', 'Math.random', 'performance', 'crypto', 'process', 'console', 'fetch'],
      ...['setTimeout', 'setImmediate', 'queueMicrotask', 'globalThis'],
    ],
  },
  {
    room: 'src/api/',
    never: ['Date.now', 'new Date()', 'Math.random', 'performance', 'process', 'console', 'fetch'],
  },
  {
    room: 'src/controller/',
    never: ['Date.now', 'new Date()', 'Math.random', 'performance', 'process', 'console', 'fetch'],
  },
];

export function roomOf(path: string): Room | undefined {
  return ROOMS.find(({ room }) => covers(room, path));
}

/** Whether `entry` of the table allows or holds `path`. */
export function covers(entry: string, path: string): boolean {
  return entry.endsWith('/') || entry === 'node:' ? path.startsWith(entry) : path === entry;
}
