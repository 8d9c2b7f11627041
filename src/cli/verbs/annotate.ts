// reconcile, pause, resume, retry, force: one annotation each, on every component that is named. The operator does the work.
import { ANNOTATIONS } from '../../api/names.ts';
import type { Command } from '../arguments.ts';
import type { Ports, Result } from '../ports.ts';
import { chosen } from './chosen.ts';

export type AnnotatingVerb = 'reconcile' | 'pause' | 'resume' | 'retry' | 'force';

interface Mark {
  readonly annotation: string;
  readonly value: 'now' | 'true' | null;
  readonly said: string;
}

const MARKS: Readonly<Record<AnnotatingVerb, Mark>> = {
  reconcile: { annotation: ANNOTATIONS.reconcile, value: 'now', said: 'is looked at now' },
  pause: { annotation: ANNOTATIONS.paused, value: 'true', said: 'is paused' },
  resume: { annotation: ANNOTATIONS.paused, value: null, said: 'is resumed' },
  retry: { annotation: ANNOTATIONS.reset, value: 'now', said: 'is tried once more' },
  force: { annotation: ANNOTATIONS.force, value: 'now', said: 'is sent once more' },
};

export async function annotate(verb: AnnotatingVerb, command: Command, ports: Ports): Promise<Result> {
  const { annotation, value, said } = MARKS[verb];
  const text = value === 'now' ? new Date(ports.time.wall()).toISOString() : value;
  const done: string[] = [];
  for (const component of await chosen(command, ports)) {
    await ports.cluster.annotate(component, { [annotation]: text });
    done.push(`${component.metadata.namespace}/${component.metadata.name}`);
  }
  const lines = done.map((key) => `${key} ${said}`);
  return {
    text: done.length === 0 ? ['no components found'] : lines,
    data: { verb, components: done },
    code: 0,
  };
}
