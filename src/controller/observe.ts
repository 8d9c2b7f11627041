// One read of the cloud, as a fact: what was found, that it is missing, or why it is not known.
import type { Read, ReadRequest, Reads } from '../core/facts.ts';
import { failureOf } from '../core/failure.ts';
import type { CloudSession } from './ports.ts';

export interface Eyes {
  readonly session: CloudSession;
  readonly signal: AbortSignal;
}

/** `reads` with the answer to `request` in it. Throws only what is no failure of the service. */
export async function observe(
  reads: Reads,
  request: Exclude<ReadRequest, { what: 'account' }> | ReadRequest,
  eyes: Eyes,
): Promise<Reads> {
  const { session, signal } = eyes;
  switch (request.what) {
    case 'component':
      return { ...reads, component: await fact(() => session.getComponent(signal)) };
    case 'records':
      return { ...reads, records: await fact(() => session.listRecords(signal)) };
    case 'job': {
      const job = await fact(() => session.getJob(request.jobId, signal));
      return { ...reads, jobs: { ...reads.jobs, [request.jobId]: job } };
    }
    case 'account':
      return reads;
    default: {
      const never: never = request;
      return never;
    }
  }
}

async function fact<T>(read: () => Promise<T>): Promise<Read<T>> {
  try {
    return { kind: 'ok', value: await read() };
  } catch (error) {
    const failure = failureOf(error);
    if (failure === undefined) throw error;
    return { kind: 'failed', failure };
  }
}
