// IAM tokens for a user with password, one per account, IAM endpoint and project.
// Promises: one fetch under way per token however many callers wait; renewed at 80 % of its life or 10 minutes before
// its end, whichever comes first; a refused password is not tried again for 5 minutes (KeyGate); a token that the
// service refuses is renewed at most once in 5 minutes. The fetch belongs to no caller: one that leaves stops nobody.
// Source: IAM API "obtaining a user token through password authentication" (token in the header X-Subject-Token).
import type { Failure } from '../core/types.ts';
import type { Endpoint } from './endpoint.ts';
import { judgeAnswer, judgeFault, judgeUnreadable } from './errors.ts';
import { CloudFailure } from './failure.ts';
import { asObject, readJson } from './json.ts';
import { KeyGate, keyHash, type TryEnd } from './key-gate.ts';
import { createRedact } from './text.ts';
import { remember, untilAborted } from './waiting.ts';
import type { Answer, Exchange, WireRequest } from './wire.ts';

export interface Account {
  readonly username: string;
  readonly password: string;
  readonly domainName: string;
  readonly iam: Endpoint;
  readonly region: string;
  readonly projectId: string;
}

export interface TokenOptions {
  readonly now: () => { readonly wall: number; readonly mono: number };
  /** One try, never rejects, bounded in time. */
  readonly send: (request: WireRequest, account: Account) => Promise<Exchange>;
}

/** `fresh`: renewed when due. `ready`: a token that still lives will do, so that no write waits for a renewal. */
export type Wish = 'fresh' | 'ready';

interface Token {
  readonly text: string;
  readonly renewAtMs: number;
  readonly endsAtMs: number;
}

const FORCED_RENEWAL_MS = 300_000;
const MARGIN_MS = 600_000;
/** IAM tokens live 24 h; an answer without a readable end is trusted for an hour. */
const UNKNOWN_LIFE_MS = 3_600_000;

export class TokenCache {
  readonly #tokens = new Map<string, Token>();
  readonly #fetches = new Map<string, Promise<Token>>();
  readonly #forcedAtMs = new Map<string, number>();
  readonly #gate: KeyGate;
  readonly #options: TokenOptions;

  constructor(options: TokenOptions) {
    this.#options = options;
    this.#gate = new KeyGate(() => options.now().mono);
  }

  /** A token's text. Throws a CloudFailure; rejects with the signal's reason when it fires. */
  async get(account: Account, given: { wish: Wish; signal: AbortSignal }): Promise<string> {
    const key = tokenKey(account);
    const cached = this.#tokens.get(key);
    const nowMs = this.#options.now().mono;
    const lives = cached !== undefined && nowMs < cached.endsAtMs;
    if (lives && (given.wish === 'ready' || nowMs < cached.renewAtMs)) return cached.text;
    try {
      return (await untilAborted(this.#renew(key, account), given.signal)).text;
    } catch (error) {
      // A renewal before the end is a precaution; while the old token lives its failure harms nobody.
      if (lives && error instanceof CloudFailure) return cached.text;
      throw error;
    }
  }

  /** The service refused the token: `renewed` when the next `get` brings another one. */
  refused(account: Account, text: string): 'renewed' | 'kept' {
    const key = tokenKey(account);
    if (this.#tokens.get(key)?.text !== text) return 'renewed';
    const nowMs = this.#options.now().mono;
    const forcedAtMs = this.#forcedAtMs.get(key);
    if (forcedAtMs !== undefined && nowMs - forcedAtMs < FORCED_RENEWAL_MS) return 'kept';
    remember(this.#forcedAtMs, key, nowMs);
    this.#tokens.delete(key);
    return 'renewed';
  }

  #renew(key: string, account: Account): Promise<Token> {
    const running = this.#fetches.get(key);
    if (running !== undefined) return running;
    const fetch = this.#fetch(account)
      .then((token) => {
        remember(this.#tokens, key, token);
        return token;
      })
      .finally(() => this.#fetches.delete(key));
    this.#fetches.set(key, fetch);
    return fetch;
  }

  async #fetch(account: Account): Promise<Token> {
    const { username, password, domainName, iam } = account;
    const settle = await this.#gate.enter(
      keyHash([iam.origin, domainName, username, password]),
      new AbortController().signal,
    );
    let end: TryEnd = { kind: 'unclear' };
    try {
      const exchange = await this.#options.send(tokenRequest(account), account);
      const read = readToken(exchange, { account, now: this.#options.now() });
      if ('text' in read) {
        end = { kind: 'proven' };
        return read;
      }
      if (read.class === 'credentials') end = { kind: 'refused', failure: read };
      throw new CloudFailure(read);
    } finally {
      settle(end);
    }
  }
}

function tokenKey(account: Account): string {
  const { iam, domainName, username, password, projectId } = account;
  return keyHash([iam.origin, iam.basePath, domainName, username, password, projectId]);
}

function tokenRequest(account: Account): WireRequest {
  const { username: name, password, domainName, projectId, iam } = account;
  return {
    method: 'POST',
    origin: iam.origin,
    path: `${iam.basePath}/v3/auth/tokens?nocatalog=true`,
    headers: { 'content-type': 'application/json;charset=utf8', 'x-language': 'en-us' },
    body: JSON.stringify({
      auth: {
        identity: {
          methods: ['password'],
          password: { user: { name, password, domain: { name: domainName } } },
        },
        scope: { project: { id: projectId } },
      },
    }),
  };
}

function readToken(
  exchange: Exchange,
  context: { account: Account; now: { wall: number; mono: number } },
): Token | Failure {
  const { account, now } = context;
  const reading = { redact: createRedact([account.password]), wallMs: now.wall, host: account.iam.host };
  if (exchange.kind === 'fault') return judgeFault(exchange, account.iam.host).failure;
  if (exchange.status < 200 || exchange.status >= 300) return refusal(judgeAnswer(exchange, reading).failure);
  const text = exchange.headers['x-subject-token'] ?? '';
  if (!/^[\x21-\x7e]+$/.test(text)) return judgeUnreadable(exchange, reading).failure;
  const lifeMs = lifeOf(exchange, now.wall);
  const renewInMs = Math.min(0.8 * lifeMs, lifeMs - Math.min(MARGIN_MS, lifeMs / 2));
  return { text, renewAtMs: now.mono + renewInMs, endsAtMs: now.mono + lifeMs };
}

// What IAM refuses is in the Secret; only a 404 says that no IAM is there.
function refusal(failure: Failure): Failure {
  const status = failure.httpStatus ?? 0;
  if (status < 400 || status >= 500 || [404, 407, 408, 429].includes(status)) return failure;
  return { ...failure, class: 'credentials' };
}

function lifeOf(answer: Answer, wallMs: number): number {
  const token = asObject(asObject(readJson(answer.text))?.token);
  const endMs = Date.parse(String(token?.expires_at ?? ''));
  const issuedMs = Date.parse(String(token?.issued_at ?? ''));
  // Against its own issue time: a clock that is off here must not shorten or lengthen the token's life.
  const lifeMs = endMs - (Number.isFinite(issuedMs) ? issuedMs : wallMs);
  return Number.isFinite(lifeMs) && lifeMs > 0 ? lifeMs : UNKNOWN_LIFE_MS;
}
