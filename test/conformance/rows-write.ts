// Conformance rows about writing: conflicts, JSON patches, status isolation, generation, finalizers, deletion.
import { expect, it } from 'vitest';
import {
  type Answer,
  causesOf,
  dig,
  digText,
  eventLines,
  gadget,
  JSON_PATCH,
  MERGE_PATCH,
  type Probe,
  type Room,
  versionOf,
} from './probe.ts';

type Operations = {
  op: string;
  path: string;
  value?: string | number | null | { [key: string]: string | number };
}[];

/** Adds the rows to the current describe block. */
export function writeRows(probe: () => Probe): void {
  const start = async (spec = {}, metadata = {}): Promise<Room & { made: Answer; object: string }> => {
    const room = await probe().room();
    const made = await probe().ask(room.path, { method: 'POST', body: gadget('a', spec, metadata) });
    return { ...room, made, object: `${room.path}/a` };
  };
  const jsonPatch = (path: string, body: Operations): Promise<Answer> =>
    probe().ask(path, { method: 'PATCH', type: JSON_PATCH, body });
  const mergePatch = (path: string, body: Answer['body']): Promise<Answer> =>
    probe().ask(path, { method: 'PATCH', type: MERGE_PATCH, body });

  it('refuses a second object of the same name', async () => {
    const { path } = await start();
    const again = await probe().ask(path, { method: 'POST', body: gadget('a', {}) });
    expect([again.status, again.body.reason]).toEqual([409, 'AlreadyExists']);
  });

  it('refuses a PUT made from a stale read, and one without a version', async () => {
    const { made, object } = await start();
    await mergePatch(object, { spec: { replicas: 1 } });
    const stale = await probe().ask(object, { method: 'PUT', body: made.body });
    expect([stale.status, stale.body.reason]).toEqual([409, 'Conflict']);
    const blind = await probe().ask(object, { method: 'PUT', body: gadget('a', {}) });
    expect([blind.status, causesOf(blind.body)]).toEqual([
      422,
      ['FieldValueInvalid metadata.resourceVersion'],
    ]);
  });

  it('refuses a merge patch that names a stale version', async () => {
    const { made, object } = await start();
    await mergePatch(object, { spec: { replicas: 1 } });
    const body = { metadata: { resourceVersion: versionOf(made.body) }, spec: { replicas: 2 } };
    expect((await mergePatch(object, body)).status).toBe(409);
  });

  it('refuses a failed JSON patch test with 422 and no causes, and writes nothing', async () => {
    const { made, object } = await start({ replicas: 1 });
    const failed = await jsonPatch(object, [
      { op: 'replace', path: '/spec/replicas', value: 2 },
      { op: 'test', path: '/spec/mode', value: 'Fast' },
    ]);
    expect([failed.status, failed.body.reason, causesOf(failed.body)]).toEqual([422, 'Invalid', []]);
    expect(versionOf((await probe().ask(object)).body)).toBe(versionOf(made.body));
  });

  it('refuses a JSON patch that breaks the schema with 422 and the field as cause', async () => {
    const { object } = await start();
    const refused = await jsonPatch(object, [{ op: 'add', path: '/spec/replicas', value: 99 }]);
    expect([refused.status, refused.body.reason]).toEqual([422, 'Invalid']);
    expect(causesOf(refused.body)).toEqual(['FieldValueInvalid spec.replicas']);
  });

  it.each<{ name: string; patch: Operations }>([
    { name: 'adds below a missing parent', patch: [{ op: 'add', path: '/status/operation/id', value: 'x' }] },
    { name: 'removes a missing key', patch: [{ op: 'remove', path: '/spec/replicas' }] },
    { name: 'tests a missing key', patch: [{ op: 'test', path: '/spec/replicas', value: 1 }] },
  ])('refuses without causes a JSON patch that $name', async ({ patch }) => {
    const { object } = await start();
    const refused = await jsonPatch(object, patch);
    expect([refused.status, causesOf(refused.body)]).toEqual([422, []]);
  });

  it('takes null in a test for a missing key, and replace for add', async () => {
    const { object } = await start();
    const set = await jsonPatch(object, [{ op: 'replace', path: '/spec/env', value: { A: 'b' } }]);
    expect([set.status, dig(set.body, 'spec', 'env')]).toEqual([200, { A: 'b' }]);
    expect((await jsonPatch(object, [{ op: 'test', path: '/spec/replicas', value: null }])).status).toBe(200);
  });

  it('guards an operation on /status by uid, operation id and phase', async () => {
    const { made, object } = await start();
    const uid = digText(made.body, 'metadata', 'uid');
    const status = `${object}/status`;
    const leave = (who: string, id: string, from: string): Operations => [
      { op: 'test', path: '/metadata/uid', value: who },
      { op: 'test', path: '/status/operation/id', value: id },
      { op: 'test', path: '/status/operation/phase', value: from },
      { op: 'replace', path: '/status/operation/phase', value: 'Submitted' },
    ];
    const intent = { op: 'add', path: '/status/operation', value: { id: 'op-1', phase: 'Intent' } };
    expect((await jsonPatch(status, [intent])).status).toBe(200);
    for (const wrong of [
      leave('other', 'op-1', 'Intent'),
      leave(uid, 'op-2', 'Intent'),
      leave(uid, 'op-1', 'Done'),
    ]) {
      const refused = await jsonPatch(status, wrong);
      expect([refused.status, causesOf(refused.body)]).toEqual([422, []]);
    }
    const moved = await jsonPatch(status, leave(uid, 'op-1', 'Intent'));
    expect(dig(moved.body, 'status', 'operation', 'phase')).toBe('Submitted');
    expect((await jsonPatch(status, leave(uid, 'op-1', 'Intent'))).status).toBe(422);
  });

  it('refuses a status that breaks the schema with the field as cause', async () => {
    const { object } = await start();
    const value = { id: 'op-1', phase: 'Nonsense' };
    const refused = await jsonPatch(`${object}/status`, [{ op: 'add', path: '/status/operation', value }]);
    const [first] = causesOf(refused.body);
    expect([refused.status, first]).toEqual([422, 'FieldValueNotSupported status.operation.phase']);
  });

  it('drops status on creation and fills in its default', async () => {
    const room = await probe().room();
    const body = { ...gadget('a', {}), status: { observedGeneration: 7 } };
    const made = await probe().ask(room.path, { method: 'POST', body });
    expect(made.body.status).toEqual({ observedGeneration: -1 });
    expect((await probe().ask(`${room.path}/a`)).body.status).toEqual({ observedGeneration: -1 });
  });

  it('never lets one door write what belongs to the other', async () => {
    const { object } = await start();
    const both = {
      metadata: { labels: { x: 'y' } },
      spec: { replicas: 3 },
      status: { observedGeneration: 5 },
    };
    const main = await mergePatch(object, both);
    expect(main.body).toMatchObject({ spec: { replicas: 3 }, status: { observedGeneration: -1 } });
    const other = {
      metadata: { labels: { x: 'z' } },
      spec: { replicas: 4 },
      status: { observedGeneration: 5 },
    };
    const status = await mergePatch(`${object}/status`, other);
    expect(status.body).toMatchObject({
      metadata: { labels: { x: 'y' }, generation: 2 },
      spec: { replicas: 3 },
      status: { observedGeneration: 5 },
    });
  });

  it('counts spec changes only in generation', async () => {
    const { object } = await start();
    const generation = async (body: Answer['body'], path = object): Promise<unknown> =>
      dig((await mergePatch(path, body)).body, 'metadata', 'generation');
    expect(await generation({ metadata: { annotations: { a: 'b' } } })).toBe(1);
    expect(await generation({ status: { observedGeneration: 1 } }, `${object}/status`)).toBe(1);
    expect(await generation({ spec: { replicas: 2 } })).toBe(2);
    expect(await generation({ spec: { replicas: 2 } })).toBe(2);
  });

  it('writes nothing for a change to nothing, once the default status is stored', async () => {
    const { made, object } = await start({ replicas: 1 });
    const first = await mergePatch(object, { spec: { replicas: 1 } });
    expect(Number(versionOf(first.body))).toBeGreaterThan(Number(versionOf(made.body)));
    const second = await mergePatch(object, { spec: { replicas: 1 } });
    expect(versionOf(second.body)).toBe(versionOf(first.body));
  });

  it('keeps an object with finalizers, marked, until the last one is taken off', async () => {
    const finalizer = 'conformance.example.io/hold';
    const { path, object, made } = await start({}, { finalizers: [finalizer] });
    const watch = await probe().watch(`${path}?resourceVersion=${versionOf(made.body)}`);
    const marked = await probe().ask(object, { method: 'DELETE' });
    expect([marked.status, dig(marked.body, 'metadata', 'generation')]).toEqual([200, 2]);
    expect(digText(marked.body, 'metadata', 'deletionTimestamp')).not.toBe('');
    const more = { op: 'add', path: '/metadata/finalizers/-', value: 'conformance.example.io/late' };
    const late = await jsonPatch(object, [more]);
    expect([late.status, causesOf(late.body)[0]]).toEqual([422, 'FieldValueForbidden metadata.finalizers']);
    const off = await jsonPatch(object, [
      { op: 'test', path: '/metadata/finalizers/0', value: finalizer },
      { op: 'remove', path: '/metadata/finalizers/0' },
    ]);
    expect(off.status).toBe(200);
    expect((await probe().ask(object)).status).toBe(404);
    expect(eventLines(await watch.take(2))).toEqual(['MODIFIED a', 'DELETED a']);
    watch.stop();
  });

  it('refuses a deletion whose preconditions do not hold', async () => {
    const { object, made } = await start();
    const remove = (preconditions: Answer['body']): Promise<Answer> =>
      probe().ask(object, {
        method: 'DELETE',
        body: { kind: 'DeleteOptions', apiVersion: 'v1', preconditions },
      });
    expect((await remove({ uid: 'someone-else' })).status).toBe(409);
    expect((await remove({ resourceVersion: '1' })).status).toBe(409);
    expect((await remove({ uid: digText(made.body, 'metadata', 'uid') })).status).toBe(200);
  });

  it('gives a recreated object another uid', async () => {
    const { path, object, made } = await start();
    await probe().ask(object, { method: 'DELETE' });
    const again = await probe().ask(path, { method: 'POST', body: gadget('a', {}) });
    expect(digText(again.body, 'metadata', 'uid')).not.toBe(digText(made.body, 'metadata', 'uid'));
    const uid = digText(made.body, 'metadata', 'uid');
    const guarded = await jsonPatch(`${object}/status`, [{ op: 'test', path: '/metadata/uid', value: uid }]);
    expect([guarded.status, causesOf(guarded.body)]).toEqual([422, []]);
  });

  it('changes nothing in a dry run', async () => {
    const room = await probe().room();
    const dry = await probe().ask(`${room.path}?dryRun=All`, { method: 'POST', body: gadget('a', {}) });
    expect(dry.status).toBe(201);
    expect((await probe().ask(`${room.path}/a`)).status).toBe(404);
  });
}
