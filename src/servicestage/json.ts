// Reads JSON of strangers. Promises: never throws, and what it returns is nested no deeper than 64 levels, so that a
// recursive reader further on cannot run out of stack.

const MAX_DEPTH = 64;

/** The parsed value, or undefined when the text is not JSON or is nested too deeply. */
export function readJson(text: string): unknown {
  if (depthOf(text) > MAX_DEPTH) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The value as a JSON object, or undefined when it is anything else. */
export function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return value as Readonly<Record<string, unknown>>;
}

function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inside: 'string' | 'structure' = 'structure';
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (inside === 'string') {
      if (char === '\\') at += 1;
      else if (char === '"') inside = 'structure';
      continue;
    }
    if (char === '"') inside = 'string';
    else if (char === '[' || char === '{') deepest = Math.max(deepest, ++depth);
    else if (char === ']' || char === '}') depth -= 1;
  }
  return deepest;
}
