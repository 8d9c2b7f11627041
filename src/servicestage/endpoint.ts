// Where a call goes. Promises: credentials leave only for the host that the operator's flag or the credentials Secret
// names; whatever a custom resource holds can fill the region's own label of that host and single path parts, nothing
// else. Region and ids are checked here again although the CRD checks them, since a status or an old object may hold
// anything.
import type { Target } from '../core/types.ts';
import { CloudFailure } from './failure.ts';
import { encodePart } from './sign.ts';

export interface Endpoint {
  /** `https://host[:port]`. */
  readonly origin: string;
  /** `host[:port]` for messages and the signature. */
  readonly host: string;
  /** Path in front of every call, without a slash at its end; mostly empty. */
  readonly basePath: string;
}

export type EndpointSource =
  | { readonly kind: 'flag'; readonly name: string }
  | { readonly kind: 'secret'; readonly name: string };

export interface EndpointRules {
  readonly region: string;
  readonly insecure: 'yes' | 'no';
  readonly source: EndpointSource;
}

const REGION = /^[a-z0-9]+(-[a-z0-9]+){1,5}$/;
const UUID = /^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/;
const PROJECT = /^[0-9a-f]{32}$/;
const JOB = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/;
const BASE_PATH = /^(\/[A-Za-z0-9._~-]+)*\/?$/;
const STAND_IN = 'stand0in0region';

/** Throws a CloudFailure of class `configuration` that names the field when an id of the target is malformed. */
export function checkTarget(target: Target): void {
  const wrong = [
    ['region', REGION.test(target.region) && target.region.length <= 32],
    ['projectId', PROJECT.test(target.projectId)],
    ['applicationId', UUID.test(target.applicationId)],
    ['componentId', UUID.test(target.componentId)],
  ].find(([, fits]) => fits === false);
  if (wrong === undefined) return;
  throw new CloudFailure({
    class: 'configuration',
    code: 'INVALID_TARGET',
    message: `spec.${String(wrong[0])} is malformed; no call was made`,
  });
}

/** Whether a text can be the id of a job, and so a part of a path. */
export function isJobId(text: string): boolean {
  return JOB.test(text);
}

/** The template with `{region}` filled. Throws a CloudFailure: class `configuration` for a flag, `credentials` for a Secret key. */
export function resolveEndpoint(template: string, rules: EndpointRules): Endpoint {
  const pattern = parse(template.replace('{region}', STAND_IN), rules.source);
  const url = parse(template.replace('{region}', rules.region), rules.source);
  const filled = pattern.host.replace(STAND_IN, rules.region);
  const onlyTheLabel =
    url.host === filled && url.protocol === pattern.protocol && url.pathname === pattern.pathname;
  if (!REGION.test(rules.region) || !onlyTheLabel) {
    throw fault(rules.source, 'must hold {region} only as a whole label of its host name');
  }
  checkShape(template, { url, rules });
  return { origin: url.origin, host: url.host, basePath: url.pathname.replace(/\/$/, '') };
}

/** `/v3/{project}/cas/…` with every part percent-encoded. */
export function casPath(target: Target, parts: readonly string[]): string {
  return ['', 'v3', target.projectId, 'cas', ...parts].map(encodePart).join('/');
}

export function componentPath(target: Target, ...more: readonly string[]): string {
  return casPath(target, ['applications', target.applicationId, 'components', target.componentId, ...more]);
}

function checkShape(template: string, given: { url: URL; rules: EndpointRules }): void {
  const { url, rules } = given;
  const labelled = template.split('{region}').length - 1;
  if (labelled > 1 || (labelled === 1 && !/^[a-z]+:\/\/([^/]*\.)?\{region\}(?=[.:/]|$)/.test(template))) {
    throw fault(rules.source, 'must hold {region} only as a whole label of its host name');
  }
  if (
    url.username !== '' ||
    url.password !== '' ||
    url.search !== '' ||
    url.hash !== '' ||
    /[?#]/.test(template)
  ) {
    throw fault(rules.source, 'must not hold a user, a password, a query or a fragment');
  }
  if (!BASE_PATH.test(url.pathname))
    throw fault(rules.source, 'has a path with characters that are not allowed');
  if (url.protocol === 'https:') return;
  if (url.protocol !== 'http:') throw fault(rules.source, 'must begin with https://');
  if (rules.insecure === 'no') {
    throw fault(rules.source, 'must begin with https:// (plain http needs --allow-insecure-endpoint)');
  }
}

function parse(text: string, source: EndpointSource): URL {
  if (/[\s\p{Cc}\\]/u.test(text) || !URL.canParse(text)) {
    throw fault(source, 'is not a URL such as https://servicestage.{region}.myhuaweicloud.com');
  }
  return new URL(text);
}

function fault(source: EndpointSource, text: string): CloudFailure {
  if (source.kind === 'flag') {
    return new CloudFailure({
      class: 'configuration',
      code: 'INVALID_ENDPOINT',
      message: `the operator's ${source.name} ${text}`,
    });
  }
  return new CloudFailure({
    class: 'credentials',
    code: 'INVALID_ENDPOINT',
    message: `key "${source.name}" of the credentials Secret ${text}`,
  });
}
