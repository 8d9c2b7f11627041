// How jobs end. Without a script a job succeeds, or stops at GRAYING when the body asks for a gray release. Scripts are
// used up in order: first those of the component, then those for anyone. Jobs started by others take none.
import { z } from 'zod';

const ms = z.number().min(0);

export const jobScriptSchema = z.strictObject({
  /** STUCK never ends; GRAYING waits for `continue_deploy`. */
  end: z.enum([
    'SUCCEEDED',
    'FAILED',
    'CANCELLED',
    'PARTIALLY_FAILED',
    'ROLLBACKED',
    'UNKNOWN',
    'STUCK',
    'GRAYING',
  ]),
  durationMs: ms.optional(),
  tasks: z.int().min(1).max(500).optional(),
  /** Index of the task that fails; the last one if absent. */
  failingTask: z.int().min(0).optional(),
  message: z.string().optional(),
  /** `component_status` after the end, such as PENDING. */
  componentStatus: z.string().optional(),
  failDetail: z.string().optional(),
  /** This long after the end the component turns RUNNING. */
  componentRecoversAfterMs: ms.optional(),
  /** This long after UNKNOWN the job turns SUCCEEDED. */
  jobRecoversAfterMs: ms.optional(),
  /** This long after its end the job answers 404. */
  forgetAfterMs: ms.optional(),
  /** What the job of a gray release says while the release waits. */
  grayJob: z.enum(['RUNNING', 'SUCCEEDED']).optional(),
});

export type JobScript = Readonly<z.infer<typeof jobScriptSchema>>;

export class ScriptQueue {
  readonly #scripts: { readonly componentId: string | undefined; readonly script: JobScript }[] = [];

  /** `componentId` absent: for the next job of any component. */
  add(script: JobScript, componentId?: string): void {
    this.#scripts.push({ componentId, script });
  }

  take(componentId: string): JobScript | undefined {
    const own = this.#scripts.findIndex((each) => each.componentId === componentId);
    const index = own >= 0 ? own : this.#scripts.findIndex((each) => each.componentId === undefined);
    return index < 0 ? undefined : this.#scripts.splice(index, 1)[0]?.script;
  }

  clear(): void {
    this.#scripts.length = 0;
  }
}
