// What was asked and what was answered, in order: the evidence by which tests judge "at most one accepted write".
//
// Append-only. A write that is accepted after its request was answered (assumption A1 broken) gets an entry of its own
// that names the request by `lateFor`. Passwords are replaced by stars and kept only as hashes in `secretFields`.
import { asObject, isObject, type Json, sha256 } from './json.ts';

export interface JournalEntry {
  readonly seq: number;
  /** Epoch ms of simulated time. */
  readonly at: number;
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly operation: string;
  readonly projectId?: string;
  readonly applicationId?: string;
  readonly componentId?: string;
  /** What was sent; 0 = no answer. */
  readonly status: number;
  /** A write that the service accepted. */
  readonly accepted: boolean;
  readonly jobId?: string;
  readonly requestId: string;
  readonly version?: string;
  /** Of the bytes as they came. */
  readonly bodySha256?: string;
  readonly body?: Json;
  /** Wire path of each secret to the SHA-256 of its value. */
  readonly secretFields?: Readonly<Record<string, string>>;
  /** Number of the TCP connection. */
  readonly connection: number;
  readonly fault?: string;
  readonly lateFor?: number;
}

export type NewEntry = Omit<JournalEntry, 'seq' | 'body' | 'bodySha256' | 'secretFields' | 'version'>;

export class Journal {
  readonly #entries: JournalEntry[] = [];

  /** All entries, oldest first. */
  get entries(): readonly JournalEntry[] {
    return this.#entries;
  }

  append(entry: NewEntry, bytes: Buffer, body: Json | undefined): JournalEntry {
    const secretFields: Record<string, string> = {};
    const shown = body === undefined ? undefined : hideSecrets(body, { path: '', found: secretFields });
    const version = asObject(body).version;
    const whole: JournalEntry = {
      seq: this.#entries.length + 1,
      ...entry,
      ...(typeof version === 'string' ? { version } : {}),
      ...(bytes.length === 0 ? {} : { bodySha256: sha256(bytes) }),
      ...(shown === undefined ? {} : { body: shown }),
      ...(Object.keys(secretFields).length === 0 ? {} : { secretFields }),
    };
    this.#entries.push(whole);
    return whole;
  }

  /** Accepted writes, of one component or of all: requests of the HTTP API only, not console actions. */
  acceptedWrites(componentId?: string): readonly JournalEntry[] {
    return this.#entries.filter(
      (entry) => entry.accepted && (componentId === undefined || entry.componentId === componentId),
    );
  }

  /** Requests that arrived, whatever became of them. */
  requests(
    filter: { readonly operation?: string; readonly componentId?: string; readonly projectId?: string } = {},
  ): readonly JournalEntry[] {
    const keys = ['operation', 'componentId', 'projectId'] as const;
    return this.#entries.filter(
      (entry) =>
        entry.lateFor === undefined &&
        keys.every((key) => filter[key] === undefined || entry[key] === filter[key]),
    );
  }
}

interface Hiding {
  readonly path: string;
  readonly found: Record<string, string>;
}

/** Hides `http_password`, the values of `http_headers`, and the password of a token request. */
function hideSecrets(value: Json, at: Hiding): Json {
  if (Array.isArray(value))
    return value.map((item: Json, index) => hideSecrets(item, { ...at, path: `${at.path}/${index}` }));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const below = { ...at, path: `${at.path}/${key}` };
      const secret = key === 'http_password' || key === 'http_headers' || key === 'password';
      return [key, secret ? hideLeaves(inner, below) : hideSecrets(inner, below)];
    }),
  );
}

function hideLeaves(value: Json, at: Hiding): Json {
  if (Array.isArray(value))
    return value.map((item: Json, index) => hideLeaves(item, { ...at, path: `${at.path}/${index}` }));
  if (isObject(value))
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [
        key,
        hideLeaves(inner, { ...at, path: `${at.path}/${key}` }),
      ]),
    );
  at.found[at.path] = sha256(String(value));
  return '******';
}
