// What changes while a pass runs: the pass goes on with what is true now, not with what it read at its beginning.
import { describe, expect, it } from 'vitest';
import type { Status } from '../../src/api/status.ts';
import { createController } from '../../src/controller/controller.ts';
import type { KubeObject } from '../../src/controller/ports.ts';
import { reconcile } from '../../src/controller/reconcile.ts';
import type { JsonObject } from '../../src/core/types.ts';
import { cr, facts } from '../support/make.ts';
import { createLoop, type Loop } from './fakes.ts';

const KEY = 'shop/weather';
const { spec } = facts().resource;
const digest = spec.kind === 'valid' ? spec.desired.specDigest : '';
const submitted: Status = {
  observedGeneration: 1,
  operation: {
    id: 'op-1',
    type: 'Modify',
    cause: 'Spec',
    generation: 1,
    specDigest: digest,
    digestVersion: 1,
    version: '2023.0323.15181',
    baselineJobId: 'JOB-9',
    attempt: 1,
    phase: 'Submitted',
    jobId: 'JOB-0',
    submittedAt: '2026-01-01T00:00:00Z',
  },
};

function following(): Loop {
  const loop = createLoop();
  loop.add('weather');
  const known = cr({ status: submitted, spec: { interval: '0s' } });
  const object = { ...known, metadata: { ...known.metadata, uid: 'uid-weather', resourceVersion: '11' } };
  loop.objects.set(KEY, object);
  loop.parts.store.put(object);
  return loop;
}

/** The spec is edited at the very moment at which the result of the job is written. */
function editAtResult(loop: Loop, change: (object: KubeObject) => KubeObject): void {
  let edits = 0;
  loop.beforeWrite = () => {
    const now = loop.objects.get(KEY);
    edits += 1;
    if (now === undefined || edits > 1) return;
    const { metadata } = now;
    loop.objects.set(KEY, { ...change(now), metadata: { ...metadata, generation: metadata.generation + 1 } });
  };
}

const conditionOf = (loop: Loop, type: string) => {
  const { conditions = [] } = (loop.objects.get(KEY)?.status ?? {}) as unknown as Status;
  const found = conditions.find((condition) => condition.type === type);
  return `${found?.status}/${found?.reason}: ${found?.message}`;
};

describe('a spec that is edited while the result of a job is written', () => {
  it('is judged with its own Secrets, not with those of the spec before', async () => {
    const loop = following();
    editAtResult(loop, (object) => {
      const component = object.spec.component as JsonObject;
      const envs = [{ name: 'PASSWORD', valueSecretRef: { name: 'app', key: 'password' } }];
      return { ...object, spec: { ...object.spec, component: { ...component, version: '1.0.9', envs } } };
    });
    await reconcile(KEY, { parts: loop.parts, signal: AbortSignal.timeout(5_000) });
    expect(conditionOf(loop, 'Ready')).toMatch(
      /^False\/CredentialsUnavailable: Secret shop\/app does not exist/,
    );
  });

  it('is sent with its own credentials', async () => {
    const loop = following();
    editAtResult(loop, (object) => {
      const component = object.spec.component as JsonObject;
      const changed = {
        credentialsSecretRef: { name: 'other' },
        component: { ...component, version: '1.0.9' },
      };
      return { ...object, spec: { ...object.spec, ...changed } };
    });
    await reconcile(KEY, { parts: loop.parts, signal: AbortSignal.timeout(5_000) });
    expect(conditionOf(loop, 'Ready')).toMatch(
      /^False\/CredentialsUnavailable: Secret shop\/other does not exist/,
    );
  });
});

describe('leadership that comes while a pass runs', () => {
  it('does not leave the key of that pass behind', async () => {
    const loop = createLoop();
    const key = loop.add('weather');
    let leads: 'yes' | 'no' = 'no';
    const parts = { ...loop.parts, leadership: { leading: () => leads === 'yes' } };
    const stopping = new AbortController();
    const rest = parts.log.debug;
    // The decision "not the leader" has been made; the lease arrives before the pass is over.
    const log = {
      ...parts.log,
      debug: (fields: object, message: string) => {
        rest(fields, message);
        if (leads === 'no' && message === 'decided') {
          leads = 'yes';
          controller.resume([key]);
        }
      },
    };
    const controller = createController({ ...parts, log }, 1);
    const ended = controller.run(stopping.signal, new AbortController().signal);
    controller.changed(key, 'fresh');
    for (let turn = 0; turn < 200; turn += 1) await new Promise(setImmediate);
    stopping.abort();
    await ended;
    expect(loop.calls).toContain(`${key} patchStatus`);
  });
});
