// Every switch of the simulator, its type and its default. What a running service is known to do is on by default; what
// no public source answers is a switch, so that a client can be shown to cope with either answer.
import { z } from 'zod';

const ms = z.number().min(0);
const refusal = z.strictObject({ status: z.int().min(400).max(599), code: z.string() });

export const settingsSchema = z.strictObject({
  /** Acceptance to end of a job. */
  jobDurationMs: ms,
  taskCount: z.int().min(1).max(500),
  /** Running services use lower case; the English documentation shows upper case (API page 0190). */
  jobKeyCase: z.enum(['lower', 'upper']),
  /** A missing object is 404 `SVCSTG.00100404` or 401 `SVCSTG.00100401`. */
  notFound: z.enum(['404', '401']),
  /** How a write in a busy state is refused; the real code is not documented. */
  busyRefusal: refusal,
  /** Component states in which a modify is refused. */
  modifyRefusedIn: z.array(z.string()),
  /** Whether a version that already has a record may be sent again. */
  sameVersion: z.enum(['accept', 'refuse']),
  sameVersionRefusal: refusal,
  /** Keys outside the documented tables. */
  unknownKeys: z.enum(['keep', 'refuse']),
  /** What an accepted modify does to optional top-level keys that it does not carry. */
  missingKeys: z.enum(['keep', 'reset']),
  configVisible: z.enum(['onAccept', 'onSuccess']),
  actionAnswer: z.enum(['componentId', 'result']),
  deleteAnswer: z.enum(['componentId', 'empty']),
  recordTime: z.enum(['iso', 'epochMs', 'unreadable']),
  tokenLifetimeMs: ms,
  expiredTokenCode: z.enum(['APIGW.0301', 'APIGW.0307']),
  /** Operations that answer 403 `APIGW.0302` to everyone. */
  forbidden: z.array(z.string()),

  /** After acceptance the earlier `component_status` stays visible for this long. */
  staleStatusMs: ms,
  /** After acceptance `last_job_id`, the records, the configuration stay hidden for this long. */
  lastJobLagMs: ms,
  recordsLagMs: ms,
  configLagMs: ms,
  /** GET and list show no `last_job_id` at all. */
  lastJobAbsent: z.boolean(),

  /** A1 broken: writes are answered 504 at once and accepted this much later. */
  a1AcceptLateMs: ms.nullable(),
  /** A2 broken: jobs of others stay hidden for this long. */
  a2ForeignLagMs: ms,
  /** A3 broken: accepted writes do not move `last_job_id`. */
  a3LastJobStays: z.boolean(),
  /** A4 broken: this long after each accepted modify another installation writes the earlier configuration back. */
  a4OtherInstallationAfterMs: ms.nullable(),
  /** A5 broken: just before each accepted modify somebody else starts a job that carries the same version. */
  a5ForeignSameVersion: z.boolean(),

  innerEnvs: z.boolean(),
  timezoneEnv: z.boolean(),
  buildId: z.boolean(),
  extraExternalAccesses: z.boolean(),
  weightAsNumber: z.boolean(),
  updateStrategyAlways: z.boolean(),
  zeroResources: z.boolean(),
  sourceDefaults: z.boolean(),
  dockerStackVersion: z.boolean(),
  yamlMode: z.boolean(),
  extraReferParameters: z.boolean(),
  /** Lists that are sets (envs, logs, storages, refer_resources, labels) come back in another order. */
  reorderSets: z.boolean(),
  workloadContent: z.enum(['omitted', 'echoed']),
  passwords: z.enum(['omitted', 'masked', 'echoed']),
  labels: z.enum(['echoed', 'absent']),
  unsetObjects: z.enum(['absent', 'empty', 'null']),
  /** An empty description does not clear the old one. */
  stickyDescription: z.boolean(),
});

export type Settings = Readonly<z.infer<typeof settingsSchema>>;
export const settingsPatchSchema = settingsSchema.partial();
export type SettingsPatch = { readonly [K in keyof Settings]?: Settings[K] | undefined };

export const busyStates = [
  'INITIALIZING',
  'UPGRADING',
  'STARTING',
  'STOPPING',
  'RESTARTING',
  'DELETING',
] as const;

export const defaultSettings: Settings = {
  jobDurationMs: 300,
  taskCount: 5,
  jobKeyCase: 'lower',
  notFound: '404',
  busyRefusal: { status: 400, code: 'SVCSTG.00100400' },
  modifyRefusedIn: [...busyStates, 'GRAYING'],
  sameVersion: 'accept',
  sameVersionRefusal: { status: 404, code: 'SVCSTG.00100441' },
  unknownKeys: 'keep',
  missingKeys: 'keep',
  configVisible: 'onAccept',
  actionAnswer: 'componentId',
  deleteAnswer: 'componentId',
  recordTime: 'iso',
  tokenLifetimeMs: 24 * 3_600_000,
  expiredTokenCode: 'APIGW.0301',
  forbidden: [],
  staleStatusMs: 0,
  lastJobLagMs: 0,
  recordsLagMs: 0,
  configLagMs: 0,
  lastJobAbsent: false,
  a1AcceptLateMs: null,
  a2ForeignLagMs: 0,
  a3LastJobStays: false,
  a4OtherInstallationAfterMs: null,
  a5ForeignSameVersion: false,
  innerEnvs: true,
  timezoneEnv: true,
  buildId: true,
  extraExternalAccesses: true,
  weightAsNumber: true,
  updateStrategyAlways: true,
  zeroResources: true,
  sourceDefaults: true,
  dockerStackVersion: true,
  yamlMode: true,
  extraReferParameters: true,
  reorderSets: true,
  workloadContent: 'omitted',
  passwords: 'omitted',
  labels: 'echoed',
  unsetObjects: 'absent',
  stickyDescription: false,
};

/** The settings with the patch laid over them; a key of the patch that is undefined changes nothing. */
export function withPatch(settings: Settings, patch: SettingsPatch): Settings {
  return settingsSchema.parse({ ...settings, ...settingsPatchSchema.parse(patch) });
}
