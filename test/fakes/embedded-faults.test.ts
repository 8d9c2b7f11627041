// What tests order from the embedded API server: faults, denials, the journal, the write listener.
import { request } from 'undici';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GROUP, SAMPLE_CRD } from '../conformance/sample-crd.ts';
import { type EmbeddedApi, type RequestFault, startEmbeddedApi, type WatchFault } from './embedded/index.ts';
import type { JsonMap } from './embedded/json.ts';

const path = `/apis/${GROUP}/v1/namespaces/default/gadgets`;
const reference = { kind: 'Gadget', namespace: 'default', name: 'a' };

function gadget(name: string): JsonMap {
  return {
    apiVersion: `${GROUP}/v1`,
    kind: 'Gadget',
    metadata: { name, namespace: 'default' },
    spec: { model: 'red' },
  };
}

let api: EmbeddedApi;
beforeEach(async () => {
  api = await startEmbeddedApi({ crds: [SAMPLE_CRD], now: () => Date.UTC(2026, 0, 1) });
});
afterEach(() => api.stop());

interface Sent {
  readonly status: number;
  readonly text: string;
  readonly headers: Record<string, string | string[] | undefined>;
}

async function post(name: string, token?: string): Promise<Sent | string> {
  const headers = {
    'content-type': 'application/json',
    connection: 'close',
    ...(token ? { authorization: `Bearer ${token}` } : {}),
  };
  try {
    const signal = AbortSignal.timeout(300);
    const answer = await request(api.url + path, {
      method: 'POST',
      headers,
      body: JSON.stringify(gadget(name)),
      signal,
    });
    return { status: answer.statusCode, text: await answer.body.text(), headers: answer.headers };
  } catch (error) {
    return error instanceof Error ? error.name : 'unknown';
  }
}

describe('request faults', () => {
  const rows: { name: string; fault: RequestFault; outcome: object | string; acted: string }[] = [
    {
      name: '429 with Retry-After',
      fault: { kind: 'status', code: 429, reason: 'TooManyRequests', retryAfterSeconds: 7 },
      outcome: { status: 429, headers: { 'retry-after': '7' } },
      acted: 'no',
    },
    { name: 'a conflict', fault: { kind: 'conflict' }, outcome: { status: 409 }, acted: 'no' },
    {
      name: 'a page of HTML',
      fault: { kind: 'text', code: 502, contentType: 'text/html', text: '<h1>Bad Gateway</h1>' },
      outcome: { status: 502, text: '<h1>Bad Gateway</h1>' },
      acted: 'no',
    },
    { name: 'a reset before acting', fault: { kind: 'dropBefore' }, outcome: 'Error', acted: 'no' },
    { name: 'a reset after acting', fault: { kind: 'actThenDrop' }, outcome: 'Error', acted: 'yes' },
    { name: 'silence', fault: { kind: 'hang' }, outcome: 'TimeoutError', acted: 'no' },
    { name: 'silence after acting', fault: { kind: 'actThenHang' }, outcome: 'TimeoutError', acted: 'yes' },
    { name: 'a torn answer', fault: { kind: 'truncate', bytes: 10 }, outcome: 'SocketError', acted: 'yes' },
    { name: 'a slow answer', fault: { kind: 'delay', ms: 20 }, outcome: { status: 201 }, acted: 'yes' },
  ];

  it.each(rows)('gives $name to the one request that is meant', async ({ fault, outcome, acted }) => {
    const handle = api.faults.add({ match: { verb: 'create', resource: 'gadgets' }, fault });
    const first = await post('a');
    if (typeof outcome === 'string') expect(first).toMatch(/Error/);
    else expect(first).toMatchObject(outcome);
    expect(api.objects.get(reference) === undefined ? 'no' : 'yes').toBe(acted);
    expect(await post('b')).toMatchObject({ status: 201 });
    expect(handle.hits()).toBe(1);
  });

  it('lets the first matches pass and strikes as often as ordered', async () => {
    const match = { verb: 'create', resource: 'gadgets' } as const;
    api.faults.add({ match, fault: { kind: 'status', code: 500 }, skip: 1, times: 2 });
    const sent = [await post('a'), await post('b'), await post('c'), await post('d')];
    expect(sent).toMatchObject([{ status: 201 }, { status: 500 }, { status: 500 }, { status: 201 }]);
  });

  it('journals every request, and which of them changed something', async () => {
    api.faults.add({ match: { name: 'x' }, fault: { kind: 'conflict' } });
    await post('a');
    await post('a');
    await request(`${api.url}${path}/a`);
    const entries = api.journal.find({ resource: 'gadgets' });
    expect(entries.map(({ verb, status, committed }) => [verb, status, committed])).toEqual([
      ['create', 201, true],
      ['create', 409, false],
      ['get', 200, false],
    ]);
    expect(api.journal.writes({ resource: 'gadgets' })).toHaveLength(1);
    expect(entries[0]).toMatchObject({
      namespace: 'default',
      at: Date.UTC(2026, 0, 1),
      delivery: 'answered',
    });
    expect(entries[0]?.bytes).toBeGreaterThan(50);
  });

  it('refuses connections while down and keeps its objects', async () => {
    await post('a');
    const { url } = api;
    await api.down();
    expect(await post('b')).toMatch(/Error/);
    await api.up();
    expect(api.url).toBe(url);
    expect(await post('a')).toMatchObject({ status: 409 });
  });
});

describe('access', () => {
  it('refuses in the words of RBAC until the denial is lifted', async () => {
    const lift = api.deny({ verb: 'create', resource: 'gadgets' });
    const refused = await post('a');
    expect(refused).toMatchObject({ status: 403 });
    const sentence = `User \\"anonymous-admin\\" cannot create resource \\"gadgets\\" in API group \\"${GROUP}\\"`;
    expect((refused as Sent).text).toContain(sentence);
    lift();
    expect(await post('a')).toMatchObject({ status: 201 });
  });

  it('knows tokens by their user and answers 401 to a revoked one', async () => {
    api.grantToken('embedded-t', 'robot');
    expect(await post('a', 'embedded-t')).toMatchObject({ status: 201 });
    expect(api.journal.writes({ user: 'robot' })).toHaveLength(1);
    api.revokeToken('embedded-t');
    expect(await post('b', 'embedded-t')).toMatchObject({ status: 401 });
  });

  it('answers 401 to who has no token once tokens are configured', async () => {
    const guarded = await startEmbeddedApi({ tokens: { secret: 'admin' } });
    expect((await request(`${guarded.url}/api`)).statusCode).toBe(401);
    const headers = { authorization: 'Bearer secret' };
    expect((await request(`${guarded.url}/api`, { headers })).statusCode).toBe(200);
    await guarded.stop();
  });
});

describe('the write listener', () => {
  it('sees old and new of every committed write, and nothing else', () => {
    const seen: string[] = [];
    api.onWrite((before, after) => {
      seen.push(`${before?.metadata.generation ?? '-'} to ${after?.metadata.generation ?? '-'}`);
    });
    api.objects.create(gadget('a'));
    api.objects.patch(reference, { type: 'merge', patch: { spec: { replicas: 2 } } });
    api.objects.patch(reference, { type: 'merge', patch: { spec: { replicas: 2 } } });
    expect(() =>
      api.objects.patch(reference, { type: 'merge', patch: { spec: { replicas: -2 } } }),
    ).toThrow();
    api.objects.remove(reference);
    expect(seen).toEqual(['- to 1', '1 to 2', '2 to -']);
  });
});

describe('watch faults', () => {
  async function openWatch(): Promise<{ lines: string[]; ended: Promise<string> }> {
    const from = api.resourceVersion();
    const answer = await request(`${api.url}${path}?watch=1&resourceVersion=${from}`);
    const lines: string[] = [];
    const read = async (): Promise<string> => {
      try {
        for await (const chunk of answer.body) lines.push(String(chunk));
        return 'ended';
      } catch {
        return 'broken';
      }
    };
    return { lines, ended: read() };
  }
  const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 30));
  const watching = { resource: 'gadgets', verb: 'watch' } as const;

  it.each<{ fault: WatchFault; end: string; text: RegExp }>([
    { fault: { kind: 'cut' }, end: 'broken', text: /^$/ },
    { fault: { kind: 'end' }, end: 'ended', text: /^$/ },
    { fault: { kind: 'halfLine' }, end: 'ended', text: /^\{"type":"MODIFIED"[^\n]*$/ },
    { fault: { kind: 'gone' }, end: 'ended', text: /"code":410/ },
    { fault: { kind: 'html' }, end: 'ended', text: /<html>/ },
  ])('ends an open stream by $fault.kind', async ({ fault, end, text }) => {
    const { lines, ended } = await openWatch();
    expect(api.watches.spoil(watching, fault)).toBe(1);
    expect(await ended).toBe(end);
    expect(lines.join('')).toMatch(text);
    expect(api.watches.count(watching)).toBe(0);
  });

  it('goes on after a line of garbage', async () => {
    const { lines } = await openWatch();
    api.watches.spoil(watching, { kind: 'garbage' });
    api.objects.create(gadget('a'));
    await settle();
    expect(lines.join('').split('\n')[1]).toContain('"type":"ADDED"');
  });

  it('sends nothing while frozen, on later streams too, and everything in order when thawed', async () => {
    const first = await openWatch();
    const thaw = api.watches.stand(watching, { kind: 'freeze' });
    const second = await openWatch();
    api.objects.create(gadget('a'));
    api.objects.create(gadget('b'));
    await settle();
    expect([first.lines, second.lines]).toEqual([[], []]);
    thaw();
    await settle();
    for (const { lines } of [first, second]) expect(lines.join('')).toMatch(/"name":"a".*\n.*"name":"b"/);
  });

  it('holds every event back for the ordered time', async () => {
    const lift = api.watches.stand(watching, { kind: 'hold', ms: 20 });
    const { lines } = await openWatch();
    api.objects.create(gadget('a'));
    expect(lines).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 45));
    expect(lines.join('')).toContain('"name":"a"');
    lift();
  });

  it('sends a bookmark on demand to who asked for bookmarks', async () => {
    const from = api.resourceVersion();
    const answer = await request(
      `${api.url}${path}?watch=1&resourceVersion=${from}&allowWatchBookmarks=true`,
    );
    api.watches.bookmark();
    for await (const chunk of answer.body) {
      expect(JSON.parse(String(chunk))).toMatchObject({ type: 'BOOKMARK', object: { kind: 'Gadget' } });
      break;
    }
  });
});
