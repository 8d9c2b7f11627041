// A request as the fault proxy sees it, and which of the four kinds that matter to a watch it is.
import type { IncomingMessage } from 'node:http';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly token: string | undefined;
}

/** `list stream`: a watch that begins with the whole collection (sendInitialEvents). */
export type AskedKind = 'watch' | 'list stream' | 'list' | 'other';

/** `limit=1` is a look whether the kind is served, not a list. */
export function kindOf({ method, path, query }: Asked): AskedKind {
  if (method !== 'GET' || !path.endsWith('/servicestagecomponents')) return 'other';
  if (query.get('watch') !== 'true') return query.get('limit') === '1' ? 'other' : 'list';
  return query.get('sendInitialEvents') === 'true' ? 'list stream' : 'watch';
}

export function readAsked({ method = 'GET', url = '/', headers }: IncomingMessage): Asked {
  const { pathname, searchParams } = new URL(url, 'http://proxy');
  const [, token] = /^Bearer (.+)$/.exec(headers.authorization ?? '') ?? [];
  return { method, path: pathname, query: searchParams, token };
}
