import { describeSecrecy } from '../scenario/secrecy.ts';
import { describeOnRealKube } from './support-server.ts';

describeOnRealKube('secrecy', describeSecrecy);
