// A component is applied: the whole way from YAML to Ready.
import { isDeepStrictEqual } from 'node:util';
import type { JsonObject } from '../../../src/core/types.ts';
import { exampleContainerBody } from '../../fakes/simulator/index.ts';
import { apply, conditionOf, nextPut, note, puts, statusOf, untilTrue } from '../actions.ts';
import { manifestOf } from '../manifest.ts';
import { yamlOf } from '../screen.ts';
import { followJob, showConditions, showGet, showPut } from '../show.ts';
import { step } from '../step.ts';

export const applyStep = step({
  title: 'A component is applied',
  why: 'The YAML becomes one PUT in the words of ServiceStage; Ready turns True only after its job has succeeded and the component runs.',
  run: async (stage) => {
    note(stage, { what: 'first apply', sent: 1, accepted: 1 });
    stage.screen.block('weather.yaml', yamlOf(manifestOf(stage.component)));
    const generation = await apply(stage, stage.component);
    const put = await nextPut(stage, 0);
    showPut(stage, put);
    const jobStatus = await followJob(stage, put.jobId ?? '');
    const object = await untilTrue(stage, 'Ready', generation);
    await showGet(stage);
    showConditions(stage, object);
    return { put, jobStatus, object, generation, calls: puts(stage).length, wanted: stage.component };
  },
  expect: {
    'one PUT was sent, and it was accepted': ({ put, calls }) => calls === 1 && put.accepted,
    'its body is the spec in the words of ServiceStage, with the instance count as the service has it': ({
      put,
      wanted,
    }) => saysTheSame(put.body, wanted),
    'the job that the PUT started is the one in status, and it succeeded': ({ put, jobStatus, object }) =>
      jobStatus === 'SUCCEEDED' && statusOf(object).lastApplied?.jobId === put.jobId,
    'Ready is True for this very generation': ({ object, generation }) =>
      conditionOf(object, 'Ready')?.observedGeneration === generation &&
      object.metadata.generation === generation,
  },
});

/** The written fields under their wire names, and `replica`, which only an action of its own may change. */
function saysTheSame(body: unknown, { version, source, envs, limitCpu, limitMemory }: JsonObject): boolean {
  const { replica } = exampleContainerBody;
  const wanted = { version, source, envs, limit_cpu: limitCpu, limit_memory: limitMemory, replica };
  const got = body as JsonObject;
  return Object.entries(wanted).every(([key, value]) => isDeepStrictEqual(got[key], value));
}
