// What may happen to a world, as plain data: a sequence of steps is generated, shrunk, stored as JSON and played again.
// Foreign modifies carry versions that no user asks for, so that assumption A5 of the submit protocol holds.
import fc from 'fast-check';

export const JOB_ENDS = ['SUCCEEDED', 'FAILED', 'CANCELLED', 'ROLLBACKED', 'UNKNOWN'] as const;

export type Step =
  /** A user writes the component's version and description. */
  | { readonly do: 'edit'; readonly version: number; readonly note: number }
  | { readonly do: 'replica'; readonly count: number }
  /** The operator dies at its nth call from now, before it leaves or with its answer lost. */
  | { readonly do: 'crashAt'; readonly call: number; readonly moment: 'before' | 'acted' }
  | { readonly do: 'restart'; readonly how: 'kill' | 'graceful'; readonly downSeconds: number }
  | { readonly do: 'consoleEdit'; readonly note: number }
  | {
      readonly do: 'foreignJob';
      readonly kind: 'modify' | 'restart';
      readonly version: number;
      readonly seconds: number;
    }
  | { readonly do: 'throttle'; readonly requests: number; readonly retryAfterSeconds: number }
  /** The next write's answer is lost; `late`: a gateway gives up first, the service accepts 15 s later. */
  | { readonly do: 'lostWrite'; readonly how: 'acted' | 'notActed' | 'late' | 'noJobId' }
  | { readonly do: 'serverError'; readonly requests: number; readonly status: 500 | 502 | 503 }
  | { readonly do: 'garbage'; readonly requests: number }
  /** The next status writes are answered as conflicts, or the connection is lost before or after they took effect. */
  | {
      readonly do: 'statusFault';
      readonly kind: 'conflict' | 'dropBefore' | 'actThenDrop';
      readonly times: number;
    }
  | { readonly do: 'wait'; readonly seconds: number }
  | { readonly do: 'rotateSecret' }
  | { readonly do: 'credentials'; readonly state: 'wrong' | 'right' }
  | { readonly do: 'token'; readonly kind: 'force' | 'reset' | 'reconcile' }
  | { readonly do: 'suspend' }
  | { readonly do: 'resume' }
  | {
      readonly do: 'jobScript';
      readonly end: (typeof JOB_ENDS)[number];
      readonly seconds: number;
      readonly forgetSeconds?: number;
    }
  /** The resource is deleted with policy Orphan and made again. */
  | { readonly do: 'recreate' };

const small = (max: number) => fc.integer({ min: 1, max });

const steps: readonly fc.WeightedArbitrary<Step>[] = [
  { weight: 6, arbitrary: fc.record({ do: fc.constant('edit'), version: small(4), note: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('replica'), count: small(3) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('crashAt'),
      call: small(12),
      moment: fc.constantFrom('before', 'acted'),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('restart'),
      how: fc.constantFrom('kill', 'graceful'),
      downSeconds: fc.constantFrom(0, 5, 200),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('consoleEdit'), note: fc.nat(2) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('foreignJob'),
      kind: fc.constantFrom('modify', 'restart'),
      version: small(2),
      seconds: fc.constantFrom(1, 20, 90),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('throttle'),
      requests: small(4),
      retryAfterSeconds: fc.constantFrom(0, 3, 40),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('lostWrite'),
      how: fc.constantFrom('acted', 'notActed', 'late', 'noJobId'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('serverError'),
      requests: small(5),
      status: fc.constantFrom(500, 502, 503),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('garbage'), requests: small(4) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('statusFault'),
      kind: fc.constantFrom('conflict', 'dropBefore', 'actThenDrop'),
      times: small(3),
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('wait'), seconds: fc.constantFrom(1, 10, 60, 700) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('rotateSecret') }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('credentials'), state: fc.constantFrom('wrong', 'right') }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('token'),
      kind: fc.constantFrom('force', 'reset', 'reconcile'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('suspend') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('resume') }) },
  {
    weight: 3,
    arbitrary: fc.record(
      {
        do: fc.constant('jobScript'),
        end: fc.constantFrom(...JOB_ENDS),
        seconds: fc.constantFrom(1, 20, 90),
        forgetSeconds: fc.constantFrom(1, 30),
      },
      { requiredKeys: ['do', 'end', 'seconds'] },
    ),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('recreate') }) },
] as const;

/** Sequences of up to `max` steps; shrinks to fewer and smaller ones. */
export function sequences(max: number): fc.Arbitrary<Step[]> {
  return fc.array(fc.oneof(...steps), { minLength: 1, maxLength: max, size: 'max' });
}
