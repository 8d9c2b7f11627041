// The operator as a process, under the account and exactly the rights that deploy/ gives it on a real API server: what it
// serves and logs, what a kill leaves behind, and who leads.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { exampleToken } from '../fakes/simulator/index.ts';
import { fetchPage, type OperatorProcess } from '../support/process.ts';
import {
  type Deployment,
  deployOperator,
  OPERATOR_NAMESPACE,
  putSecret,
  type Shop,
  SLOW,
} from './support-deployed.ts';
import { describeOnRealServer } from './support-server.ts';

const ELECTION = ['--leader-elect', '--lease-duration=8s', '--lease-renew-deadline=6s'];
/** The lease has to run out before it is taken; the rest is a loaded machine. */
const TAKEN_OVER_MS = 8_000 + 3_000;

describeOnRealServer('the operator as a process', { crd: 'absent' }, (current) => {
  let deployment: Deployment;
  beforeAll(async () => {
    deployment = await deployOperator(current());
  });
  afterAll(() => deployment?.close());

  it('is deployed by one command, without a warning, fit for restricted Pod security', () => {
    expect(deployment.applied.err).toBe('');
    for (const each of [
      'namespace/',
      'serviceaccount/',
      'clusterrole',
      'role.',
      'deployment.apps/',
      'service/',
    ])
      expect(deployment.applied.out).toContain(each);
    expect(deployment.applied.out).toContain('poddisruptionbudget.policy/');
  });

  describe('at work', () => {
    let operator: OperatorProcess;
    let shop: Shop;
    const secretValue = 'canary-of-a-variable';
    beforeAll(async () => {
      operator = await deployment.start();
      shop = deployment.open('at-work');
      await putSecret(current().kube, 'app', { password: secretValue });
      await shop.create({ envs: [{ name: 'PASSWORD', valueSecretRef: { name: 'app', key: 'password' } }] });
      await shop.untilReady();
    });
    afterAll(() => deployment.endAll());

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

    // Named and explained on the page, but nothing feeds them yet.
    it.each([
      'workqueue_queue_duration_seconds_count',
      'workqueue_unfinished_work_seconds',
      'workqueue_longest_running_processor_seconds',
      'servicestage_operations_in_progress',
    ])('has samples of %s', async (name) => {
      const { text } = await fetchPage(operator.metricsUrl);
      expect(text).toMatch(new RegExp(`^${name}[{ ]`, 'm'));
    });

    it('logs JSON lines with key and operation, and no secret', async () => {
      const { id, jobId } = (await shop.operation()) ?? {};
      const key = 'shop/at-work';
      for (const phase of ['Intent', 'Submitted', 'Succeeded'])
        await expect
          .poll(() => operator.said('operation', { key, operation: id, phase }), SLOW)
          .toBeDefined();
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
      const may = async (...what: readonly string[]) =>
        (await deployment.asOperator.run(['auth', 'can-i', ...what])).out.trim();
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
      expect(deployment.cloud.component(shop.componentId).gone).toBe(false);
    });
  });

  describe('killed and stopped', { timeout: 60_000 }, () => {
    afterEach(() => deployment.endAll());

    it('finds its job again after kill -9 between the accepted PUT and the job id', async () => {
      const shop = deployment.open('kill-before-id');
      deployment.cloud.faults.add({
        operation: 'modifyComponent',
        componentId: shop.componentId,
        answerDelayMs: 15_000,
      });
      const first = await deployment.start();
      await shop.create();
      await expect.poll(() => shop.modifies(), SLOW).toEqual(['1.0.1']);
      expect(await first.end('SIGKILL')).toEqual({ code: null, signal: 'SIGKILL' });
      expect(await shop.operation()).toMatchObject({ phase: 'Intent' });

      const second = await deployment.start();
      await shop.untilReady();
      expect(shop.modifies()).toEqual(['1.0.1']);
      expect(await shop.operation()).toMatchObject({
        phase: 'Succeeded',
        recovered: true,
        jobId: deployment.cloud.component(shop.componentId).lastJobId,
      });
      await expect
        .poll(() => shop.events(), SLOW)
        .toContainEqual(expect.stringMatching(/^OperationRecovered /));
      expect((await fetchPage(second.metricsUrl)).text).toContain(
        'servicestage_operations_recovered_total{type="Modify"} 1',
      );
    });

    it('goes on with its job after kill -9 behind the job id', async () => {
      const shop = deployment.open('kill-after-id');
      deployment.cloud.scriptJob({ end: 'SUCCEEDED', durationMs: 3_000 }, shop.componentId);
      const first = await deployment.start();
      await shop.create();
      await expect.poll(() => shop.operation(), SLOW).toMatchObject({ phase: 'Submitted' });
      await first.end('SIGKILL');
      const before = await shop.operation();

      await deployment.start();
      await shop.untilReady();
      expect(shop.modifies()).toEqual(['1.0.1']);
      expect(await shop.operation()).toMatchObject({
        id: before?.id,
        jobId: before?.jobId,
        phase: 'Succeeded',
      });
      expect((await shop.events()).filter((event) => event.startsWith('OperationRecovered'))).toEqual([]);
    });

    it('judges the call under way before SIGTERM ends it, with code 0 and the Lease released', async () => {
      const shop = deployment.open('sigterm');
      deployment.cloud.faults.add({
        operation: 'modifyComponent',
        componentId: shop.componentId,
        answerDelayMs: 1_000,
      });
      deployment.cloud.scriptJob({ end: 'SUCCEEDED', durationMs: 3_000 }, shop.componentId);
      const operator = await deployment.start(ELECTION);
      await expect.poll(deployment.leaseHolder, SLOW).toMatch(/.+/);
      await shop.create();
      await expect.poll(() => shop.modifies(), SLOW).toEqual(['1.0.1']);
      expect(await operator.end('SIGTERM')).toEqual({ code: 0, signal: null });
      expect(await shop.operation()).toMatchObject({
        phase: 'Submitted',
        jobId: expect.stringMatching(/./),
      });
      expect(await deployment.leaseHolder()).toBe('');
      expect(operator.said('stopping', { signal: 'SIGTERM' })).toBeDefined();
      expect(operator.said('lease released')).toBeDefined();
      expect(operator.text).toEqual([]);

      await deployment.start();
      await shop.untilReady();
      expect(shop.modifies()).toEqual(['1.0.1']);
      expect(await shop.operation()).not.toHaveProperty('recovered');
    });

    it('has one of two replicas work, and the other take over after kill -9 of the leader', async () => {
      const shop = deployment.open('replicas');
      const leads = (replica: OperatorProcess) =>
        replica.said('leadership changed', { role: 'leading' }) !== undefined;
      const replicas = await Promise.all([deployment.start(ELECTION), deployment.start(ELECTION)]);
      await expect.poll(() => replicas.filter(leads), SLOW).toHaveLength(1);
      const [leader, standby] = leads(replicas[0]) ? replicas : [replicas[1], replicas[0]];
      deployment.cloud.scriptJob({ end: 'SUCCEEDED', durationMs: 5_000 }, shop.componentId);
      await shop.create();
      await expect.poll(() => shop.operation(), SLOW).toMatchObject({ phase: 'Submitted' });
      expect(standby.said('operation')).toBeUndefined();
      await leader.end('SIGKILL');
      const killedAt = performance.now();
      await expect.poll(() => leads(standby), SLOW).toBe(true);
      expect(performance.now() - killedAt).toBeLessThan(TAKEN_OVER_MS);
      await shop.untilReady();
      const told = () => standby.said('operation', { key: 'shop/replicas', phase: 'Succeeded' });
      await expect.poll(told, SLOW).toBeDefined();
      expect(shop.modifies()).toEqual(['1.0.1']);
      expect((await fetchPage(standby.metricsUrl)).text).toContain(
        'leader_election_master_status{name="servicestage-operator"} 1',
      );
    });
  });
});
