import { describeAssumptions } from '../scenario/assumptions.ts';
import { describeOnRealKube } from './support-server.ts';

describeOnRealKube('assumptions', describeAssumptions);
