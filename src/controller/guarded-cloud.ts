// The cloud as the loop may use it: each call passes the circuit of its endpoint and the admission of its account first.
//
// Promises: a call that is held back never leaves and fails at once, in the words of what the service itself last said, so
// that a status does not change with who was asked. Reads throw it; a write gives it as its outcome (nothing was sent).
// While an endpoint is down a probe is one try on the wire. Nothing is awaited between a write's admission and its start.
// Leaves to others: when to try again (core), who an account is (`identify`), numbers and log lines (`observer`).
import type { RemoveOutcome, SubmitOutcome, Target } from '../core/types.ts';
import { AccountLimits, type Identified, type LimitOptions } from './account-limits.ts';
import type { Lane } from './admission.ts';
import { Endpoint } from './circuit.ts';
import type { Cloud, CloudSession, SecretData } from './ports.ts';

export interface GuardOptions extends LimitOptions {
  identify(target: Target, secret: SecretData): Identified;
}

const MAX_ACCOUNTS = 1_000;

/** `cloud` behind limits that all its sessions share per account. No timer runs while nothing waits. */
export function guardCloud(cloud: Cloud, options: GuardOptions): Cloud {
  const endpoints = new Map<string, Endpoint>();
  const accounts = new Map<string, AccountLimits>();
  const accountOf = (identified: Identified): AccountLimits => {
    const { account, endpoint } = identified;
    const shared = endpoints.get(endpoint) ?? new Endpoint();
    endpoints.set(endpoint, shared);
    const known = accounts.get(account) ?? new AccountLimits(options, identified, shared);
    // The one used last stands last: what is forgotten beyond the limit was not used for long.
    accounts.delete(account);
    accounts.set(account, known);
    forgetOldest(accounts);
    forgetOldest(endpoints);
    return known;
  };
  return {
    open: (target, secret, hidden) => {
      const session = cloud.open(target, secret, hidden);
      return guardSession(session, accountOf(options.identify(target, secret)));
    },
  };
}

function forgetOldest(map: Map<string, unknown>): void {
  for (const oldest of map.keys()) {
    if (map.size <= MAX_ACCOUNTS) return;
    map.delete(oldest);
  }
}

function guardSession(session: CloudSession, account: AccountLimits): CloudSession {
  // Stands for the session in the books, so that these hold none of its secrets.
  const by = {};
  const read = <T>(lane: Lane, signal: AbortSignal, call: (signal: AbortSignal) => Promise<T>): Promise<T> =>
    account.read({ lane, by, signal, call });
  const submit = (call: () => Promise<SubmitOutcome>): Promise<SubmitOutcome> =>
    account.write({ by, call, held: (failure) => ({ kind: 'notSent', failure }) });
  return {
    getComponent: (signal) => read('first', signal, (own) => session.getComponent(own)),
    getJob: (jobId, signal) => read('poll', signal, (own) => session.getJob(jobId, own)),
    listRecords: (signal) => read('poll', signal, (own) => session.listRecords(own)),
    modify: (body, signal, secretValues) => submit(() => session.modify(body, signal, secretValues)),
    act: (action, signal) => submit(() => session.act(action, signal)),
    remove: (signal) =>
      account.write<RemoveOutcome>({
        by,
        call: () => session.remove(signal),
        held: (failure) => ({ kind: 'busy', failure }),
      }),
  };
}
