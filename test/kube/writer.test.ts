import { describe, expect, it } from 'vitest';
import { FINALIZER } from '../../src/api/names.ts';
import type { Cluster } from '../../src/controller/ports.ts';
import { KubeFailure } from '../../src/kube/failure.ts';
import type { EventNote, JsonPatch } from '../../src/kube/types.ts';
import { createClusterWriter } from '../../src/kube/writer.ts';
import { connectTo, type Handler, type Loopback, sendJson, startLoopback, statusOf } from './loopback.ts';
import { makeObject } from './make.ts';
import { fastScheduler } from './virtual-time.ts';

const signal = new AbortController().signal;
const base = makeObject({ version: 5 });
const patch: JsonPatch = [
  { op: 'test', path: '/metadata/uid', value: base.metadata.uid },
  { op: 'add', path: '/status/observedGeneration', value: 1 },
];
const PATH = '/apis/servicestage.io/v1alpha1/namespaces/shop/servicestagecomponents/weather';

interface Pen extends AsyncDisposable {
  /** Typed as the port, so that the compiler checks the fit. */
  readonly cluster: Cluster;
  readonly server: Loopback;
}

async function pen(handler: Handler): Promise<Pen> {
  const server = await startLoopback(handler);
  const http = await connectTo(server.url, fastScheduler);
  return {
    cluster: createClusterWriter({ http, record: () => undefined }),
    server,
    [Symbol.asyncDispose]: async () => {
      await http[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

const answer =
  (status: number, body: unknown): Handler =>
  (_, response) =>
    sendJson(response, status, body);

async function failureClass(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.catch((reason: unknown) => reason);
  return error instanceof KubeFailure ? error.failure.class : `no failure: ${JSON.stringify(error)}`;
}

describe('a status patch', () => {
  it('goes to the status subresource under our name, as given', async () => {
    await using at = await pen(answer(200, makeObject({ version: 6 })));
    expect(await at.cluster.patchStatus(base, patch, signal)).toMatchObject({
      kind: 'written',
      object: { metadata: { resourceVersion: '6' } },
    });
    const [seen] = at.server.requests;
    expect(seen).toMatchObject({ method: 'PATCH', path: `${PATH}/status` });
    expect(seen?.query.get('fieldManager')).toBe('servicestage-operator');
    expect(seen?.headers['content-type']).toBe('application/json-patch+json');
    expect(JSON.parse(seen?.body ?? '')).toEqual(patch);
  });

  const causes = [{ reason: 'FieldValueInvalid', message: 'too long', field: 'status.operation.id' }];
  it.each([
    { name: 'a failed test', status: 422, body: statusOf(422, 'Invalid'), want: { kind: 'stale' } },
    {
      name: 'a failed test with empty details',
      status: 422,
      body: statusOf(422, 'Invalid', { details: {} }),
      want: { kind: 'stale' },
    },
    { name: 'a lost race', status: 409, body: statusOf(409, 'Conflict'), want: { kind: 'stale' } },
    { name: 'an object that is gone', status: 404, body: statusOf(404, 'NotFound'), want: { kind: 'gone' } },
    {
      name: 'a schema refusal',
      status: 422,
      body: statusOf(422, 'Invalid', { message: 'operation.id is too long', details: { causes } }),
      want: { kind: 'rejected', message: 'operation.id is too long' },
    },
    {
      name: 'a patch that the server cannot read',
      status: 400,
      body: statusOf(400, 'BadRequest'),
      want: { kind: 'rejected' },
    },
    {
      name: 'an object that is too large',
      status: 413,
      body: statusOf(413, 'RequestEntityTooLarge'),
      want: { kind: 'rejected' },
    },
  ])('tells $name', async ({ status, body, want }) => {
    await using at = await pen(answer(status, body));
    expect(await at.cluster.patchStatus(base, patch, signal)).toMatchObject(want);
  });

  it.each([
    { name: 'a lost answer', handler: (_, response) => void response.destroy(), want: 'transient' },
    {
      name: 'a proxy page for 404',
      handler: (_, response) => void response.writeHead(404).end('<html>'),
      want: 'transient',
    },
    { name: 'a 200 that is no object', handler: answer(200, {}), want: 'transient' },
    { name: '500', handler: answer(500, statusOf(500, 'InternalError')), want: 'transient' },
    { name: '429', handler: answer(429, statusOf(429, 'TooManyRequests')), want: 'throttled' },
    { name: '403', handler: answer(403, statusOf(403, 'Forbidden')), want: 'permission' },
    { name: '401', handler: answer(401, statusOf(401, 'Unauthorized')), want: 'credentials' },
  ] satisfies readonly { readonly name: string; readonly handler: Handler; readonly want: string }[])(
    'throws for $name, after one request',
    async ({ handler, want }) => {
      await using at = await pen(handler);
      expect(await failureClass(at.cluster.patchStatus(base, patch, signal))).toBe(want);
      expect(at.server.requests).toHaveLength(1);
    },
  );
});

describe('our finalizer', () => {
  const uid = { op: 'test', path: '/metadata/uid', value: base.metadata.uid };
  const rows = [
    {
      name: 'is added to an absent list, which must still be absent',
      change: 'addFinalizer' as const,
      finalizers: undefined,
      want: [
        uid,
        { op: 'test', path: '/metadata/resourceVersion', value: '5' },
        { op: 'add', path: '/metadata/finalizers', value: [FINALIZER] },
      ],
    },
    {
      name: 'is added behind foreign ones',
      change: 'addFinalizer' as const,
      finalizers: ['other/x'],
      want: [
        uid,
        { op: 'test', path: '/metadata/finalizers', value: ['other/x'] },
        { op: 'add', path: '/metadata/finalizers/-', value: FINALIZER },
      ],
    },
    {
      name: 'is removed from among foreign ones by its place and value',
      change: 'removeFinalizer' as const,
      finalizers: ['other/x', FINALIZER, 'other/y'],
      want: [
        uid,
        { op: 'test', path: '/metadata/finalizers/1', value: FINALIZER },
        { op: 'remove', path: '/metadata/finalizers/1' },
      ],
    },
    {
      name: 'that is there is not added again',
      change: 'addFinalizer' as const,
      finalizers: [FINALIZER],
      want: undefined,
    },
    {
      name: 'that is not there is not removed',
      change: 'removeFinalizer' as const,
      finalizers: ['other/x'],
      want: undefined,
    },
  ];
  it.each(rows)('$name', async ({ change, finalizers, want }) => {
    await using at = await pen(answer(200, makeObject({ version: 6 })));
    const object = makeObject({ version: 5, ...(finalizers ? { finalizers } : {}) });
    expect(await at.cluster[change](object, signal)).toMatchObject({ kind: 'written' });
    const bodies = at.server.requests.map(({ path, body }) => [path, JSON.parse(body)]);
    expect(bodies).toEqual(want === undefined ? [] : [[PATH, want]]);
  });

  it('on an object that is gone is gone too', async () => {
    await using at = await pen(answer(404, statusOf(404, 'NotFound')));
    expect(await at.cluster.removeFinalizer(makeObject({ finalizers: [FINALIZER] }), signal)).toEqual({
      kind: 'gone',
    });
  });
});

describe('a read', () => {
  it('of an object gives it or its absence', async () => {
    await using at = await pen((seen, response) =>
      seen.path.endsWith('/weather')
        ? sendJson(response, 200, base)
        : sendJson(response, 404, statusOf(404, 'NotFound')),
    );
    expect(await at.cluster.get('shop', 'weather', signal)).toEqual(base);
    expect(await at.cluster.get('shop', 'gone', signal)).toBeUndefined();
  });

  it.each([
    {
      name: 'plain text 404, as for an absent CRD',
      handler: (_, response) => void response.writeHead(404).end('404 page not found'),
    },
    { name: 'an empty object', handler: answer(200, {}) },
  ] satisfies readonly { readonly name: string; readonly handler: Handler }[])(
    'never takes $name for an absent object',
    async ({ handler }) => {
      await using at = await pen(handler);
      expect(await failureClass(at.cluster.get('shop', 'weather', signal))).toBe('transient');
    },
  );

  it('of a Secret decodes its data', async () => {
    const data = {
      accessKey: Buffer.from('AK').toString('base64'),
      password: Buffer.from('pä').toString('base64'),
    };
    await using at = await pen(answer(200, { kind: 'Secret', data }));
    expect(await at.cluster.readSecret('shop', 'huaweicloud', signal)).toEqual({
      kind: 'found',
      data: { accessKey: 'AK', password: 'pä' },
    });
    expect(at.server.requests[0]?.path).toBe('/api/v1/namespaces/shop/secrets/huaweicloud');
  });

  it.each([
    { name: 'without data', status: 200, body: { kind: 'Secret' }, want: { kind: 'found', data: {} } },
    { name: 'that is missing', status: 404, body: statusOf(404, 'NotFound'), want: { kind: 'missing' } },
    { name: 'that is forbidden', status: 403, body: statusOf(403, 'Forbidden'), want: { kind: 'forbidden' } },
  ])('of a Secret $name says so', async ({ status, body, want }) => {
    await using at = await pen(answer(status, body));
    expect(await at.cluster.readSecret('shop', 'huaweicloud', signal)).toMatchObject(want);
  });

  it('of a Secret that fails shows nothing of it', async () => {
    await using at = await pen((_, response) => void response.end('{"kind":"Secret","data":{"k":"canary'));
    const error: unknown = await at.cluster
      .readSecret('shop', 'huaweicloud', signal)
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(KubeFailure);
    expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain('canary');
  });
});

it('hands events to the recorder', async () => {
  await using server = await startLoopback(() => undefined);
  await using http = await connectTo(server.url, fastScheduler);
  const noted: EventNote[] = [];
  const cluster = createClusterWriter({ http, record: (_, note) => void noted.push(note) });
  const note: EventNote = { type: 'Normal', reason: 'Adopted', action: 'Adopt', note: 'equal' };
  cluster.event(base, note);
  expect(noted).toEqual([note]);
});
