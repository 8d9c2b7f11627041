// The flags of `npm run soak`.
import { parseArgs } from 'node:util';
import { z } from 'zod';

const flagsSchema = z.object({
  hours: z.coerce.number('must be a number').positive('must be above 0').max(1_000),
  json: z.string().min(1).optional(),
  report: z.string().min(1).optional(),
  seed: z.coerce.number('must be a number').int('must be a whole number').default(1),
  logs: z.string().min(1).optional(),
});
export type Flags = z.output<typeof flagsSchema>;

export const USAGE =
  'npm run soak -- --hours H [--seed N] [--json FILE] [--report FILE.md] [--logs DIR, for the operator logs]';

/** The flags, or one line that says what is wrong. */
export function flagsOf(args: readonly string[]): Flags | string {
  const text = { type: 'string' } as const;
  const options = { hours: text, json: text, report: text, seed: text, logs: text } as const;
  try {
    const parsed = flagsSchema.safeParse(parseArgs({ args: [...args], options, strict: true }).values);
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    return `--${String(issue?.path[0])}: ${issue?.message}; ${USAGE}`;
  } catch (error) {
    return error instanceof Error ? (error.message.split('. ', 1)[0] ?? '') : 'bad flags';
  }
}
