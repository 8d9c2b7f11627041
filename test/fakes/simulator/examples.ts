// The values that a simulator starts with: obviously fake credentials, example ids, the example body of API page 0079.
import type { Credentials } from './auth.ts';
import type { Projects } from './iam.ts';
import type { JsonObject } from './json.ts';

export const exampleProjectId = '0123456789abcdef0123456789abcdef';
export const exampleApplicationId = '11111111-2222-3333-4444-555555555555';
export const exampleComponentId = '66666666-7777-8888-9999-000000000000';

export const exampleProjects: Projects = { 'cn-north-4': exampleProjectId };

export const exampleToken = 'simulator-token';
export const exampleAccessKey = 'SIMULATORACCESSKEY';
export const exampleSecretKey = 'simulator-secret-key';
export const exampleTemporaryKey = 'SIMULATORTEMPORARYKEY';
export const exampleTemporarySecret = 'simulator-temporary-secret-key';
export const exampleSecurityToken = 'simulator-security-token';
export const exampleUser = {
  username: 'simulator-user',
  password: 'simulator-password',
  domainName: 'simulator-domain',
} as const;

export const exampleCredentials: Credentials = {
  tokens: [{ token: exampleToken }],
  accessKeys: [
    { accessKey: exampleAccessKey, secretKey: exampleSecretKey },
    {
      accessKey: exampleTemporaryKey,
      secretKey: exampleTemporarySecret,
      securityToken: exampleSecurityToken,
    },
  ],
  users: [exampleUser],
};

/** A component on virtual machines: the example request of API page 0079. */
export const exampleBody: JsonObject = {
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
};

/** A component in a container, with what running services are known to take. */
export const exampleContainerBody: JsonObject = {
  name: 'weather',
  description: 'weather service',
  version: '1.0.1',
  runtime_stack: { name: 'Docker', version: '', type: 'Docker', deploy_mode: 'container' },
  source: { kind: 'image', storage: 'swr', url: 'swr.example.com/weather/weather:1.0.1' },
  refer_resources: [
    {
      id: '2b1c9d1e-0000-4000-8000-000000000001',
      type: 'cce',
      parameters: { namespace: 'default', type: 'VirtualMachine', name: 'cluster' },
    },
  ],
  envs: [{ name: 'MODE', value: 'test' }],
  limit_cpu: 0.5,
  limit_memory: 1,
  replica: 2,
};
