import { expect, it } from 'vitest';
import { CIRCUIT, Circuit, type CircuitState, Endpoint } from '../../src/controller/circuit.ts';
import { TRANSIENT } from './fakes.ts';

const { failures: FAILURES, probeApartMs: APART_MS, rampMs: RAMP_MS } = CIRCUIT;

function fail(circuit: Circuit, mono: number, code = 'ECONNRESET'): void {
  circuit.settle({ evidence: 'outage', startedMono: mono, mono, failure: { ...TRANSIENT, code } });
}

function answer(circuit: Circuit, mono: number): void {
  circuit.settle({ evidence: 'answer', startedMono: mono, mono });
}

function open(circuit: Circuit, mono: number): void {
  for (let i = 0; i < FAILURES; i += 1) fail(circuit, mono);
}

/** A probe at `mono` and its end. */
function probe(circuit: Circuit, mono: number, end: (circuit: Circuit, mono: number) => void): void {
  expect(circuit.admit(mono).kind).toBe('probe');
  end(circuit, mono);
  circuit.probed();
}

it('opens after so many failures in a row and not before', () => {
  const states: CircuitState[] = [];
  const circuit = new Circuit(new Endpoint(), (state) => states.push(state));
  for (let i = 1; i < FAILURES; i += 1) fail(circuit, i);
  answer(circuit, 10);
  for (let i = 1; i < FAILURES; i += 1) fail(circuit, 10 + i);
  expect(circuit.admit(20)).toEqual({ kind: 'call' });
  fail(circuit, 20);
  expect(circuit.admit(20)).toMatchObject({ kind: 'held', ms: APART_MS, failure: { code: 'ECONNRESET' } });
  expect(states).toEqual(['open']);
});

it('takes a call that tells nothing for nothing', () => {
  const circuit = new Circuit(new Endpoint());
  for (let i = 1; i < FAILURES; i += 1) fail(circuit, i);
  circuit.settle({ evidence: 'none', startedMono: 9, mono: 9 });
  expect(circuit.admit(9).kind).toBe('call');
  fail(circuit, 10);
  expect(circuit.admit(10).kind).toBe('held');
});

it('sends one probe at a time, each 10 s after the one before', () => {
  const circuit = new Circuit(new Endpoint());
  open(circuit, 0);
  expect(circuit.admit(APART_MS - 1)).toMatchObject({ kind: 'held', ms: 1 });
  expect(circuit.admit(APART_MS).kind).toBe('probe');
  expect(circuit.admit(APART_MS + 1)).toMatchObject({ kind: 'held', ms: APART_MS });
  expect(circuit.admit(APART_MS * 5)).toMatchObject({ kind: 'held' });
  fail(circuit, APART_MS * 5);
  circuit.probed();
  expect(circuit.admit(APART_MS * 5).kind).toBe('probe');
});

it('lets no write be the probe', () => {
  const circuit = new Circuit(new Endpoint());
  open(circuit, 0);
  expect(circuit.held(APART_MS)).toMatchObject({ kind: 'held' });
  expect(circuit.admit(APART_MS).kind).toBe('probe');
});

it('stays open after a probe that told nothing', () => {
  const circuit = new Circuit(new Endpoint());
  open(circuit, 0);
  expect(circuit.admit(APART_MS).kind).toBe('probe');
  circuit.settle({ evidence: 'none', startedMono: APART_MS, mono: APART_MS });
  circuit.probed();
  expect(circuit.admit(APART_MS + 1).kind).toBe('held');
  expect(circuit.admit(APART_MS * 2).kind).toBe('probe');
});

it('goes on probation after an answer, with a share that grows, and closes after 30 s without a failure', () => {
  const states: CircuitState[] = [];
  const circuit = new Circuit(new Endpoint(), (state) => states.push(state));
  open(circuit, 0);
  probe(circuit, APART_MS, answer);
  const shares = [0, RAMP_MS / 4, RAMP_MS / 2, RAMP_MS].map((ms) => circuit.share(APART_MS + ms));
  expect(shares).toEqual([0.01, 0.25, 0.5, 1]);
  answer(circuit, APART_MS + RAMP_MS - 1);
  expect(circuit.state).toBe('probation');
  answer(circuit, APART_MS + RAMP_MS);
  expect(states).toEqual(['open', 'probation', 'closed']);
  expect(circuit.met).toBeUndefined();
});

it('opens again at the first failure on probation, but not for a call from before', () => {
  const circuit = new Circuit(new Endpoint());
  open(circuit, 0);
  probe(circuit, APART_MS, answer);
  circuit.settle({ evidence: 'outage', startedMono: APART_MS - 1, mono: APART_MS + 5, failure: TRANSIENT });
  expect(circuit.state).toBe('probation');
  fail(circuit, APART_MS + 10);
  expect(circuit.state).toBe('open');
  expect(circuit.admit(APART_MS + 10)).toMatchObject({ kind: 'held', ms: APART_MS });
});

it('keeps its words while the kind of fault stays, and takes new ones when it changes', () => {
  const circuit = new Circuit(new Endpoint());
  open(circuit, 0);
  const said = circuit.met;
  circuit.admit(APART_MS);
  circuit.settle({
    evidence: 'outage',
    startedMono: APART_MS,
    mono: APART_MS,
    failure: { ...TRANSIENT, message: 'the connection was cut, id 7' },
  });
  circuit.probed();
  expect(circuit.met).toBe(said);
  probe(circuit, 2 * APART_MS, (at, mono) => fail(at, mono, 'HTTP_503'));
  expect(circuit.met?.code).toBe('HTTP_503');
});

it('shares the probes of a dead endpoint among its projects, each of which opens at its first failure', () => {
  const endpoint = new Endpoint();
  const [first, second, third] = [new Circuit(endpoint), new Circuit(endpoint), new Circuit(endpoint)];
  open(first, 0);
  fail(second, 1);
  fail(third, 2);
  expect([first.state, second.state, third.state]).toEqual(['open', 'open', 'open']);
  let probes = 0;
  for (let mono = 0; mono < 3_600_000; mono += 500) {
    for (const circuit of [first, second, third]) {
      if (circuit.admit(mono).kind !== 'probe') continue;
      probes += 1;
      fail(circuit, mono);
      circuit.probed();
    }
  }
  expect(probes).toBeGreaterThan(300);
  expect(probes).toBeLessThanOrEqual(360);
});

it('lets every project find out for itself once the endpoint has answered one of them', () => {
  const endpoint = new Endpoint();
  const [first, second] = [new Circuit(endpoint), new Circuit(endpoint)];
  open(first, 0);
  fail(second, 0);
  probe(first, APART_MS, answer);
  expect(second.admit(APART_MS + 1).kind).toBe('probe');
});

it('cuts a project off alone while others are answered', () => {
  const endpoint = new Endpoint();
  const [hung, well] = [new Circuit(endpoint), new Circuit(endpoint)];
  answer(well, 0);
  open(hung, 10);
  expect(hung.state).toBe('open');
  expect(well.admit(11)).toEqual({ kind: 'call' });
  answer(well, 12);
  fail(well, 13);
  expect(well.admit(14)).toEqual({ kind: 'call' });
});
