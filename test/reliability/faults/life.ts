// Time, scale and life cycle.
import {
  degraded,
  type FaultRow,
  fencingChurn,
  fencingStop,
  inFile,
  lease,
  notYet,
  olderStatus,
  ownership,
  processes,
  RESILIENT,
  rowsProcess,
  rowsTime,
  scenario,
  sweep,
} from '../table.ts';

const assumptions = inFile('test/scenario/assumptions.embedded.test.ts');
const ops = inFile('test/ops/server.test.ts');

export const LIFE: readonly FaultRow[] = [
  {
    id: 'L1',
    fault: 'The wall clock jumps by hours and days, also during a lease',
    injected: 'an hour and a day forward and back while edits are under way; a standby half an hour off',
    judged: ['ONCE', 'SOLO', 'ESR'],
    declared: RESILIENT,
    tests: [
      ...rowsTime('is in force once per version while the wall clock jumps by hours and days'),
      ...lease('is not misled by a wall clock that is half an hour off'),
    ],
  },
  {
    id: 'L2',
    fault: 'Upgrade, downgrade, two versions side by side',
    injected: 'statuses of an older and a newer version, at rest and in every phase of an operation',
    judged: ['ONCE'],
    declared: RESILIENT,
    tests: [
      ...olderStatus(
        'nothing is sent that was sent before',
        'a spec that changed while no version ran is sent, once',
      ),
    ],
  },
  notYet(
    'L3',
    'A second version of the CRD, stored objects migrated',
    'there is one version of the API so far',
  ),
  {
    id: 'L4',
    fault: 'A namespace is deleted with all in it, the credentials first',
    injected: 'the Secret deleted, then six resources of policy Delete; later the Secret is back',
    judged: ['NOORPH', 'TRUE'],
    declared: RESILIENT,
    tests: [
      ...rowsTime(
        'whose credentials were deleted before it says so, and is deleted in the service when they are back',
      ),
    ],
  },
  notYet(
    'L5',
    'A project moves between shards',
    'there are no shards; one leader works on everything it watches',
  ),
  {
    id: 'L6',
    fault: 'Replicas come and go under load',
    injected: 'two and three processes stopped, ended and killed at random while resources are edited',
    judged: ['ONCE', 'SOLO'],
    declared: RESILIENT,
    tests: [
      ...fencingChurn('no call is accepted twice, and all objects end Ready'),
      ...processes('has one of two replicas work, and the other take over after kill -9 of the leader'),
    ],
  },
  notYet('L7', 'One component more than a project may hold', 'nothing is created yet'),
  {
    id: 'L8',
    fault: 'Backup of a cluster restored into a new one',
    injected: 'resources without their status; a status wiped during a call',
    judged: ['ONCE', 'OWN'],
    declared: RESILIENT,
    tests: [
      ...ownership(
        'adopts an equal component without a call when it is restored from a backup without its status',
      ),
      ...assumptions('adopts what its lost call did when somebody wiped the status meanwhile'),
      ...scenario('is not misled by a status that somebody wiped: an equal component is adopted'),
    ],
  },
  {
    id: 'L9',
    fault: 'Log disk full, standard output blocked, a scraper that hangs',
    injected:
      'a process that logs to a full device; a process whose output nobody reads; connections to the metrics port left open',
    judged: ['ALIVE', 'ESR'],
    declared: degraded(
      'while nobody reads its output the process stands still, since log lines are written at once; its Lease runs out and another replica takes over',
    ),
    tests: [
      ...rowsProcess(
        'goes on when its log cannot be written',
        'stands still while nobody reads its log, and goes on without a second call when somebody does',
      ),
      ...ops('cuts what hangs when the patience of the caller ends'),
    ],
  },
  {
    id: 'L10',
    fault: 'A processor that gives hardly any time',
    injected: 'processes stopped and continued again and again, also for longer than the Lease',
    judged: ['SOLO', 'ONCE'],
    declared: RESILIENT,
    tests: [
      ...fencingChurn('no call is accepted twice, and all objects end Ready'),
      ...fencingStop('between its intent and the call sends nothing'),
      ...lease('that was frozen does not lead for a moment after it wakes, though no code of its own ran'),
    ],
  },
  {
    id: 'L11',
    fault: 'Scaled to zero for a week, then back to many changes',
    injected: 'killed, a week later started again after edits and deletions of most resources',
    judged: ['ESR', 'ONCE', 'NOORPH'],
    declared: RESILIENT,
    tests: [...rowsTime('for a week finds every edit')],
  },
  {
    id: 'L12',
    fault: 'Pause, resume and policies switched under load',
    injected: 'suspended during a job, edited twice, resumed, with kills at every call',
    judged: ['ONCE', 'ESR'],
    declared: RESILIENT,
    tests: [
      ...sweep('suspend and resume'),
      ...scenario(
        'does nothing while suspended, follows a running job, and applies the newest spec once afterwards',
      ),
    ],
  },
];
