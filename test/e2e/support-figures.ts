// Figures that tests measure, as facts beside the verdict: kept in the test's meta, where the JSON report of a run has
// them, and printed when the file is done.
import type { TestContext } from 'vitest';

declare module 'vitest' {
  interface TaskMeta {
    figures?: Record<string, number>;
  }
}

export interface Figures {
  /** Notes a figure of this test; its unit is the end of its name, such as `killTakeoverMs`. */
  note(task: TestContext['task'], name: string, value: number): void;
  /** One line per figure, in the order they were noted. */
  lines(): readonly string[];
}

export function createFigures(): Figures {
  const lines: string[] = [];
  return {
    note: (task, name, value) => {
      task.meta.figures = { ...task.meta.figures, [name]: value };
      lines.push(`${name} ${value}  (${task.name})`);
    },
    lines: () => lines,
  };
}
