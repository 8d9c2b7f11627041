import { describeScenarios } from '../scenario/scenarios.ts';
import { describeOnRealKube } from './support-server.ts';

describeOnRealKube('scenarios', describeScenarios);
