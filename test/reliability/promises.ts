// The promises of the project, each with the tests that prove it.
import {
  badInput,
  cures,
  explore,
  fencing,
  inFile,
  losses,
  olderStatus,
  outage,
  type PromiseRow,
  recovery,
  rowsCloud,
  rowsCluster,
  rowsTime,
  scenario,
  secrecy,
  sweep,
  watchFaults,
} from './table.ts';

const decide = inFile('test/core/decide.test.ts');

export const PROMISES: readonly PromiseRow[] = [
  {
    id: 'P1',
    promise:
      'One change leads to at most one accepted modify call, whatever crashes (unless `ambiguousSubmit: Resubmit` was chosen).',
    tests: [
      ...sweep(
        'whatever call the operator dies at, one cause leads to at most one accepted call and nothing is lost',
      ),
      ...losses(
        'whatever call is cut off, refused or not answered, one cause leads to at most one accepted call',
      ),
      { file: 'test/faults/sweep-pairs-update.test.ts', name: 'update' },
      {
        file: 'test/faults/variants.test.ts',
        name: 'an operator that is broken on purpose is caught by the sweep',
      },
      ...explore('in every order of events'),
      { file: 'test/fuzz/sequences.test.ts', name: 'random sequences for' },
      {
        file: 'test/e2e/fencing-churn.test.ts',
        name: 'no call is accepted twice, and all objects end Ready',
      },
    ],
  },
  {
    id: 'P2',
    promise:
      'A restart with nothing changed makes no write to the service, no status write and no read per resource.',
    tests: [
      ...scenario('makes no call and no write after a restart with nothing changed'),
      {
        file: 'test/core/rules-rest.test.ts',
        name: 'is spread over the interval after a start, and remembered',
      },
    ],
  },
  {
    id: 'P3',
    promise: 'No result is lost: a job that ended while nobody was there is told with its true end.',
    tests: [
      ...sweep('failed job, then a fix', 'update'),
      ...recovery('last_job_id moved, a newer record has our version'),
      ...scenario('recovers from a kill right after the PUT'),
      { file: 'test/core/rules-told.test.ts', name: 'jobs that may be ours' },
    ],
  },
  {
    id: 'P4',
    promise:
      'Fixing the cause is enough: a Secret, a permission, a quota or a busy state put right needs no touch of the resource.',
    tests: [
      ...cures('a stall'),
      ...badInput('goes on by itself after'),
      ...scenario(
        'un-sticks by itself when a refused token is corrected',
        'waits for a job of the console before it sends',
      ),
    ],
  },
  {
    id: 'P5',
    promise:
      'A deletion never hangs on what can be decided: policy Orphan works without credentials, while paused, with a dead service.',
    tests: [
      ...decide(
        'releases an orphan at once, without credentials',
        'lets an annotation turn a stuck deletion into a release',
      ),
      ...scenario('releases an orphan at once while its job runs on'),
      ...badInput('lets go of a resource whose status cannot be read'),
      ...rowsTime('whose credentials were deleted before it says so'),
      ...cures('deletion-policy Orphan'),
    ],
  },
  {
    id: 'P6',
    promise: 'Nothing secret leaves the process except to the configured endpoint.',
    tests: [
      ...secrecy('secrecy on the embedded API server'),
      ...badInput(
        'does not follow a redirect, with its token or without',
        'refuses a self-signed certificate, before its token leaves',
      ),
    ],
  },
  {
    id: 'P7',
    promise:
      'Losing the API server, the cloud, name resolution or the clock for an hour needs no human afterwards.',
    tests: [
      ...outage('is probed once per 10 s, told once, and over for all'),
      ...rowsCluster('sends nothing while'),
      ...rowsCloud('is a host that has no address', 'is an hour of maintenance'),
      ...rowsTime('is in force once per version while the wall clock jumps by hours and days'),
      ...fencing('is given up without exit while the API server is away, and what is due is done after it'),
      ...watchFaults('the API server away for'),
    ],
  },
  {
    id: 'P8',
    promise: 'Upgrade and downgrade by one minor version change no component.',
    tests: [...olderStatus('nothing is sent that was sent before', 'can be read')],
  },
];
