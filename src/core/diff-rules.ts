// How each field of a component is compared with what GET shows, as one table; a field without a row must equal what the
// spec says, except that nothing, null, 0, false, "", [] and {} are the same. Sources: the Terraform provider of the
// service and its acceptance tests, the API pages of modify and get. Keys that only the server has are never drift.
import { type Fields, isFields, own } from './paths.ts';

export interface FieldRule {
  /** `never`: no state of its own. `writeOnly`: GET does not tell. `ifRead`: only if GET has the key. */
  readonly compare?: 'never' | 'writeOnly' | 'ifRead';
  /** Wire names that tell the entries of a list apart, where the list is atomic in the spec. */
  readonly keys?: readonly string[];
  /** Which entries of the server are the user's; the others were added by the service. */
  readonly ofUser?: (entry: Fields, desired: readonly unknown[]) => boolean;
  /** `fold`: case does not matter. `text`: number and text of the same digits are equal. */
  readonly equality?: 'fold' | 'text';
  /** Compared although configMode is yaml, where the workload text decides over the other fields. */
  readonly yaml?: true;
  /** The service fills it by itself, so a value there does not mean that a removed key lives on. */
  readonly serverFilled?: true;
}

const NEVER: FieldRule = { compare: 'never' };
const WRITE_ONLY: FieldRule = { compare: 'writeOnly' };
const IF_READ: FieldRule = { compare: 'ifRead' };

/** By number of the table on the API page and wire name. */
export const FIELD_RULES: Readonly<Record<string, FieldRule>> = {
  // Immutable, or changed by scaling only.
  '3.name': NEVER,
  '3.runtime_stack': NEVER,
  '3.replica': NEVER,
  // An instruction for the next roll-out; newer versions of the service put update_strategy in its place.
  '3.deploy_strategy': NEVER,
  '3.workload_content': WRITE_ONLY,
  '31.http_password': WRITE_ONLY,
  '31.http_headers': WRITE_ONLY,
  '40.http_password': WRITE_ONLY,
  '40.http_headers': WRITE_ONLY,
  '3.description': { yaml: true },
  '3.version': { yaml: true },
  '3.source': { yaml: true },
  '3.config_mode': { yaml: true, serverFilled: true },
  '3.labels': { compare: 'ifRead', yaml: true },
  '3.refer_resources': { keys: ['type', 'id'], yaml: true },
  '3.external_accesses': {
    keys: ['protocol', 'address', 'forward_port'],
    ofUser: isExternalAccessOfUser,
    yaml: true,
  },
  '34.protocol': { equality: 'fold' },
  '3.envs': { ofUser: isEnvOfUser },
  '38.envs': { ofUser: isEnvOfUser },
  '3.logs': { keys: ['log_path'] },
  '38.logs': { keys: ['log_path'] },
  '3.update_strategy': { serverFilled: true },
  '37.max_unavailable': { equality: 'text' },
  '37.max_surge': { equality: 'text' },
  // No public reader of these is known, so their absence from GET says nothing.
  '3.startup_probe': IF_READ,
  '3.tolerations': IF_READ,
  '3.multi_containers': IF_READ,
  '3.configs': IF_READ,
  '3.enable_sermant_injection': IF_READ,
  '3.enable_sermant_spring_register': IF_READ,
  '3.enable_sermant_dubbo_register': IF_READ,
  '3.enable_sermant_config': IF_READ,
  '3.sermantAgentInjectActionFlag': IF_READ,
  '3.dns_policy': IF_READ,
  '3.dns_config': IF_READ,
  '3.host_aliases': IF_READ,
  '3.security_context': IF_READ,
  '3.sys_config': IF_READ,
  '3.image_pull_secrets': IF_READ,
  '3.auto_lts_config': IF_READ,
  '3.cell_id': IF_READ,
  '3.swimlane_id': IF_READ,
  '3.workload_kind': IF_READ,
  '3.container_name': IF_READ,
  '3.template_source': IF_READ,
  '3.input_values': IF_READ,
};

/** Keys of extraBody that no table knows. */
export const UNDOCUMENTED: FieldRule = IF_READ;

/** The service marks its own variables `inner` and adds TZ for the time zone. */
function isEnvOfUser(entry: Fields, desired: readonly unknown[]): boolean {
  if (entry.inner === true) return false;
  return !isTimeZone(entry) || desired.some((env) => isFields(env) && isTimeZone(env));
}

function isTimeZone(env: Fields): boolean {
  return String(own(env, 'name')).toUpperCase() === 'TZ';
}

/** The service adds addresses of the cluster and of load balancers under other protocols. */
function isExternalAccessOfUser(entry: Fields, desired: readonly unknown[]): boolean {
  const protocol = String(own(entry, 'protocol') ?? '').toLowerCase();
  if (protocol !== '') return protocol === 'http' || protocol === 'https';
  return desired.some((access) => isFields(access) && !own(access, 'protocol'));
}
