// Faults of the network, toward the API server and toward the cloud.
import {
  badInput,
  type FaultRow,
  fencing,
  http,
  inFile,
  informer,
  losses,
  outage,
  RESILIENT,
  reads,
  rowsCloud,
  rowsInput,
  store,
  watch,
  watchFaults,
  writes,
} from '../table.ts';

const guarded = inFile('test/controller/guarded-cloud.test.ts');
const watchLines = inFile('test/fuzz/watch-lines.test.ts');

export const NETWORK: readonly FaultRow[] = [
  {
    id: 'N1',
    fault: 'Watch ended by RST, FIN or GOAWAY',
    injected: 'RST and FIN before, after and inside of a line; every connection reset or closed by a proxy',
    judged: ['ESR'],
    declared: RESILIENT,
    tests: [
      ...watch(
        'is resumed from the last version after RST after an event',
        'is resumed from the last version after FIN after an event',
      ),
      ...watchFaults('RST of every connection in the middle', 'the connection is closed in an orderly way'),
    ],
  },
  {
    id: 'N2',
    fault: 'Watch goes silent without FIN',
    injected: 'a stream that brings neither byte nor end; all connections frozen by a proxy',
    judged: ['ESR', 'TRUE'],
    declared: RESILIENT,
    tests: [
      ...watch('after the headers is cut at 14 s, not before, and resumed without a list'),
      ...informer('notices within 15 s that it is deaf, hears again, and has lost nothing'),
      ...watchFaults('a stream that freezes without FIN', 'every connection freezes, new ones too'),
    ],
  },
  {
    id: 'N3',
    fault: 'Bytes drip, or one slow answer stands in front of others',
    injected: 'single bytes of a watch and of an answer; a request that is answered late beside a quick one',
    judged: ['ISO', 'ESR'],
    declared: RESILIENT,
    tests: [
      ...watch('does not take single bytes for a sign of life'),
      ...writes('ends at the time limit when the answer drips, and does not know the outcome'),
      ...http('a slow request does not hold up another'),
    ],
  },
  {
    id: 'N4',
    fault: 'A proxy answers: 502, 503, 504, a page of HTML, an empty 200',
    injected: 'each of them for looks, polls, the PUT, lists and watches; 404 with a page of HTML',
    judged: ['ONCE', 'NOORPH', 'ESR'],
    declared: RESILIENT,
    tests: [
      ...http('with an HTML page is no fact, and the page is not quoted', '200 with body'),
      ...badInput(
        'keeps to its job while GET job answers',
        'finds its job again when the accepted PUT answers',
      ),
      ...outage('a proxy answers 502 for 10 minutes'),
      ...watchFaults('HTML with 200 for every list and watch', 'an empty answer with 200'),
    ],
  },
  {
    id: 'N5',
    fault: 'Answers cut or of a wrong length',
    injected:
      'a cut gzip, a cut chunk, lengths too long and too short, half a JSON text, a connection that breaks',
    judged: ['ONCE', 'ESR'],
    declared: RESILIENT,
    tests: [
      ...rowsInput('is no fact when it is read, and no end when it answers a write'),
      ...badInput('keeps to its job while GET job answers half a JSON text'),
      ...reads('tries twice more after a reset and after an answer that broke off'),
    ],
  },
  {
    id: 'N6',
    fault: 'Half a line or garbage in the watch',
    injected: 'half lines, garbage lines, events without an object, random bytes cut anywhere',
    judged: ['ESR', 'ALIVE'],
    declared: RESILIENT,
    tests: [
      ...watch(
        'is resumed from the last version after half a line',
        'is listed again after repeated garbage lines',
      ),
      ...watchLines('survives any answers to its lists and streams'),
      ...watchFaults('a garbage line'),
    ],
  },
  {
    id: 'N7',
    fault: 'Events twice, again, or all but the last one lost',
    injected: 'random orders, repetitions and losses of events; a watch that is cut in every way',
    judged: ['ESR', 'CALM', 'ONCE'],
    declared: RESILIENT,
    tests: [
      ...store('the records end equal to the cluster, and no version ever goes back'),
      ...informer('ends equal to the cluster, whatever was lost on the way'),
    ],
  },
  {
    id: 'N8',
    fault: 'No name resolution; a name with a dead address; IPv6 dead',
    injected:
      'an endpoint without an address, one where nobody listens over IPv6, then a name with a dead IPv6 address',
    judged: ['ONCE', 'ESR', 'CALM'],
    declared: RESILIENT,
    tests: [
      ...rowsCloud('is a host that has no address', 'is a host that has an address where nobody listens'),
      ...writes('is certain that nothing was sent when the name does not resolve'),
    ],
  },
  {
    id: 'N9',
    fault: 'Certificate or authority of the API server rotated, token expired',
    injected: 'a new authority and a new token, the files changed later; 401 until then',
    judged: ['ALIVE', 'ESR'],
    declared: RESILIENT,
    tests: [
      ...http(
        'that were rotated are read again after a 401, once, and the call is repeated',
        'follow a new certificate authority after a failed handshake',
      ),
      ...watchFaults('an expired token, rotated later', 'a rotated CA, the file changed later'),
    ],
  },
  {
    id: 'N10',
    fault: 'One side can be reached, the other cannot',
    injected:
      'API server away for 5 minutes before every call; a leader without API server; a cloud that resets for an hour',
    judged: ['SOLO', 'MONO', 'ONCE', 'ESR'],
    declared: RESILIENT,
    tests: [
      ...losses('update', 'update during a job'),
      ...fencing('is given up without exit while the API server is away, and what is due is done after it'),
      ...outage('connections are reset for an hour'),
    ],
  },
  {
    id: 'N11',
    fault: 'Requests arrive, a third of the answers does not, for 10 minutes',
    injected:
      '30 % of all answers of the service cut after it acted, during five edits each of six resources',
    judged: ['ONCE', 'MONO', 'CALM', 'ESR'],
    declared: RESILIENT,
    tests: [...rowsCloud('loses 30 % of all answers for 10 minutes: each version is sent once')],
  },
  {
    id: 'N12',
    fault: 'Hung calls of one project use up the connections',
    injected: 'a project of which every call hangs, another one beside it',
    judged: ['ISO'],
    declared: RESILIENT,
    tests: [
      ...outage('does not hold up another when it hangs'),
      ...guarded('gets no more than half of the workers, and the others are not made to wait'),
    ],
  },
  {
    id: 'N13',
    fault: 'High latency and loss of requests',
    injected: 'up to half a second per call, a tenth of the requests dropped before they act',
    judged: ['ONCE', 'ESR', 'CALM'],
    declared: RESILIENT,
    tests: [...rowsCloud('delays every answer by up to half a second and drops a tenth of the requests')],
  },
];
