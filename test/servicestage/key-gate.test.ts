import { describe, expect, it } from 'vitest';
import type { Failure } from '../../src/core/types.ts';
import { KeyGate, keyHash } from '../../src/servicestage/key-gate.ts';
import { createClock, failureOf, never } from './server.ts';

const REFUSED: Failure = { class: 'credentials', code: 'APIGW.0301', message: 'signature mismatch' };

function createGate(): { gate: KeyGate; advance: (ms: number) => void } {
  const clock = createClock();
  return { gate: new KeyGate(() => clock.now().mono), advance: clock.advance };
}

describe('KeyGate', () => {
  it('lets one call at a time through while the key is unproven, and all of them afterwards', async () => {
    const { gate } = createGate();
    const settle = await gate.enter('k', never());
    const order: string[] = [];
    const others = Promise.all(
      ['a', 'b'].map(async (name) => {
        await gate.enter('k', never());
        order.push(name);
      }),
    );
    await Promise.resolve();
    expect(order).toEqual([]);
    settle({ kind: 'proven' });
    await others;
    expect(order).toEqual(['a', 'b']);
  });

  it('holds a refused key for 5 minutes, with the same words and the time that is left', async () => {
    const { gate, advance } = createGate();
    (await gate.enter('k', never()))({ kind: 'refused', failure: REFUSED });
    expect(await failureOf(gate.enter('k', never()))).toEqual({ ...REFUSED, retryAfterMs: 300_000 });
    advance(299_000);
    expect(await failureOf(gate.enter('k', never()))).toEqual({ ...REFUSED, retryAfterMs: 1_000 });
    advance(1_000);
    (await gate.enter('k', never()))({ kind: 'proven' });
    await expect(gate.enter('k', never())).resolves.toBeTypeOf('function');
  });

  it('holds also those who waited for the call that was refused', async () => {
    const { gate } = createGate();
    const settle = await gate.enter('k', never());
    const waiting = failureOf(gate.enter('k', never()));
    settle({ kind: 'refused', failure: REFUSED });
    expect(await waiting).toMatchObject(REFUSED);
  });

  it('lets the next one try when a try ended unclear', async () => {
    const { gate } = createGate();
    const settle = await gate.enter('k', never());
    const next = gate.enter('k', never());
    settle({ kind: 'unclear' });
    (await next)({ kind: 'proven' });
    await expect(gate.enter('k', never())).resolves.toBeTypeOf('function');
  });

  it('does not open a held key for a late success', async () => {
    const { gate } = createGate();
    (await gate.enter('k', never()))({ kind: 'proven' });
    const early = await gate.enter('k', never());
    const late = await gate.enter('k', never());
    early({ kind: 'refused', failure: REFUSED });
    late({ kind: 'proven' });
    expect(await failureOf(gate.enter('k', never()))).toMatchObject(REFUSED);
  });

  it('keeps other keys out of it', async () => {
    const { gate } = createGate();
    (await gate.enter('k', never()))({ kind: 'refused', failure: REFUSED });
    await expect(gate.enter('other', never())).resolves.toBeTypeOf('function');
  });

  it('lets a waiting call go when its signal fires', async () => {
    const { gate } = createGate();
    await gate.enter('k', never());
    await expect(gate.enter('k', AbortSignal.timeout(10))).rejects.toMatchObject({ name: 'TimeoutError' });
  });
});

describe('keyHash', () => {
  it('tells apart parts that look alike when joined, and shows none of them', () => {
    expect(keyHash(['ab', 'c'])).not.toBe(keyHash(['a', 'bc']));
    expect(keyHash(['secret'])).toMatch(/^[0-9a-f]{64}$/);
  });
});
