// Wall time as the status writes it. Whole seconds: Kubernetes' own timestamps have no fraction.

/** Epoch ms to RFC 3339 in UTC without a fraction. */
export function isoTime(wallMs: number): string {
  return `${new Date(Math.floor(wallMs / 1000) * 1000).toISOString().slice(0, 19)}Z`;
}

/** RFC 3339 to epoch ms; undefined for a missing or unreadable time. */
export function epochMs(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}
