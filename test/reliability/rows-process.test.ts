// Rows of the fault table that need a process of its own: a heap smaller than what is listed, a log that cannot be written or
// that nobody reads. The operator runs as its users run it, against the embedded API server and the simulator.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { PLURAL } from '../../src/api/names.ts';
import type { KubeObject } from '../../src/controller/ports.ts';
import type { JsonObject } from '../../src/core/types.ts';
import { exampleToken, type Simulator, startSimulator } from '../fakes/simulator/index.ts';
import { type EmbeddedKube, startEmbeddedKube } from '../support/embedded-kube.ts';
import { componentObject } from '../support/kube-target.ts';
import { isReady, specOf } from '../support/world.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const PATIENT = { timeout: 60_000, interval: 50 };

let kube: EmbeddedKube;
let cloud: Simulator;
let namespace: string;
const children: ChildProcess[] = [];

beforeAll(async () => {
  kube = await startEmbeddedKube();
  cloud = await startSimulator();
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  kube.api.faults.clear();
});
afterAll(async () => {
  await cloud.stop();
  await kube.stop();
});

/** A namespace with credentials of its own. */
function open(): void {
  namespace = `process-${randomBytes(4).toString('hex')}`;
  kube.api.objects.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  kube.api.objects.create({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'huaweicloud', namespace },
    stringData: { token: exampleToken },
  });
}

function create(name: string, component: JsonObject, spec: JsonObject = {}): void {
  const { id: componentId } = cloud.addComponent({});
  kube.api.objects.create(
    componentObject(namespace, name, specOf(component, { componentId, ...spec })) as never,
  );
}

interface Start {
  readonly heapMb?: number;
  /** Where standard output goes; `unread`: a pipe that nobody empties. */
  readonly output: number | 'ignore' | 'unread';
}

function start({ heapMb, output }: Start): ChildProcess {
  const heap = heapMb === undefined ? [] : [`--max-old-space-size=${heapMb}`];
  const flags = [
    `--kubeconfig=${kube.kubeconfigPath}`,
    `--servicestage-endpoint=${cloud.url}`,
    `--watch-namespaces=${namespace}`,
    `--leader-election-namespace=${namespace}`,
    '--allow-insecure-endpoint',
    '--leader-elect=false',
    '--metrics-bind-address=0',
    '--health-probe-bind-address=0',
    '--poll-interval=100ms',
    '--log-level=debug',
  ];
  const child = spawn(process.execPath, [...heap, 'src/main.ts', ...flags], {
    cwd: ROOT,
    stdio: ['ignore', output === 'unread' ? 'pipe' : output, 'ignore'],
  });
  child.stdout?.pause();
  children.push(child);
  return child;
}

const found = (name: string) =>
  kube.api.objects.get({ kind: PLURAL, namespace, name }) as unknown as KubeObject | undefined;

async function untilReady(names: readonly string[]): Promise<void> {
  await vi.waitFor(() => {
    const waiting = names.filter((name) => {
      const object = found(name);
      return object === undefined || !isReady(object);
    });
    expect(waiting).toEqual([]);
  }, PATIENT);
}

describe('an operator in a process of its own', { timeout: 150_000 }, () => {
  it.runIf(existsSync('/dev/full'))('goes on when its log cannot be written', async () => {
    open();
    const full = openSync('/dev/full', 'w');
    const child = start({ output: full });
    closeSync(full);
    const names = Array.from({ length: 10 }, (_, index) => `logged-${index}`);
    for (const name of names) create(name, { version: '1.0.1' });
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`the operator ended with code ${code}`);
    });
    await Promise.race([untilReady(names), ended]);
  });

  it('stands still while nobody reads its log, and goes on without a second call when somebody does', async () => {
    open();
    const child = start({ output: 'unread' });
    const names = Array.from({ length: 60 }, (_, index) => `unread-${index}`);
    const before = cloud.journal.acceptedWrites().length;
    for (const name of names) create(name, { version: '1.0.1' });
    await vi.waitFor(() => expect(cloud.journal.acceptedWrites().length).toBeGreaterThan(before), PATIENT);
    await sleep(1_500);
    child.stdout?.resume();
    await untilReady(names);
    expect([child.exitCode, child.signalCode]).toEqual([null, null]);
    expect(cloud.journal.acceptedWrites().length - before).toBe(names.length);
  });

  it('is killed in the middle of its first list, and gets through it with the same small heap', async () => {
    open();
    const names = Array.from({ length: 400 }, (_, index) => `large-${index}`);
    const sysConfig = Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => [`key-${index}`, 'x'.repeat(1_000)]),
    );
    for (const name of names) create(name, { sysConfig }, { suspend: true });
    const heapMb = 96;
    const first = start({ heapMb, output: 'ignore' });
    await vi.waitFor(() => {
      const written = kube.api.journal.writes({ resource: PLURAL, namespace }).length;
      expect(written).toBeGreaterThan(20);
    }, PATIENT);
    first.kill('SIGKILL');
    await once(first, 'exit');
    const second = start({ heapMb, output: 'ignore' });
    await vi.waitFor(() => {
      const unseen = names.filter((name) => {
        const { conditions } = (found(name)?.status ?? {}) as { readonly conditions?: readonly unknown[] };
        return conditions === undefined;
      });
      expect(unseen.length).toBe(0);
    }, PATIENT);
    expect([second.exitCode, second.signalCode]).toEqual([null, null]);
  });
});
