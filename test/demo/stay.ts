// After the scenes: everything stays up, with a kubeconfig and commands to copy, until Ctrl-C.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ANNOTATIONS } from '../../src/api/names.ts';
import { exampleComponentId } from '../fakes/simulator/index.ts';
import { manifestOf, NAME, NAMESPACE, SECOND_NAME, secondManifest } from './manifest.ts';
import { yamlOf } from './screen.ts';
import type { Stage } from './stage.ts';

/** Long enough to watch a job with `kubectl get -w`. */
const JOB_MS = 6_000;
const LOOK_MS = 200;

/** Prints the commands and waits for the end, restarting the operator when somebody kills it. */
export async function stay(stage: Stage): Promise<void> {
  stage.cloud.configure({ jobDurationMs: JOB_MS });
  writeFileSync(join(stage.folder, `${NAME}.yaml`), yamlOf(manifestOf(stage.component)));
  writeFileSync(join(stage.folder, `${SECOND_NAME}.yaml`), yamlOf(secondManifest()));
  for (const { label, lines } of chapters(stage)) stage.screen.block(label, lines.join('\n'));
  stage.screen.say('Everything keeps running until Ctrl-C.');
  while (!stage.signal.aborted) {
    await sleep(LOOK_MS, undefined, { signal: stage.signal }).catch(() => undefined);
    if (stage.signal.aborted || stage.operator.fault() === undefined) continue;
    stage.operator.start();
    stage.screen.say(`The operator was gone; started again as process ${stage.operator.pid}.`);
  }
}

interface Chapter {
  readonly label: string;
  readonly lines: readonly string[];
}

function chapters({ kube, folder, operator, cloud }: Stage): readonly Chapter[] {
  const kubectl = `kubectl --kubeconfig ${kube.kubeconfigPath} -n ${NAMESPACE}`;
  const control = `${cloud.url}/_control`;
  const post = (path: string, body: object): string =>
    `curl -X POST ${control}/${path} -d '${JSON.stringify(body)}'`;
  const edit = { componentId: exampleComponentId, patch: { limit_memory: 2 } };
  return [
    { label: 'kubeconfig', lines: [kube.kubeconfigPath] },
    {
      label: `look at it (jobs now take ${JOB_MS / 1_000} s)`,
      lines: [
        `${kubectl} get ssc -w`,
        `${kubectl} get ssc -o wide`,
        `${kubectl} describe ssc ${NAME}`,
        `${kubectl} events --for ssc/${NAME}`,
        `${kubectl} explain ssc.spec.component.livenessProbe`,
      ],
    },
    {
      label: 'change it',
      lines: [
        `${kubectl} edit ssc ${NAME}`,
        `${kubectl} patch ssc ${NAME} --type=merge -p '{"spec":{"component":{"version":"2.0.0"}}}'`,
        `${kubectl} wait ssc/${NAME} --for=condition=Ready --timeout=60s`,
        `${kubectl} apply --server-side --force-conflicts -f ${join(folder, `${NAME}.yaml`)}`,
      ],
    },
    {
      label: 'a second component: apply, then delete (the component itself stays in ServiceStage by default)',
      lines: [
        `${kubectl} apply -f ${join(folder, `${SECOND_NAME}.yaml`)}`,
        `${kubectl} wait ssc/${SECOND_NAME} --for=condition=Ready --timeout=60s`,
        `${kubectl} delete ssc ${SECOND_NAME}`,
      ],
    },
    {
      label:
        'make the next job fail, lose the next answer, change the component behind the back of the operator',
      lines: [
        post('job-script', { script: { end: 'FAILED', message: 'image not found' } }),
        post('faults', { operation: 'modifyComponent', phase: 'after', effect: { kind: 'reset' } }),
        post('console/edit', edit),
        `${kubectl} annotate ssc ${NAME} ${ANNOTATIONS.reconcile}="$(date +%s)" --overwrite`,
        `curl ${control}/help`,
      ],
    },
    {
      label: 'kill the operator (it is started again), and see what reached the service',
      lines: [`kill -9 ${operator.pid}`, `curl '${control}/journal?accepted=true'`],
    },
  ];
}
