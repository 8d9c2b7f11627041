// A wrong spec, caught at two places: by the Kubernetes API before it is stored, and by ServiceStage when it is sent.
import type { JsonObject } from '../../../src/core/types.ts';
import {
  apply,
  conditionOf,
  nextPut,
  note,
  puts,
  readObject,
  statusOf,
  tryApply,
  untilTrue,
} from '../actions.ts';
import { release } from '../manifest.ts';
import { awaitJob, showChange, showConditions, showGet } from '../show.ts';
import { step } from '../step.ts';

export const refuseAtAdmissionStep = step({
  title: 'A wrong spec, refused before it is stored',
  why: 'The rules of the ServiceStage tables are in the schema: whoever applies a mistake is told at once, with the field, and nothing is sent.',
  run: async (stage) => {
    const before = puts(stage).length;
    const { generation } = (await readObject(stage)).metadata;
    note(stage, { what: 'spec refused by the schema', sent: 0, accepted: 0 });
    const { source } = stage.component;
    const { storage: _, ...unplaced } = source as JsonObject;
    const wrong = { ...stage.component, source: unplaced, limitCpu: -1 };
    showChange(stage, stage.component, wrong);
    const answer = await tryApply(stage, wrong);
    stage.screen.label(`$ kubectl apply --server-side -f weather.yaml (HTTP ${answer.status})`);
    stage.screen.text(String(answer.json.message));
    return { before, after: puts(stage).length, generation, answer, object: await readObject(stage) };
  },
  expect: {
    'the answer is 422 and names both fields': ({ answer }) =>
      answer.status === 422 &&
      ['spec.component.limitCpu', 'spec.component.source'].every((field) =>
        String(answer.json.message).includes(field),
      ),
    'nothing was stored and nothing was sent': ({ before, after, object, generation }) =>
      after === before && object.metadata.generation === generation,
  },
});

export const refuseByServiceStep = step({
  title: 'A spec that only ServiceStage can refuse, then its fix',
  why: 'What no schema can know comes back as 400. The operator does not hammer: it stalls, says what to correct, and goes on with the next spec.',
  run: async (stage) => {
    const before = puts(stage).length;
    note(stage, { what: 'spec refused by ServiceStage', sent: 1, accepted: 0 });
    const good = { ...stage.component, ...release('1.3.0') };
    const wrong = { ...good, extraBody: { restart_polcy: 'Always' } };
    showChange(stage, stage.component, wrong);
    const refusedGeneration = await apply(stage, wrong);
    const refusedPut = await nextPut(stage, before);
    const stalled = await untilTrue(stage, 'Stalled', refusedGeneration);
    stage.screen.say(`ServiceStage answered the PUT with ${refusedPut.status}.`);
    await showGet(stage);
    showConditions(stage, stalled);
    const afterRefusal = puts(stage).length;
    note(stage, { what: 'its fix', sent: 1, accepted: 1 });
    stage.screen.say('The fix: the unknown key goes.');
    showChange(stage, wrong, good);
    const generation = await apply(stage, good);
    const put = await nextPut(stage, afterRefusal);
    await awaitJob(stage, put.jobId ?? '');
    await untilTrue(stage, 'Ready', generation);
    await showGet(stage);
    return { before, afterRefusal, after: puts(stage).length, refusedPut, stalled, put };
  },
  expect: {
    'ServiceStage refused the PUT with 400 and started no job': ({ refusedPut }) =>
      refusedPut.status === 400 && !refusedPut.accepted,
    'status is Ready=False, Stalled=True, and names the error code and the field': ({ stalled }) => {
      const { status, message = '' } = conditionOf(stalled, 'Ready') ?? {};
      return status === 'False' && message.includes('SVCSTG.') && message.includes('restart_polcy');
    },
    'it was sent once, not again and again': ({ before, afterRefusal, stalled }) =>
      afterRefusal === before + 1 && statusOf(stalled).operation?.phase === 'Refused',
    'the fix was sent once and is Ready': ({ afterRefusal, after, put }) =>
      after === afterRefusal + 1 && put.accepted,
  },
});
