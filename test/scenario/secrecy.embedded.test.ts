import { startEmbeddedKube } from '../support/embedded-kube.ts';
import { describeSecrecy } from './secrecy.ts';

describeSecrecy('embedded', startEmbeddedKube);
