// Faults of the cloud API: refusals, lost and odd answers, states that come late, components that others change.
import {
  badInput,
  cures,
  drift,
  type FaultRow,
  inFile,
  notYet,
  outage,
  RESILIENT,
  reads,
  recovery,
  rowsCloud,
  scenario,
  secrecy,
  signIn,
  sweep,
  sweepAnswers,
  writes,
} from '../table.ts';

const guarded = inFile('test/controller/guarded-cloud.test.ts');
const equal = inFile('test/core/diff-equal.test.ts');
const conclusion = inFile('test/core/rules-conclusion.test.ts');
const answers = inFile('test/fuzz/cloud-answers.test.ts');

const NO_CREATION = 'nothing is created yet; a component is named by the id that the service gave it';

export const CLOUD: readonly FaultRow[] = [
  {
    id: 'A1',
    fault: '429, with and without Retry-After, in one project',
    injected: '429 with seconds, with a date, without either, and for every call of a project',
    judged: ['CALM', 'ISO', 'ONCE'],
    declared: RESILIENT,
    tests: [
      ...outage(
        'is obeyed by every resource of the project, and by no other',
        'does not hold up another when it is throttled',
      ),
      ...badInput(
        'waits for as long as a 429 says by a date',
        'is not kept waiting for years by an absurd Retry-After',
      ),
      ...guarded('is kept per project'),
    ],
  },
  {
    id: 'A2',
    fault: 'Server errors or resets for minutes',
    injected: '502 for 10 minutes and resets for an hour, 50 resources, 20 of them edited meanwhile',
    judged: ['CALM', 'ESR', 'ONCE'],
    declared: RESILIENT,
    tests: [...outage('is probed once per 10 s, told once, and over for all')],
  },
  {
    id: 'A3',
    fault: 'No answer although it was done; no answer and nothing done',
    injected:
      'every ambiguous case of a lost call: accepted, dropped, late, without a job id, the console before or after it',
    judged: ['ONCE', 'MONO', 'TOLD'],
    declared: RESILIENT,
    tests: [
      ...recovery(
        'last_job_id moved, a newer record has our version',
        'last_job_id not moved, no newer record',
        '200 without a readable job id',
        'the console on both sides of ours',
        'two newer jobs, seen one after the other',
      ),
      ...badInput('asks before it repeats a PUT that answered'),
      ...writes('does not know the outcome after a time-out and resets the connection'),
    ],
  },
  {
    id: 'A4',
    fault: 'The job fails, never ends, is not known, or ends without a running component',
    injected:
      'failed and rolled back jobs, a job of more than an hour, a job that the service forgot, a component that stays PENDING or DOWN',
    judged: ['TRUE', 'TOLD', 'ONCE'],
    declared: RESILIENT,
    tests: [
      ...scenario(
        'holds after a failed job, names the task, and sends nothing until the spec changes',
        'is not Ready while the component is PENDING, then is',
      ),
      ...cures('a job of ours takes more than an hour: it ends', 'instances do not come up: they do'),
      ...recovery(
        'the job is no longer known, the component shows the change',
        'the job is no longer known, the component does not run',
      ),
    ],
  },
  {
    id: 'A5',
    fault: 'What was accepted shows only after a while',
    injected:
      'state, last job, records and configuration 12 s behind every accepted write, with kills and lost answers (after a modify; nothing is created yet)',
    judged: ['ONCE', 'ESR'],
    declared: RESILIENT,
    tests: [...sweepAnswers('what was accepted shows only after a while')],
  },
  {
    id: 'A6',
    fault: 'Refusals for good: body, permission, quota, state',
    injected: 'the documented refusals one by one; then the spec, the right or the state is corrected',
    judged: ['CALM', 'TRUE', 'ESR'],
    declared: RESILIENT,
    tests: [
      ...badInput('holds after', 'goes on by itself after'),
      ...cures('a stall'),
      { file: 'test/servicestage/errors.test.ts', name: 'the table of codes' },
    ],
  },
  {
    id: 'A7',
    fault: 'Expired token, revoked or wrong key',
    injected:
      '401 for tokens, keys and users; a renewal that fails; 50 callers at once; refusals that repeat the secret',
    judged: ['CALM', 'QUIET', 'ESR'],
    declared: RESILIENT,
    tests: [
      ...sweep('refused credentials, then recovery'),
      ...signIn(
        'are tried once when 50 callers begin with the same bad key',
        'renews once when the service refuses the token, for all callers together',
        'does not renew again and again when the service refuses every token',
      ),
      ...badInput('keeps a refused access key from being tried again and again'),
      ...secrecy('keeps it when the service refuses it and repeats it'),
    ],
  },
  notYet('A8', 'The name is taken by a component of somebody else', NO_CREATION),
  {
    id: 'A9',
    fault: 'A bad spec, then the corrected one',
    injected:
      'a refused body, a failed job and a rolled back one, each followed by a fix, with kills at every call',
    judged: ['ESR', 'ONCE', 'TRUE'],
    declared: RESILIENT,
    tests: [
      ...scenario('stalls on a refused spec and recovers with the next one'),
      ...sweep('failed job, then a fix', 'rolled back job, then the old spec again'),
    ],
  },
  {
    id: 'A10',
    fault: 'The service reorders, adds defaults, drops empty values, writes numbers as text',
    injected: 'every quirk of GET of the simulator, on at once and one by one',
    judged: ['ESR', 'CALM'],
    declared: RESILIENT,
    tests: [
      ...scenario('adopts an equal component without a call'),
      ...sweepAnswers(
        'the older spelling of answers',
        'labels are absent in GET',
        'secrets are masked in GET',
      ),
      ...equal('no difference'),
    ],
  },
  {
    id: 'A11',
    fault: 'DELETE answers 404, busy, 403 although it was taken, or an error',
    injected: '409 twice, 500 twice, 403 after it acted, a lost answer; a component that is gone already',
    judged: ['NOORPH', 'CALM'],
    declared: RESILIENT,
    tests: [
      ...rowsCloud(
        'that is busy twice keeps the finalizer',
        'that meets a server error twice keeps the finalizer',
        'that answers 403 after it was taken keeps the finalizer',
        'that loses its answer keeps the finalizer',
      ),
      ...badInput('releases a resource whose component is gone, whatever its policy'),
      ...cures('deleting not granted: it is'),
    ],
  },
  {
    id: 'A12',
    fault: 'DELETE accepted, the component is there for minutes',
    injected: 'a deletion that takes 20 minutes',
    judged: ['NOORPH', 'CALM'],
    declared: RESILIENT,
    tests: [...rowsCloud('that takes 20 minutes keeps the finalizer')],
  },
  {
    id: 'A13',
    fault: 'Changed or deleted in the console',
    injected: 'edits and deletions in the console, at rest and during a job, under each drift policy',
    judged: ['TRUE', 'ONCE', 'CALM'],
    declared: RESILIENT,
    tests: [
      ...drift(
        'Observe tells what drifted and since when, and sends nothing',
        'Revert sets it back with one call, tells so, and then rests',
      ),
      ...badInput(
        'is not Ready from memory after the component was removed at rest',
        'says so when the component is removed while its job runs',
      ),
    ],
  },
  notYet(
    'A14',
    'Pages of the list of components shift while it is read',
    'nothing is judged from that list; a component counts as absent only by one of three codes for its own id',
  ),
  {
    id: 'A15',
    fault: 'Lists of records and tasks: an error in the middle, a page that repeats, a count that lies',
    injected: 'an offset that is ignored, counts without end, a page that fails, rows that cannot be read',
    judged: ['CALM', 'ONCE'],
    declared: RESILIENT,
    tests: [
      ...reads(
        'ends when the service ignores the offset',
        'reads at most 50 pages',
        'does not lose the end of a job when a later page cannot be read',
        'fails on the 404 page of a proxy',
      ),
      ...answers('pages end, however many the service claims and whatever they hold'),
    ],
  },
  {
    id: 'A16',
    fault: 'Unknown states, null for a list, 50 MB, another content type',
    injected:
      '50 MB for looks, polls and the PUT; JSON of any shape; deep nesting; states that no page names',
    judged: ['ALIVE', 'MEM', 'TRUE', 'ONCE'],
    declared: RESILIENT,
    tests: [
      ...rowsCloud('is an answer of 50 MB to reads and to the PUT'),
      ...badInput(
        'takes a job state that it does not know for running',
        'keeps to its job while GET job answers JSON nested 100,000 deep',
      ),
      ...answers('a document of any shape is a fact or a failure that repeats nothing of it'),
      ...reads('discards an answer of 10 MB and closes its connection'),
    ],
  },
  {
    id: 'A17',
    fault: 'The job succeeds, but the component is not what was asked for',
    injected: 'a job after which fields of the spec are not there',
    judged: ['TRUE', 'CALM'],
    declared: RESILIENT,
    tests: [
      ...drift('does not set back what its own job did not bring, and says so'),
      ...conclusion('says where the component differs all the same, and tells it'),
    ],
  },
  notYet('A18', 'The limit of components in a project is reached', NO_CREATION),
  {
    id: 'A19',
    fault: 'The id belongs to another component now',
    injected: 'the component under the id gets another name and configuration',
    judged: ['OWN', 'TRUE'],
    declared: RESILIENT,
    tests: [...rowsCloud('is another component under the same id: nothing is sent to it')],
  },
  {
    id: 'A20',
    fault: 'One project takes connections and never answers',
    injected: 'every call of a project hangs, another project beside it',
    judged: ['ISO'],
    declared: RESILIENT,
    tests: [
      ...outage('does not hold up another when it hangs'),
      ...guarded('leaves one worker to others even when only its writes hang'),
    ],
  },
  {
    id: 'A21',
    fault: 'An hour of maintenance: writes 503, reads fine',
    injected: 'every PUT 503 for an hour, five resources edited before',
    judged: ['ONCE', 'CALM', 'ESR'],
    declared: RESILIENT,
    tests: [...rowsCloud('is an hour of maintenance in which every write is 503 and reads are fine')],
  },
  {
    id: 'A22',
    fault: 'Credentials of another project after a rotation',
    injected: 'the Secret gets a token that is good for another project only, then the right one',
    judged: ['OWN', 'ONCE', 'TRUE'],
    declared: RESILIENT,
    tests: [...rowsCloud('is another project after a rotation: nothing is sent until it is put right')],
  },
];
