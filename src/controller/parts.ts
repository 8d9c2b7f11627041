// Everything a pass works with, handed over by main (or by a test).

import type { Operation } from '../api/status.ts';
import type { Decision, Facts, Memory, Settings } from '../core/facts.ts';
import type { OpenedAccount } from './account.ts';
import type { Owners } from './owners.ts';
import type { Cloud, Cluster, DigestKey, Leadership, Log, Observer, Store, Time } from './ports.ts';
import type { ReadResource } from './resource.ts';

/** `atMono`: when it was opened. */
export interface KeptAccount {
  readonly opened: OpenedAccount;
  readonly atMono: number;
  readonly generation: number;
}

/** The Ready condition of a resource and the type of its open operation. */
export interface Shown {
  readonly ready: string;
  readonly reason: string;
  readonly open: Operation['type'] | undefined;
}

/** What to do next about one resource, from what is known of it. */
export type Judge = (facts: Facts) => Decision;

export interface Parts {
  readonly judge: Judge;
  readonly cluster: Cluster;
  readonly cloud: Cloud;
  readonly digestKey: DigestKey;
  readonly store: Store;
  readonly leadership: Leadership;
  readonly owners: Owners;
  readonly time: Time;
  readonly settings: Settings;
  readonly log: Log;
  readonly observer: Observer;
  /** What this process remembers per key; forgotten when the resource is gone. */
  readonly memories: Map<string, Memory>;
  /** What a resource last showed, per key, for the metrics. */
  readonly shown: Map<string, Shown>;
  /** Parsed resources of which something is due. */
  readonly known: Map<string, ReadResource>;
  /** Accounts kept while a job is followed. */
  readonly accounts: Map<string, KeptAccount>;
  readonly newId: () => string;
}
