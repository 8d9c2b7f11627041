import { describeAmbiguous } from '../scenario/recovery-ambiguous.ts';
import { describeOnRealKube } from './support-server.ts';

describeOnRealKube('ambiguous submit', describeAmbiguous);
