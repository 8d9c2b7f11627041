// Names and labels that dashboards and alerts rely on.
import { expect, it } from 'vitest';
import { createMetrics, type Metrics } from '../../src/ops/metrics.ts';

async function samples(metrics: Metrics): Promise<readonly string[]> {
  return (await metrics.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

it.each<{ name: string; act: (metrics: Metrics) => void; want: readonly string[] }>([
  {
    name: 'a good pass',
    act: (metrics) => metrics.reconcile({ result: 'success', seconds: 0.02 }),
    want: [
      'controller_runtime_reconcile_total{controller="servicestagecomponent",result="success"} 1',
      'controller_runtime_reconcile_errors_total{controller="servicestagecomponent"} 0',
      'controller_runtime_reconcile_time_seconds_count{controller="servicestagecomponent"} 1',
    ],
  },
  {
    name: 'a terminal error as an error, too',
    act: (metrics) => metrics.reconcile({ result: 'terminal', seconds: 1 }),
    want: [
      'controller_runtime_reconcile_total{controller="servicestagecomponent",result="error"} 1',
      'controller_runtime_reconcile_errors_total{controller="servicestagecomponent"} 1',
      'controller_runtime_terminal_reconcile_errors_total{controller="servicestagecomponent"} 1',
    ],
  },
  {
    name: 'a caught bug and a cut pass',
    act: (metrics) => {
      metrics.reconcile({ result: 'panic', seconds: 1 });
      metrics.reconcile({ result: 'timeout', seconds: 1 });
    },
    want: [
      'controller_runtime_reconcile_total{controller="servicestagecomponent",result="error"} 2',
      'controller_runtime_reconcile_panics_total{controller="servicestagecomponent"} 1',
      'controller_runtime_reconcile_timeouts_total{controller="servicestagecomponent"} 1',
    ],
  },
  {
    name: 'workers',
    act: (metrics) => {
      metrics.maxWorkers(10);
      metrics.activeWorkers(3);
    },
    want: [
      'controller_runtime_max_concurrent_reconciles{controller="servicestagecomponent"} 10',
      'controller_runtime_active_workers{controller="servicestagecomponent"} 3',
    ],
  },
  {
    name: 'the queue',
    act: (metrics) => {
      metrics.queueAdd();
      metrics.queueRetry();
      metrics.queueWait(0.1);
      metrics.queueWork(0.1);
    },
    want: ['adds_total', 'retries_total', 'queue_duration_seconds_count', 'work_duration_seconds_count'].map(
      (name) => `workqueue_${name}{name="servicestagecomponent",controller="servicestagecomponent"} 1`,
    ),
  },
  {
    name: 'calls to the API server',
    act: (metrics) => metrics.kubeRequest({ method: 'PATCH', host: 'k:6443', code: '409', seconds: 0.2 }),
    want: [
      'rest_client_requests_total{code="409",method="PATCH",host="k:6443"} 1',
      'rest_client_request_duration_seconds_count{verb="PATCH",host="k:6443"} 1',
    ],
  },
  {
    name: 'leadership',
    act: (metrics) => metrics.leader({ name: 'servicestage-operator', leading: true }),
    want: ['leader_election_master_status{name="servicestage-operator"} 1'],
  },
  {
    name: 'calls to the cloud',
    act: (metrics) => {
      metrics.cloudRequest({ operation: 'modify', codeClass: '2xx', region: 'cn-north-4', seconds: 0.3 });
      metrics.cloudRetryAfter({ region: 'cn-north-4', seconds: 7 });
      metrics.cloudLimiterWait(0.5);
      metrics.cloudCircuit({ account: 'a', state: 'open' });
    },
    want: [
      'servicestage_api_requests_total{operation="modify",code_class="2xx",region="cn-north-4"} 1',
      'servicestage_api_request_duration_seconds_count{operation="modify",code_class="2xx",region="cn-north-4"} 1',
      'servicestage_api_retry_after_seconds_sum{region="cn-north-4"} 7',
      'servicestage_api_rate_limiter_wait_seconds_count 1',
      'servicestage_api_circuit_state{account="a"} 2',
    ],
  },
  {
    name: 'operations',
    act: (metrics) => {
      metrics.operationEnded({ type: 'modify', result: 'Succeeded', cause: 'spec', seconds: 42 });
      metrics.addSources({ operations: () => [{ type: 'modify', count: 2 }] });
      metrics.operationRecovered('modify');
      metrics.operationUnknown('modify');
      metrics.duplicateSubmitPrevented('modify');
    },
    want: [
      'servicestage_operations_total{type="modify",result="Succeeded",cause="spec"} 1',
      'servicestage_operation_duration_seconds_sum{type="modify",result="Succeeded"} 42',
      'servicestage_operations_in_progress{type="modify"} 2',
      'servicestage_operations_recovered_total{type="modify"} 1',
      'servicestage_operations_unknown_total{type="modify"} 1',
      'servicestage_duplicate_submit_prevented_total{type="modify"} 1',
    ],
  },
])('counts $name', async ({ act, want }) => {
  const metrics = createMetrics();
  act(metrics);
  expect(await samples(metrics)).toEqual(expect.arrayContaining([...want]));
});

it('asks its sources at scrape time and forgets what they no longer report', async () => {
  const metrics = createMetrics();
  let components = [
    { ready: 'True', reason: 'Succeeded', count: 3 },
    { ready: 'False', reason: 'JobFailed', count: 1 },
  ];
  metrics.addSources({
    components: () => components,
    watches: () => [{ kind: 'ServiceStageComponent', lastEventAgeSeconds: 1.5 }],
    queue: () => ({ depths: [{ lane: 'fresh', depth: 4 }], unfinishedSeconds: 2, longestRunningSeconds: 1 }),
  });
  const labels = 'name="servicestagecomponent",controller="servicestagecomponent"';
  expect(await samples(metrics)).toEqual(
    expect.arrayContaining([
      'servicestage_components{ready="True",reason="Succeeded"} 3',
      'servicestage_components{ready="False",reason="JobFailed"} 1',
      'servicestage_watch_last_event_age_seconds{kind="ServiceStageComponent"} 1.5',
      `workqueue_depth{${labels},priority="fresh"} 4`,
      `workqueue_unfinished_work_seconds{${labels}} 2`,
      `workqueue_longest_running_processor_seconds{${labels}} 1`,
    ]),
  );
  components = [{ ready: 'True', reason: 'Succeeded', count: 4 }];
  const later = (await samples(metrics)).filter((line) => line.startsWith('servicestage_components{'));
  expect(later).toEqual(['servicestage_components{ready="True",reason="Succeeded"} 4']);
});

it('keeps two operators in one process apart', async () => {
  const [one, other] = [createMetrics(), createMetrics()];
  one.queueAdd();
  const adds = (await samples(other)).filter((line) => line.startsWith('workqueue_adds_total'));
  expect(adds.map((line) => line.split(' ').at(-1))).toEqual(['0']);
});

it('has a process family, so that restarts and memory can be watched', async () => {
  const text = await createMetrics().text();
  expect(text).toContain('process_start_time_seconds');
  expect(text).toContain('process_resident_memory_bytes');
});

it('has no label that could name an object', async () => {
  const text = await createMetrics().text();
  expect(text).not.toMatch(/[{,](namespace|object|component|job|job_id|message|uid)=/);
});
