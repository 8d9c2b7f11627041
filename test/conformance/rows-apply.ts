// Conformance rows about server-side apply: who owns a field, who loses it, what an apply removes.
import { expect, it } from 'vitest';
import type { JsonMap } from '../fakes/embedded/json.ts';
import {
  type Answer,
  APPLY_PATCH,
  causesOf,
  dig,
  digMap,
  gadget,
  MERGE_PATCH,
  type Probe,
  versionOf,
} from './probe.ts';

interface Apply {
  readonly manager: string;
  readonly spec: JsonMap;
  readonly query?: string;
}

/** Adds the rows to the current describe block. */
export function applyRows(probe: () => Probe): void {
  const room = async (): Promise<(order: Apply) => Promise<Answer>> => {
    const { path } = await probe().room();
    return ({ manager, spec, query = '' }) =>
      probe().ask(`${path}/a?fieldManager=${manager}${query}`, {
        method: 'PATCH',
        type: APPLY_PATCH,
        body: { ...gadget('a', {}), spec },
      });
  };
  const owners = (body: JsonMap): string[] => {
    const entries = dig(body, 'metadata', 'managedFields');
    return (Array.isArray(entries) ? entries : []).map(
      (entry) => `${dig(entry, 'manager')} ${dig(entry, 'operation')}`,
    );
  };

  it('creates what is missing and lets two managers own different fields', async () => {
    const apply = await room();
    expect((await apply({ manager: 'one', spec: { model: 'red' } })).status).toBe(201);
    const second = await apply({ manager: 'two', spec: { replicas: 2 } });
    expect([second.status, second.body.spec]).toEqual([200, { model: 'red', mode: 'Slow', replicas: 2 }]);
    expect(owners(second.body).toSorted()).toEqual(['one Apply', 'two Apply']);
  });

  it('refuses to take a field from another manager, and takes it by force', async () => {
    const apply = await room();
    await apply({ manager: 'one', spec: { model: 'red', replicas: 1 } });
    const refused = await apply({ manager: 'two', spec: { replicas: 2 } });
    expect([refused.status, refused.body.reason]).toEqual([409, 'Conflict']);
    expect(causesOf(refused.body)).toEqual(['FieldManagerConflict .spec.replicas']);
    expect(refused.body.message).toBe('Apply failed with 1 conflict: conflict with "one": .spec.replicas');
    const taken = await apply({ manager: 'two', spec: { replicas: 2 }, query: '&force=true' });
    expect(dig(taken.body, 'spec', 'replicas')).toBe(2);
    const back = await apply({ manager: 'one', spec: { model: 'red' } });
    expect(dig(back.body, 'spec', 'replicas')).toBe(2);
  });

  it('shares a field that two managers set to the same value', async () => {
    const apply = await room();
    await apply({ manager: 'one', spec: { model: 'red', replicas: 1 } });
    expect((await apply({ manager: 'two', spec: { replicas: 1 } })).status).toBe(200);
    const left = await apply({ manager: 'one', spec: { model: 'red' } });
    expect(dig(left.body, 'spec', 'replicas')).toBe(1);
    const gone = await apply({ manager: 'two', spec: {} });
    expect(dig(gone.body, 'spec', 'replicas')).toBeUndefined();
  });

  it('removes what a manager no longer mentions', async () => {
    const apply = await room();
    await apply({ manager: 'one', spec: { model: 'red', replicas: 1, env: { A: '1', B: '2' } } });
    const after = await apply({ manager: 'one', spec: { model: 'red', env: { B: '2' } } });
    expect(after.body.spec).toEqual({ model: 'red', mode: 'Slow', env: { B: '2' } });
    expect(dig(after.body, 'metadata', 'name')).toBe('a');
  });

  it('merges lists by their type: map by key, set by value, atomic as a whole', async () => {
    const apply = await room();
    const labels = [{ key: 'x', value: '1' }];
    await apply({ manager: 'one', spec: { model: 'red', labels, tags: ['t1'], steps: ['s1'] } });
    const more = { labels: [{ key: 'y', value: '2' }], tags: ['t2'] };
    const merged = await apply({ manager: 'two', spec: more });
    expect(dig(merged.body, 'spec', 'labels')).toEqual([...labels, { key: 'y', value: '2' }]);
    expect(dig(merged.body, 'spec', 'tags')).toEqual(['t1', 't2']);
    const refused = await apply({ manager: 'two', spec: { ...more, steps: ['s2'] } });
    expect(causesOf(refused.body)).toEqual(['FieldManagerConflict .spec.steps']);
    const item = await apply({ manager: 'two', spec: { labels: [{ key: 'x', value: '9' }] } });
    expect(causesOf(item.body)).toEqual(['FieldManagerConflict .spec.labels[key="x"].value']);
  });

  it('writes nothing when the same configuration is applied again', async () => {
    const apply = await room();
    const order = { manager: 'one', spec: { model: 'red', env: { A: '1' } } };
    await apply(order);
    const first = await apply(order);
    const again = await apply(order);
    expect([again.status, versionOf(again.body)]).toEqual([200, versionOf(first.body)]);
  });

  it('counts an update as ownership that an apply can collide with', async () => {
    const { path } = await probe().room();
    await probe().ask(path, { method: 'POST', body: gadget('a', { replicas: 1 }) });
    const apply = { method: 'PATCH', type: APPLY_PATCH, body: gadget('a', { replicas: 2 }) } as const;
    const refused = await probe().ask(`${path}/a?fieldManager=one`, apply);
    expect(causesOf(refused.body)).toEqual(['FieldManagerConflict .spec.replicas']);
    expect(refused.body.message).toContain('conflict with "conformance" using conformance.example.io/v1');
  });

  it('keeps ownership of status apart from ownership of the spec', async () => {
    const { path } = await probe().room();
    await probe().ask(path, { method: 'POST', body: gadget('a', {}) });
    const status = {
      method: 'PATCH',
      type: MERGE_PATCH,
      body: { status: { observedGeneration: 1 } },
    } as const;
    const after = await probe().ask(`${path}/a/status?fieldManager=controller`, status);
    const entries = dig(after.body, 'metadata', 'managedFields');
    const mine = (Array.isArray(entries) ? entries : []).find(
      (entry) => dig(entry, 'manager') === 'controller',
    );
    expect(mine).toMatchObject({ operation: 'Update', subresource: 'status' });
    expect(Object.keys(digMap(mine, 'fieldsV1'))).toEqual(['f:status']);
  });

  it('needs a field manager', async () => {
    const { path } = await probe().room();
    const refused = await probe().ask(`${path}/a`, {
      method: 'PATCH',
      type: APPLY_PATCH,
      body: gadget('a', {}),
    });
    expect([refused.status, causesOf(refused.body)]).toEqual([422, ['FieldValueRequired fieldManager']]);
  });
}
