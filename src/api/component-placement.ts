// Tables 4, 14-18, 22, 26, 27, 34, 35, 39 of the API page: what surrounds the component.
import { choice, flag, list, text, whole } from './field-types.ts';
import { may, measured, must, table } from './fields.ts';

export const label = table(4, {
  key: must('key', text(), 'Name of the label, unique in the list.'),
  value: must('value', text(), 'Value of the label.'),
});

export const mesher = table(14, {
  port: must('port', whole(1, 65535), 'Port on which the process listens.'),
});

export const tomcatOpts = table(15, {
  serverXml: must(
    'server_xml',
    text(),
    'The server.xml of Tomcat; its port counts even if another is set for public access and may conflict with one in use.',
  ),
});

export const hostAlias = table(16, {
  ip: must('ip', text(), 'IP address, unique in the list.'),
  hostnames: must('hostnames', list(text()), 'Host names that resolve to it.'),
});

const dnsOption = table(18, {
  name: must('name', text(), 'Name of the option.'),
  value: may('value', text(), 'Value of the option.'),
});

export const dnsConfig = table(17, {
  nameservers: may('nameservers', list(text()), 'Addresses of DNS servers, in order.'),
  searches: may('searches', list(text()), 'Search domains, in order.'),
  options: may('options', list(dnsOption), 'Options of the resolver, merged into those of the policy.'),
});

export const customMetric = table(22, {
  path: must('path', text(), 'Path of the metrics, such as /metrics.'),
  port: must('port', whole(1, 65535), 'Port of the metrics.'),
  dimensions: must('dimensions', text(), 'Metrics to collect, separated by commas: cpu_usage,mem_usage.'),
});

const referParameters = table(
  27,
  {
    namespace: may('namespace', text(), 'Namespace in the cluster.'),
    name: may('name', text(), 'Name of the resource.'),
    capacity: measured('GB', may('capacity', whole(), 'Size of the storage.')),
    type: may(
      'type',
      text(),
      'Sort of the volume claim: efs, obs, sfs or evs; clusters carry other words here.',
    ),
    class: may(
      'class',
      text(),
      'Storage class that belongs to type: csi-sfsturbo, csi-obs, csi-nas or csi-disk.',
    ),
    obsVolumeType: may('obs_volume_type', text(), 'Storage class of an OBS volume; absent = STANDARD.'),
    accessMode: may('access_mode', text(), 'ReadWriteOnce or ReadWriteMany.'),
    availableZone: may('availableZone', text(), 'Availability zone.'),
    volumeType: may('volume_type', text(), 'Sort of the volume.'),
  },
  { open: true },
);

export const referResource = table(
  26,
  {
    id: must('id', text(), 'Id of the resource; "" = a resource to be created.'),
    type: must(
      'type',
      choice(
        'vpc',
        'eip',
        'elb',
        'cce',
        'ecs',
        'as',
        'cse',
        'nacos',
        'dcs',
        'rds',
        'gaussdb',
        'dms_rocketmq',
        'css_es',
      ),
      'Sort of the resource.',
    ),
    parameters: may('parameters', referParameters, 'More about the resource; needed for type cce.'),
  },
  {
    rules: [
      {
        cel: "self.type != 'cce' || has(self.parameters)",
        holds: ({ type, parameters }) => type !== 'cce' || parameters !== undefined,
        message: 'parameters is missing: type cce needs it; write the namespace of the cluster',
        at: 'parameters',
        reason: 'FieldValueRequired',
      },
    ],
  },
);

export const externalAccess = table(34, {
  protocol: may(
    'protocol',
    choice('http', 'https', 'HTTP', 'HTTPS'),
    'Protocol; the page says lower case, the service also takes upper case.',
  ),
  address: may('address', text(), 'Address of the access.'),
  forwardPort: may('forward_port', whole(0, 65535), 'Port of the access.'),
});

export const autoLtsConfig = table(35, {
  enable: must('enable', flag(), 'Whether logs go to LTS by themselves.'),
  ltsLogPath: may('lts_log_path', list(text()), 'Paths of the logs.'),
});

export const config = table(39, {
  configId: must(
    'conifg_id',
    text(),
    'Id of the unified configuration. The page spells the wire name conifg_id; --config-id-wire-name changes it.',
  ),
  mountPath: must('mount_path', text(), 'Where it is mounted.'),
});
