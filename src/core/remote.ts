// What the component's own words mean for us: busy, usable, gone. States the documents do not name count as busy, never
// as an error, so that an unknown word can delay a change but not break or repeat it.
import type { Remote } from '../api/status.ts';
import { clip } from './text.ts';
import type { RemoteComponent } from './types.ts';

/** `ready`: may be modified. `gray`: waits for a person. `stopped`: stopped on purpose. `gone`: deleted. `busy`: works. */
export type Usability = 'ready' | 'gray' | 'stopped' | 'gone' | 'busy';

const USABILITY: Readonly<Record<string, Usability>> = {
  RUNNING: 'ready',
  PENDING: 'ready',
  DOWN: 'ready',
  FAILED: 'ready',
  PARTIALLY_FAILED: 'ready',
  GRAYING: 'gray',
  STOPPED: 'stopped',
  DELETED: 'gone',
  RESERVED: 'gone',
};

export function usability(component: RemoteComponent): Usability {
  return USABILITY[component.status] ?? 'busy';
}

/** Whether the number of instances may be changed: the service takes that only of a component that is deployed. */
export function isScalable({ status }: RemoteComponent): boolean {
  return SCALABLE.has(status);
}

const SCALABLE: ReadonlySet<string> = new Set(['RUNNING', 'PENDING', 'DOWN']);

export function isFailed(component: RemoteComponent): boolean {
  return (
    component.status === 'FAILED' || component.status === 'PARTIALLY_FAILED' || component.status === 'DOWN'
  );
}

/** The part of the component that the status shows; only fields that rarely move. */
export function remoteOf(component: RemoteComponent): Remote {
  const { status, version, replica, availableReplica, lastJobId, artifact, failDetail } = component;
  return {
    ...(status === '' ? {} : { componentStatus: clip(status, 64) }),
    ...(version === undefined ? {} : { version: clip(version, 64) }),
    ...(replica === undefined ? {} : { replica }),
    ...(availableReplica === undefined ? {} : { availableReplica }),
    ...(lastJobId === undefined ? {} : { lastJobId: clip(lastJobId, 64) }),
    ...(artifact === undefined ? {} : { artifact: clip(artifact, 512) }),
    ...(failDetail === undefined ? {} : { failDetail: clip(failDetail, 128) }),
  };
}
