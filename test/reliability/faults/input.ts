// Bad or hostile input: specs, statuses, Secrets, and what users do faster than the service can follow.
import {
  badInput,
  degraded,
  type FaultRow,
  inFile,
  olderStatus,
  ownership,
  RESILIENT,
  rowsCloud,
  rowsInput,
  rowsTime,
  scenario,
  secrecy,
  sweep,
} from '../table.ts';

const specs = inFile('test/fuzz/specs.test.ts');
const rules = inFile('test/api/rules.test.ts');
const properties = inFile('test/core/body-properties.test.ts');
const identity = inFile('test/core/body-identity.test.ts');
const owners = inFile('test/controller/owners.test.ts');

export const INPUT: readonly FaultRow[] = [
  {
    id: 'I1',
    fault: 'Minimal specs; fields absent, null, empty or of another type',
    injected: 'random specs, and those that a looser CRD would let in',
    judged: ['ALIVE', 'TRUE'],
    declared: RESILIENT,
    tests: [
      ...specs('is valid, or has problems that name fields and repeat no value'),
      ...badInput('is told at once about', 'as a spec without a call'),
    ],
  },
  {
    id: 'I2',
    fault: 'Names at their limits, other alphabets, ids that differ in case only',
    injected: 'every documented limit and pattern, obeyed and broken; one component named in two cases',
    judged: ['OWN', 'TRUE'],
    declared: RESILIENT,
    tests: [
      ...rules('refuses what breaks', 'accepts what obeys'),
      ...owners('is found whatever the case of the id, as the service takes ids'),
    ],
  },
  {
    id: 'I3',
    fault: 'Very large and very deep objects',
    injected: 'a spec at all its bounds and one byte more; random specs twice as long; the largest status',
    judged: ['MEM', 'ALIVE'],
    declared: RESILIENT,
    tests: [
      ...badInput('takes a spec at its bounds, and one byte too many is refused by the API server'),
      ...specs('costs as much as it is long: twice the entries, about twice the values that are read'),
      { file: 'test/core/status-size.test.ts', name: 'is at most 16 KiB' },
    ],
  },
  {
    id: 'I4',
    fault: 'Values at the edge of their type',
    injected:
      'the largest exact number, the smallest fraction, texts that look like numbers, booleans and durations',
    judged: ['TRUE'],
    declared: degraded(
      'a whole number beyond 2^53 in a free-form part loses its last digits, as everywhere in JavaScript; write it as text',
    ),
    tests: [
      ...rowsInput('arrives as it was written', 'is refused where a count is wanted'),
      ...properties('there and back is its normal form'),
    ],
  },
  {
    id: 'I5',
    fault: 'A field that cannot change is changed, and changed back',
    injected: 'another component id and back; another name than the component has',
    judged: ['OWN', 'TRUE'],
    declared: RESILIENT,
    tests: [
      ...rowsInput('cannot be moved to another component, nor back, and nothing is sent for the attempt'),
    ],
  },
  {
    id: 'I6',
    fault: 'A reference to a missing, late or forbidden Secret',
    injected:
      'missing, empty, malformed and late Secrets, missing keys, at the start and at rest (references between resources do not exist)',
    judged: ['TRUE', 'CALM', 'ESR'],
    declared: RESILIENT,
    tests: [
      ...scenario('names a missing Secret, and goes on when it exists'),
      ...badInput(
        'waits for a referenced Secret that',
        'stays Ready when its Secret is deleted at rest, says once that it cannot look, and looks again by itself',
      ),
    ],
  },
  {
    id: 'I7',
    fault: 'A spec that the schema takes and the service refuses',
    injected: 'the documented refusals of a body',
    judged: ['CALM', 'TRUE', 'ESR'],
    declared: RESILIENT,
    tests: [
      ...badInput('holds after'),
      ...scenario('stalls on a refused spec and recovers with the next one'),
    ],
  },
  {
    id: 'I8',
    fault: 'The object that costs the rules of the CRD most',
    injected: 'a spec at all bounds on a real API server, which refuses what exceeds its budget',
    judged: ['ALIVE'],
    declared: RESILIENT,
    tests: [
      {
        file: 'test/e2e/bad-input.test.ts',
        name: 'takes a spec at its bounds, and one byte too many is refused by the API server',
      },
      { file: 'test/e2e/rules.test.ts', name: 'takes what obeys and refuses what breaks' },
    ],
  },
  {
    id: 'I9',
    fault: 'Flip-flop while busy; a hundred edits in a row',
    injected: 'there and back during a job; 100 edits as fast as the API server takes them',
    judged: ['MONO', 'ONCE', 'ESR'],
    declared: RESILIENT,
    tests: [
      ...rowsCloud('end with the last one in force: a hundred edits and a flip-flop during a job'),
      ...scenario('applies the newest of several edits made during a job, once'),
    ],
  },
  {
    id: 'I10',
    fault: 'A bad spec that was rolled out in part, then the old one again',
    injected: 'a job that fails and rolls back, then the earlier spec, with kills at every call',
    judged: ['ESR', 'ONCE'],
    declared: RESILIENT,
    tests: [
      ...sweep('rolled back job, then the old spec again'),
      ...scenario('sends an older spec that comes back after a failed job'),
    ],
  },
  {
    id: 'I11',
    fault: 'Each field changed, alone and in pairs',
    injected: 'one and two leaves of random components changed within their type',
    judged: ['ESR', 'TRUE'],
    declared: RESILIENT,
    tests: [
      ...rowsInput('makes another body and another digest, alone and with a second one'),
      ...properties('as many values come out as went in: nothing is dropped, nothing invented'),
    ],
  },
  {
    id: 'I12',
    fault: 'The same meaning in another order or spelling',
    injected: 'keys and set lists in another order, weights as text, a generation that changes nothing',
    judged: ['ONCE', 'CALM'],
    declared: RESILIENT,
    tests: [
      ...scenario('makes no call and one status write for a generation that changes nothing'),
      ...properties('the digest input does not depend on the order of lists that have none, nor on replica'),
      ...identity('is the same whether a weight is text or a number, and changes with extraBody'),
    ],
  },
  {
    id: 'I13',
    fault: 'Two resources name one component',
    injected: 'created one after the other and at once, deleted in either order, with kills at every call',
    judged: ['OWN', 'ONCE', 'NOORPH'],
    declared: RESILIENT,
    tests: [
      ...ownership(
        'makes no call for the younger of two resources of one component, and says which one has it',
        'hands the component to the younger one when the older is gone',
        'never deletes the component with a resource that does not own it',
      ),
      ...sweep('two resources, one component'),
    ],
  },
  {
    id: 'I14',
    fault:
      'Comes from a backup with an old status or none; first seen while it is deleted; a status somebody changed',
    injected:
      'statuses of other versions, of an older backup, spoiled, forged, missing; deletions made while nobody was there',
    judged: ['OWN', 'NOORPH', 'ONCE'],
    declared: RESILIENT,
    tests: [
      ...rowsTime(
        'that comes back with the spec and the status of an older backup',
        'for 10 minutes finds every edit',
      ),
      ...ownership(
        'adopts an equal component without a call when it is restored from a backup without its status',
      ),
      ...badInput('repairs a status with', 'does not believe a forged operation that claims a job'),
      ...olderStatus('nothing is sent that was sent before'),
    ],
  },
  {
    id: 'I15',
    fault: 'Control characters, template marks, prototype names, line breaks in texts',
    injected: 'all of them in names, values and answers',
    judged: ['QUIET', 'ALIVE'],
    declared: RESILIENT,
    tests: [
      ...badInput(
        'carries names of the prototype, control characters and line breaks as data, and nothing else',
        'carries a value with line breaks and an empty one as data',
      ),
      ...secrecy('carries every secret to the service, where alone it is seen'),
    ],
  },
  {
    id: 'I16',
    fault: 'A Secret value rotated every second',
    injected: '60 values in 60 seconds with a look every 30 seconds',
    judged: ['CALM', 'QUIET', 'ESR'],
    declared: RESILIENT,
    tests: [...rowsCloud('end with the last value in force, and none is shown'), ...sweep('Secret rotation')],
  },
  {
    id: 'I17',
    fault: 'Random bytes and shapes everywhere',
    injected:
      'watch lines, list pages, answers of the service, specs, statuses, configuration, sequences of events',
    judged: ['ALIVE', 'MEM'],
    declared: RESILIENT,
    tests: [
      {
        file: 'test/fuzz/watch-lines.test.ts',
        name: 'is an event with a usable object, a bookmark, an error, or garbage',
      },
      {
        file: 'test/fuzz/cloud-answers.test.ts',
        name: 'a document of any shape is a fact or a failure that repeats nothing of it',
      },
      {
        file: 'test/fuzz/config.test.ts',
        name: 'is a configuration or one line that says which flag is wrong',
      },
      { file: 'test/fuzz/sequences.test.ts', name: 'random sequences for' },
      ...specs(
        'is judged without an exception, twice the same, and never sends what this process did not prepare',
      ),
    ],
  },
];
