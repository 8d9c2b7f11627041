import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { KubeHttp } from '../../src/kube/http.ts';
import type { Scheduler } from '../../src/kube/scheduler.ts';
import { watchTargets } from '../../src/kube/targets.ts';
import { createWatch, type Watch } from '../../src/kube/watch.ts';
import type { WatchEvent } from '../../src/kube/watch-context.ts';
import { isLive } from '../../src/kube/watch-health.ts';
import {
  connectTo,
  type Handler,
  type Loopback,
  type Seen,
  sendJson,
  startLoopback,
  statusOf,
} from './loopback.ts';
import { bookmark, INITIAL_END, listOf, makeObject, watchLine } from './make.ts';
import { createVirtualTime, fastScheduler, until, type VirtualTime } from './virtual-time.ts';

const [target] = watchTargets([]);
if (target === undefined) throw new Error('no target');

interface Following extends AsyncDisposable {
  readonly server: Loopback;
  readonly watch: Watch;
  /** Events without `health`, in the words `applied weather@5`. */
  readonly events: string[];
  readonly health: string[];
}

interface Follow {
  readonly handler: Handler;
  readonly scheduler?: Scheduler;
  readonly streamingList?: 'try' | 'off';
}

async function follow({
  handler,
  scheduler = fastScheduler,
  streamingList = 'off',
}: Follow): Promise<Following> {
  const server = await startLoopback(handler);
  const http: KubeHttp & AsyncDisposable = await connectTo(server.url, scheduler);
  const stop = new AbortController();
  const watch = createWatch({
    http,
    target: target as NonNullable<typeof target>,
    scheduler,
    random: () => 0.5,
    streamingList,
  });
  const events: string[] = [];
  const health: string[] = [];
  const running = (async () => {
    for await (const event of watch.events(stop.signal)) {
      if (event.kind === 'health') health.push(event.health.connection);
      else events.push(wordsOf(event));
    }
  })();
  return {
    server,
    watch,
    events,
    health,
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await running;
      await http[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

function wordsOf(event: Exclude<WatchEvent, { kind: 'health' }>): string {
  if (event.kind === 'begin') return 'begin';
  if (event.kind === 'synced') return `synced@${event.version}`;
  return `${event.kind} ${event.object.metadata.name}@${event.object.metadata.resourceVersion}`;
}

const isWatch = (seen: Seen): boolean => seen.query.get('watch') === 'true';
const watches = (server: Loopback): readonly Seen[] => server.requests.filter(isWatch);
const lists = (server: Loopback): readonly Seen[] => server.requests.filter((seen) => !isWatch(seen));
const versions = (server: Loopback): readonly (string | null)[] =>
  watches(server).map(({ query }) => query.get('resourceVersion'));

/** Lists one object at version 5 and gives each watch to the next of `streams`; the last one serves the rest. */
function script(...streams: readonly ((response: ServerResponse, seen: Seen) => void)[]): Handler {
  let at = 0;
  return (seen, response) => {
    if (!isWatch(seen)) return sendJson(response, 200, listOf(5, [makeObject({ version: 5 })]));
    const stream = streams[Math.min(at, streams.length - 1)];
    at += 1;
    return stream?.(response, seen);
  };
}

const open =
  (...lines: readonly string[]) =>
  (response: ServerResponse) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    response.write(lines.join(''));
  };
const modified = (version: number, name = 'weather'): string =>
  watchLine('MODIFIED', makeObject({ name, version }));

describe('the first list', () => {
  it('is read in pages of 500 and complete only at the end', async () => {
    await using at = await follow({
      handler: (seen, response) => {
        if (isWatch(seen)) return open('')(response);
        const next = seen.query.get('continue');
        if (next === null)
          return sendJson(response, 200, listOf(7, [makeObject({ name: 'a', version: 1 })], 'page-2'));
        return sendJson(response, 200, listOf(7, [makeObject({ name: 'b', version: 2 })]));
      },
    });
    await until(() => watches(at.server).length === 1);
    expect(at.events).toEqual(['begin', 'applied a@1', 'applied b@2', 'synced@7']);
    expect(lists(at.server).map(({ query }) => [query.get('limit'), query.get('continue')])).toEqual([
      ['500', null],
      ['500', 'page-2'],
    ]);
    expect(versions(at.server)).toEqual(['7']);
  });

  it('comes as a stream where the server can, and the watch goes on from its mark', async () => {
    await using at = await follow({
      streamingList: 'try',
      handler: (seen, response) => {
        if (seen.query.get('sendInitialEvents') !== 'true') return open('')(response);
        return open(watchLine('ADDED', makeObject({ version: 3 })), bookmark(9, INITIAL_END))(response);
      },
    });
    await until(() => versions(at.server).includes('9'));
    expect(at.events).toEqual(['begin', 'applied weather@3', 'synced@9']);
    expect(at.server.requests[0]?.query.get('resourceVersionMatch')).toBe('NotOlderThan');
    expect(lists(at.server)).toHaveLength(0);
  });

  const refusals: readonly { readonly name: string; readonly refuse: (response: ServerResponse) => void }[] =
    [
      { name: 'refuses it', refuse: (response) => sendJson(response, 422, statusOf(422, 'Invalid')) },
      {
        name: 'does not know its options',
        refuse: (response) => sendJson(response, 400, statusOf(400, 'BadRequest')),
      },
      { name: 'fails on it', refuse: (response) => sendJson(response, 500, statusOf(500, 'InternalError')) },
      {
        name: 'cuts it',
        refuse: (response) => {
          open(watchLine('ADDED', makeObject()))(response);
          setImmediate(() => response.destroy());
        },
      },
      {
        name: 'ends it without a mark',
        refuse: (response) => response.end(watchLine('ADDED', makeObject())),
      },
      { name: 'never marks its end', refuse: open(watchLine('ADDED', makeObject())) },
    ];
  it.each(refusals)('falls back to pages where the server $name', async ({ refuse }) => {
    await using at = await follow({
      streamingList: 'try',
      handler: (seen, response) => {
        if (seen.query.get('sendInitialEvents') === 'true') return refuse(response);
        return script(open(''))(seen, response);
      },
    });
    await until(() => versions(at.server).includes('5'));
    expect(at.events.slice(-3)).toEqual(['begin', 'applied weather@5', 'synced@5']);
  });

  it('is tried for ever: errors, pages of HTML and broken lists never end it', async () => {
    const answers: ((response: ServerResponse) => void)[] = [
      (response) => sendJson(response, 401, statusOf(401, 'Unauthorized')),
      (response) => sendJson(response, 403, statusOf(403, 'Forbidden')),
      (response) => sendJson(response, 429, statusOf(429, 'TooManyRequests'), { 'retry-after': '1' }),
      (response) => sendJson(response, 503, {}),
      (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
      (response) => response.end(''),
      (response) => response.writeHead(404).end('404 page not found\n'),
      (response) => sendJson(response, 200, { kind: 'List', metadata: {}, items: [] }),
      (response) => sendJson(response, 200, listOf(5, [{ metadata: { name: 'no uid' } }])),
      (response) => sendJson(response, 410, statusOf(410, 'Expired')),
      (response) => response.destroy(),
    ];
    await using at = await follow({
      handler: (seen, response) => {
        const answer = isWatch(seen) ? undefined : answers.shift();
        return answer === undefined ? script(open(''))(seen, response) : answer(response);
      },
    });
    await until(() => at.events.includes('synced@5'));
    expect(answers).toHaveLength(0);
    expect(at.watch.health()).toMatchObject({ synced: true });
    expect(at.watch.health().counts).toMatchObject({ garbage: 4, expired: 1 });
  });

  it('that is empty is believed only when a second one is empty too', async () => {
    const answers = [listOf(5, []), listOf(6, [makeObject({ version: 6 })])];
    await using at = await follow({
      handler: (seen, response) =>
        isWatch(seen) ? open('')(response) : sendJson(response, 200, answers.shift() ?? listOf(7, [])),
    });
    await until(() => watches(at.server).length === 1);
    expect(at.events).toEqual(['begin', 'begin', 'applied weather@6', 'synced@6']);
  });
});

describe('a watch', () => {
  it('asks for bookmarks and for an end after about ten seconds', async () => {
    await using at = await follow({ handler: script(open('')) });
    await until(() => watches(at.server).length === 1);
    const query = watches(at.server)[0]?.query;
    expect(query?.get('allowWatchBookmarks')).toBe('true');
    expect(Number(query?.get('timeoutSeconds'))).toBeGreaterThanOrEqual(9);
    expect(Number(query?.get('timeoutSeconds'))).toBeLessThanOrEqual(11);
  });

  const resumed: readonly {
    readonly name: string;
    readonly cut: (response: ServerResponse) => void;
    readonly from: string;
  }[] = [
    { name: 'FIN after an event', from: '6', cut: (response) => response.end(modified(6)) },
    { name: 'FIN after a bookmark', from: '8', cut: (response) => response.end(bookmark(8)) },
    {
      name: 'RST after an event',
      from: '6',
      cut: (response) => {
        open(modified(6))(response);
        setTimeout(() => response.destroy(), 5);
      },
    },
    { name: 'RST before the headers', from: '5', cut: (response) => response.destroy() },
    { name: 'half a line', from: '6', cut: (response) => response.end(`${modified(6)}{"type":"MODI`) },
    {
      name: 'a garbage line',
      from: '6',
      cut: (response) => response.end(`${modified(6)}@@@\n${modified(7)}`),
    },
    {
      name: 'an event without an object',
      from: '6',
      cut: (response) => response.end(`${modified(6)}{"type":"ADDED"}\n`),
    },
    {
      name: 'an event of an unknown type',
      from: '6',
      cut: (response) => response.end(modified(6) + watchLine('NEW', makeObject())),
    },
    { name: 'a page of HTML', from: '5', cut: (response) => response.end('<html></html>') },
    { name: 'an empty 200', from: '5', cut: (response) => response.end() },
    {
      name: '503',
      from: '5',
      cut: (response) => sendJson(response, 503, statusOf(503, 'ServiceUnavailable')),
    },
    { name: '401', from: '5', cut: (response) => sendJson(response, 401, statusOf(401, 'Unauthorized')) },
    { name: '403', from: '5', cut: (response) => sendJson(response, 403, statusOf(403, 'Forbidden')) },
    {
      name: '429',
      from: '5',
      cut: (response) => sendJson(response, 429, statusOf(429, 'TooManyRequests'), { 'retry-after': '1' }),
    },
    {
      name: 'an ERROR event other than 410',
      from: '6',
      cut: (response) => response.end(modified(6) + watchLine('ERROR', statusOf(500, 'InternalError'))),
    },
  ];
  it.each(resumed)('is resumed from the last version after $name', async ({ cut, from }) => {
    await using at = await follow({ handler: script(cut, open(modified(9))) });
    await until(() => at.events.includes('applied weather@9'));
    expect(versions(at.server).slice(0, 2)).toEqual(['5', from]);
    expect(lists(at.server)).toHaveLength(1);
    expect(at.events.filter((event) => event === 'begin')).toHaveLength(1);
  });

  it.each([
    { name: 'garbage lines', cut: (response: ServerResponse) => response.end('@@@\n'), count: 2 },
    { name: 'empty answers', cut: (response: ServerResponse) => response.end(), count: 2 },
  ])('is listed again after repeated $name, all of them counted', async ({ cut, count }) => {
    await using at = await follow({ handler: script(cut, cut, open('')) });
    await until(() => watches(at.server).length === 3);
    expect(lists(at.server)).toHaveLength(2);
    expect(at.watch.health().counts.garbage).toBe(count);
  });

  it.each([
    {
      name: 'a 410 answer',
      cut: (response: ServerResponse) => sendJson(response, 410, statusOf(410, 'Expired')),
    },
    {
      name: 'a 410 event',
      cut: (response: ServerResponse) => response.end(watchLine('ERROR', statusOf(410, 'Expired'))),
    },
    {
      name: 'a version that the server has not reached',
      cut: (response: ServerResponse) =>
        sendJson(
          response,
          504,
          statusOf(504, 'Timeout', { details: { causes: [{ reason: 'ResourceVersionTooLarge' }] } }),
        ),
    },
  ])('is listed again once after $name', async ({ cut }) => {
    await using at = await follow({ handler: script(cut, open(modified(9))) });
    await until(() => at.events.includes('applied weather@9'));
    expect(lists(at.server)).toHaveLength(2);
    expect(at.events).toEqual([
      'begin',
      'applied weather@5',
      'synced@5',
      'begin',
      'applied weather@5',
      'synced@5',
      'applied weather@9',
    ]);
  });

  it('is listed again after two streams that ended early without a word', async () => {
    const time = createVirtualTime();
    const ends: ServerResponse[] = [];
    await using at = await follow({
      scheduler: time,
      handler: script((response) => {
        open('')(response);
        ends.push(response);
      }),
    });
    for (let stream = 1; stream <= 2; stream += 1) {
      await until(() => ends.length === stream);
      await time.advance(5_500);
      ends.at(-1)?.end();
      await until(() => at.watch.health().counts.garbage === stream);
      await time.advance(1_000);
    }
    await until(() => lists(at.server).length === 2);
    expect(versions(at.server).slice(0, 2)).toEqual(['5', '5']);
  });

  it('takes versions that go back twice for an etcd restored from a backup and lists', async () => {
    await using at = await follow({ handler: script(open(modified(3)), open(modified(4)), open('')) });
    await until(() => watches(at.server).length === 3);
    expect(lists(at.server)).toHaveLength(2);
    expect(at.events).not.toContain('applied weather@3');
  });

  it('yields deletions', async () => {
    await using at = await follow({
      handler: script(open(watchLine('DELETED', makeObject({ version: 8 })))),
    });
    await until(() => at.events.length === 4);
    expect(at.events[3]).toBe('deleted weather@8');
  });

  it('puts an event together whatever way its bytes are cut', async () => {
    const bytes = Buffer.from(modified(6, 'wetter-münchen') + modified(7));
    await using at = await follow({
      handler: script((response) => {
        open('')(response);
        const inside = bytes.indexOf(0xbc);
        const pieces = [bytes.subarray(0, 1), bytes.subarray(1, inside), bytes.subarray(inside)];
        for (const [index, piece] of pieces.entries()) setTimeout(() => response.write(piece), 3 * index);
      }),
    });
    await until(() => at.events.includes('applied weather@7'));
    expect(at.events).toContain('applied wetter-münchen@6');
    expect(at.watch.health().counts.garbage).toBe(0);
  });

  it('does not become a hot loop when each stream ends at once', async () => {
    const time = createVirtualTime();
    let version = 5;
    await using at = await follow({
      scheduler: time,
      handler: script((response) => {
        version += 1;
        response.end(bookmark(version));
      }),
    });
    await until(() => watches(at.server).length === 1);
    await time.advance(1_000);
    expect(watches(at.server).length).toBeLessThanOrEqual(11);
    expect(watches(at.server).length).toBeGreaterThan(3);
  });
});

describe('a watch that hears nothing', () => {
  const deaf: readonly {
    readonly name: string;
    readonly stream: (response: ServerResponse) => void;
    readonly from: string;
  }[] = [
    { name: 'after the headers', stream: open(''), from: '5' },
    { name: 'before the headers', stream: () => undefined, from: '5' },
    { name: 'after an event', stream: open(modified(6)), from: '6' },
  ];
  it.each(deaf)('$name is cut at 14 s, not before, and resumed without a list', async ({ stream, from }) => {
    const time = createVirtualTime();
    await using at = await follow({ scheduler: time, handler: script(stream, open(modified(9))) });
    await until(() => watches(at.server).length === 1);
    await time.advance(0);
    await time.advance(13_900);
    expect(watches(at.server)).toHaveLength(1);
    await time.advance(200);
    await until(() => at.events.includes('applied weather@9'));
    expect(versions(at.server)).toEqual(['5', from]);
    expect(lists(at.server)).toHaveLength(1);
    expect(at.watch.health().counts.deaf).toBe(1);
    expect(at.health).toContain('deaf');
  });

  it('does not take single bytes for a sign of life', async () => {
    const time = createVirtualTime();
    let drip: ServerResponse | undefined;
    await using at = await follow({
      scheduler: time,
      handler: script(
        (response) => {
          open('')(response);
          drip = response;
        },
        open(modified(9)),
      ),
    });
    await until(() => drip !== undefined);
    for (let second = 0; second < 15; second += 1) {
      drip?.write('{');
      await time.advance(1_000);
    }
    await until(() => at.events.includes('applied weather@9'));
    expect(at.watch.health().counts.deaf).toBe(1);
  });

  it('is not deaf while lines keep coming', async () => {
    const time = createVirtualTime();
    let stream: ServerResponse | undefined;
    await using at = await follow({
      scheduler: time,
      handler: script((response) => {
        open('')(response);
        stream = response;
      }),
    });
    await until(() => stream !== undefined);
    for (let round = 0; round < 5; round += 1) {
      await time.advance(10_000);
      stream?.write(bookmark(10 + round));
      await until(() => at.watch.health().lastEventAgeMs === 0);
    }
    expect(watches(at.server)).toHaveLength(1);
    expect(isLive(at.watch.health())).toBe(true);
  });
});

describe('the health of a watch', () => {
  const drive = async (time: VirtualTime, ms: number): Promise<void> => time.advance(ms);

  it('is not live before the first list is complete', async () => {
    const time = createVirtualTime();
    await using at = await follow({
      scheduler: time,
      handler: (_, response) => sendJson(response, 500, statusOf(500, 'InternalError')),
    });
    await until(() => at.server.requests.length > 0);
    await drive(time, 60_000);
    expect(isLive(at.watch.health())).toBe(false);
    expect(at.watch.health()).toMatchObject({
      synced: false,
      connection: 'failing',
      lastFailure: { code: 'InternalError' },
    });
    expect(at.server.requests.length).toBeGreaterThan(5);
    expect(at.server.requests.length).toBeLessThan(25);
  });

  it('stops being live within 15 s of the last sign of life and is live again with the next', async () => {
    const time = createVirtualTime();
    let down = false;
    await using at = await follow({
      scheduler: time,
      handler: (seen, response) => {
        if (down) response.destroy();
        else void script(open(bookmark(6)))(seen, response);
      },
    });
    await until(() => isLive(at.watch.health()));
    down = true;
    await drive(time, 13_500);
    expect(isLive(at.watch.health())).toBe(true);
    await drive(time, 2_000);
    expect(isLive(at.watch.health())).toBe(false);
    down = false;
    await drive(time, 11_000);
    await until(() => isLive(at.watch.health()));
    expect(at.watch.health().connection).toBe('connected');
  });

  it('ends when it is told to, also in the middle of a stream or a pause', async () => {
    const at = await follow({ handler: script(open(modified(6))) });
    await until(() => at.events.length === 4);
    await at[Symbol.asyncDispose]();
    const pausing = await follow({
      scheduler: createVirtualTime(),
      handler: (_, response) => void response.destroy(),
    });
    await until(() => pausing.server.requests.length > 0);
    await pausing[Symbol.asyncDispose]();
  });
});
