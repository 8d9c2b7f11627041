// The metrics that only this operator has: calls to the cloud, and operations from intent to end.
import type { Registry } from 'prom-client';
import { family, LONG_SECONDS, SHORT_SECONDS } from './metric-family.ts';

export function cloudMetrics(registry: Registry) {
  const make = family(registry, { prefix: 'servicestage_api_' });
  const labels = ['operation', 'code_class', 'region'];
  const requests = make.counter('requests_total', 'Calls to the cloud', labels);
  const seconds = make.histogram('request_duration_seconds', 'Length of a call', {
    buckets: SHORT_SECONDS,
    labels: labels,
  });
  const retryAfter = make.histogram('retry_after_seconds', 'Waits that the cloud asked for', {
    buckets: LONG_SECONDS,
    labels: ['region'],
  });
  const limiter = make.histogram('rate_limiter_wait_seconds', 'Waits for our own rate limit', {
    buckets: SHORT_SECONDS,
  });
  const circuit = make.gauge('circuit_state', '0 closed, 1 on probation, 2 open', ['account']);
  return {
    /** `codeClass`: `2xx` to `5xx`, or `none` when no answer came. `operation`: a fixed word such as `modify`. */
    cloudRequest(call: {
      readonly operation: string;
      readonly codeClass: string;
      readonly region: string;
      readonly seconds: number;
    }): void {
      const labelled = { operation: call.operation, code_class: call.codeClass, region: call.region };
      requests.add(labelled);
      seconds.observe(call.seconds, labelled);
    },
    cloudRetryAfter: (wait: { readonly region: string; readonly seconds: number }): void =>
      retryAfter.observe(wait.seconds, { region: wait.region }),
    cloudLimiterWait: (seconds: number): void => limiter.observe(seconds),
    cloudCircuit: (circuitNow: {
      readonly account: string;
      readonly state: 'closed' | 'probation' | 'open';
    }): void =>
      circuit.set({ closed: 0, probation: 1, open: 2 }[circuitNow.state], { account: circuitNow.account }),
  };
}

export function operationMetrics(registry: Registry) {
  const make = family(registry, { prefix: 'servicestage_' });
  const total = make.counter('operations_total', 'Operations that came to an end', [
    'type',
    'result',
    'cause',
  ]);
  const seconds = make.histogram('operation_duration_seconds', 'From intent to end', {
    buckets: LONG_SECONDS,
    labels: ['type', 'result'],
  });
  const recovered = make.counter('operations_recovered_total', 'Operations found again after a lost answer', [
    'type',
  ]);
  const unknown = make.counter('operations_unknown_total', 'Operations whose outcome stayed unknown', [
    'type',
  ]);
  const prevented = make.counter('duplicate_submit_prevented_total', 'Second submits that were held back', [
    'type',
  ]);
  return {
    operationEnded(operation: {
      readonly type: string;
      readonly result: string;
      readonly cause: string;
      readonly seconds: number;
    }): void {
      const { type, result, cause } = operation;
      total.add({ type, result, cause });
      seconds.observe(operation.seconds, { type, result });
    },
    operationRecovered: (type: string): void => recovered.add({ type }),
    operationUnknown: (type: string): void => unknown.add({ type }),
    duplicateSubmitPrevented: (type: string): void => prevented.add({ type }),
  };
}
