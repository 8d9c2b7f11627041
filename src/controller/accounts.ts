// The account of a pass: opened anew whenever something may be sent, kept for a minute while only a job is followed, so that
// a poll costs no read of Secrets. An answer that refuses it drops it at once: the next look reads the Secret again.
import type { Read, Reads } from '../core/facts.ts';
import { type OpenedAccount, openAccount } from './account.ts';
import type { Hands, Run } from './run.ts';

const KEPT_MS = 60_000;

const NO_ACCESS = {
  kind: 'failed',
  failure: {
    class: 'configuration',
    code: 'InvalidIdentity',
    message:
      'region, projectId, applicationId, componentId or credentialsSecretRef of the spec is not valid, so ServiceStage cannot be asked; correct the spec',
  },
} as const;

export async function accountOf(run: Run, { parts, signal }: Hands): Promise<OpenedAccount> {
  const { access, resource } = run.read;
  if (access === undefined) return { read: NO_ACCESS, session: undefined };
  const { mono } = parts.time.now();
  const kept = parts.accounts.get(resource.key);
  if (
    kept !== undefined &&
    followsJob(run) &&
    kept.generation === resource.generation &&
    mono - kept.atMono < KEPT_MS
  ) {
    return kept.opened;
  }
  const opened = await openAccount(parts, { namespace: run.object.metadata.namespace, spec: access }, signal);
  if (opened.session !== undefined)
    parts.accounts.set(resource.key, { opened, atMono: mono, generation: resource.generation });
  return opened;
}

function followsJob({ read }: Run): boolean {
  return read.resource.status.operation?.phase === 'Submitted' && !read.resource.deleting;
}

/** Whether a read says that the account is not, or no longer, good for it. */
export function isRefused({ component, records, jobs }: Reads): boolean {
  return [component, records, ...Object.values(jobs)].some((read) => isAccountFailure(read));
}

function isAccountFailure(read: Read<unknown> | undefined): boolean {
  return (
    read?.kind === 'failed' && (read.failure.class === 'credentials' || read.failure.class === 'permission')
  );
}
