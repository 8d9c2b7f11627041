import { describeBadInput } from '../scenario/bad-input.ts';
import { describeOnRealKube } from './support-server.ts';

describeOnRealKube('bad input', describeBadInput);
