import { describeRecovery } from '../scenario/recovery.ts';
import { describeOnRealKube } from './support-server.ts';

describeOnRealKube('recovery', describeRecovery);
