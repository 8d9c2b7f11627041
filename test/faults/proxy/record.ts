// What passed through the fault proxy, in order: the evidence by which tests judge "resumed from the last version" and
// "no list". Tokens are not kept.
import { type Asked, kindOf } from './asked.ts';

export interface Passed {
  readonly atMs: number;
  readonly kind: ReturnType<typeof kindOf>;
  readonly method: string;
  readonly path: string;
  /** `resourceVersion` of the query. */
  readonly version: string | undefined;
  /** Protocol that the client agreed on by ALPN. */
  readonly protocol: string;
  /** `fault` when the proxy answered by itself. */
  by: 'upstream' | 'fault';
  status: number | undefined;
  /** A list, or the list at the start of a stream, that reached the client to its end. */
  complete: boolean;
  /** `resourceVersion` of the last whole line that was sent on. */
  lastVersion: string | undefined;
  /** The server itself said 410, as an answer or in the stream. */
  expired: boolean;
  /** The longest time in which the server sent nothing on an open stream. */
  silenceMs: number;
  endedMs: number | undefined;
}

export interface ProxyRecord {
  readonly passed: readonly Passed[];
  /** Counts from here on. */
  since(mark: number): Counts;
}

export interface Counts {
  readonly watches: readonly Passed[];
  /** Requests for a whole collection, whatever became of them. */
  readonly lists: readonly Passed[];
  readonly completeLists: number;
}

export interface Recorder extends ProxyRecord {
  open(asked: Asked, protocol: string): Passed;
}

/** `now` in monotonic ms. */
export function createRecorder(now: () => number): Recorder {
  const passed: Passed[] = [];
  return {
    passed,
    open: (asked, protocol) => {
      const entry: Passed = {
        atMs: now(),
        kind: kindOf(asked),
        method: asked.method,
        path: asked.path,
        version: asked.query.get('resourceVersion') ?? undefined,
        protocol,
        by: 'upstream',
        status: undefined,
        complete: false,
        lastVersion: undefined,
        expired: false,
        silenceMs: 0,
        endedMs: undefined,
      };
      passed.push(entry);
      return entry;
    },
    since: (mark) => {
      const after = passed.slice(mark);
      const lists = after.filter(({ kind }) => kind === 'list' || kind === 'list stream');
      return {
        watches: after.filter(({ kind }) => kind === 'watch'),
        lists,
        completeLists: lists.filter(({ complete }) => complete).length,
      };
    },
  };
}
