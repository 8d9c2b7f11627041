// An object of the API server as facts: nothing of it is trusted, everything that can be read is kept.
import { describe, expect, it } from 'vitest';
import type { Status } from '../../src/api/status.ts';
import type { KubeObject } from '../../src/controller/ports.ts';
import { readResource } from '../../src/controller/resource.ts';
import type { JsonObject } from '../../src/core/types.ts';
import { type CrOptions, cr } from '../support/make.ts';

const read = (options: CrOptions) => readResource(cr(options));

function stored(status: JsonObject): KubeObject {
  return { ...cr(), status };
}

describe('the spec', () => {
  it('becomes what is desired', () => {
    const { resource } = read({ component: { replica: 3 }, spec: { interval: '1h30m', scaleHosts: ['a'] } });
    expect(resource.spec).toMatchObject({
      kind: 'valid',
      desired: {
        version: '2023.0323.15181',
        replica: 3,
        scaleHosts: ['a'],
        deployMode: 'virtualmachine',
        intervalMs: 5_400_000,
        suspend: false,
        driftPolicy: 'Observe',
        hasSecretRefs: false,
        rolloutOnSecretChange: true,
        digestVersion: 1,
      },
    });
  });

  it('has the same digest whatever else of it changes', () => {
    const digestOf = (options: CrOptions) => {
      const { spec } = read(options).resource;
      return spec.kind === 'valid' ? spec.desired.specDigest : spec.message;
    };
    const others: CrOptions[] = [
      { generation: 9 },
      { spec: { suspend: true, interval: '0s', deletionPolicy: 'Delete' } },
      { component: { replica: 7 } },
      { annotations: { a: 'b' } },
    ];
    expect(new Set([{}, ...others].map(digestOf)).size).toBe(1);
    expect(digestOf({ component: { version: '1.0.2' } })).not.toBe(digestOf({}));
  });

  it('that is invalid names up to three fields, the number of the others, and no value', () => {
    const { resource, access } = read({
      component: { version: 'secret-1', name: 5, labels: 'secret-2', envs: 'secret-3', source: 'secret-4' },
    });
    expect(access).toMatchObject({ region: 'cn-north-4', component: { name: 'placeholder' } });
    expect(resource.spec.kind).toBe('invalid');
    const message = resource.spec.kind === 'invalid' ? resource.spec.message : '';
    expect(message).toMatch(/^The spec is not valid: spec\.component\..*; and 2 more\.$/);
    expect(message).not.toContain('secret-');
  });

  it.each(['region', 'projectId', 'applicationId', 'componentId', 'credentialsSecretRef'])(
    'gives no access to anything without a valid %s',
    (name) => {
      expect(read({ spec: { [name]: '../x' } }).access).toBeUndefined();
    },
  );

  it.each<[string, JsonObject]>([
    ['no spec at all', {}],
    ['a spec of another kind', { component: [] }],
    ['keys of the prototype', JSON.parse('{"__proto__": {"region": "cn-north-4"}}') as JsonObject],
  ])('may be %s', (_name, spec) => {
    expect(readResource({ ...cr(), spec }).resource.spec.kind).toBe('invalid');
  });

  it('keeps its message within 512 bytes', () => {
    const component = Object.fromEntries(Array.from({ length: 3 }, (_, n) => [`x${n}`, 1]));
    const { resource } = read({
      component: { ...component, version: 'v', name: 1, ['\u20ac'.repeat(400)]: 2 },
    });
    const message = resource.spec.kind === 'invalid' ? resource.spec.message : '';
    expect(Buffer.byteLength(message)).toBeLessThanOrEqual(512);
  });
});

describe('the deletion policy', () => {
  const annotations = { 'servicestage.io/deletion-policy': 'Orphan' };
  it.each<[string, CrOptions, string]>([
    ['is Orphan where nothing is said', {}, 'Orphan'],
    ['is what the spec says', { spec: { deletionPolicy: 'Delete' } }, 'Delete'],
    [
      'is not overridden while the object lives',
      { spec: { deletionPolicy: 'Delete' }, annotations },
      'Delete',
    ],
    [
      'is overridden while it terminates',
      { spec: { deletionPolicy: 'Delete' }, annotations, deleting: true },
      'Orphan',
    ],
    [
      'is not overridden by another word',
      {
        spec: { deletionPolicy: 'Delete' },
        annotations: { 'servicestage.io/deletion-policy': 'Maybe' },
        deleting: true,
      },
      'Delete',
    ],
    ['is Orphan for a word that an older CRD let pass', { spec: { deletionPolicy: 'Destroy' } }, 'Orphan'],
  ])('%s', (_name, options, want) => {
    expect(read(options).resource.deletionPolicy).toBe(want);
  });
});

describe('the status', () => {
  const operation = {
    id: 'op-1',
    type: 'Modify',
    cause: 'Spec',
    generation: 1,
    attempt: 1,
    phase: 'Submitted',
    jobId: 'JOB-1',
    submittedAt: '2026-01-01T00:00:00Z',
  } as const;
  const whole: Status = {
    observedGeneration: 1,
    conditions: [],
    operation,
    lastApplied: { generation: 1, void: true },
    remote: { version: '1.0.0' },
    drift: { since: '2026-01-01T00:00:00Z', fields: [] },
    history: [{ operationId: 'op-0', type: 'Modify', cause: 'Spec', generation: 1, result: 'Failed' }],
    lastHandledReconcileAt: 'a',
    lastHandledForceAt: 'b',
    lastHandledResetAt: 'c',
    lastHandledApproval: 'd',
    lastHandledOperation: 'e',
  };

  it('is read as it was written', () => {
    const { resource } = read({ status: whole });
    expect(resource.status).toEqual(whole);
    expect(resource.statusProblem).toBeUndefined();
  });

  it('of a new object has seen nothing', () => {
    const { status: _, ...object } = cr();
    expect(readResource(object as KubeObject).resource).toMatchObject({
      hasStatus: false,
      status: { observedGeneration: -1 },
    });
    expect(read({}).resource.hasStatus).toBe(true);
  });

  it.each<[string, JsonObject, string]>([
    ['an operation of another shape', { operation: 'x' }, 'status.operation'],
    [
      'an operation in a phase nobody knows',
      { operation: { ...operation, phase: 'Done' } },
      'status.operation',
    ],
    ['an operation without its id', { operation: { ...operation, id: 5 } }, 'status.operation'],
    ['a lastApplied of another shape', { lastApplied: [] }, 'status.lastApplied'],
    ['a history of another shape', { history: [{ result: 'x' }] }, 'status.history'],
    ['several of them', { operation: 1, history: 2 }, 'status.operation, status.history'],
  ])('that somebody tampered with is named: %s', (_name, status, want) => {
    expect(readResource(stored(status)).resource.statusProblem).toBe(`${want} cannot be read`);
  });

  it.each<[string, JsonObject]>([
    ['conditions', { conditions: [{ type: 'Ready', status: 'Perhaps' }] }],
    ['conditions of another type', { conditions: 'x' }],
    ['remote', { remote: { replica: 'many' } }],
    ['drift', { drift: {} }],
    ['a token that is no text', { lastHandledForceAt: 5 }],
    ['members that a later release wrote', { future: {} }],
  ])('loses %s that carry no decision, without a problem', (_name, status) => {
    const { resource } = readResource(stored({ observedGeneration: 1, ...status }));
    expect(resource.status).toEqual({ observedGeneration: 1 });
    expect(resource.statusProblem).toBeUndefined();
  });

  it.each([-2, 1.5, '1', null, Number.POSITIVE_INFINITY])(
    'does not trust an observedGeneration of %j',
    (observedGeneration) => {
      const status = { observedGeneration } as unknown as JsonObject;
      expect(readResource(stored(status)).resource.status.observedGeneration).toBe(-1);
    },
  );
});

it('tells the identity, the finalizer and the deletion', () => {
  expect(read({ generation: 4 }).resource).toMatchObject({
    key: 'shop/weather',
    uid: 'uid-1',
    resourceVersion: '10',
    generation: 4,
    deleting: false,
    hasFinalizer: true,
  });
  expect(read({ deleting: true, finalizers: ['other/finalizer'] }).resource).toMatchObject({
    deleting: true,
    hasFinalizer: false,
  });
});

describe('an earlier reading of a resource', () => {
  it('spares parsing the same spec again', () => {
    const first = readResource(cr());
    const again = readResource(JSON.parse(JSON.stringify(cr())), first);
    expect(again.resource.spec).toBe(first.resource.spec);
  });

  it('is not used for another spec of the same generation, as a restore of etcd may leave it', () => {
    const first = readResource(cr());
    const restored = readResource(cr({ component: { version: '0.9.0' } }), first);
    expect(restored.resource.spec).toMatchObject({ desired: { version: '0.9.0' } });
  });
});
