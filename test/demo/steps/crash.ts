// kill -9 at the worst moment: the service has accepted the PUT, and the operator has not yet learnt the job's id.
import { exampleComponentId } from '../../fakes/simulator/index.ts';
import { apply, nextPut, note, puts, readObject, statusOf, untilTrue } from '../actions.ts';
import { release } from '../manifest.ts';
import { eventsOf, followJob, showChange, showGet } from '../show.ts';
import { step } from '../step.ts';

export const crashStep = step({
  title: 'The operator is killed right after its PUT was accepted',
  why: 'The worst moment to die: the service is deploying and nobody saved the job id. A second PUT would deploy twice, so the operator must find its job again.',
  run: async (stage) => {
    const { screen, operator, cloud } = stage;
    const before = puts(stage).length;
    note(stage, { what: 'edit, with kill -9 after the PUT', sent: 1, accepted: 1 });
    cloud.faults.add({ operation: 'modifyComponent', phase: 'after', effect: { kind: 'hang' } });
    cloud.scriptJob({ end: 'SUCCEEDED', durationMs: 3_000 }, exampleComponentId);
    const edited = { ...stage.component, ...release('1.5.0') };
    showChange(stage, stage.component, edited);
    const generation = await apply(stage, edited);
    const put = await nextPut(stage, before);
    const killed = operator.pid;
    await operator.crash();
    const orphaned = await readObject(stage);
    const { phase, jobId } = statusOf(orphaned).operation ?? {};
    screen.say(`kill -9 ${killed}: the operator is gone. What is known now:`);
    screen.pairs([
      ['in the cluster', `operation ${phase}, job id ${jobId ?? 'not saved'}`],
      ['at ServiceStage', `version ${put.version} accepted, job ${put.jobId} runs`],
    ]);
    operator.start();
    screen.say(`Started again as process ${operator.pid}.`);
    await followJob(stage, put.jobId ?? '');
    const object = await untilTrue(stage, 'Ready', generation);
    const events = await eventsOf(stage, 'OperationRecovered');
    screen.label('event');
    screen.pairs(events.map((event) => [`${event.type} ${event.reason}`, event.note]));
    await showGet(stage);
    return { before, after: puts(stage).length, put, orphaned, object, events };
  },
  expect: {
    'the operator died with an open intent and no job id': ({ orphaned }) => {
      const operation = statusOf(orphaned).operation;
      return operation?.phase === 'Intent' && operation.jobId === undefined;
    },
    'restarted, it found the job of its own PUT and followed it to Ready': ({ object, put }) => {
      const { operation, lastApplied } = statusOf(object);
      return operation?.recovered === true && lastApplied?.jobId === put.jobId;
    },
    'it said so, once, with the event OperationRecovered': ({ events }) => events.length === 1,
    "the service's journal shows no second PUT": ({ before, after }) => after === before + 1,
  },
});
