// Stalls that an attempt ends in, or that keep one from being made.
import { exampleComponentId } from '../fakes/simulator/index.ts';
import {
  answers,
  apply,
  type Cure,
  failing,
  HOUR_MS,
  lifted,
  loseTheAnswer,
  MODIFY,
  newVersion,
  password,
  reset,
  scripted,
  spoilStatus,
} from './cures-stage.ts';

export const ATTEMPTS = {
  InvalidSpec: [
    {
      name: 'a refused body: a new spec',
      where: 'spec',
      arrange: async (stage) => {
        stage.world.cloud.faults.add({ ...MODIFY, effect: answers(400, 'SVCSTG.00100400') });
        await apply(stage);
      },
      cure: newVersion,
      modifies: 1,
    },
    {
      name: 'scaleHosts missing: the list of hosts',
      where: 'spec',
      arrange: (stage) => apply(stage, { replica: 2 }),
      cure: async ({ world }) => {
        await world.patch({ spec: { scaleHosts: ['host-1', 'host-2'] } });
      },
      modifies: 1,
    },
  ],
  ImmutableField: [
    {
      name: 'another name than the component has: its name',
      where: 'spec',
      arrange: (stage) => apply(stage, { name: 'another' }),
      cure: async ({ world }) => {
        await world.edit({ name: 'mycomponet' });
      },
      modifies: 1,
    },
  ],
  InvalidConfiguration: [
    {
      name: 'a region that the gateway does not know: it does again',
      where: 'outside',
      arrange: failing({ effect: answers(404, 'APIGW.0101') }),
      cure: lifted,
      modifies: 1,
    },
    {
      name: 'an environment that ServiceStage does not find: it is made',
      where: 'outside',
      arrange: failing({ ...MODIFY, effect: answers(404, 'SVCSTG.00100408') }),
      cure: lifted,
      modifies: 1,
    },
    {
      name: 'a status that somebody spoiled: reset',
      where: 'annotation',
      arrange: async (stage) => {
        await apply(stage);
        await stage.world.untilReady();
        await spoilStatus(stage);
      },
      spoils: true,
      cure: reset,
      modifies: 2,
    },
  ],
  JobFailedTerminal: [
    {
      name: 'a new spec',
      where: 'spec',
      arrange: scripted({ end: 'FAILED' }),
      cure: newVersion,
      modifies: 2,
    },
    { name: 'reset', where: 'annotation', arrange: scripted({ end: 'CANCELLED' }), cure: reset, modifies: 2 },
    {
      name: 'a changed Secret value',
      where: 'secret',
      arrange: async (stage) => {
        await stage.world.secret('app', { password: 'first' });
        await scripted({ end: 'FAILED' }, password)(stage);
      },
      cure: ({ world }) => world.secret('app', { password: 'second' }),
      modifies: 2,
    },
  ],
  UnknownOutcome: [
    {
      name: 'the record of the call appears',
      where: 'outside',
      arrange: (stage) => loseTheAnswer(stage, HOUR_MS),
      cure: ({ world }) => world.settle(HOUR_MS),
      modifies: 1,
    },
    {
      name: 'a new spec',
      where: 'spec',
      arrange: (stage) => loseTheAnswer(stage, 10 * HOUR_MS),
      cure: newVersion,
      modifies: 2,
    },
    {
      name: 'reset, which accepts a component that has become what was sent',
      where: 'annotation',
      arrange: (stage) => loseTheAnswer(stage, 10 * HOUR_MS),
      cure: reset,
      modifies: 1,
    },
  ],
  JobLost: [
    {
      name: 'a new spec',
      where: 'spec',
      arrange: scripted({ end: 'UNKNOWN', componentStatus: 'DOWN' }),
      cure: newVersion,
      modifies: 2,
    },
    {
      name: 'reset',
      where: 'annotation',
      arrange: scripted({ end: 'UNKNOWN', componentStatus: 'DOWN' }),
      cure: reset,
      modifies: 2,
    },
  ],
  Timeout: [
    {
      name: 'a component is FAILED for more than an hour, so its count waits: it runs again',
      where: 'outside',
      arrange: async (stage) => {
        await apply(stage);
        await stage.world.untilReady();
        stage.world.cloud.console.setStatus(exampleComponentId, 'FAILED');
        await stage.world.patch({ spec: { scaleHosts: ['host-1', 'host-2'], component: { replica: 2 } } });
      },
      cure: async ({ world }) => world.cloud.console.setStatus(exampleComponentId, 'RUNNING'),
      modifies: 1,
    },
    {
      name: 'a job of ours takes more than an hour: it ends',
      where: 'outside',
      arrange: scripted({ end: 'SUCCEEDED', durationMs: 1.2 * HOUR_MS }),
      cure: ({ world }) => world.settle(1_200_000),
      modifies: 1,
    },
    {
      name: 'a job of somebody else takes more than an hour: it ends',
      where: 'outside',
      arrange: async (stage) => {
        const script = { end: 'SUCCEEDED', durationMs: 1.2 * HOUR_MS } as const;
        stage.world.cloud.console.startJob({ componentId: exampleComponentId, kind: 'restart', script });
        await apply(stage);
      },
      cure: ({ world }) => world.settle(1_200_000),
      modifies: 1,
    },
  ],
  NotRunning: [
    {
      name: 'instances do not come up: they do',
      where: 'outside',
      arrange: scripted({ end: 'SUCCEEDED', componentStatus: 'PENDING' }),
      cure: async ({ world }) => world.cloud.console.setStatus(exampleComponentId, 'RUNNING'),
      modifies: 1,
    },
  ],
} as const satisfies Readonly<Record<string, readonly Cure[]>>;
