import { describe, expect, it } from 'vitest';
import { customResourceDefinition } from '../../src/api/crd.ts';
import { FINALIZER, KIND } from '../../src/api/names.ts';
import { checkCluster } from '../../src/kube/crd-check.ts';
import { createEventRecorder } from '../../src/kube/events.ts';
import { connect, type KubeHttp } from '../../src/kube/http.ts';
import { type Change, createInformer, type Informer } from '../../src/kube/informer.ts';
import { createLeadership } from '../../src/kube/lease.ts';
import { systemScheduler } from '../../src/kube/scheduler.ts';
import { createStore, type Store } from '../../src/kube/store.ts';
import { watchTargets } from '../../src/kube/targets.ts';
import type { KubeObject } from '../../src/kube/types.ts';
import { type ClusterWriter, createClusterWriter } from '../../src/kube/writer.ts';
import { type EmbeddedApi, startEmbeddedApi, type WatchFault } from '../fakes/embedded/index.ts';
import { memoryLog, tempFile } from './loopback.ts';
import { fastScheduler, until } from './virtual-time.ts';

const { signal } = new AbortController();
const reference = { kind: KIND, namespace: 'shop', name: 'weather' };
const component = (name = 'weather') => ({
  apiVersion: 'servicestage.io/v1alpha1',
  kind: KIND,
  metadata: { name, namespace: 'shop' },
  spec: {
    region: 'cn-north-4',
    projectId: '0123456789abcdef0123456789abcdef',
    applicationId: '11111111-2222-3333-4444-555555555555',
    componentId: '66666666-7777-8888-9999-000000000000',
    credentialsSecretRef: { name: 'huaweicloud' },
    component: {
      name: 'weather',
      version: '1.0.0',
      runtimeStack: { name: 'OpenJDK8', version: '1.1.1', type: 'Java', deployMode: 'virtualmachine' },
      source: { kind: 'package', url: 'obs://bucket/weather-1.0.0.jar', version: '', storage: 'obs' },
    },
  },
});

interface Side extends AsyncDisposable {
  readonly api: EmbeddedApi;
  readonly http: KubeHttp;
  readonly store: Store;
  readonly informer: Informer;
  readonly writer: ClusterWriter;
  readonly changes: [string, Change][];
}

async function start(): Promise<Side> {
  const crds = [customResourceDefinition()];
  const api = await startEmbeddedApi({ crds, namespaces: ['shop'], warn: () => undefined });
  using file = tempFile(api.kubeconfig());
  const http = await connect({ kubeconfigPath: file.path, scheduler: fastScheduler });
  const store = createStore();
  const changes: [string, Change][] = [];
  const informer = createInformer({
    http,
    targets: watchTargets([]),
    store,
    scheduler: fastScheduler,
    random: Math.random,
    log: memoryLog(),
    onChange: (key, change) => void changes.push([key, change]),
  });
  const stop = new AbortController();
  const running = informer.run(stop.signal);
  return {
    api,
    http,
    store,
    informer,
    changes,
    writer: createClusterWriter({ http, record: () => undefined }),
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await running;
      await http.close();
      await api.stop();
    },
  };
}

async function held(store: Store, accept: (object: KubeObject) => boolean = () => true): Promise<KubeObject> {
  let found: KubeObject | undefined;
  await until(() => {
    const taken = store.take('shop/weather');
    found = taken.kind === 'object' && accept(taken.object) ? taken.object : undefined;
    return found !== undefined;
  });
  if (found === undefined) throw new Error('not held');
  return found;
}

describe('against the embedded API server', () => {
  it('the check passes with our CRD and names its absence', async () => {
    await using at = await start();
    using file = tempFile(at.api.kubeconfig());
    // On real time: the fast clock may run out while so large a CRD is read.
    const http = await connect({ kubeconfigPath: file.path, scheduler: systemScheduler });
    const statusFields = ['observedGeneration', 'operation', 'lastApplied', 'history'];
    const options = { http, targets: watchTargets([]), statusFields, signal };
    expect(await checkCluster(options)).toEqual({ kind: 'ok' });
    at.api.objects.remove({
      kind: 'CustomResourceDefinition',
      name: 'servicestagecomponents.servicestage.io',
    });
    expect(await checkCluster(options)).toMatchObject({ kind: 'missing' });
    await http.close();
  });

  it('a component is seen, written, edited and deleted, with foreign finalizers untouched', async () => {
    await using at = await start();
    at.api.objects.create(component());
    const created = await held(at.store);
    expect(created.status).toEqual({ observedGeneration: -1 });

    const guarded = await at.writer.addFinalizer(created, signal);
    if (guarded.kind !== 'written') throw new Error(guarded.kind);
    expect(guarded.object.metadata.finalizers).toEqual([FINALIZER]);
    expect(await at.writer.addFinalizer(created, signal)).toEqual({ kind: 'stale' });
    at.api.objects.patch(reference, {
      type: 'json',
      patch: [{ op: 'add', path: '/metadata/finalizers/0', value: 'other.io/x' }],
    });
    expect(await at.writer.removeFinalizer(guarded.object, signal)).toEqual({ kind: 'stale' });

    const twofold = await held(at.store, ({ metadata }) => metadata.finalizers?.length === 2);
    const status = await at.writer.patchStatus(
      twofold,
      [
        { op: 'test', path: '/metadata/uid', value: twofold.metadata.uid },
        { op: 'replace', path: '/status/observedGeneration', value: 1 },
      ],
      signal,
    );
    if (status.kind !== 'written') throw new Error(status.kind);
    expect(status.object.metadata.generation).toBe(1);

    at.api.objects.remove(reference);
    const deleting = await held(at.store, ({ metadata }) => metadata.deletionTimestamp !== undefined);
    const released = await at.writer.removeFinalizer(deleting, signal);
    expect(released).toMatchObject({ kind: 'written', object: { metadata: { finalizers: ['other.io/x'] } } });
    at.api.objects.patch(reference, {
      type: 'json',
      patch: [{ op: 'remove', path: '/metadata/finalizers/0' }],
    });
    await until(() => at.store.take('shop/weather').kind === 'absent');
    expect(at.changes.at(-1)).toEqual(['shop/weather', 'removed']);
    expect(await at.writer.get('shop', 'weather', signal)).toBeUndefined();
    expect(await at.writer.removeFinalizer(deleting, signal)).toEqual({ kind: 'gone' });
  });

  it('a failed test is told apart from a status that the schema refuses', async () => {
    await using at = await start();
    at.api.objects.create(component());
    const object = await held(at.store);
    const stale = await at.writer.patchStatus(
      object,
      [{ op: 'test', path: '/metadata/uid', value: 'another' }],
      signal,
    );
    expect(stale).toEqual({ kind: 'stale' });
    const refused = await at.writer.patchStatus(
      object,
      [{ op: 'add', path: '/status/lastHandledReconcileAt', value: 'x'.repeat(500) }],
      signal,
    );
    expect(refused).toMatchObject({
      kind: 'rejected',
      message: expect.stringContaining('lastHandledReconcileAt'),
    });
  });

  it('Secrets are read, missing ones are missing, forbidden ones are forbidden', async () => {
    await using at = await start();
    const data = { accessKey: Buffer.from('AK').toString('base64') };
    at.api.objects.create({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'huaweicloud', namespace: 'shop' },
      data,
    });
    expect(await at.writer.readSecret('shop', 'huaweicloud', signal)).toEqual({
      kind: 'found',
      data: { accessKey: 'AK' },
    });
    expect(await at.writer.readSecret('shop', 'gone', signal)).toEqual({ kind: 'missing' });
    at.api.deny({ resource: 'secrets' });
    expect(await at.writer.readSecret('shop', 'huaweicloud', signal)).toMatchObject({ kind: 'forbidden' });
  });

  it.each(['cut', 'end', 'halfLine', 'garbage', 'gone', 'html'] satisfies readonly WatchFault['kind'][])(
    'no event is lost over a watch fault "%s"',
    async (kind) => {
      await using at = await start();
      at.api.objects.create(component('first'));
      await until(() => at.informer.health()[0]?.connection === 'connected' && at.api.watches.count() === 1);
      at.api.watches.spoil({}, { kind });
      at.api.objects.create(component('second'));
      at.api.objects.remove({ ...reference, name: 'first' });
      await until(() => [...at.store.keys()].join() === 'shop/second');
    },
  );

  it('a frozen watch and a compaction while it is frozen lose nothing', async () => {
    await using at = await start();
    at.api.objects.create(component('first'));
    await until(() => at.informer.health()[0]?.connection === 'connected' && at.api.watches.count() === 1);
    at.api.watches.spoil({}, { kind: 'freeze' });
    at.api.objects.create(component('second'));
    at.api.objects.remove({ ...reference, name: 'first' });
    at.api.compact();
    await until(() => [...at.store.keys()].join() === 'shop/second');
    expect(at.informer.counts()).toMatchObject({ deaf: 1, expired: 1 });
  });

  it('a server that goes away and comes back with other objects is followed', async () => {
    await using at = await start();
    at.api.objects.create(component('first'));
    await until(() => at.store.size().records === 1);
    await at.api.down();
    at.api.objects.create(component('second'));
    at.api.objects.remove({ ...reference, name: 'first' });
    await until(() => at.informer.counts().refused + at.informer.counts().broken > 3);
    expect([...at.store.keys()]).toEqual(['shop/first']);
    await at.api.up();
    await until(() => [...at.store.keys()].join() === 'shop/second');
  });

  it('events and a lease are accepted as written', async () => {
    await using at = await start();
    at.api.objects.create(component());
    const object = await held(at.store);
    const log = memoryLog();
    let ids = 0;
    const newId = (): string => {
      ids += 1;
      return `id${ids}`;
    };
    const recorder = createEventRecorder({
      http: at.http,
      scheduler: fastScheduler,
      newId,
      instance: 'pod',
      log,
    });
    for (let round = 0; round < 2; round += 1) {
      recorder.record(object, { type: 'Normal', reason: 'Adopted', action: 'Adopt', note: 'equal' });
      await recorder.flush(signal);
    }
    expect(recorder.stats()).toEqual({ sent: 2, dropped: 0 });
    expect(at.api.objects.list('events.events.k8s.io', 'shop')[0]).toMatchObject({
      reason: 'Adopted',
      series: { count: 2 },
    });

    const stop = new AbortController();
    const leadership = createLeadership({
      http: at.http,
      namespace: 'shop',
      name: 'op',
      identity: 'me',
      leaseDurationMs: 150_000,
      renewDeadlineMs: 100_000,
      scheduler: fastScheduler,
      random: () => 0.5,
      log,
    });
    const running = leadership.run(stop.signal);
    await until(() => leadership.leading());
    stop.abort();
    await running;
    expect(at.api.objects.get({ kind: 'Lease', namespace: 'shop', name: 'op' })).toMatchObject({
      spec: { holderIdentity: '', leaseTransitions: 0 },
    });
  });
});
