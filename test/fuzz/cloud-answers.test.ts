// Whatever the cloud answers, over real connections: a read ends in a fact or a CloudFailure, a write in an outcome; pages end;
// no text of a success and no secret stands in what is told of a failure.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CloudFailure } from '../../src/servicestage/failure.ts';
import { asObject, readJson } from '../../src/servicestage/json.ts';
import {
  readComponent,
  readComponentsPage,
  readJobId,
  readJobPage,
  readRecordsPage,
} from '../../src/servicestage/schema.ts';
import { cleanText, createRedact } from '../../src/servicestage/text.ts';
import {
  CANARY,
  COMPONENT,
  cloudAt,
  JOB_ID,
  type Loopback,
  never,
  serve,
  TARGET,
  type TestCloud,
  TOKEN_SECRET,
} from '../servicestage/server.ts';
import { anyJson, type Node, near, unpolluted } from './near.ts';

const JOB: Node = {
  task_count: 2,
  job: { execution_status: 'SUCCEEDED', job_id: JOB_ID },
  tasks: [
    { task_id: 't-1', task_name: 'BUILD', task_status: 'SUCCEEDED', messages: '{"message":"done"}' },
    { task_id: 't-2', task_name: 'DEPLOY', task_status: 'FAILED', messages: { error_msg: 'no quota' } },
  ],
};
const RECORDS: Node = {
  count: 2,
  records: [
    { version: '1.0.2', begin_time: '1752105600000', jobs: [{ job_id: JOB_ID }] },
    { version: '1.0.1', begin_time: '2025-07-09T00:00:00Z', job_id: 'JOB-1' },
  ],
};
const COMPONENTS: Node = { count: 1, components: [{ id: 'c-1', ...COMPONENT }] };
const REFUSAL: Node = { error_code: 'SVCSTG.00100400', error_msg: 'wrong', request_id: 'r-1' };
const KEYS = [
  ...['job', 'tasks', 'task_count', 'execution_status', 'EXECUTION_STATUS', 'TASKS', 'messages', 'status'],
  ...['records', 'count', 'components', 'jobs', 'job_id', 'version', 'begin_time', 'name', 'replica'],
  ...['last_job_id', 'component_status', 'runtime_stack', 'artifact', 'error', 'error_msg', 'details'],
];
const documents = fc.oneof(
  ...[COMPONENT, JOB, RECORDS, COMPONENTS, REFUSAL].map((valid) => near(valid, KEYS)),
  anyJson(KEYS),
);
/** Stands in answers that succeed; what is told of them as a failure may not repeat it. */
const MARK = 'm4rk-of-a-body';

describe('a reader of answers', () => {
  const readers = { readComponent, readJobPage, readRecordsPage, readComponentsPage, readJobId };

  it.each(Object.entries(readers))(
    '%s takes any document or none, twice the same, and changes nothing',
    (_name, read) => {
      fc.assert(
        fc.property(documents, (given) => {
          const before = JSON.stringify(given);
          expect(read(given)).toEqual(read(given));
          expect(JSON.stringify(given)).toBe(before);
          expect(unpolluted()).toBe(true);
        }),
        { numRuns: 600 },
      );
    },
  );

  it('reads a job state in any case, with blanks around it, and in either casing of the key', () => {
    const states = {
      running: ['SUBMITTED', 'SCHEDULED', 'RUNNING', 'ROLLBACKING'],
      succeeded: ['SUCCEEDED'],
      failed: ['FAILED', 'CANCELLED', 'PARTIALLY_FAILED', 'ROLLBACKED'],
      unknown: ['UNKNOWN'],
    };
    const known = Object.entries(states).flatMap(([phase, names]) => names.map((name) => ({ phase, name })));
    const mixed = (name: string, flips: readonly boolean[]) =>
      [...name].map((char, i) => (flips[i] ? char.toLowerCase() : char)).join('');
    fc.assert(
      fc.property(
        fc.constantFrom(...known),
        fc.array(fc.boolean(), { minLength: 20, maxLength: 20 }),
        fc.constantFrom('execution_status', 'EXECUTION_STATUS', 'Execution_Status'),
        fc.constantFrom('', ' ', '\n'),
        ({ phase, name }, flips, key, blank) => {
          const page = readJobPage({ job: { [key]: `${blank}${mixed(name, flips)}${blank}` } });
          expect(page).toMatchObject({ phase, rawStatus: name });
        },
      ),
    );
  });

  it('takes no state for an end that is none', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.constantFrom('SUCCEEDED!', 'SUCCESS', 'FAILED_', '__proto__')),
        (state) => {
          const known = ['SUCCEEDED', 'FAILED', 'CANCELLED', 'PARTIALLY_FAILED', 'ROLLBACKED', 'UNKNOWN'];
          fc.pre(!known.includes(state.trim().toUpperCase()));
          expect(readJobPage({ job: { execution_status: state } })?.phase).toBe('running');
        },
      ),
    );
  });

  it('never skips a row of a list: all of them, or none', () => {
    fc.assert(
      fc.property(near(RECORDS, KEYS), (given) => {
        const page = readRecordsPage(given);
        const rows = asObject(given)?.records;
        if (page !== undefined) expect(page.items).toHaveLength(Array.isArray(rows) ? rows.length : 0);
      }),
      { numRuns: 500 },
    );
  });

  it('reads JSON text of any kind, or nothing', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.string({ unit: 'binary' }),
          documents.map((d) => JSON.stringify(d)),
        ),
        (text) => {
          expect(readJson(text)).toEqual(readJson(text));
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('text that is shown', () => {
  it('is one line within its bytes, without a secret in any spelling, cut short or not', () => {
    const secret = fc.string({ minLength: 8, maxLength: 40 }).filter((text) => /[a-z]{6}/i.test(text));
    const noise = fc.string({ maxLength: 40, unit: 'binary' });
    const spelled = (text: string) => [
      text,
      encodeURIComponent(text),
      Buffer.from(text).toString('base64'),
      JSON.stringify(text).slice(1, -1),
    ];
    fc.assert(
      fc.property(
        secret,
        noise,
        noise,
        fc.nat(3),
        fc.integer({ min: 4, max: 300 }),
        (value, before, after, form, maxBytes) => {
          const echo = spelled(value.toWellFormed())[form] ?? '';
          const shown = cleanText(`${before} ${echo} ${after}`, { redact: createRedact([value]), maxBytes });
          expect(Buffer.byteLength(shown)).toBeLessThanOrEqual(maxBytes);
          expect(shown).not.toMatch(/[\n\r\u2028]/);
          const clean = value.replace(/\s+/g, ' ').trim();
          if (clean.length >= 8) expect(shown.toLowerCase()).not.toContain(clean.toLowerCase());
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

describe('over a connection', () => {
  let server: Loopback;
  let cloud: TestCloud;
  let answer: (url: string) => { readonly status: number; readonly text: string };
  beforeAll(async () => {
    server = await serve((seen, response) => {
      const { status, text } = answer(seen.url);
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(text);
    });
    cloud = cloudAt(server.url);
  });
  afterAll(async () => {
    await cloud?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  const session = () => cloud.open(TARGET, TOKEN_SECRET);
  const failureOf = (reason: unknown): string => {
    expect(reason).toBeInstanceOf(CloudFailure);
    const { failure } = reason as CloudFailure;
    expect(Buffer.byteLength(failure.message)).toBeLessThanOrEqual(300);
    return `${JSON.stringify(failure)} ${String(reason)}`;
  };

  it('a document of any shape is a fact or a failure that repeats nothing of it', async () => {
    await fc.assert(
      fc.asyncProperty(documents, fc.constantFrom(200, 201, 202), async (document, status) => {
        const text = JSON.stringify({ mark: MARK, ...(asObject(document) ?? { document }) });
        answer = () => ({ status, text: document === null ? `${MARK}` : text });
        const reads = await Promise.allSettled([
          session().getComponent(never()),
          session().getJob(JOB_ID, never()),
          session().listRecords(never()),
        ]);
        for (const read of reads)
          if (read.status === 'rejected') expect(failureOf(read.reason)).not.toContain(MARK);
        const writes = await Promise.all([
          session().modify('{}', never()),
          session().act({ action: 'scale', replica: 1 }, never()),
          session().remove(never()),
        ]);
        for (const { kind } of writes) expect(['accepted', 'unknown']).toContain(kind);
        expect(JSON.stringify(writes)).not.toContain(MARK);
      }),
      { numRuns: 120 },
    );
  });

  it('an error of any shape shows no secret and never counts as accepted', async () => {
    const withSecret = near(
      { error_code: CANARY.token, error_msg: `denied for ${CANARY.token}`, error: { message: CANARY.token } },
      KEYS,
    );
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(withSecret, documents),
        fc.integer({ min: 300, max: 599 }),
        async (document, status) => {
          answer = () => ({ status, text: JSON.stringify(document) });
          const read = await Promise.allSettled([session().getComponent(never())]);
          for (const each of read)
            if (each.status === 'rejected') expect(failureOf(each.reason)).not.toMatch(/canary/i);
          const write = await session().modify('{}', never());
          expect(write.kind).not.toBe('accepted');
          expect(JSON.stringify(write)).not.toMatch(/canary/i);
        },
      ),
      { numRuns: 80 },
    );
  });

  it('pages end, however many the service claims and whatever they hold', async () => {
    const page = fc.record({
      total: fc.constantFrom<Node>(0, 1, 3, 1_000_000, -1, '50', 'many', null),
      rows: fc.nat(3),
      same: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(page, async ({ total, rows, same }) => {
        let serial = 0;
        const row = () => {
          serial += same ? 0 : 1;
          return {
            ...COMPONENT,
            id: `c-${serial}`,
            task_id: `t-${serial}`,
            version: `1.0.${serial}`,
            job_id: `J${serial}`,
          };
        };
        answer = () => {
          const list = Array.from({ length: rows }, row);
          const shape = { count: total, task_count: total, job: { execution_status: 'RUNNING' } };
          return {
            status: 200,
            text: JSON.stringify({ ...shape, tasks: list, records: list, components: list }),
          };
        };
        const asked = async (read: () => Promise<unknown>): Promise<number> => {
          const before = server.seen.length;
          await read().catch(failureOf);
          return server.seen.length - before;
        };
        const all = async () => {
          for await (const _each of session().listComponents(never()));
        };
        expect(await asked(() => session().getJob(JOB_ID, never()))).toBeLessThanOrEqual(50);
        expect(await asked(() => session().listRecords(never()))).toBeLessThanOrEqual(20);
        expect(await asked(all)).toBeLessThanOrEqual(201);
      }),
      { numRuns: 12 },
    );
  });
});
