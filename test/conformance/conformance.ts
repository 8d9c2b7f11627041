// The conformance suite: what this project takes from a Kubernetes API server, as rows that run unchanged against the
// embedded server and against a real kube-apiserver. A row that only one of them passes is a bug in the embedded one.
import { afterAll, beforeAll, describe } from 'vitest';
import { type ConformanceServer, Probe } from './probe.ts';
import { applyRows } from './rows-apply.ts';
import { readRows } from './rows-read.ts';
import { schemaRows } from './rows-schema.ts';
import { writeRows } from './rows-write.ts';

export type { ConformanceServer } from './probe.ts';

/** A real server may have to be built first. */
const coldBuildMs = 40 * 60_000;

/** Runs every row against the server that `makeServer` starts; it is stopped at the end. */
export function describeConformance(name: string, makeServer: () => Promise<ConformanceServer>): void {
  describe(name, () => {
    let probe: Probe | undefined;
    beforeAll(async () => {
      probe = new Probe(await makeServer());
      await probe.prepare();
    }, coldBuildMs);
    afterAll(() => probe?.close());
    const current = (): Probe => {
      if (!probe) throw new Error('the server did not start');
      return probe;
    };
    describe('reads', () => readRows(current));
    describe('writes', () => writeRows(current));
    describe('applies', () => applyRows(current));
    describe('judges and prints', () => schemaRows(current));
  });
}
