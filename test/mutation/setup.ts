// Random tests with a fixed seed, so that two runs give one score, and cut short, since they run once per mutant.
import { configureGlobal } from 'fast-check';

configureGlobal({ seed: 20260101, interruptAfterTimeLimit: 150, markInterruptAsFailure: false });
