// Conformance rows about reading: lists, selectors, watches.
import { expect, it } from 'vitest';
import { dig, digText, eventLines, gadget, MERGE_PATCH, type Probe, type Room, versionOf } from './probe.ts';

/** Adds the rows to the current describe block. */
export function readRows(probe: () => Probe): void {
  const fill = async (room: Room, ...names: readonly string[]): Promise<void> => {
    for (const name of names) await probe().ask(room.path, { method: 'POST', body: gadget(name, {}) });
  };
  const names = (body: unknown): string[] => {
    const items = dig(body, 'items');
    return (Array.isArray(items) ? items : []).map((item) => digText(item, 'metadata', 'name'));
  };

  it('shows one version on all pages of a list, whatever is written in between', async () => {
    const room = await probe().room();
    await fill(room, 'a', 'b', 'c');
    const first = await probe().ask(`${room.path}?limit=2`);
    await fill(room, 'b2');
    const token = encodeURIComponent(digText(first.body, 'metadata', 'continue'));
    const second = await probe().ask(`${room.path}?limit=2&continue=${token}`);
    expect(names(first.body)).toEqual(['a', 'b']);
    expect(dig(first.body, 'metadata', 'remainingItemCount')).toBe(1);
    expect(names(second.body)).toEqual(['c']);
    expect(versionOf(second.body)).toBe(versionOf(first.body));
    expect(digText(second.body, 'metadata', 'continue')).toBe('');
  });

  it('refuses a continue token that it cannot read', async () => {
    const room = await probe().room();
    const answer = await probe().ask(`${room.path}?limit=2&continue=nonsense`);
    expect([answer.status, answer.body.reason]).toEqual([400, 'BadRequest']);
  });

  it('answers 410 with a fresh token when the page is older than the history', {
    timeout: 60_000,
  }, async () => {
    const room = await probe().room();
    await fill(room, 'a', 'b', 'c');
    const first = await probe().ask(`${room.path}?limit=2`);
    await fill(room, 'd');
    await probe().compact();
    const token = digText(first.body, 'metadata', 'continue');
    const second = await probe().ask(`${room.path}?continue=${token}`);
    expect([second.status, second.body.reason]).toEqual([410, 'Expired']);
    const rest = await probe().ask(`${room.path}?continue=${digText(second.body, 'metadata', 'continue')}`);
    expect(names(rest.body)).toEqual(['c', 'd']);
  });

  it('tells a client that asks for a version of the future to wait', async () => {
    const room = await probe().room();
    const path = `${room.path}?resourceVersion=999999999&resourceVersionMatch=NotOlderThan`;
    const answer = await probe().ask(path);
    expect([answer.status, answer.body.reason]).toEqual([504, 'Timeout']);
    expect(dig(answer.body, 'details', 'causes')).toMatchObject([{ reason: 'ResourceVersionTooLarge' }]);
  });

  it('selects by label, by name and by a selectable field of the CRD', async () => {
    const room = await probe().room();
    const objects = [
      gadget('a', { model: 'red' }, { labels: { tier: 'web' } }),
      gadget('b', { model: 'blue' }, { labels: { tier: 'db' } }),
    ];
    for (const body of objects) await probe().ask(room.path, { method: 'POST', body });
    const found = async (query: string): Promise<string[]> =>
      names((await probe().ask(room.path + query)).body);
    expect(await found('?labelSelector=tier%3Dweb')).toEqual(['a']);
    expect(await found('?labelSelector=tier%20in%20(db%2Cx)')).toEqual(['b']);
    expect(await found('?labelSelector=!tier')).toEqual([]);
    expect(await found('?fieldSelector=metadata.name%3Db')).toEqual(['b']);
    expect(await found('?fieldSelector=spec.model%3Dred')).toEqual(['a']);
    expect((await probe().ask(`${room.path}?fieldSelector=spec.mode%3DSlow`)).status).toBe(400);
  });

  it('names kind and object in a 404', async () => {
    const room = await probe().room();
    const answer = await probe().ask(`${room.path}/nobody`);
    const group = 'conformance.example.io';
    expect(answer.body).toMatchObject({
      kind: 'Status',
      code: 404,
      reason: 'NotFound',
      message: `gadgets.${group} "nobody" not found`,
      details: { name: 'nobody', group, kind: 'gadgets' },
    });
  });

  it('answers a path that nothing serves in plain text', async () => {
    const answer = await probe().ask('/apis/nobody.example.io/v1/things');
    expect([answer.status, answer.body]).toEqual([404, { text: '404 page not found\n' }]);
  });

  it('streams exactly what came after the version a watch starts from', async () => {
    const room = await probe().room();
    await fill(room, 'old');
    const start = versionOf((await probe().ask(room.path)).body);
    await fill(room, 'new');
    const patch = { method: 'PATCH', type: MERGE_PATCH, body: { spec: { replicas: 1 } } } as const;
    await probe().ask(`${room.path}/old`, patch);
    await probe().ask(`${room.path}/new`, { method: 'DELETE' });
    const watch = await probe().watch(`${room.path}?resourceVersion=${start}`);
    const events = await watch.take(3);
    watch.stop();
    expect(eventLines(events)).toEqual(['ADDED new', 'MODIFIED old', 'DELETED new']);
    const versions = events.map((event) => Number(versionOf(event.object)));
    expect(versions).toEqual(versions.toSorted((left, right) => left - right));
    expect(Math.min(...versions)).toBeGreaterThan(Number(start));
  });

  it('shows an object that enters or leaves the selector as added or deleted', async () => {
    const room = await probe().room();
    const start = versionOf((await probe().ask(room.path)).body);
    const watch = await probe().watch(`${room.path}?resourceVersion=${start}&labelSelector=on%3Dyes`);
    await fill(room, 'a');
    const label = (on: string) =>
      probe().ask(`${room.path}/a`, {
        method: 'PATCH',
        type: MERGE_PATCH,
        body: { metadata: { labels: { on } } },
      });
    await label('yes');
    await label('no');
    expect(eventLines(await watch.take(2))).toEqual(['ADDED a', 'DELETED a']);
    watch.stop();
  });

  it('sends a bookmark before the stream reaches its time limit, then ends it', async () => {
    const room = await probe().room();
    const start = versionOf((await probe().ask(room.path)).body);
    const query = `resourceVersion=${start}&allowWatchBookmarks=true&timeoutSeconds=4`;
    const watch = await probe().watch(`${room.path}?${query}`);
    await fill(room, 'a');
    const bookmark = await watch.bookmark();
    await watch.ended();
    expect(Number(versionOf(bookmark?.object))).toBeGreaterThan(Number(start));
  });

  it('marks the end of the initial events of a streaming list with a bookmark', async () => {
    const room = await probe().room();
    await fill(room, 'a', 'b');
    const query = 'sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan';
    const watch = await probe().watch(`${room.path}?${query}`);
    const bookmark = await watch.bookmark();
    expect(dig(bookmark, 'object', 'metadata', 'annotations', 'k8s.io/initial-events-end')).toBe('true');
    expect(eventLines(await watch.take(2)).toSorted()).toEqual(['ADDED a', 'ADDED b']);
    watch.stop();
  });

  it('answers a watch from before its history with a 410 event', async () => {
    const room = await probe().room();
    const watch = await probe().watch(`${room.path}?resourceVersion=1`);
    const [event] = await watch.take(1);
    await watch.ended();
    expect(event).toMatchObject({ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } });
  });
}
