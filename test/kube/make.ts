// Builders of custom resources and of the lines that a watch sends.
import type { KubeObject } from '../../src/kube/types.ts';

export interface Made {
  readonly name?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly version?: number | string;
  readonly generation?: number;
  readonly finalizers?: readonly string[];
  readonly annotations?: Readonly<Record<string, string>>;
  readonly deletionTimestamp?: string;
}

export function makeObject(made: Made = {}): KubeObject {
  const { name = 'weather', namespace = 'shop', version = 1, generation = 1 } = made;
  return {
    metadata: {
      name,
      namespace,
      uid: made.uid ?? `uid-${namespace}-${name}`,
      resourceVersion: String(version),
      generation,
      ...(made.finalizers ? { finalizers: made.finalizers } : {}),
      ...(made.annotations ? { annotations: made.annotations } : {}),
      ...(made.deletionTimestamp ? { deletionTimestamp: made.deletionTimestamp } : {}),
    },
    spec: { region: 'cn-north-4' },
    status: { observedGeneration: generation },
  };
}

export function watchLine(type: string, object: unknown): string {
  return `${JSON.stringify({ type, object })}\n`;
}

export function bookmark(version: number | string, annotations?: Record<string, string>): string {
  return watchLine('BOOKMARK', {
    kind: 'ServiceStageComponent',
    metadata: { resourceVersion: String(version), ...(annotations ? { annotations } : {}) },
  });
}

export const INITIAL_END = { 'k8s.io/initial-events-end': 'true' };

export function listOf(version: number | string, items: readonly unknown[], next?: string): object {
  return {
    kind: 'ServiceStageComponentList',
    metadata: { resourceVersion: String(version), ...(next ? { continue: next } : {}) },
    items,
  };
}
