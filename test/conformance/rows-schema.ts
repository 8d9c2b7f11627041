// Conformance rows about validation, rules, defaults, unknown fields and printed forms, and about the built-in kinds
// that an operator needs: events, leases, secrets.
import { expect, it } from 'vitest';
import type { JsonMap } from '../fakes/embedded/json.ts';
import {
  AS_METADATA_LIST,
  AS_TABLE,
  causesOf,
  dig,
  digText,
  gadget,
  MERGE_PATCH,
  type Probe,
  versionOf,
} from './probe.ts';

const REFUSED: readonly { name: string; spec: JsonMap; cause: string }[] = [
  { name: 'a wrong type', spec: { replicas: 'two' }, cause: 'FieldValueTypeInvalid spec.replicas' },
  { name: 'a value outside the enum', spec: { mode: 'Odd' }, cause: 'FieldValueNotSupported spec.mode' },
  { name: 'a broken pattern', spec: { model: 'UPPER' }, cause: 'FieldValueInvalid spec.model' },
  { name: 'an empty text', spec: { model: '' }, cause: 'FieldValueInvalid spec.model' },
  { name: 'a long text', spec: { model: 'a'.repeat(21) }, cause: 'FieldValueTooLong spec.model' },
  { name: 'a number below the minimum', spec: { replicas: -1 }, cause: 'FieldValueInvalid spec.replicas' },
  { name: 'a number above the maximum', spec: { replicas: 11 }, cause: 'FieldValueInvalid spec.replicas' },
  {
    name: 'a missing key',
    spec: { labels: [{ value: 'x' }] },
    cause: 'FieldValueRequired spec.labels[0].key',
  },
  {
    name: 'a long list',
    spec: { steps: ['1', '2', '3', '4', '5', '6'] },
    cause: 'FieldValueTooMany spec.steps',
  },
  { name: 'a set with twins', spec: { tags: ['a', 'a'] }, cause: 'FieldValueDuplicate spec.tags[1]' },
  {
    name: 'a map list with twins',
    spec: { labels: [{ key: 'a' }, { key: 'a' }] },
    cause: 'FieldValueDuplicate spec.labels[1]',
  },
  { name: 'neither number nor text', spec: { surge: true }, cause: 'FieldValueTypeInvalid spec.surge' },
  { name: 'a broken rule', spec: { model: 'forbidden' }, cause: 'FieldValueInvalid spec' },
];

/** Adds the rows to the current describe block. */
export function schemaRows(probe: () => Probe): void {
  it.each(REFUSED)('refuses $name and names the field', async ({ spec, cause }) => {
    const room = await probe().room();
    const answer = await probe().ask(room.path, { method: 'POST', body: gadget('a', spec) });
    expect([answer.status, answer.body.reason, causesOf(answer.body)[0]]).toEqual([422, 'Invalid', cause]);
    expect(digText(answer.body, 'message')).toContain('Gadget.conformance.example.io "a" is invalid');
  });

  it('evaluates a transition rule on updates only, at the path that the rule names', async () => {
    const room = await probe().room();
    await probe().ask(room.path, { method: 'POST', body: gadget('a', { model: 'red' }) });
    const change = { method: 'PATCH', type: MERGE_PATCH, body: { spec: { model: 'blue' } } } as const;
    const refused = await probe().ask(`${room.path}/a`, change);
    expect([refused.status, causesOf(refused.body)]).toEqual([422, ['FieldValueInvalid spec.model']]);
    expect(digText(refused.body, 'message')).toContain('model is immutable');
  });

  it('treats an unknown field as fieldValidation says', async () => {
    const room = await probe().room();
    const create = (name: string, mode: string) =>
      probe().ask(`${room.path}?fieldValidation=${mode}`, {
        method: 'POST',
        body: gadget(name, { bogus: 1 }),
      });
    const strict = await create('a', 'Strict');
    expect(strict.status).toBe(400);
    expect(digText(strict.body, 'message')).toContain('strict decoding error: unknown field "spec.bogus"');
    const warned = await create('b', 'Warn');
    expect([warned.status, warned.warnings.join()]).toEqual([201, '299 - "unknown field \\"spec.bogus\\""']);
    const ignored = await create('c', 'Ignore');
    expect([ignored.warnings, dig(ignored.body, 'spec', 'bogus')]).toEqual([[], undefined]);
  });

  it('keeps unknown fields where the schema says so, and fills in defaults', async () => {
    const room = await probe().room();
    const body = gadget('a', { open: { any: { thing: [1, 2.5, true] } }, surge: '25%' });
    const made = await probe().ask(room.path, { method: 'POST', body });
    const open = { any: { thing: [1, 2.5, true] } };
    expect(made.body.spec).toEqual({ model: 'basic', mode: 'Slow', open, surge: '25%' });
  });

  it('prints the columns of the CRD', async () => {
    const room = await probe().room();
    await probe().ask(room.path, { method: 'POST', body: gadget('a', { replicas: 2 }) });
    const conditions = [{ type: 'Ready', status: 'True' }];
    const status = { method: 'PATCH', type: MERGE_PATCH, body: { status: { conditions } } } as const;
    await probe().ask(`${room.path}/a/status`, status);
    const { body } = await probe().ask(room.path, { accept: AS_TABLE });
    const columns = (dig(body, 'columnDefinitions') as JsonMap[]).map(
      (column) => `${column.name} ${column.priority}`,
    );
    expect(columns).toEqual(['Name 0', 'Ready 0', 'Model 0', 'Replicas 1', 'Age 0']);
    const [row] = dig(body, 'rows') as JsonMap[];
    expect(row?.cells).toEqual(['a', 'True', 'basic', 2, expect.stringMatching(/^\d+s$/)]);
    expect(dig(row, 'object', 'kind')).toBe('PartialObjectMetadata');
  });

  it('gives metadata alone to who asks for it', async () => {
    const room = await probe().room();
    await probe().ask(room.path, { method: 'POST', body: gadget('a', {}) });
    const { body } = await probe().ask(room.path, { accept: AS_METADATA_LIST });
    expect(body).toMatchObject({
      kind: 'PartialObjectMetadataList',
      items: [{ kind: 'PartialObjectMetadata', metadata: { name: 'a' } }],
    });
    expect(dig(body, 'items', '0', 'spec')).toBeUndefined();
  });

  it('shows an event of events.k8s.io in the core group as well, found by what it is about', async () => {
    const { namespace } = await probe().room();
    const made = await probe().ask(`/apis/events.k8s.io/v1/namespaces/${namespace}/events`, {
      method: 'POST',
      body: event(namespace, {}),
    });
    expect(made.status).toBe(201);
    const query = 'fieldSelector=involvedObject.name%3Dweather%2CinvolvedObject.namespace%3D';
    const found = await probe().ask(`/api/v1/namespaces/${namespace}/events?${query}${namespace}`);
    expect(dig(found.body, 'items')).toMatchObject([
      {
        message: 'job started',
        reason: 'JobStarted',
        type: 'Normal',
        reportingComponent: 'conformance.example.io/test',
      },
    ]);
  });

  it.each(['eventTime', 'reportingController', 'reportingInstance', 'action', 'reason', 'type'])(
    'refuses an event without %s',
    async (field) => {
      const { namespace } = await probe().room();
      const body = event(namespace, { [field]: undefined });
      const path = `/apis/events.k8s.io/v1/namespaces/${namespace}/events`;
      expect((await probe().ask(path, { method: 'POST', body })).status).toBe(422);
    },
  );

  it('lets one of two holders win a lease', async () => {
    const { namespace } = await probe().room();
    const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
    const lease = (holder: string, version?: string): JsonMap => ({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'leader', ...(version ? { resourceVersion: version } : {}) },
      spec: { holderIdentity: holder, leaseDurationSeconds: 15, renewTime: '2026-01-01T00:00:00.000000Z' },
    });
    const made = await probe().ask(path, { method: 'POST', body: lease('one') });
    const take = (holder: string) =>
      probe().ask(`${path}/leader`, { method: 'PUT', body: lease(holder, versionOf(made.body)) });
    expect([(await take('two')).status, (await take('three')).status]).toEqual([200, 409]);
    const now = await probe().ask(`${path}/leader`);
    expect(dig(now.body, 'spec', 'holderIdentity')).toBe('two');
    const blind = await probe().ask(`${path}/leader`, { method: 'PUT', body: lease('four') });
    expect(blind.status).toBe(422);
  });

  it('stores the plain text of a secret encoded', async () => {
    const { namespace } = await probe().room();
    const body = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, stringData: { key: 'value' } };
    const made = await probe().ask(`/api/v1/namespaces/${namespace}/secrets`, { method: 'POST', body });
    expect(made.body).toMatchObject({ type: 'Opaque', data: { key: 'dmFsdWU=' } });
    expect(made.body.stringData).toBeUndefined();
  });
}

function event(namespace: string, change: { [key: string]: undefined }): JsonMap {
  const full: JsonMap = {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name: 'weather.1', namespace },
    eventTime: '2026-01-01T00:00:00.000000Z',
    reportingController: 'conformance.example.io/test',
    reportingInstance: 'test-0',
    action: 'Submit',
    reason: 'JobStarted',
    type: 'Normal',
    note: 'job started',
    regarding: { apiVersion: 'conformance.example.io/v1', kind: 'Gadget', name: 'weather', namespace },
  };
  return { ...full, ...change };
}
