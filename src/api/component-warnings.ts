// What a valid spec deserves a word about: secrets in plain text, text that the live service may not take although the API
// page does, places where the documents contradict each other, and fields that the service will ignore. Nothing is refused
// here. Texts name fields and cures, never a value.

import { component as componentTable } from './component-body.ts';
import type { ComponentSpec, Spec } from './component-spec.ts';
import { tableOf } from './fields.ts';

export interface SpecWarning {
  /** Path of the field as Kubernetes writes it, such as `spec.component.source.httpPassword`. */
  readonly path: string;
  readonly message: string;
}
type Warn = (path: string, message: string) => void;
type Source = ComponentSpec['source'];

const OPERATIONS = ['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'];
const PLAIN = 'is plain text that everyone who may read this object sees: use';
const HTTP_FIELDS = ['scheme', 'host', 'port', 'path'] as const;

export function specWarnings(spec: Spec): readonly SpecWarning[] {
  const found: SpecWarning[] = [];
  const { component } = spec;
  const at: Warn = (path, message) => found.push({ path: `spec.component.${path}`, message });
  aboutIdentity(component, at);
  aboutSource(component.source, 'source', at);
  aboutTemplate(component.templateSource, at);
  aboutContainer(component, '', at);
  component.multiContainers?.forEach((container, index) => {
    aboutSource(container.source, `multiContainers[${index}].source`, at);
    aboutContainer(container, `multiContainers[${index}].`, at);
  });
  aboutRollout(component, at);
  aboutPlacement(component, at);
  aboutExtraBody(component, at);
  if (spec.scaleHosts && component.runtimeStack.deployMode === 'container') {
    found.push({ path: 'spec.scaleHosts', message: 'is only used on virtual machines: remove it' });
  }
  return found;
}

function aboutIdentity(component: ComponentSpec, at: Warn): void {
  if (!/^[0-9]+(\.[0-9]+){2,3}$/.test(component.version)) {
    at('version', 'is not A.B.C or A.B.C.D: the API page allows it by an unescaped dot, the service may not');
  }
  if (component.workloadKind === 'daemonset' && component.replica !== undefined) {
    at('replica', 'has no meaning for workloadKind daemonset: remove it');
  }
  if (component.sysConfig && component.runtimeStack.deployMode === 'container') {
    at('sysConfig', 'is only used on virtual machines: remove it or use envs');
  }
  component.configs?.forEach((_, index) => {
    const message = 'has two spellings: the wire name is conifg_id as on the API page';
    at(`configs[${index}].configId`, `${message}; see --config-id-wire-name if the service ignores it`);
  });
}

function aboutSource(source: Source, path: string, at: Warn): void {
  if (source.httpPassword) at(`${path}.httpPassword`, `${PLAIN} httpPasswordSecretRef`);
  if (source.httpHeaders) at(`${path}.httpHeaders`, `${PLAIN} httpHeadersSecretRef`);
  if (hasUserInfo(source.url))
    at(`${path}.url`, `has credentials in it, which ${PLAIN} httpPasswordSecretRef`);
  if (hasUserInfo(source.repoUrl)) at(`${path}.repoUrl`, `has credentials in it, which ${PLAIN} repoAuth`);
  if (source.kind === 'code' && source.repoUrl === undefined) {
    at(`${path}.repoUrl`, 'is missing although kind is code: write the address of the repository');
  }
  const login = source.httpUsername !== undefined && (source.httpPassword ?? source.httpPasswordSecretRef);
  const headers = source.httpHeaders ?? source.httpHeadersSecretRef;
  if (source.storage === 'http' && !login && !headers) {
    const cure = 'write httpUsername with httpPasswordSecretRef, or httpHeadersSecretRef';
    at(path, `has storage http without credentials, which the API page calls mandatory: ${cure}`);
  }
}

function aboutTemplate(template: ComponentSpec['templateSource'], at: Warn): void {
  if (!template) return;
  if (template.httpPassword) at('templateSource.httpPassword', `${PLAIN} httpPasswordSecretRef`);
  if (template.httpHeaders?.length) at('templateSource.httpHeaders', `${PLAIN} httpHeadersSecretRef`);
  if (template.storage === 'http') return;
  const ignored = (
    ['httpUsername', 'httpPassword', 'httpHeaders', 'httpPasswordSecretRef', 'httpHeadersSecretRef'] as const
  ).filter((name) => template[name] !== undefined);
  for (const name of ignored) at(`templateSource.${name}`, 'is only used with storage http: remove it');
}

type Container = Pick<
  ComponentSpec,
  'livenessProbe' | 'readinessProbe' | 'startupProbe' | 'postStart' | 'preStop' | 'storages' | 'logs'
>;

function aboutContainer(container: Container, prefix: string, at: Warn): void {
  for (const name of ['livenessProbe', 'readinessProbe', 'startupProbe', 'postStart', 'preStop'] as const) {
    const action = container[name];
    if (!action) continue;
    const used: readonly string[] =
      action.type === 'tcp' ? ['port'] : action.type === 'http' ? HTTP_FIELDS : ['command'];
    for (const field of [...HTTP_FIELDS, 'command'] as const) {
      if (action[field] === undefined || used.includes(field)) continue;
      at(`${prefix}${name}.${field}`, `is not used by type ${action.type}: remove it`);
    }
  }
  container.storages?.forEach(({ name }, index) => {
    if (/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name)) return;
    at(`${prefix}storages[${index}].name`, 'may be refused: use lower-case letters, digits and hyphens');
  });
  container.logs?.forEach(({ rotate }, index) => {
    if (['Hourly', 'Daily', 'Weekly'].includes(rotate)) return;
    at(`${prefix}logs[${index}].rotate`, 'is none of Hourly, Daily, Weekly, which are known to work');
  });
}

function aboutRollout({ deployStrategy, updateStrategy, workloadKind }: ComponentSpec, at: Warn): void {
  const gray = deployStrategy?.grayRelease;
  if (updateStrategy && (deployStrategy?.rollingRelease || gray)) {
    at(
      'deployStrategy',
      'may lose against updateStrategy, which newer versions of the service prefer: keep one',
    );
  }
  if (updateStrategy?.maxUnavailable !== undefined && workloadKind && workloadKind !== 'deployment') {
    at('updateStrategy.maxUnavailable', 'is meant for workloadKind deployment: remove it');
  }
  if (gray?.deploymentMode !== undefined && ![1, 3, 4].includes(gray.deploymentMode)) {
    at('deployStrategy.grayRelease.deploymentMode', 'is none of the documented 1, 3 and 4');
  }
  if (gray?.ruleMatchMode && !['ALL', 'ANY'].includes(gray.ruleMatchMode)) {
    at(
      'deployStrategy.grayRelease.ruleMatchMode',
      'is written ALL or ANY on the API page; it is sent as written',
    );
  }
  if (gray?.rules !== undefined && !Array.isArray(gray.rules)) {
    at(
      'deployStrategy.grayRelease.rules',
      'is an object on the API page but a list in the SDKs; sent as written',
    );
  }
}

function aboutPlacement(component: ComponentSpec, at: Warn): void {
  component.tolerations?.forEach(({ effect }, index) => {
    if (effect !== 'NoScheduler') return;
    const message = 'is the spelling of the API page for the taint effect NoSchedule of Kubernetes';
    at(
      `tolerations[${index}].effect`,
      `${message}; it is sent as written, try NoSchedule if it has no effect`,
    );
  });
  for (const name of ['affinity', 'antiAffinity'] as const) {
    component[name]?.forEach(({ matchExpressions }, index) => {
      matchExpressions?.forEach(({ operation }, inner) => {
        if (OPERATIONS.includes(operation)) return;
        const path = `${name}[${index}].matchExpressions[${inner}].operation`;
        at(path, `is none of ${OPERATIONS.join(', ')}, which are known to work`);
      });
    });
  }
}

function aboutExtraBody({ extraBody }: ComponentSpec, at: Warn): void {
  const rows = Object.entries(tableOf(componentTable)?.rows ?? {});
  for (const key of Object.keys(extraBody ?? {})) {
    const name = rows.find(([, row]) => row.wire === key)?.[0];
    if (name) at('extraBody', `${key} has a field of its own: use spec.component.${name}`);
  }
}

function hasUserInfo(url: string | undefined): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*@/i.test(url ?? '');
}
