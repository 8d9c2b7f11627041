// Faults of the Kubernetes API: refusals, old answers, lost objects, other writers.
import {
  cures,
  degraded,
  embedded,
  explore,
  type FaultRow,
  http,
  inFile,
  informer,
  lease,
  losses,
  lostIntent,
  ownership,
  RESILIENT,
  rowsCluster,
  rowsTime,
  scenario,
  store,
  watch,
  watchFaults,
} from '../table.ts';

const writer = inFile('test/kube/writer.test.ts');
const crdCheck = inFile('test/kube/crd-check.test.ts');
const assumptions = inFile('test/scenario/assumptions.embedded.test.ts');

export const KUBERNETES: readonly FaultRow[] = [
  {
    id: 'K1',
    fault: '410 on a watch or on a page, compaction during a list',
    injected:
      '410 as an answer, as an event and twice running; compaction while the watch is frozen; a list that breaks off after 410',
    judged: ['ESR', 'NOORPH'],
    declared: RESILIENT,
    tests: [
      ...watch('is listed again once after a 410 answer', 'is listed again once after a 410 event'),
      ...store('takes nothing away before it is complete'),
      ...embedded('a frozen watch and a compaction while it is frozen lose nothing'),
      ...watchFaults('lists once after 410, with jitter', 'a list that breaks off after 410'),
    ],
  },
  {
    id: 'K2',
    fault: '429 with Retry-After',
    injected: 'five writes in a row answered 429; a watch answered 429',
    judged: ['CALM', 'ESR', 'ONCE'],
    declared: RESILIENT,
    tests: [
      ...rowsCluster('waits as long as a 429 of the API server says, and sends once'),
      ...http('429 says how long to wait'),
      ...watch('is resumed from the last version after 429'),
    ],
  },
  {
    id: 'K3',
    fault: '500, 503 or a time-out after the write was stored',
    injected: 'the answer to every write lost after it was stored; 504 for ten minutes',
    judged: ['ONCE', 'ESR'],
    declared: RESILIENT,
    tests: [
      ...losses('update', 'scale'),
      ...rowsCluster('sends nothing while every write times out'),
      ...lostIntent('sends that very operation, without waiting for a settle'),
      ...explore('two writes to the API server that go wrong'),
    ],
  },
  {
    id: 'K4',
    fault: 'The first list fails for minutes',
    injected: 'errors, pages of HTML and broken lists one after another, until one is whole',
    judged: ['ALIVE', 'ESR', 'TRUE'],
    declared: RESILIENT,
    tests: [
      ...watch(
        'is tried for ever: errors, pages of HTML and broken lists never end it',
        'is not live before the first list is complete',
      ),
      ...crdCheck('unknown when the API server does not answer'),
    ],
  },
  {
    id: 'K5',
    fault: 'API server away, full, or restarted again and again',
    injected: 'down for minutes, a full store for 10 minutes, restarts one after another',
    judged: ['ESR', 'ALIVE', 'ONCE'],
    declared: RESILIENT,
    tests: [
      ...rowsCluster('sends nothing while the store of the API server is full (NOSPACE)'),
      ...informer('keeps every record while the API server is away and during the list after it'),
      ...watchFaults('the API server away for', 'restarts of the API server'),
    ],
  },
  {
    id: 'K6',
    fault: 'Another writer causes conflicts without end',
    injected:
      'an annotation written every 10 ms for as long as a change takes, and 20 conflicts of the status',
    judged: ['ESR', 'ONCE', 'CALM'],
    declared: RESILIENT,
    tests: [
      ...rowsCluster('gets on although somebody else writes the object all the time'),
      ...losses('update'),
    ],
  },
  {
    id: 'K7',
    fault: 'The schema refuses the status, or prunes what must be remembered',
    injected:
      'a CRD that takes no operation any more, for 10 minutes; a CRD of an older release at the start',
    judged: ['ONCE', 'CALM', 'TRUE'],
    declared: RESILIENT,
    tests: [
      ...rowsCluster('sends nothing while the schema no longer takes the status'),
      ...writer('a schema refusal'),
      ...crdCheck('not ready when the CRD would prune what must be remembered'),
    ],
  },
  {
    id: 'K8',
    fault: 'Rights taken away and given back',
    injected: '403 for writes, for the status alone, for the Secret, for lists, for the Lease',
    judged: ['ESR', 'ONCE', 'TRUE'],
    declared: RESILIENT,
    tests: [
      ...rowsCluster(
        'sends nothing while the right to write is taken away',
        'sends nothing while the right to write the status alone is taken away',
      ),
      ...cures('the operator may not read the Secret: it may'),
      ...crdCheck('not ready without the right to list'),
      ...watch('is resumed from the last version after 403'),
      ...lease('names the missing permission once'),
    ],
  },
  {
    id: 'K9',
    fault: 'The cache is older than an own write',
    injected:
      'every event of the watch held back while three resources are edited twice; lists that are too old',
    judged: ['ONCE', 'MONO', 'ESR'],
    declared: RESILIENT,
    tests: [
      ...rowsCluster('sends each version once while every event of the watch is late'),
      ...store('does not undo an own write that it is too old to contain'),
      { file: 'test/controller/stale-view.test.ts', name: 'is sent with its own credentials' },
    ],
  },
  {
    id: 'K10',
    fault: 'A stale API server shows an older object of the same name, or an old deletion',
    injected:
      'after a restart the first list is answered with the deleted predecessor of an object, marked as deleted',
    judged: ['OWN', 'MONO', 'NOORPH'],
    declared: RESILIENT,
    tests: [
      ...rowsCluster('neither deletes nor changes a component because of an older object'),
      ...store('of a new uid replaces the old one, and the old one cannot come back'),
    ],
  },
  {
    id: 'K11',
    fault: 'Deleted and created again under the same name during a job',
    injected: 'done while the job of the first one runs',
    judged: ['ONCE', 'NOORPH', 'OWN'],
    declared: degraded('the job of the deleted resource is told by an event only, since its object is gone'),
    tests: [...rowsTime('that is deleted and created anew during its job is another resource')],
  },
  {
    id: 'K12',
    fault: 'CRD deleted and installed again while the operator runs',
    injected: 'done with three resources of policy Delete',
    judged: ['ALIVE', 'NOORPH', 'ESR'],
    declared: RESILIENT,
    tests: [...rowsCluster('takes no missing object for a deletion when the CRD goes and comes back')],
  },
  {
    id: 'K13',
    fault: 'A proxy answers an empty list once',
    injected: '200 with no items to a list, then the truth; an empty list for good',
    judged: ['NOORPH', 'ESR'],
    declared: RESILIENT,
    tests: [
      ...informer(
        'does not believe an empty list that a proxy answers once',
        'reports an empty list as vanished keys, and as nothing else',
      ),
      ...watch('that is empty is believed only when a second one is empty too'),
    ],
  },
  {
    id: 'K14',
    fault: 'etcd restored from an older backup',
    injected:
      'versions that go backwards; an object that comes back with the spec and status of before its last change',
    judged: ['ONCE', 'MONO', 'TRUE'],
    declared: RESILIENT,
    tests: [
      ...rowsTime('that comes back with the spec and the status of an older backup'),
      ...watch('takes versions that go back twice for an etcd restored from a backup and lists'),
      ...store('wins over the records when etcd was restored from an older backup'),
    ],
  },
  {
    id: 'K15',
    fault: 'Somebody strips our finalizer',
    injected: 'stripped at rest; stripped while the object is deleted and the operator is down',
    judged: ['OWN', 'ALIVE'],
    declared: degraded(
      'stripped during a deletion, the component stays although the policy says Delete, and nothing reports it',
    ),
    tests: [
      ...ownership('leaves finalizers of others alone and puts its own back when somebody strips it'),
      ...rowsTime('whose finalizer somebody strips while it is deleted leaves its component as it is'),
    ],
  },
  {
    id: 'K16',
    fault: 'A finalizer of somebody else stays',
    injected: 'foreign finalizers before, behind and around ours',
    judged: ['OWN', 'NOORPH'],
    declared: RESILIENT,
    tests: [
      ...ownership('leaves finalizers of others alone and puts its own back when somebody strips it'),
      ...writer('is removed from among foreign ones by its place and value'),
      ...embedded('a component is seen, written, edited and deleted, with foreign finalizers untouched'),
    ],
  },
  {
    id: 'K17',
    fault: 'Two installations, or two clusters, on one component',
    injected: 'another installation that writes its configuration back after each of ours',
    judged: ['CALM', 'TRUE'],
    declared: degraded(
      'both send their first call; after two changes within an hour that undo ours it stops and says so',
    ),
    tests: [
      ...ownership('stops after two modifies within an hour that undo ours, until a reset token'),
      ...assumptions('shows what another installation undid, and does not undo it in turn'),
    ],
  },
  {
    id: 'K18',
    fault: 'More events than the API server keeps',
    injected: '200 edits while the watch is frozen, then a compaction and 410',
    judged: ['ESR', 'ONCE', 'MEM'],
    declared: RESILIENT,
    tests: [
      ...rowsCluster('lists once after more events than the API server keeps'),
      ...store('ten thousand records cost at most 500 bytes each'),
      ...scenario('makes no call and no write for an annotation it does not know'),
    ],
  },
];
