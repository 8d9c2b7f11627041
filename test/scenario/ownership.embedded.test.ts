import { startEmbeddedKube } from '../support/embedded-kube.ts';
import { describeOwnership } from './ownership.ts';

describeOwnership('embedded', startEmbeddedKube);
