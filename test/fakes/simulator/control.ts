// The control endpoint `/_control/...`: the in-process controls as JSON over HTTP, for curl and for other processes. The
// server answers it to this machine only; it needs no credentials and is not journaled.
import { z } from 'zod';
import { type Answer, ok } from './answers.ts';
import { faultSchema } from './faults.ts';
import type { Json } from './json.ts';
import { parsed } from './operations.ts';
import { jobScriptSchema } from './scripts.ts';
import { settingsPatchSchema } from './settings.ts';
import type { SignedRequest } from './signature.ts';
import type { Face } from './simulator.ts';

const object = z.record(z.string(), z.json());
const componentId = z.string();

const seedSchema = z.strictObject({
  projectId: z.string().optional(),
  applicationId: z.string().optional(),
  componentId: componentId.optional(),
  body: object.optional(),
  status: z.string().optional(),
  lastJob: z.enum(['succeeded', 'forgotten', 'none']).optional(),
});
const foreignJobSchema = z.strictObject({
  componentId,
  kind: z.enum(['modify', 'scale', 'restart', 'start', 'stop', 'rollback', 'sync']),
  body: object.optional(),
  replica: z.int().min(0).optional(),
  script: jobScriptSchema.optional(),
  creator: z.string().optional(),
});
const scriptSchema = z.strictObject({ componentId: componentId.optional(), script: jobScriptSchema });
const editSchema = z.strictObject({ componentId, patch: object });
const statusSchema = z.strictObject({ componentId, status: z.string() });
const oneComponent = z.strictObject({ componentId });
const oneJob = z.strictObject({ jobId: z.string() });
const advanceSchema = z.strictObject({ ms: z.number().min(0) });

type Control = (body: Json | undefined, query: URLSearchParams) => unknown;

/** Gives back the function that answers control requests: 200, 400 with the reason, 404 with the list of controls. */
export function createControl(face: Face): (request: SignedRequest) => Answer {
  const controls = controlsOf(face);
  return (request) => {
    const url = new URL(request.url, 'http://simulator');
    const name = `${request.method} ${url.pathname.replace('/_control/', '')}`;
    const control = Object.hasOwn(controls, name) ? controls[name] : undefined;
    if (control === undefined)
      return { status: 404, body: { error: 'no such control', controls: Object.keys(controls) } };
    try {
      return ok(JSON.parse(JSON.stringify(control(parsed(request.body), url.searchParams) ?? {})));
    } catch (error) {
      return { status: 400, body: { error: reasonOf(error) } };
    }
  };
}

function controlsOf(face: Face): Readonly<Record<string, Control>> {
  return { ...inspection(face), ...staging(face), ...consoleControls(face) };
}

function inspection(face: Face): Readonly<Record<string, Control>> {
  return {
    'GET journal': (_body, query) => {
      const wanted = [...query].filter(([key]) => ['operation', 'componentId', 'projectId'].includes(key));
      if (query.get('accepted') === 'true')
        return face.journal.acceptedWrites(query.get('componentId') ?? undefined);
      return wanted.length === 0 ? face.journal.entries : face.journal.requests(Object.fromEntries(wanted));
    },
    'GET settings': () => face.settings,
    'GET components': () => face.components(),
    'GET faults': () => face.faults.list(),
  };
}

function staging(face: Face): Readonly<Record<string, Control>> {
  return {
    'PATCH settings': (body) => {
      face.configure(settingsPatchSchema.parse(body));
      return face.settings;
    },
    'POST faults': (body) => ({ id: face.faults.add(faultSchema.parse(body)) }),
    'DELETE faults': () => face.faults.clear(),
    'POST components': (body) => face.addComponent(seedSchema.parse(body ?? {})),
    'POST job-script': (body) => {
      const { script, componentId: id } = scriptSchema.parse(body);
      face.scriptJob(script, id);
    },
    'POST forget-job': (body) => face.forgetJob(oneJob.parse(body).jobId),
    'POST revoke-tokens': () => face.revokeIssuedTokens(),
    'POST advance': (body) => {
      face.advance(advanceSchema.parse(body).ms);
      return { now: face.now() };
    },
  };
}

function consoleControls(face: Face): Readonly<Record<string, Control>> {
  return {
    'POST console/edit': (body) => {
      const { componentId: id, patch } = editSchema.parse(body);
      face.console.edit(id, patch);
    },
    'POST console/job': (body) => ({ job_id: face.console.startJob(foreignJobSchema.parse(body)) }),
    'POST console/remove': (body) => face.console.remove(oneComponent.parse(body).componentId),
    'POST console/status': (body) => {
      const { componentId: id, status } = statusSchema.parse(body);
      face.console.setStatus(id, status);
    },
  };
}

function reasonOf(error: unknown): string {
  if (error instanceof z.ZodError) return z.prettifyError(error);
  return error instanceof Error ? error.message : 'unknown error';
}
