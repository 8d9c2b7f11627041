// An edit costs one PUT; the same manifest again costs none.
import { apply, nextPut, note, puts, readObject, untilTrue } from '../actions.ts';
import { release } from '../manifest.ts';
import { awaitJob, pause, showChange, showGet } from '../show.ts';
import { step } from '../step.ts';

/** Longer than several polls of the operator. */
const QUIET_MS = 800;

export const editStep = step({
  title: 'An edit, then the same manifest again',
  why: 'The PUT is not idempotent: every one starts a deployment. So an edit may cost exactly one, and a pipeline that applies again costs none.',
  run: async (stage) => {
    const before = puts(stage).length;
    note(stage, { what: 'edit', sent: 1, accepted: 1 });
    const edited = {
      ...stage.component,
      ...release('1.2.0'),
      envs: [
        { name: 'MODE', value: 'live' },
        { name: 'GREETING', value: 'hello' },
      ],
    };
    showChange(stage, stage.component, edited);
    const generation = await apply(stage, edited);
    const put = await nextPut(stage, before);
    await awaitJob(stage, put.jobId ?? '');
    await untilTrue(stage, 'Ready', generation);
    await showGet(stage);
    const afterEdit = puts(stage).length;
    note(stage, { what: 'same manifest applied again', sent: 0, accepted: 0 });
    await apply(stage, edited);
    await pause(stage, QUIET_MS);
    const object = await readObject(stage);
    return { before, afterEdit, afterAgain: puts(stage).length, put, object, generation };
  },
  expect: {
    'the edit cost exactly one PUT, with the new version': ({ before, afterEdit, put }) =>
      afterEdit === before + 1 && put.version === '1.2.0',
    'the same manifest again made no new generation and no PUT': ({
      afterEdit,
      afterAgain,
      object,
      generation,
    }) => afterAgain === afterEdit && object.metadata.generation === generation,
  },
});
