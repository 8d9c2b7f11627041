// The open questions of the API: what no public source answers, and what running services are seen to do in more than one way.
// Every scenario runs with each answer that is not the simulator's default.
import type { SettingsPatch } from '../fakes/simulator/index.ts';

export interface OtherAnswer {
  readonly name: string;
  readonly settings: SettingsPatch;
  /** Scenarios that cannot come to their end with this answer, with the reason. */
  readonly except?: Readonly<Record<string, string>>;
}

/** What the service shows comes later, within the settle (A1 holds). */
export const SLOW_TO_SHOW: SettingsPatch = {
  staleStatusMs: 12_000,
  lastJobLagMs: 12_000,
  recordsLagMs: 12_000,
  configLagMs: 12_000,
};

export const OTHER_ANSWERS: readonly OtherAnswer[] = [
  { name: 'a key that the body does not carry is reset', settings: { missingKeys: 'reset' } },
  {
    name: 'a version that has a record is refused',
    settings: { sameVersion: 'refuse' },
    except: {
      'force token': 'it sends the same version again',
      'rolled back job, then the old spec again': 'it sends an earlier version again',
    },
  },
  {
    name: 'a busy component answers 409 with another code',
    settings: { busyRefusal: { status: 409, code: 'SVCSTG.00100409' } },
  },
  { name: 'secrets are masked in GET', settings: { passwords: 'masked' } },
  { name: 'secrets are echoed in GET', settings: { passwords: 'echoed', workloadContent: 'echoed' } },
  { name: 'labels are absent in GET', settings: { labels: 'absent', unsetObjects: 'null' } },
  {
    name: 'the configuration shows only when the job has succeeded',
    settings: { configVisible: 'onSuccess' },
  },
  {
    name: 'the older spelling of answers',
    settings: {
      jobKeyCase: 'upper',
      notFound: '401',
      actionAnswer: 'result',
      deleteAnswer: 'empty',
      recordTime: 'epochMs',
      unsetObjects: 'empty',
      stickyDescription: true,
    },
  },
  { name: 'times of records cannot be read', settings: { recordTime: 'unreadable' } },
  { name: 'what was accepted shows only after a while', settings: SLOW_TO_SHOW },
  {
    name: 'the records may not be read',
    settings: { forbidden: ['listRecords'] },
    except: {
      'force token': 'the component looks the same before and after, so the outcome cannot be told',
      scale: 'a scale is told from a foreign one by the records',
      'rolled back job, then the old spec again':
        'a lost call whose job is rolled back leaves the component as it was',
    },
  },
];
