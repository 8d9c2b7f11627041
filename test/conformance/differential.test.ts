// Random writes sent to the embedded server and to a real kube-apiserver, answer by answer the same.
// Promises: what the rows of the conformance suite pin by example (validation, pruning, defaults, ownership, merging,
// generation) holds for whole sequences. Compared are status, reason, causes and the object without what no two
// servers share: uid, versions and times. Seeded, so a failure repeats.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { realApiServerAvailability, startRealApiServer } from '../e2e/real-apiserver.ts';
import { startEmbeddedApi } from '../fakes/embedded/index.ts';
import { clone, type JsonMap } from '../fakes/embedded/json.ts';
import {
  type Answer,
  APPLY_PATCH,
  causesOf,
  dig,
  digMap,
  gadget,
  MERGE_PATCH,
  Probe,
  type Room,
} from './probe.ts';

const available = realApiServerAvailability();
const unavailable = available.kind === 'none' && !available.required;
if (unavailable) console.warn(`no comparison with a real API server: ${available.reason}`);

const subset = (...items: readonly string[]): fc.Arbitrary<string[]> => fc.subarray([...items]);
const pairs = (...keys: readonly string[]): fc.Arbitrary<Record<string, string>> =>
  subset(...keys).map((found) => Object.fromEntries(found.map((key) => [key, key.length > 1 ? '1' : '2'])));
const label = fc.record(
  { key: fc.constantFrom('a', 'b'), value: fc.constantFrom('1', '2') },
  { requiredKeys: ['key'] },
);

/** Mostly valid, sometimes not: null, twins, wrong types and forbidden values have their place. */
const spec = fc.record(
  {
    model: fc.constantFrom('red', 'red', 'red', 'red', 'red', 'red', 'red', 'red', 'red', 'forbidden', ''),
    mode: fc.constantFrom('Slow', 'Fast', 'Slow', 'Fast', 'Slow', 'Fast', 'Odd'),
    replicas: fc.constantFrom(1, 2, 3, 1, 2, 3, 1, 2, 3, 11, 'two'),
    surge: fc.constantFrom(1, '5%'),
    labels: fc.array(label, { maxLength: 2 }),
    tags: subset('t1', 't2', 't3'),
    steps: subset('s1', 's2'),
    env: pairs('A', 'B', 'CC'),
    open: fc.constantFrom({}, { x: { y: 1 } }, { x: {} }, { list: [1, 2.5] }),
  },
  { requiredKeys: [] },
);

const step = fc.record({
  verb: fc.constantFrom('apply', 'apply', 'apply', 'merge', 'status', 'statusApply'),
  manager: fc.constantFrom('one', 'two', 'three'),
  force: fc.boolean(),
  spec,
  labels: fc.option(pairs('l', 'mm'), { nil: undefined }),
  status: fc.constantFrom<JsonMap>(
    { observedGeneration: 1 },
    { conditions: [{ type: 'Ready', status: 'True' }] },
    {},
  ),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function send(probe: Probe, { path }: Room, { verb, manager, force, ...values }: Step): Promise<Answer> {
  const labels = values.labels ? { labels: values.labels } : {};
  const object: JsonMap = { ...gadget('a', {}, labels), spec: values.spec as JsonMap };
  const query = `fieldManager=${manager}${verb.toLowerCase().includes('apply') ? `&force=${force}` : ''}`;
  const patch = (at: string, type: string, body: JsonMap): Promise<Answer> =>
    probe.ask(`${path}/a${at}?${query}`, { method: 'PATCH', type, body });
  const { status } = values;
  if (verb === 'apply') return patch('', APPLY_PATCH, object);
  if (verb === 'merge') return patch('', MERGE_PATCH, { metadata: labels, spec: values.spec as JsonMap });
  if (verb === 'status') return patch('/status', MERGE_PATCH, { status });
  return patch('/status', APPLY_PATCH, { ...gadget('a', {}), status });
}

/** What two servers must agree on. */
function comparable({ status, body }: Answer): unknown {
  if (status >= 400) return { status, reason: body.reason, causes: [...new Set(causesOf(body))].toSorted() };
  const object = clone(body);
  const { uid: _, resourceVersion: __, creationTimestamp: ___, ...metadata } = digMap(object, 'metadata');
  const entries = dig(object, 'metadata', 'managedFields');
  const owners = (Array.isArray(entries) ? entries : []).map((entry) => {
    const { time: ____, ...rest } = entry as JsonMap;
    return rest;
  });
  const name = (entry: JsonMap): string => `${entry.manager} ${entry.operation} ${entry.subresource}`;
  const managedFields = owners.toSorted((left, right) => (name(left) < name(right) ? -1 : 1));
  return { status, ...object, metadata: { ...metadata, namespace: '', managedFields } };
}

describe.skipIf(unavailable)('the embedded server beside a real one', () => {
  let probes: readonly [Probe, Probe];

  beforeAll(async () => {
    const embedded = await startEmbeddedApi();
    const real = await startRealApiServer();
    probes = [
      new Probe({ url: embedded.url, compact: async () => undefined, stop: embedded.stop }),
      new Probe({
        url: real.url,
        token: real.adminToken,
        ca: real.caPem,
        compact: async () => undefined,
        stop: () => real.stop(),
      }),
    ];
    for (const probe of probes) await probe.prepare();
  }, 40 * 60_000);
  afterAll(async () => {
    for (const probe of probes ?? []) await probe.close();
  });

  it('gives the same answers to any sequence of writes', { timeout: 120_000 }, async () => {
    const sequences = fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
      const rooms = [await probes[0].room(), await probes[1].room()] as const;
      for (const each of steps) {
        const [mine, real] = await Promise.all([
          send(probes[0], rooms[0], each),
          send(probes[1], rooms[1], each),
        ]);
        expect(comparable(mine)).toEqual(comparable(real));
      }
    });
    await fc.assert(sequences, { seed: 20_260_101, numRuns: 150, endOnFailure: true });
  });
});
