// Rows of the fault table about answers that are cut on the wire and about specs: values at the edges of their type, fields
// that cannot be changed, and the proof that no field is ignored in silence.
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSpec } from '../../src/api/component.ts';
import { digestInput, toWire } from '../../src/core/body.ts';
import { specDigest } from '../../src/core/digest.ts';
import type { Json, JsonObject } from '../../src/core/types.ts';
import { specComponents } from '../core/arbitrary.ts';
import {
  COMPONENT,
  cloudAt,
  failureOf,
  JOB_ID,
  never,
  serveRaw,
  TARGET,
  TOKEN_SECRET,
} from '../servicestage/server.ts';
import { specOf } from '../support/world.ts';
import { describeRows } from './stage.ts';

const head = (fields: string): string =>
  `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n${fields}\r\n\r\n`;

/** A complete answer as bytes of the wire, spoiled in one way. */
const spoiled: readonly { readonly name: string; readonly bytes: (text: string) => Buffer }[] = [
  {
    name: 'a gzip that is cut',
    bytes: (text) => {
      const whole = gzipSync(text);
      const cut = whole.subarray(0, whole.length - 12);
      return Buffer.concat([
        Buffer.from(head(`content-encoding: gzip\r\ncontent-length: ${cut.length}`)),
        cut,
      ]);
    },
  },
  {
    name: 'a chunk that is cut',
    bytes: (text) =>
      Buffer.from(`${head('transfer-encoding: chunked')}${text.length.toString(16)}\r\n${text.slice(0, -7)}`),
  },
  {
    name: 'a length that is longer than the body',
    bytes: (text) => Buffer.from(`${head(`content-length: ${text.length + 50}`)}${text}`),
  },
  {
    name: 'a length that is shorter than the body',
    bytes: (text) => Buffer.from(`${head(`content-length: ${text.length - 9}`)}${text}`),
  },
];

describe('an answer with', () => {
  const server = (bytes: Buffer) =>
    serveRaw((socket) => {
      socket.write(bytes, () => socket.end());
    });

  it.each(spoiled)(
    '$name is no fact when it is read, and no end when it answers a write',
    async ({ bytes }) => {
      await using reads = await server(bytes(JSON.stringify(COMPONENT)));
      await using reading = cloudAt(reads.url);
      const read = failureOf(reading.open(TARGET, TOKEN_SECRET).getComponent(never()));
      await expect(read).resolves.toMatchObject({ class: 'transient' });
      await using writes = await server(bytes(JSON.stringify({ job_id: JOB_ID })));
      await using writing = cloudAt(writes.url);
      const outcome = await writing.open(TARGET, TOKEN_SECRET).modify('{"version":"1.0.2"}', never());
      expect(outcome.kind).toBe('unknown');
    },
  );
});

describe('a value at the edge of its type', () => {
  it.each<{ readonly name: string; readonly value: Json }>([
    { name: 'the largest exact whole number', value: Number.MAX_SAFE_INTEGER },
    { name: 'the smallest fraction', value: 5e-324 },
    { name: 'a text that YAML could take for a boolean', value: 'yes' },
    { name: 'a number with leading zeros, as text', value: '007' },
    { name: 'a number beyond all bounds, as text', value: '1e400' },
    { name: 'a duration, as text', value: '1h30m' },
  ])('arrives as it was written: $name', ({ value }) => {
    const given = specOf({ extraBody: { edge: value } });
    const parsed = parseSpec(given);
    expect(parsed.kind).toBe('ok');
    const component = (parsed.kind === 'ok' ? parsed.spec : {}) as unknown as { component: JsonObject };
    expect(component.component.extraBody).toEqual({ edge: value });
    expect(JSON.parse(JSON.stringify(digestInput(component.component))).edge).toBe(value);
  });

  it.each([2 ** 53, 1.5, -1, '3', Number.NaN])('is refused where a count is wanted: %s', (replica) => {
    expect(parseSpec(specOf({ replica: replica as Json })).kind).toBe('invalid');
  });
});

describe('one field of any component, written otherwise', () => {
  it('makes another body and another digest, alone and with a second one', () => {
    fc.assert(
      fc.property(specComponents, fc.nat(), fc.nat(), (component, first, second) => {
        const once = changed(component, first);
        const twice = changed(once, second);
        for (const [before, after] of [
          [component, once],
          [once, twice],
        ] as const) {
          if (JSON.stringify(before) === JSON.stringify(after)) continue;
          expect(JSON.stringify(toWire(after))).not.toBe(JSON.stringify(toWire(before)));
          expect(specDigest(digestInput(after))).not.toBe(specDigest(digestInput(before)));
        }
      }),
      { numRuns: 300 },
    );
  });
});

/** The component with its n-th leaf changed within its type; `replica` is managed apart and stays. */
function changed(component: JsonObject, n: number): JsonObject {
  const copy = structuredClone(component) as Record<string, Json>;
  const leaves: (() => void)[] = [];
  const visit = (holder: Record<string, Json>): void => {
    for (const [key, value] of Object.entries(holder)) {
      if (key === 'replica' && holder === copy) continue;
      if (typeof value === 'object' && value !== null) visit(value as Record<string, Json>);
      else leaves.push(() => Object.assign(holder, { [key]: otherThan(value) }));
    }
  };
  visit(copy);
  leaves[n % Math.max(1, leaves.length)]?.();
  return copy;
}

function otherThan(value: Json): Json {
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'number') return value === 0 ? 1 : value * 2;
  return `${String(value)}x`;
}

describeRows('a resource', (at) => {
  it('cannot be moved to another component, nor back, and nothing is sent for the attempt', async () => {
    const { world, kube, fleet, sent, allReady, componentOf } = at();
    await world.start();
    const [name = '', other = ''] = await fleet('fixed', 2);
    await allReady([name, other]);
    const calls = world.cloud.journal.entries.length;
    const path = `/apis/servicestage.io/v1alpha1/namespaces/${world.namespace}/servicestagecomponents/${name}`;
    for (const componentId of [componentOf(other), componentOf(name)]) {
      const body = { spec: { componentId } };
      const { status } = await kube.call('PATCH', path, body, 'application/merge-patch+json');
      expect(status).toBe(componentId === componentOf(name) ? 200 : 422);
    }
    await world.settle(60_000);
    expect(sent(name)).toEqual(['1.0.1']);
    expect(world.cloud.journal.entries.length).toBe(calls);
  });
});
