// The operator as a process, under the account and exactly the rights that deploy/ gives it on a real API server: what it
// serves and logs, what a kill leaves behind, who leads, and what it says when it cannot start.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import type { JsonObject } from '../../src/core/types.ts';
import { exampleToken, type Simulator, startSimulator } from '../fakes/simulator/index.ts';
import {
  type Exit,
  fetchPage,
  type OperatorProcess,
  type Program,
  type ProgramOptions,
  startOperatorProcess,
  startProgram,
} from '../support/process.ts';
import { isReady } from '../support/world.ts';
import {
  accountKubeconfig,
  CREDENTIALS,
  DEPLOY,
  OPERATOR_ACCOUNT,
  OPERATOR_NAMESPACE,
  openShop,
  putSecret,
  quickFlags,
  type Shop,
} from './support-deployed.ts';
import { createKubectl, type Kubectl } from './support-kubectl.ts';
import { statusOf } from './support-recorder.ts';
import { createNamespace, describeOnRealServer } from './support-server.ts';

const LEASE = `/apis/coordination.k8s.io/v1/namespaces/${OPERATOR_NAMESPACE}/leases/servicestage-operator`;
const ELECTION = ['--leader-elect', '--lease-duration=4s', '--lease-renew-deadline=3s'];
const SLOW = { timeout: 15_000, interval: 50 };

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

describeOnRealServer('the operator as a process', { crd: 'absent' }, (current) => {
  let home: string;
  let kubectl: Kubectl;
  let cloud: Simulator;
  let kubeconfig: string;
  let flags: readonly string[];
  let withoutCrd: Refusal;
  let withOlderCrd: Refusal;
  let deployed: Awaited<ReturnType<Kubectl['run']>>;
  const started: Program[] = [];

  beforeAll(async () => {
    const { server, kube } = current();
    home = await mkdtemp(join(tmpdir(), 'servicestage-process-'));
    kubectl = createKubectl({
      binary: server.kubectlPath,
      kubeconfig: server.kubeconfigPath,
      home,
    });
    cloud = await startSimulator();
    const asAdmin = quickFlags(server.kubeconfigPath, cloud);
    withoutCrd = await refusal({ flags: asAdmin });
    await kubectl.out(['apply', '-f', '-'], await olderCrd());
    await kubectl.out(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s']);
    withOlderCrd = await refusal({ flags: asAdmin });
    deployed = await kubectl.run(['apply', '--validate=strict', '-k', DEPLOY]);
    if (deployed.code !== 0) throw new Error(`deploy/ was refused: ${deployed.err}`);
    await createNamespace(kube, 'shop');
    await putSecret(kube, 'huaweicloud', CREDENTIALS);
    kubeconfig = await accountKubeconfig(server, { namespace: OPERATOR_NAMESPACE, name: OPERATOR_ACCOUNT });
    flags = quickFlags(kubeconfig, cloud);
  });
  afterAll(async () => {
    await cloud?.stop();
    await rm(home, { recursive: true, force: true });
  });
  afterEach(async () => {
    await Promise.all(started.splice(0).map((program) => program.end('SIGKILL')));
  });

  const start = async (more: readonly string[] = []): Promise<OperatorProcess> => {
    const program = await startOperatorProcess({ flags: [...flags, ...more] });
    started.push(program);
    return program;
  };
  const open = (name: string): Shop => openShop(current().kube, cloud, name);
  const untilReady = (shop: Shop): Promise<void> =>
    vi.waitFor(async () => {
      const object = await shop.get();
      expect(object !== undefined && isReady(object), JSON.stringify(object?.status)).toBe(true);
    }, SLOW);
  const operationOf = async (shop: Shop) => {
    const object = await shop.get();
    return object === undefined ? undefined : statusOf(object).operation;
  };
  const holder = async (): Promise<unknown> => {
    const { json } = await current().kube.call('GET', LEASE);
    return (json.spec as JsonObject | undefined)?.holderIdentity;
  };

  it('is deployed by one command, without a warning, fit for restricted Pod security', () => {
    expect(deployed.err).toBe('');
    for (const each of [
      'namespace/',
      'serviceaccount/',
      'clusterrole',
      'role.',
      'deployment.apps/',
      'service/',
    ])
      expect(deployed.out).toContain(each);
    expect(deployed.out).toContain('poddisruptionbudget.policy/');
  });

  describe('at work', () => {
    let operator: OperatorProcess;
    let shop: Shop;
    const secretValue = 'canary-of-a-variable';
    beforeAll(async () => {
      operator = await startOperatorProcess({ flags });
      shop = open('at-work');
      await putSecret(current().kube, 'app', { password: secretValue });
      await shop.create({ envs: [{ name: 'PASSWORD', valueSecretRef: { name: 'app', key: 'password' } }] });
      await untilReady(shop);
    });
    afterAll(() => operator?.end('SIGKILL'));

    it('answers its probes', async () => {
      expect(await fetchPage(`${operator.healthUrl}/healthz`)).toEqual({ status: 200, text: 'ok\n' });
      expect(await fetchPage(`${operator.healthUrl}/readyz`)).toEqual({ status: 200, text: 'ready\n' });
      expect((await fetchPage(`${operator.healthUrl}/other`)).status).toBe(404);
    });

    it('shows what it did in its metrics', async () => {
      const { status, text } = await fetchPage(operator.metricsUrl);
      expect(status).toBe(200);
      const lines = text.split('\n');
      for (const sample of [
        'servicestage_operations_total{type="Modify",result="Succeeded",cause="Spec"} 1',
        'servicestage_api_requests_total{operation="modify",code_class="2xx",region="cn-north-4"} 1',
        'servicestage_components{ready="True",reason="Succeeded"} 1',
        'controller_runtime_reconcile_total{controller="servicestagecomponent",result="error"} 0',
        'controller_runtime_reconcile_errors_total{controller="servicestagecomponent"} 0',
        'controller_runtime_max_concurrent_reconciles{controller="servicestagecomponent"} 10',
        'workqueue_depth{name="servicestagecomponent",controller="servicestagecomponent",priority="fresh"} 0',
      ])
        expect(lines).toContain(sample);
      for (const name of [
        'controller_runtime_reconcile_time_seconds_count',
        'controller_runtime_active_workers',
        'workqueue_adds_total',
        'workqueue_work_duration_seconds_count',
        'rest_client_requests_total',
        'rest_client_request_duration_seconds_count',
        'servicestage_api_request_duration_seconds_count',
        'servicestage_operation_duration_seconds_count',
        'servicestage_watch_last_event_age_seconds',
        'process_resident_memory_bytes',
      ])
        expect(
          lines.filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `)),
          name,
        ).not.toEqual([]);
      expect(text).not.toContain('at-work');
    });

    it('logs JSON lines with key and operation, and no secret', async () => {
      const { id, jobId } = (await operationOf(shop)) ?? {};
      const key = 'shop/at-work';
      for (const phase of ['Intent', 'Submitted', 'Succeeded'])
        expect(operator.said('operation', { key, operation: id, phase }), phase).toBeDefined();
      expect(operator.said('operation', { key, phase: 'Succeeded' })).toMatchObject({
        level: 'info',
        job: jobId,
      });
      expect(operator.text).toEqual([]);
      const all = JSON.stringify(operator.log);
      for (const secret of [exampleToken, secretValue]) expect(all).not.toContain(secret);
      expect(JSON.stringify(await shop.get())).not.toContain(secretValue);
    });

    it('keeps the digest key in its own namespace and reports events beside the object', async () => {
      const path = `/api/v1/namespaces/${OPERATOR_NAMESPACE}/secrets/servicestage-operator-digest-key`;
      expect((await current().kube.call('GET', path)).status).toBe(200);
      await expect
        .poll(() => shop.events(), SLOW)
        .toContainEqual(expect.stringMatching(/^JobSucceeded Job /));
    });

    it('was never denied anything, and may do no more than it needs', async () => {
      const { text } = await fetchPage(operator.metricsUrl);
      expect(
        text.split('\n').filter((line) => /^rest_client_requests_total.*code="40[13]"/.test(line)),
      ).toEqual([]);
      const asOperator = createKubectl({
        binary: current().server.kubectlPath,
        kubeconfig,
        namespace: 'shop',
        home,
      });
      const may = async (...what: readonly string[]) =>
        (await asOperator.run(['auth', 'can-i', ...what])).out.trim();
      expect(await may('patch', 'servicestagecomponents', '--subresource=status')).toBe('yes');
      for (const what of [
        ['list', 'secrets'],
        ['watch', 'secrets'],
        ['create', 'secrets'],
        ['update', 'servicestagecomponents'],
        ['delete', 'servicestagecomponents'],
        ['create', 'pods'],
        ['get', 'configmaps'],
      ])
        expect(await may(...what), what.join(' ')).toBe('no');
    });

    it('releases a deleted object', async () => {
      await shop.remove();
      await expect.poll(() => shop.get(), SLOW).toBeUndefined();
      expect(shop.modifies()).toEqual(['1.0.1']);
      expect(cloud.component(shop.componentId).gone).toBe(false);
    });
  });

  describe('killed and stopped', () => {
    it('finds its job again after kill -9 between the accepted PUT and the job id', async () => {
      const shop = open('kill-before-id');
      cloud.faults.add({
        operation: 'modifyComponent',
        componentId: shop.componentId,
        answerDelayMs: 15_000,
      });
      const first = await start();
      await shop.create();
      await expect.poll(() => shop.modifies(), SLOW).toEqual(['1.0.1']);
      expect(await first.end('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
      expect(await operationOf(shop)).toMatchObject({ phase: 'Intent' });

      const second = await start();
      await untilReady(shop);
      expect(shop.modifies()).toEqual(['1.0.1']);
      expect(await operationOf(shop)).toMatchObject({
        phase: 'Succeeded',
        recovered: true,
        jobId: cloud.component(shop.componentId).lastJobId,
      });
      await expect
        .poll(() => shop.events(), SLOW)
        .toContainEqual(expect.stringMatching(/^OperationRecovered /));
      expect((await fetchPage(second.metricsUrl)).text).toContain(
        'servicestage_operations_recovered_total{type="Modify"} 1',
      );
    });

    it('goes on with its job after kill -9 behind the job id', async () => {
      const shop = open('kill-after-id');
      cloud.scriptJob({ end: 'SUCCEEDED', durationMs: 3_000 }, shop.componentId);
      const first = await start();
      await shop.create();
      await expect.poll(() => operationOf(shop), SLOW).toMatchObject({ phase: 'Submitted' });
      await first.end('SIGKILL');
      const before = await operationOf(shop);

      await start();
      await untilReady(shop);
      expect(shop.modifies()).toEqual(['1.0.1']);
      expect(await operationOf(shop)).toMatchObject({
        id: before?.id,
        jobId: before?.jobId,
        phase: 'Succeeded',
      });
      expect((await shop.events()).filter((event) => event.startsWith('OperationRecovered'))).toEqual([]);
    });

    it('judges the call under way before SIGTERM ends it, with code 0 and the Lease released', async () => {
      const shop = open('sigterm');
      cloud.faults.add({ operation: 'modifyComponent', componentId: shop.componentId, answerDelayMs: 1_000 });
      cloud.scriptJob({ end: 'SUCCEEDED', durationMs: 3_000 }, shop.componentId);
      const operator = await start(ELECTION);
      await expect.poll(() => holder(), SLOW).toMatch(/.+/);
      await shop.create();
      await expect.poll(() => shop.modifies(), SLOW).toEqual(['1.0.1']);
      expect(await operator.end('SIGTERM')).toEqual({ code: 0, signal: null });
      expect(await operationOf(shop)).toMatchObject({
        phase: 'Submitted',
        jobId: expect.stringMatching(/./),
      });
      expect(await holder()).toBe('');
      expect(operator.said('stopping', { signal: 'SIGTERM' })).toBeDefined();
      expect(operator.said('lease released')).toBeDefined();
      expect(operator.text).toEqual([]);

      await start();
      await untilReady(shop);
      expect(shop.modifies()).toEqual(['1.0.1']);
      expect(await operationOf(shop)).not.toHaveProperty('recovered');
    });
  });

  it('has one of two replicas work, and the other take over after kill -9 of the leader', async () => {
    const shop = open('replicas');
    const leads = (replica: OperatorProcess) =>
      replica.said('leadership changed', { role: 'leading' }) !== undefined;
    const replicas = await Promise.all([start(ELECTION), start(ELECTION)]);
    await expect.poll(() => replicas.filter(leads), SLOW).toHaveLength(1);
    const [leader, standby] = leads(replicas[0]) ? replicas : [replicas[1], replicas[0]];
    cloud.scriptJob({ end: 'SUCCEEDED', durationMs: 5_000 }, shop.componentId);
    await shop.create();
    await expect.poll(() => operationOf(shop), SLOW).toMatchObject({ phase: 'Submitted' });
    expect(standby.said('operation')).toBeUndefined();
    await leader.end('SIGKILL');
    const killedAt = performance.now();
    await expect.poll(() => leads(standby), SLOW).toBe(true);
    expect(performance.now() - killedAt).toBeLessThan(7_000);
    await untilReady(shop);
    expect(standby.said('operation', { key: 'shop/replicas', phase: 'Succeeded' })).toBeDefined();
    expect(shop.modifies()).toEqual(['1.0.1']);
    expect((await fetchPage(standby.metricsUrl)).text).toContain(
      'leader_election_master_status{name="servicestage-operator"} 1',
    );
  }, 40_000);

  describe('that cannot start', () => {
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
        flags: () => [...flags, `--metrics-bind-address=${new URL(cloud.url).host}`],
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
    ])('answers $given with one line and code 2', async ({ given, says }) => {
      const { exit, log, text } = await refusal({ flags: given });
      expect(exit).toEqual({ code: 2, signal: null });
      expect(log).toEqual([]);
      expect(text).toEqual([typeof says === 'string' ? says : expect.stringMatching(says)]);
    });
  });
});

/** The CRD as a release without `status.history` would have had it. */
async function olderCrd(): Promise<string> {
  const crd = parse(await readFile(join(DEPLOY, 'crd.yaml'), 'utf8'));
  delete crd.spec.versions[0].schema.openAPIV3Schema.properties.status.properties.history;
  return JSON.stringify(crd);
}
