// Everything a pass works with, handed over by main (or by a test).
import type { Memory, Settings } from '../core/facts.ts';
import type { Cloud, Cluster, DigestKey, Leadership, Log, Observer, Store, Time } from './ports.ts';

export interface Parts {
  readonly cluster: Cluster;
  readonly cloud: Cloud;
  readonly digestKey: DigestKey;
  readonly store: Store;
  readonly leadership: Leadership;
  readonly time: Time;
  readonly settings: Settings;
  readonly log: Log;
  readonly observer: Observer;
  /** What this process remembers per key; emptied when a resource is gone or at rest. */
  readonly memories: Map<string, Memory>;
  readonly newId: () => string;
}
