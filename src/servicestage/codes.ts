// The one table of error codes: what each documented code of ServiceStage, its repository part, IAM and the API gateway
// means for us, and what an HTTP status means where no code says more.
// Promises: a code is sorted here and nowhere else. `effect` says what a write did: `none` = nothing, and the cause lies
// outside the spec; `refused` = nothing, and the spec must change; `maybe` = it may have acted.
// Sources: ServiceStage error codes page 0162, API Gateway error page, IAM error page.
import type { FailureClass } from '../core/types.ts';

export type Effect = 'none' | 'refused' | 'maybe';

export interface Treatment {
  readonly class: FailureClass;
  readonly effect: Effect;
  /** `target`: the component itself, or the application it lives in, does not exist. */
  readonly absent?: 'target';
  /** What to do, where the service's own words do not say it. */
  readonly hint?: string;
}

const spec: Treatment = { class: 'permanent', effect: 'refused' };
const busy: Treatment = { class: 'transient', effect: 'none' };
const gone: Treatment = { class: 'permanent', effect: 'none', absent: 'target' };
const dependency: Treatment = { class: 'configuration', effect: 'none' };
const backend: Treatment = { class: 'transient', effect: 'none' };
const throttled: Treatment = { class: 'throttled', effect: 'none' };
const signIn: Treatment = {
  class: 'credentials',
  effect: 'none',
  hint: 'check the credentials Secret and the clock',
};
const forbidden: Treatment = {
  class: 'permission',
  effect: 'none',
  hint: 'grant the identity the permission in IAM',
};
const repository: Treatment = { ...dependency, hint: 'renew the repository authorisation in ServiceStage' };
const wrongPath: Treatment = {
  class: 'configuration',
  effect: 'none',
  hint: 'check the endpoint and the region: this API is unknown there',
};
const gateway: Treatment = { class: 'configuration', effect: 'none' };

/** `status`: the code says no more than the HTTP status it comes with. */
export const CODES: Readonly<Record<string, Treatment | 'status'>> = {
  'SVCSTG.00100400': spec,
  'SVCSTG.00100401': gone, // comes with HTTP 401: "does not exist or no access"
  'SVCSTG.00100402': busy, // still deployed
  'SVCSTG.00100403': gone, // application
  'SVCSTG.00100404': gone, // component
  'SVCSTG.00100408': dependency, // request not found
  'SVCSTG.00100411': { ...dependency, hint: 'the environment must exist' },
  'SVCSTG.00100412': dependency, // instance
  'SVCSTG.00100414': spec, // empty job id
  'SVCSTG.00100418': spec, // undefined action
  'SVCSTG.00100420': spec, // runtime not supported
  'SVCSTG.00100422': spec, // no base resource
  'SVCSTG.00100424': { ...dependency, hint: 'the load balancer must exist' },
  'SVCSTG.00100425': spec, // no artifact
  'SVCSTG.00100429': dependency, // build job
  'SVCSTG.00100433': dependency, // application release
  'SVCSTG.00100436': dependency, // snapshot
  'SVCSTG.00100438': dependency, // template image
  'SVCSTG.00100441': { ...spec, hint: 'use a new spec.component.version' },
  'SVCSTG.00100449': spec, // environment name in use
  'SVCSTG.00100458': spec, // application name in use
  'SVCSTG.00501134': { ...dependency, hint: 'check the CSE engine' },
  'SVCSTG.REPO.0400': repository,
  'SVCSTG.REPO.0401': repository,
  'SVCSTG.REPO.0402': repository,
  'SVCSTG.REPO.0403': repository,
  'SVCSTG.REPO.0450': repository,
  'SVCSTG.REPO.0451': repository,
  'SVCSTG.REPO.0452': repository,
  'APIGW.0101': wrongPath,
  'APIGW.0103': backend,
  'APIGW.0104': gateway,
  'APIGW.0105': gateway,
  'APIGW.0106': gateway,
  'APIGW.0201': 'status', // 400, 413, 414, 494, 502 and 504
  'APIGW.0301': signIn,
  'APIGW.0302': forbidden,
  'APIGW.0303': signIn,
  'APIGW.0304': forbidden,
  'APIGW.0305': signIn,
  'APIGW.0306': forbidden,
  'APIGW.0307': { class: 'credentials', effect: 'none', hint: 'the token must be renewed' },
  'APIGW.0308': throttled,
  '1100': signIn, // IAM: a parameter of the sign-in is missing
  '1101': signIn, // IAM: user name
  '1103': signIn, // IAM: password
  'IAM.0006': 'status',
  'IAM.0007': 'status',
  'IAM.0009': signIn,
  'IAM.0011': 'status',
};

const STATUS: Readonly<Record<number, Treatment>> = {
  400: spec,
  401: signIn,
  403: forbidden,
  407: { ...gateway, hint: 'a proxy on the way asks for credentials' },
  408: { class: 'transient', effect: 'maybe' },
  409: busy,
  429: throttled,
  431: { ...gateway, hint: 'request headers too large; a shorter token or an access key avoids it' },
  494: { ...gateway, hint: 'request headers too large; a shorter token or an access key avoids it' },
};

/** The statuses with which the service says that it did nothing and that the spec is not the reason. */
const NEVER_THE_SPEC: readonly number[] = [401, 403, 409, 429];

/**
 * The treatment of an answer that is no success. A 5xx or 408 may have acted whatever its body says; a 404 that carries
 * no code of the service comes from something in between and never means that an object is absent.
 */
export function treat(status: number, code: string | undefined): Treatment {
  if (status >= 500 || status === 408) return { class: 'transient', effect: 'maybe' };
  if (status >= 300 && status < 400)
    return { ...gateway, hint: 'redirects are never followed; check the endpoint' };
  const byCode = code === undefined ? undefined : CODES[code];
  const byStatus = treatStatus(status, code);
  if (byCode === undefined || byCode === 'status') return byStatus;
  if (byCode.effect === 'refused' && NEVER_THE_SPEC.includes(status)) return byStatus;
  if (byCode.absent === 'target' && !tellsAbsence(status, code)) return byStatus;
  return byCode;
}

// The words behind 00100401 are "does not exist or no access": with a 403 it is the second that counts.
function tellsAbsence(status: number, code: string | undefined): boolean {
  return status === 404 || (status === 401 && code === 'SVCSTG.00100401');
}

function treatStatus(status: number, code: string | undefined): Treatment {
  const known = STATUS[status];
  if (known !== undefined) return known;
  if (status === 404 && code?.startsWith('SVCSTG.') !== true) return wrongPath;
  return status >= 400 && status < 500 ? spec : { class: 'transient', effect: 'maybe' };
}
