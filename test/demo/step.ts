// A scene of the demo as data: what is shown, why it matters, what happens, and what must then be true.
import type { Stage } from './stage.ts';

export interface Plan<Seen> {
  readonly title: string;
  /** One line: what is about to be shown and why it matters. */
  readonly why: string;
  /** Acts, shows, and gives back what the claims are judged by. */
  readonly run: (stage: Stage) => Promise<Seen>;
  /** Each claim as a sentence, and whether what was seen bears it out. */
  readonly expect: Readonly<Record<string, (seen: Seen) => boolean>>;
}

export interface Step {
  readonly title: string;
  readonly why: string;
  readonly play: (stage: Stage) => Promise<readonly Judged[]>;
}

export interface Judged {
  readonly claim: string;
  readonly result: 'holds' | 'broken';
}

/** The demo did not go as it should; `message` is one line. */
export class DemoFailure extends Error {
  override readonly name = 'DemoFailure';
}

export function step<Seen>({ title, why, run, expect }: Plan<Seen>): Step {
  return {
    title,
    why,
    play: async (stage) => {
      const seen = await run(stage);
      return Object.entries(expect).map(([claim, holds]) => ({
        claim,
        result: holds(seen) ? 'holds' : 'broken',
      }));
    },
  };
}

/** Plays the steps in order. Throws a `DemoFailure` at the end of the first one that does not show what it claims. */
export async function playSteps(stage: Stage, steps: readonly Step[]): Promise<void> {
  for (const [index, { title, why, play }] of steps.entries()) {
    stage.screen.scene({ number: `${index + 1}/${steps.length}`, title, why });
    const judged = await play(stage);
    stage.screen.rule();
    for (const { claim, result } of judged) stage.screen.claim(result, claim);
    const broken = judged.filter(({ result }) => result === 'broken');
    if (broken.length > 0)
      throw new DemoFailure(`Not as claimed in "${title}": ${broken.map(({ claim }) => claim).join('; ')}.`);
  }
}
