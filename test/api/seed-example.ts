// The example of the API page, as a spec and as the request body that the page shows for it.
import type { JsonObject } from '../../src/core/types.ts';

export const SEED_SPEC = {
  region: 'cn-north-4',
  projectId: '0123456789abcdef0123456789abcdef',
  applicationId: '11111111-2222-3333-4444-555555555555',
  componentId: '66666666-7777-8888-9999-000000000000',
  credentialsSecretRef: { name: 'huaweicloud' },
  component: {
    name: 'mycomponet',
    description: '',
    version: '2023.0323.15181',
    runtimeStack: { name: 'OpenJDK8', version: '1.1.1', type: 'Java', deployMode: 'virtualmachine' },
    source: { kind: 'package', url: 'obs://bucket0001/weather-1.0.0.jar', version: '', storage: 'obs' },
    labels: [{ key: 'com-key', value: 'com-value' }],
    tomcatOpts: { serverXml: '' },
    referResources: [{ id: '67835bb3-1235-4cc9-be71-becbb2b4ca0d', type: 'ecs' }],
    replica: 1,
    externalAccesses: [],
  },
} as const satisfies JsonObject;

export const SEED_BODY = {
  name: 'mycomponet',
  description: '',
  labels: [{ key: 'com-key', value: 'com-value' }],
  version: '2023.0323.15181',
  runtime_stack: { name: 'OpenJDK8', version: '1.1.1', type: 'Java', deploy_mode: 'virtualmachine' },
  source: { kind: 'package', url: 'obs://bucket0001/weather-1.0.0.jar', version: '', storage: 'obs' },
  tomcat_opts: { server_xml: '' },
  refer_resources: [{ id: '67835bb3-1235-4cc9-be71-becbb2b4ca0d', type: 'ecs' }],
  replica: 1,
  external_accesses: [],
} as const satisfies JsonObject;
