// Any spec and any status, as an older CRD or somebody else's write may have left them: a spec leads to a body or to a problem
// that names a field and repeats no value; a status never leads to a call that it does not account for; nothing throws.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSpec } from '../../src/api/component.ts';
import { readResource } from '../../src/controller/resource.ts';
import { buildBody, digestInput, secretRefs } from '../../src/core/body.ts';
import { decide } from '../../src/core/decide.ts';
import { specDigest } from '../../src/core/digest.ts';
import { fitted } from '../../src/core/fit.ts';
import type { JsonObject } from '../../src/core/types.ts';
import { specComponents } from '../core/arbitrary.ts';
import { cr, exampleComponent, facts, job, remote } from '../support/make.ts';
import { anyJson, type Node, near, unpolluted } from './near.ts';

const CANARY = 'c4n4ry-value';
const SPEC = {
  ...cr().spec,
  interval: '10m',
  scaleHosts: ['host-1'],
  component: {
    ...exampleComponent,
    envs: [
      { name: 'PLAIN', value: CANARY },
      { name: 'SECRET', valueSecretRef: { name: 'app', key: 'password' } },
    ],
    extraBody: { new_wire_name: { deep: [CANARY] } },
    jvmOpts: CANARY,
    httpProbe: {},
  },
} as unknown as Node;
const KEYS = [
  ...['component', 'envs', 'name', 'value', 'version', 'runtimeStack', 'source', 'labels', 'extraBody'],
  ...['replica', 'projectId', 'region', 'interval', 'storages', 'build', 'parameters', 'sysConfig'],
];
const server = { name: 'mycomponet', runtimeStack: { name: 'OpenJDK8' }, replica: 1 };

const specs = fc.oneof(
  { weight: 4, arbitrary: near(SPEC, KEYS) },
  { weight: 2, arbitrary: specComponents.map((component) => ({ ...cr().spec, component }) as Node) },
  { weight: 1, arbitrary: anyJson(KEYS) },
);

describe('any spec', { timeout: 90_000 }, () => {
  it('is valid, or has problems that name fields and repeat no value', () => {
    fc.assert(
      fc.property(specs, (given) => {
        const before = JSON.stringify(given);
        const parsed = parseSpec(given);
        expect(parseSpec(given)).toEqual(parsed);
        expect(JSON.stringify(given)).toBe(before);
        expect(unpolluted()).toBe(true);
        if (parsed.kind === 'ok') return;
        expect(parsed.problems.length).toBeGreaterThan(0);
        for (const { path, message } of parsed.problems) {
          expect(path).toMatch(/^spec(\.[A-Za-z_]|\[|$)/);
          expect(message).not.toBe('');
          expect(`${path} ${message}`).not.toContain(CANARY);
        }
      }),
      { numRuns: 400 },
    );
  });

  it('that is valid becomes a body, or a refusal that names a field; its digest does not move', () => {
    let bodies = 0;
    fc.assert(
      fc.property(specs, (given) => {
        const parsed = parseSpec(given);
        if (parsed.kind !== 'ok') return;
        const component = parsed.spec.component as JsonObject;
        expect(specDigest(digestInput(component))).toBe(
          specDigest(digestInput(JSON.parse(JSON.stringify(component)))),
        );
        const secrets = Object.fromEntries(
          secretRefs(component).map(({ path, kind }) => [
            path,
            kind === 'headers' ? { 'x-a': CANARY } : CANARY,
          ]),
        );
        const built = buildBody({ component, secrets, server, configIdWireName: 'conifg_id' });
        expect(built.kind).not.toBe('unresolved');
        if (built.kind === 'invalid') {
          for (const { path, message } of built.problems) {
            expect(path).not.toBe('');
            expect(`${path} ${message}`).not.toContain(CANARY);
          }
          return;
        }
        if (built.kind !== 'ok') return;
        bodies += 1;
        expect(built.body).toMatchObject({
          name: server.name,
          runtime_stack: server.runtimeStack,
          replica: 1,
        });
        expect(JSON.parse(JSON.stringify(built.body))).toEqual(built.body);
        expect(unpolluted()).toBe(true);
      }),
      { numRuns: 400 },
    );
    expect(bodies).toBeGreaterThan(40);
  });

  it('costs as much as it is long: twice the entries, about twice the values that are read', () => {
    const readsFor = (count: number): number => {
      let reads = 0;
      const counted = <T extends object>(target: T): T =>
        new Proxy(target, {
          get: (object, key, receiver) => {
            reads += 1;
            const value: unknown = Reflect.get(object, key, receiver);
            return typeof value === 'object' && value !== null ? counted(value) : value;
          },
        });
      const envs = Array.from({ length: count }, (_, i) => ({ name: `NAME_${i}`, value: `${i}` }));
      const parsed = parseSpec(counted({ ...cr().spec, component: { ...exampleComponent, envs } }));
      expect(parsed.kind).toBe('ok');
      return reads;
    };
    const [half, whole] = [readsFor(200), readsFor(400)];
    expect(whole).toBeLessThan(2.5 * half);
  });
});

const wall = '2026-01-01T00:00:00Z';
const OPERATION: Node = {
  id: 'op-1',
  type: 'Modify',
  cause: 'Spec',
  generation: 1,
  specDigest: 'a'.repeat(64),
  digestVersion: 1,
  version: '1.0.1',
  baselineJobId: 'JOB-0',
  attempt: 1,
  phase: 'Submitted',
  submittedAt: wall,
  jobId: 'JOB-1',
  unattributedJobIds: ['JOB-2'],
  tasks: [{ name: 'DEPLOY', status: 'FAILED', message: 'x' }],
};
const STATUS: Node = {
  observedGeneration: 1,
  conditions: [
    { type: 'Ready', status: 'Unknown', reason: 'Progressing', message: 'm', lastTransitionTime: wall },
    { type: 'Reconciling', status: 'True', reason: 'JobRunning', message: 'm', lastTransitionTime: wall },
  ],
  operation: OPERATION,
  lastApplied: { generation: 1, specDigest: 'b'.repeat(64), digestVersion: 1, replica: 1, jobId: 'JOB-0' },
  remote: { componentStatus: 'RUNNING', replica: 1 },
  drift: { since: wall, fields: [{ pointer: '/description', kind: 'changed' }] },
  overwritten: [{ ourJobId: 'JOB-0', jobId: 'JOB-9', time: wall }],
  history: [{ operationId: 'op-0', type: 'Modify', cause: 'Spec', generation: 1, result: 'Succeeded' }],
  lastHandledForceAt: 'one',
};
const phases = [
  'Intent',
  'Submitted',
  'Succeeded',
  'Failed',
  'Refused',
  'NotSent',
  'UnknownOutcome',
  'JobLost',
];
const STATUS_KEYS = ['phase', 'jobId', 'type', 'id', 'generation', 'operation', 'lastApplied', 'history'];

const statuses = fc
  .tuple(fc.constantFrom(...phases), fc.constantFrom('Modify', 'Scale', 'Delete'))
  .chain(([phase, type]) =>
    near(
      { ...(STATUS as object), operation: { ...(OPERATION as object), phase, type } } as Node,
      STATUS_KEYS,
    ),
  );

const metadata = fc.record({
  generation: fc.integer({ min: 1, max: 3 }),
  deleting: fc.boolean(),
  finalizers: fc.constantFrom([], ['servicestage.io/finalizer'], ['other']),
  annotations: fc.dictionary(
    fc.constantFrom(
      'servicestage.io/reset-at',
      'servicestage.io/force-apply-at',
      'servicestage.io/paused',
      '__proto__',
    ),
    fc.string({ maxLength: 8 }),
  ),
});

describe('any status', { timeout: 90_000 }, () => {
  const jobs = fc
    .constantFrom('running', 'succeeded', 'failed', 'unknown')
    .map((phase) =>
      ['JOB-0', 'JOB-1', 'JOB-2', 'JOB-9'].map((id) => job(id, phase as Parameters<typeof job>[1])),
    );
  const components = fc.oneof(
    fc.constant('missing' as const),
    fc
      .record({
        status: fc.constantFrom('RUNNING', 'UPGRADING', 'STOPPED', 'GRAYING', 'FAILED', '', 'NEW_WORD'),
        lastJobId: fc.constantFrom('JOB-0', 'JOB-1', 'JOB-9'),
      })
      .map((changes) => remote(changes)),
  );
  const records = fc.constantFrom('forbidden' as const, [], [{ version: '1.0.1', jobIds: ['JOB-9'] }]);
  const worlds = fc.record({
    status: fc.oneof(statuses, anyJson(STATUS_KEYS)),
    spec: fc.option(specs, { nil: undefined }),
    metadata,
    component: components,
    jobs,
    records,
    mono: fc.constantFrom(1_000, 1_000_000, 1_000_000_000),
  });

  it('is judged without an exception, twice the same, and never sends what this process did not prepare', () => {
    fc.assert(
      fc.property(worlds, ({ status, spec, metadata: { deleting, ...meta }, ...rest }) => {
        const made = cr({ ...meta, deleting });
        const isMap = typeof spec === 'object' && spec !== null && !Array.isArray(spec);
        const object = {
          ...made,
          ...(isMap ? { spec: spec as JsonObject } : {}),
          status: (typeof status === 'object' && status !== null ? status : {}) as JsonObject,
        };
        const { resource } = readResource(object);
        expect(readResource(object).resource).toEqual(resource);
        const given = facts({ ...rest, object });
        const decision = decide(given);
        expect(decide(given)).toEqual(decision);
        if (decision.kind === 'send') expect(decision.request.kind).toBe('remove');
        if (decision.kind === 'write') {
          expect(Buffer.byteLength(JSON.stringify(fitted(decision.status)))).toBeLessThanOrEqual(16 * 1024);
          if (decision.request !== undefined) expect(decision.precondition).toBe('resourceVersion');
        }
        expect(JSON.stringify(decision.kind === 'write' ? decision.status : '')).not.toContain(CANARY);
        expect(unpolluted()).toBe(true);
      }),
      { numRuns: 800 },
    );
  });
});
