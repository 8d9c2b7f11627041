import { describeDrift } from '../scenario/drift.ts';
import { describeOnRealKube } from './support-server.ts';

describeOnRealKube('drift', describeDrift);
