import { describeOwnership } from '../scenario/ownership.ts';
import { describeOnRealKube } from './support-server.ts';

describeOnRealKube('ownership', describeOwnership);
