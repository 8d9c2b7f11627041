import { startEmbeddedKube } from '../support/embedded-kube.ts';
import { describeRecovery } from './recovery.ts';

describeRecovery('embedded', startEmbeddedKube);
