// Request bodies in Kubernetes' protobuf form, which kubectl's `create` verbs send for built-in kinds.
// Promises: the few kinds in the table below decode to the same JSON that a JSON client would send; anything else is
// refused with 415. Answers are always JSON. Field numbers are those of the generated.proto files of Kubernetes.
import { unsupportedMedia } from './failure.ts';
import type { Json, JsonMap } from './json.ts';

type Field =
  | { readonly name: string; readonly type: 'text' | 'number' | 'flag' }
  | { readonly name: string; readonly type: 'texts' }
  | { readonly name: string; readonly type: 'textMap' | 'bytesMap' }
  | { readonly name: string; readonly type: 'message'; readonly fields: Message };

/** Field number to field. */
type Message = Readonly<Record<number, Field>>;

const text = (name: string): Field => ({ name, type: 'text' });
const message = (name: string, fields: Message): Field => ({ name, type: 'message', fields });

const META: Message = {
  1: text('name'),
  2: text('generateName'),
  3: text('namespace'),
  5: text('uid'),
  6: text('resourceVersion'),
  11: { name: 'labels', type: 'textMap' },
  12: { name: 'annotations', type: 'textMap' },
  14: { name: 'finalizers', type: 'texts' },
};

const ASKED: Message = {
  1: text('namespace'),
  2: text('verb'),
  3: text('group'),
  4: text('version'),
  5: text('resource'),
  6: text('subresource'),
  7: text('name'),
};

const KINDS: Readonly<Record<string, Message>> = {
  'v1/Secret': {
    1: message('metadata', META),
    2: { name: 'data', type: 'bytesMap' },
    3: text('type'),
    4: { name: 'stringData', type: 'textMap' },
    5: { name: 'immutable', type: 'flag' },
  },
  'v1/ConfigMap': {
    1: message('metadata', META),
    2: { name: 'data', type: 'textMap' },
    3: { name: 'binaryData', type: 'bytesMap' },
    4: { name: 'immutable', type: 'flag' },
  },
  'v1/Namespace': { 1: message('metadata', META) },
  'v1/ServiceAccount': { 1: message('metadata', META) },
  'authentication.k8s.io/v1/TokenRequest': {
    2: message('spec', {
      1: { name: 'audiences', type: 'texts' },
      4: { name: 'expirationSeconds', type: 'number' },
    }),
  },
  'authorization.k8s.io/v1/SelfSubjectAccessReview': {
    2: message('spec', { 1: message('resourceAttributes', ASKED) }),
  },
  'authentication.k8s.io/v1/SelfSubjectReview': {},
};

const TYPE: Message = { 1: text('apiVersion'), 2: text('kind') };

/** Decodes a body that starts with the magic bytes `k8s\0`. Throws 415 for a kind that is not in the table. */
export function decodeProtobuf(raw: Buffer): JsonMap {
  const envelope = readFields(raw.subarray(4));
  const type = decode(bytesOf(envelope, 1), TYPE);
  const fields = KINDS[`${type.apiVersion}/${type.kind}`];
  if (raw.subarray(0, 4).toString() !== 'k8s\0' || !fields) {
    throw unsupportedMedia(
      `this server takes ${String(type.kind ?? 'such a body')} as application/json only`,
    );
  }
  return { ...type, ...decode(bytesOf(envelope, 2), fields) };
}

interface Raw {
  readonly number: number;
  readonly value: Buffer | number;
}

function bytesOf(fields: readonly Raw[], number: number): Buffer {
  const found = fields.find((field) => field.number === number)?.value;
  return Buffer.isBuffer(found) ? found : Buffer.alloc(0);
}

function decode(raw: Buffer, fields: Message): JsonMap {
  const made: JsonMap = {};
  for (const { number, value } of readFields(raw)) {
    const field = fields[number];
    if (field) put(made, field, value);
  }
  return made;
}

function put(made: JsonMap, field: Field, value: Buffer | number): void {
  const { name } = field;
  const bytes = Buffer.isBuffer(value) ? value : Buffer.alloc(0);
  if (field.type === 'number' || field.type === 'flag')
    made[name] = field.type === 'flag' ? value === 1 : Number(value);
  else if (field.type === 'message') made[name] = decode(bytes, field.fields);
  else if (field.type === 'texts')
    made[name] = [...((made[name] as Json[] | undefined) ?? []), bytes.toString()];
  else if (field.type === 'text') {
    // An empty text is how the encoder writes an absent one.
    if (bytes.length > 0) made[name] = bytes.toString();
  } else {
    const entry = readFields(bytes);
    const encoding = field.type === 'bytesMap' ? 'base64' : 'utf8';
    const item = { [bytesOf(entry, 1).toString()]: bytesOf(entry, 2).toString(encoding) };
    made[name] = { ...(made[name] as JsonMap | undefined), ...item };
  }
}

function readFields(raw: Buffer): Raw[] {
  const fields: Raw[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = raw.at(at) ?? 0;
      at += 1;
      value += (byte & 127) * scale;
      if (byte < 128 || at > raw.length) return value;
    }
  };
  while (at < raw.length) {
    const tag = varint();
    const number = Math.floor(tag / 8);
    if (tag % 8 === 0) fields.push({ number, value: varint() });
    else if (tag % 8 === 2) {
      const length = varint();
      fields.push({ number, value: raw.subarray(at, at + length) });
      at += length;
    } else throw unsupportedMedia('protobuf body not understood');
  }
  return fields;
}
