// An operator that cannot start, on a real API server: one line that says why and how to cure it, the exit code, and no stack.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { JsonObject } from '../../src/core/types.ts';
import { type Simulator, startSimulator } from '../fakes/simulator/index.ts';
import { installCrd } from '../support/kube-target.ts';
import { type Exit, type ProgramOptions, startProgram } from '../support/process.ts';
import { accountKubeconfig, DEPLOY, quickFlags } from './support-deployed.ts';
import { createKubectl } from './support-kubectl.ts';
import { createNamespace, describeOnRealServer } from './support-server.ts';

const SLOW_MS = 60_000;

interface Refusal {
  readonly exit: Exit;
  readonly log: readonly JsonObject[];
  readonly text: readonly string[];
}

/** Runs a program that is to end by itself. */
async function refusal(options: ProgramOptions): Promise<Refusal> {
  const program = startProgram(options);
  const late = setTimeout(() => program.end('SIGKILL'), 30_000);
  const exit = await program.exited;
  clearTimeout(late);
  return { exit, log: program.log, text: program.text };
}

describeOnRealServer('an operator that cannot start', { crd: 'absent' }, (current) => {
  let home: string;
  let cloud: Simulator;
  let withoutCrd: Refusal;
  let withOlderCrd: Refusal;

  beforeAll(async () => {
    const { server, kube } = current();
    home = await mkdtemp(join(tmpdir(), 'servicestage-start-'));
    cloud = await startSimulator();
    const flags = quickFlags(server.kubeconfigPath, cloud);
    const kubectl = createKubectl({ binary: server.kubectlPath, kubeconfig: server.kubeconfigPath, home });
    withoutCrd = await refusal({ flags });
    await kubectl.out(['apply', '-f', '-'], await olderCrd());
    await kubectl.out(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s']);
    withOlderCrd = await refusal({ flags });
    await kubectl.out(['apply', '-f', join(DEPLOY, 'crd.yaml')]);
    await installCrd(kube);
    await createNamespace(kube, 'shop');
  });
  afterAll(async () => {
    await cloud?.stop();
    await rm(home, { recursive: true, force: true });
  });

  const cases: {
    readonly what: string;
    readonly says: RegExp;
    readonly flags: () => Promise<readonly string[]> | readonly string[];
  }[] = [
    {
      what: 'without a kubeconfig',
      says: /^kubeconfig \/nowhere\/config cannot be read \(ENOENT\); pass --kubeconfig FILE or set KUBECONFIG$/,
      flags: () => quickFlags('/nowhere/config', cloud),
    },
    {
      what: 'with a file that is no kubeconfig',
      says: /not-a-config: .*check it with "kubectl config view"$/,
      flags: async () => {
        const path = join(home, 'not-a-config');
        await writeFile(path, 'clusters: [{name: }]');
        return quickFlags(path, cloud);
      },
    },
    {
      what: 'without an API server',
      says: /no answer \(ECONNREFUSED\)/,
      flags: async () => {
        const path = join(home, 'nobody');
        const text = await readFile(current().server.kubeconfigPath, 'utf8');
        await writeFile(path, text.replace(current().server.url, 'https://127.0.0.1:1'));
        return quickFlags(path, cloud);
      },
    },
    {
      what: 'without rights',
      says: /^may not list ServiceStageComponent in all namespaces: grant get, list, watch and patch on servicestagecomponents\.servicestage\.io/,
      flags: async () => {
        await current().kube.call('POST', '/api/v1/namespaces/shop/serviceaccounts', {
          metadata: { name: 'nobody' },
        });
        return quickFlags(
          await accountKubeconfig(current().server, { namespace: 'shop', name: 'nobody' }),
          cloud,
        );
      },
    },
    {
      what: 'on a port that is taken',
      says: /^cannot listen on 127\.0\.0\.1:\d+: the port is in use; choose another with --metrics-bind-address$/,
      flags: () => [
        ...quickFlags(current().server.kubeconfigPath, cloud),
        `--metrics-bind-address=${new URL(cloud.url).host}`,
      ],
    },
  ];

  it.concurrent.each(cases)(
    'says why and how to cure it in one line $what',
    async ({ says, flags: given }) => {
      const { exit, log, text } = await refusal({ flags: await given() });
      expect(exit).toEqual({ code: 1, signal: null });
      expect(text).toEqual([]);
      const errors = log.filter(({ level }) => level === 'error');
      expect(errors).toEqual([expect.objectContaining({ message: expect.stringMatching(says) })]);
      expect(JSON.stringify(log)).not.toMatch(/ at .*\.(ts|js):\d+/);
    },
  );

  it('tells a missing and an outdated CRD from each other, with the cure', () => {
    for (const [refused, says] of [
      [
        withoutCrd,
        'CRD servicestagecomponents.servicestage.io is not installed; apply it: kubectl apply -f crds/',
      ],
      [
        withOlderCrd,
        'does not know status fields history; apply the CRD of this release: kubectl apply -f crds/',
      ],
    ] as const) {
      expect(refused.exit).toEqual({ code: 1, signal: null });
      expect(refused.text).toEqual([]);
      const errors = refused.log.filter(({ level }) => level === 'error');
      expect(errors).toEqual([expect.objectContaining({ message: expect.stringContaining(says) })]);
    }
  });

  it.concurrent.each([
    { given: ['--workers=many'], says: '--workers must be a whole number from 1 to 999, not "many"' },
    { given: ['--wrokers=1'], says: /--wrokers/ },
    {
      given: [],
      says: 'no cluster to work in: give --kubeconfig FILE, set KUBECONFIG, or run inside a cluster',
    },
  ])('answers $given with one line and code 2', { timeout: SLOW_MS }, async ({ given, says }) => {
    const { exit, log, text } = await refusal({ flags: given });
    expect(exit).toEqual({ code: 2, signal: null });
    expect(log).toEqual([]);
    expect(text).toEqual([typeof says === 'string' ? says : expect.stringMatching(says)]);
  });
});

/** The CRD as a release without `status.history` would have had it. */
async function olderCrd(): Promise<string> {
  const crd = parse(await readFile(join(DEPLOY, 'crd.yaml'), 'utf8'));
  delete crd.spec.versions[0].schema.openAPIV3Schema.properties.status.properties.history;
  return JSON.stringify(crd);
}
