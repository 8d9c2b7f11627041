// One request after the gateway let it through, as the operations see it, and the look-ups they have in common.
import { type Answer, missing, serviceError } from './answers.ts';
import type { Json } from './json.ts';
import type { Component, World } from './state.ts';

export interface Call {
  readonly projectId: string;
  readonly applicationId: string;
  readonly componentId: string;
  readonly jobId: string;
  readonly query: URLSearchParams;
  /** Parsed body; undefined when there is none. */
  readonly body: Json | undefined;
  /** Who is calling, as `creator` shows it. */
  readonly creator: string;
}

export type Found =
  | { readonly kind: 'found'; readonly component: Component }
  | { readonly kind: 'missing'; readonly answer: Answer };

/** The component that the path names; an unknown application has its own code. */
export function findComponent(world: World, call: Call): Found {
  const component = world.findComponent(call);
  if (component !== undefined) return { kind: 'found', component };
  const answer = world.hasApplication(call.projectId, call.applicationId)
    ? missing(world.settings, 'SVCSTG.00100404', 'component')
    : missing(world.settings, 'SVCSTG.00100403', 'application');
  return { kind: 'missing', answer };
}

/** The refusal of a write that the state of the component does not permit. */
export function busyRefusal(world: World, component: Component): Answer {
  const { status, code } = world.settings.busyRefusal;
  return serviceError(
    status,
    code,
    `The operation is not allowed while the component is in status ${component.status}.`,
  );
}

/** What `world.settings` allows this request to say about a page: limit and offset, or the words of the refusal. */
export function pageOf(
  query: URLSearchParams,
  unpaged: { readonly limit: number; readonly largest: number },
): { readonly limit: number; readonly offset: number } | string {
  const limit = wholeNumber(query.get('limit'), unpaged.limit);
  const offset = wholeNumber(query.get('offset'), 0);
  if (limit === undefined || (query.has('limit') && limit > unpaged.largest))
    return `limit: must be from 0 to ${unpaged.largest}`;
  return offset === undefined ? 'offset: must be 0 or more' : { limit, offset };
}

function wholeNumber(value: string | null, otherwise: number): number | undefined {
  if (value === null || value === '') return otherwise;
  return /^[0-9]{1,9}$/.test(value) ? Number(value) : undefined;
}
