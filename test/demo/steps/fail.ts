// A job that fails, what status then says, and the fix.
import { exampleComponentId } from '../../fakes/simulator/index.ts';
import { apply, conditionOf, nextPut, note, puts, untilTrue } from '../actions.ts';
import { release } from '../manifest.ts';
import { awaitJob, followJob, pause, showChange, showConditions, showGet } from '../show.ts';
import { step } from '../step.ts';

const QUIET_MS = 1_000;

export const failStep = step({
  title: 'A job that fails, then its fix',
  why: 'The PUT is accepted and the deployment breaks later. Status names job, task and reason; nothing is sent again until somebody changes something.',
  run: async (stage) => {
    const before = puts(stage).length;
    note(stage, { what: 'spec whose job fails', sent: 1, accepted: 1 });
    stage.cloud.scriptJob(
      { end: 'FAILED', failingTask: 2, message: 'image weather:1.4.0 not found in the repository' },
      exampleComponentId,
    );
    const wrong = { ...stage.component, ...release('1.4.0') };
    showChange(stage, stage.component, wrong);
    const failedGeneration = await apply(stage, wrong);
    const failedPut = await nextPut(stage, before);
    const jobStatus = await followJob(stage, failedPut.jobId ?? '');
    const stalled = await untilTrue(stage, 'Stalled', failedGeneration);
    await showGet(stage);
    showConditions(stage, stalled);
    await pause(stage, QUIET_MS);
    const afterFailure = puts(stage).length;
    note(stage, { what: 'its fix', sent: 1, accepted: 1 });
    stage.screen.say('The fix: a release that exists.');
    const good = { ...stage.component, ...release('1.4.1') };
    showChange(stage, wrong, good);
    const generation = await apply(stage, good);
    const put = await nextPut(stage, afterFailure);
    await awaitJob(stage, put.jobId ?? '');
    await untilTrue(stage, 'Ready', generation);
    await showGet(stage);
    return { before, afterFailure, after: puts(stage).length, jobStatus, stalled, failedPut };
  },
  expect: {
    'the job failed, and status is Ready=False/JobFailed and Stalled=True': ({ jobStatus, stalled }) =>
      jobStatus === 'FAILED' && conditionOf(stalled, 'Ready')?.reason === 'JobFailed',
    'the message names the job, the task and what the task said': ({ stalled, failedPut }) => {
      const message = conditionOf(stalled, 'Ready')?.message ?? '';
      return [failedPut.jobId ?? '?', 'PREPARE_ARTIFACT', 'not found in the repository'].every((part) =>
        message.includes(part),
      );
    },
    'the failed change was not sent again by itself': ({ before, afterFailure }) =>
      afterFailure === before + 1,
    'the fix was sent once and is Ready': ({ afterFailure, after }) => after === afterFailure + 1,
  },
});
