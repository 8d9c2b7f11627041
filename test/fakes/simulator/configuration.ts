// How an accepted write changes the configuration, its records and the view of both: the effects, without the checks
// that come before them in writes.ts and actions.ts. Console actions and the broken assumptions use them as well.

import { artifactOf, type JobOrder, startJob } from './jobs.ts';
import { asObject, asText, type JsonObject } from './json.ts';
import type { JobScript } from './scripts.ts';
import type { Component, DeploymentRecord, Job, World } from './state.ts';

export interface ModifyOrder {
  readonly body: JsonObject;
  readonly creator: string;
  readonly foreign: boolean;
  readonly script?: JobScript | undefined;
}

/** Accepts a modify, with whatever the broken assumptions A4 and A5 add around it. */
export function acceptModify(world: World, component: Component, order: ModifyOrder): Job {
  const { settings, timeline } = world;
  const before = component.config;
  if (order.foreign) return applyModify(world, component, order);
  if (settings.a5ForeignSameVersion)
    applyModify(world, component, { ...order, creator: 'somebody-else', foreign: true });
  const job = applyModify(world, component, order);
  if (settings.a4OtherInstallationAfterMs !== null)
    timeline.at(timeline.now() + settings.a4OtherInstallationAfterMs, () => {
      if (!component.gone)
        applyModify(world, component, { body: before, creator: 'other-installation', foreign: true });
    });
  return job;
}

/** Accepts a rollback to the configuration of a record. */
export function acceptRollback(
  world: World,
  component: Component,
  order: { readonly target: DeploymentRecord; readonly by: JobOrder },
): Job {
  const config = { ...order.target.config, replica: component.config.replica ?? 1 };
  return changeConfig(world, component, { config, by: order.by });
}

/** Replaces the visible configuration; the earlier one stays in sight for the configured lag. */
export function replaceConfig(world: World, component: Component, config: JsonObject): void {
  showConfigAfter(world, component, { config, lagMs: world.settings.configLagMs });
}

function showConfigAfter(
  world: World,
  component: Component,
  change: { readonly config: JsonObject; readonly lagMs: number },
): void {
  const { config } = change;
  const until = world.timeline.now() + change.lagMs;
  component.earlierConfig = { config: component.config, until };
  component.config = config;
}

function applyModify(world: World, component: Component, order: ModifyOrder): Job {
  const { settings } = world;
  const before = component.config;
  const kept = settings.missingKeys === 'keep' ? before : {};
  const description =
    settings.stickyDescription && order.body.description === ''
      ? { description: before.description ?? '' }
      : {};
  const config: JsonObject = {
    ...kept,
    ...order.body,
    ...description,
    replica: before.replica ?? 1,
  };
  const { creator, foreign, script } = order;
  return changeConfig(world, component, { config, by: { kind: 'modify', creator, foreign, script } });
}

function changeConfig(
  world: World,
  component: Component,
  change: { readonly config: JsonObject; readonly by: JobOrder },
): Job {
  const before = component.config;
  const { config } = change;
  const now = world.settings.configVisible === 'onAccept';
  const lagMs = change.by.foreign ? world.settings.a2ForeignLagMs : world.settings.configLagMs;
  if (now) showConfigAfter(world, component, { config, lagMs });
  let record: DeploymentRecord | undefined;
  const job = startJob(world, component, {
    ...change.by,
    succeed: (ended) => {
      if (!now) replaceConfig(world, component, config);
      component.artifact = artifactOf(config);
      closeRecord(component, { record, job: ended, status: 'SUCCEEDED' });
    },
    fail: (ended) => closeRecord(component, { record, job: ended, status: 'FAILED' }),
    undo: (ended) => {
      if (component.config === config) replaceConfig(world, component, before);
      closeRecord(component, { record, job: ended, status: 'ROLLBACKED' });
    },
  });
  record = addRecord(component, { config, job });
  return job;
}

/** Opens the deployment record of a job that changes the version. */
export function addRecord(
  component: Component,
  entry: { readonly config: JsonObject; readonly job: Job },
): DeploymentRecord {
  const { config, job } = entry;
  const record: DeploymentRecord = {
    version: asText(config.version),
    config,
    job,
    deployType: asText(asObject(config.deploy_strategy).type) || 'OneBatchRelease',
    beginAt: job.acceptedAt,
    status: 'RUNNING',
    endAt: undefined,
    currentUsed: false,
  };
  component.records.push(record);
  return record;
}

/** Ends a record; a successful one becomes the version in use. */
export function closeRecord(
  component: Component,
  outcome: {
    readonly record: DeploymentRecord | undefined;
    readonly job: Job;
    readonly status: string;
  },
): void {
  const { record, status } = outcome;
  if (record === undefined) return;
  record.status = status;
  record.endAt = outcome.job.acceptedAt + outcome.job.durationMs;
  if (status !== 'SUCCEEDED') return;
  for (const each of component.records) each.currentUsed = each === record;
}
