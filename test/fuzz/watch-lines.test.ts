// Whatever bytes a watch or a list brings: lines are cut where the newlines are, what cannot be read is said to be so, the work
// grows with the input and not faster, and the watch ends at the truth.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeLine, decodeObject, linesOf } from '../../src/kube/decode.ts';
import { KubeFailure } from '../../src/kube/failure.ts';
import type { KubeCall, KubeHttp, KubeStream } from '../../src/kube/http.ts';
import type { Scheduler } from '../../src/kube/scheduler.ts';
import { watchTargets } from '../../src/kube/targets.ts';
import { createWatch } from '../../src/kube/watch.ts';
import { listOf, makeObject, watchLine } from '../kube/make.ts';
import { anyJson, type Node, near, unpolluted } from './near.ts';

const KEYS = ['type', 'object', 'metadata', 'resourceVersion', 'annotations', 'items', 'kind', 'status'];
const OBJECT = JSON.parse(JSON.stringify(makeObject({ annotations: { note: 'x' } }))) as Node;
const EVENT: Node = { type: 'MODIFIED', object: OBJECT };
const LIST = JSON.parse(JSON.stringify(listOf(7, [OBJECT, OBJECT]))) as Node;

const bytes = fc
  .uint8Array({ maxLength: 60 })
  .map((line) => Buffer.from(line.map((b) => (b === 10 ? 32 : b))));
const texts = fc
  .oneof(near(EVENT, KEYS), anyJson(KEYS), fc.constantFrom<Node>(EVENT))
  .map((value) => Buffer.from(JSON.stringify(value)));
const line = fc.oneof(
  bytes,
  texts,
  fc.constantFrom(Buffer.from('\ud800'), Buffer.from([0xff, 0xfe]), Buffer.alloc(0)),
);

async function* chunksOf(whole: Buffer, cuts: readonly number[]): AsyncGenerator<Buffer> {
  const places = [...new Set(cuts.map((cut) => cut % (whole.length + 1)))].sort((a, b) => a - b);
  let from = 0;
  for (const to of [...places, whole.length]) {
    yield whole.subarray(from, to);
    from = to;
  }
}

async function read(chunks: AsyncIterable<Buffer>): Promise<{ text: string; complete: 'yes' | 'no' }[]> {
  const lines = [];
  for await (const each of linesOf(chunks)) lines.push(each);
  return lines;
}

describe('lines of a stream', () => {
  it('are the same wherever the bytes are cut', async () => {
    const cuts = fc.array(fc.nat(4_000), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 12 }),
        fc.oneof(line, fc.constant(Buffer.alloc(0))),
        cuts,
        async (lines, rest, at) => {
          const whole = Buffer.concat([...lines.flatMap((each) => [each, Buffer.from('\n')]), rest]);
          const want = [
            ...lines.map((each) => ({ text: each.toString(), complete: 'yes' })),
            ...(rest.length === 0 ? [] : [{ text: rest.toString(), complete: 'no' }]),
          ];
          expect(await read(chunksOf(whole, at))).toEqual(want);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('cost one search per chunk and one per line', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 400 }), fc.nat(40), async (count, lines) => {
        let searches = 0;
        const chunk = (text: string): Buffer => {
          const made = Buffer.from(text);
          const search = made.indexOf.bind(made);
          return Object.assign(made, {
            indexOf: (...args: Parameters<Buffer['indexOf']>) => {
              searches += 1;
              return search(...args);
            },
          });
        };
        const source = async function* () {
          for (let i = 0; i < count; i += 1) yield chunk('x'.repeat(64));
          yield chunk('y\n'.repeat(lines));
        };
        await read(source());
        expect(searches).toBeLessThanOrEqual(count + 1 + lines);
      }),
      { numRuns: 50 },
    );
  });

  it('end at a line that no object can have, however long the stream goes on', async () => {
    let pulled = 0;
    const endless = async function* () {
      for (;;) {
        pulled += 1;
        yield Buffer.alloc(1024 * 1024, 'x');
      }
    };
    const lines = await read(endless());
    expect(lines.map(({ complete }) => complete)).toEqual(['no']);
    expect(pulled).toBeLessThanOrEqual(9);
  });
});

describe('a line', () => {
  it('is an event with a usable object, a bookmark, an error, or garbage: never an exception, always the same', () => {
    fc.assert(
      fc.property(fc.oneof(line.map(String), fc.string(), fc.json()), (text) => {
        const seen = decodeLine(text);
        expect(decodeLine(text)).toEqual(seen);
        if (seen.kind === 'applied' || seen.kind === 'deleted') {
          const { name, namespace, uid, resourceVersion, generation } = seen.object.metadata;
          for (const part of [name, namespace, uid, resourceVersion]) expect(part).toMatch(/./s);
          expect(typeof generation).toBe('number');
          expect(Object.getPrototypeOf(seen.object.metadata.annotations ?? {})).toBe(Object.prototype);
        }
        expect(unpolluted()).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it('goes there and back', () => {
    fc.assert(
      fc.property(near(OBJECT, KEYS), fc.constantFrom('ADDED', 'MODIFIED', 'DELETED'), (object, type) => {
        const decoded = decodeObject(object);
        const seen = decodeLine(watchLine(type, object).trimEnd());
        if (decoded === undefined) return void expect(seen).toEqual({ kind: 'garbage' });
        expect(seen).toEqual({ kind: type === 'DELETED' ? 'deleted' : 'applied', object: decoded });
        expect(decodeObject(JSON.parse(JSON.stringify(decoded)))).toEqual(decoded);
      }),
      { numRuns: 500 },
    );
  });
});

/** What the server sends to one request: a list page or a stream, whichever is asked for, or nothing at all. */
interface Reply {
  readonly page: Node;
  readonly lines: readonly Buffer[];
  readonly cut: number;
  readonly end: 'orderly' | 'reset';
  readonly status: number;
}

const reply: fc.Arbitrary<Reply> = fc.record({
  page: fc.oneof(near(LIST, KEYS), anyJson(KEYS)),
  lines: fc.array(line, { maxLength: 5 }),
  cut: fc.nat(500),
  end: fc.constantFrom('orderly', 'reset'),
  status: fc.constantFrom(200, 200, 200, 410, 422, 404),
});

const lost = () =>
  new KubeFailure({ class: 'transient', code: 'ECONNRESET', message: 'the connection was lost' });

/** An API server that answers as it is told, then truly: one object at version 1000000. */
function serverOf(replies: readonly Reply[]) {
  const asked: KubeCall[] = [];
  const truth = makeObject({ name: 'truth', version: 1_000_000 });
  let slept = 0;
  const scheduler: Scheduler = {
    now: () => asked.length * 20_000 + slept,
    wall: () => asked.length * 20_000 + slept,
    sleep: async (ms, signal) => {
      // A guard's sleep ends with its stream; a wait between two requests is over at once.
      if (ms >= 14_000)
        await new Promise<void>((end) => signal.addEventListener('abort', () => end(), { once: true }));
      else slept += ms;
    },
  };
  const answerTo = (call: KubeCall): Reply | undefined => {
    asked.push(call);
    return replies[asked.length - 1];
  };
  const stream = async (call: KubeCall): Promise<KubeStream> => {
    const given = answerTo(call);
    if (given === undefined) {
      if (call.query?.sendInitialEvents === 'true')
        return { kind: 'answer', answer: { status: 422, json: {} } };
      const hold = async function* (): AsyncGenerator<Buffer> {
        await new Promise<void>((end) => call.signal.addEventListener('abort', () => end(), { once: true }));
      };
      return { kind: 'open', chunks: hold(), cut: () => undefined };
    }
    if (given.status !== 200) return { kind: 'answer', answer: { status: given.status, json: {} } };
    const chunks = async function* (): AsyncGenerator<Buffer> {
      yield* chunksOf(Buffer.concat(given.lines.flatMap((each) => [each, Buffer.from('\n')])), [given.cut]);
      if (given.end === 'reset') throw lost();
    };
    return { kind: 'open', chunks: chunks(), cut: () => undefined };
  };
  const request: KubeHttp['request'] = async (call) => {
    const given = answerTo(call);
    if (given?.end === 'reset') throw lost();
    const json = given === undefined ? listOf(1_000_000, [truth]) : given.page;
    const isMap = typeof json === 'object' && json !== null && !Array.isArray(json);
    return { status: given?.status ?? 200, json: isMap ? (json as { readonly [key: string]: Node }) : {} };
  };
  const http: KubeHttp = { request, stream, namespace: undefined, close: async () => undefined };
  return { http, scheduler, asked };
}

describe('a watch', () => {
  const [target] = watchTargets([]);

  it('survives any answers to its lists and streams, asks no more often than it is answered, and ends at the truth', async () => {
    if (target === undefined) throw new Error('no target');
    await fc.assert(
      fc.asyncProperty(
        fc.array(reply, { maxLength: 10 }),
        fc.constantFrom('try' as const, 'off' as const),
        async (replies, streamingList) => {
          // A list that was read before may have been believed; then only a version that is gone makes it list again.
          const gone: Reply = { page: {}, lines: [], cut: 0, end: 'orderly', status: 410 };
          const { http, scheduler, asked } = serverOf([...replies, gone, gone]);
          const stop = new AbortController();
          const watch = createWatch({ http, target, scheduler, random: () => 0.5, streamingList });
          let open = 0;
          for await (const event of watch.events(stop.signal)) {
            if (event.kind === 'begin') open += 1;
            if (event.kind === 'synced' && event.version === '1000000') stop.abort();
            expect(asked.length).toBeLessThan(replies.length + 12);
          }
          expect(open).toBeGreaterThan(0);
          expect(unpolluted()).toBe(true);
        },
      ),
      { numRuns: 150 },
    );
  });
});
