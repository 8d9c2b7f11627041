// Everything a pass works with, handed over by main (or by a test).
import type { Memory, Settings } from '../core/facts.ts';
import type { OpenedAccount } from './account.ts';
import type { Cloud, Cluster, DigestKey, Leadership, Log, Observer, Store, Time } from './ports.ts';

/** `atMono`: when it was opened. */
export interface KeptAccount {
  readonly opened: OpenedAccount;
  readonly atMono: number;
  readonly generation: number;
}

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
  /** What this process remembers per key; forgotten when the resource is gone. */
  readonly memories: Map<string, Memory>;
  /** The Ready condition per key as last seen, for the metrics. */
  readonly shown: Map<string, { readonly ready: string; readonly reason: string }>;
  /** Accounts kept while a job is followed. */
  readonly accounts: Map<string, KeptAccount>;
  readonly newId: () => string;
}
