// The public face of the ServiceStage simulator.
export type { AccessKey, Credentials, StaticToken, User } from './auth.ts';
export type { Console, ForeignJob } from './console.ts';
export {
  exampleAccessKey,
  exampleApplicationId,
  exampleBody,
  exampleComponentId,
  exampleContainerBody,
  exampleCredentials,
  exampleProjectId,
  exampleProjects,
  exampleSecretKey,
  exampleSecurityToken,
  exampleTemporaryKey,
  exampleTemporarySecret,
  exampleToken,
  exampleUser,
} from './examples.ts';
export type { Fault, FaultEffect, FaultSpec, Faults } from './faults.ts';
export { seededRandom } from './ids.ts';
export type { Journal, JournalEntry } from './journal.ts';
export type { Json, JsonObject } from './json.ts';
export type { Operation } from './routes.ts';
export type { JobScript } from './scripts.ts';
export type { ComponentSeed, ComponentSnapshot } from './seeds.ts';
export { defaultSettings, type Settings, type SettingsPatch } from './settings.ts';
export { type Simulator, type SimulatorOptions, startSimulator } from './simulator.ts';
