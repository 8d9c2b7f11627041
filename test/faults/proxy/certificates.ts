// A certificate authority made at run time, so that no private key lies in the repository and tests can replace it.
// Only as much DER as an X.509 v3 authority and a server certificate for one IPv4 address need; valid for a day around now.
import { createSign, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';

export interface Authority {
  readonly caPem: string;
  /** PEM texts of a fresh key and its certificate for an IPv4 address. */
  issue(address: string): { readonly key: string; readonly cert: string };
}

const DAY_MS = 86_400_000;
const ECDSA_SHA256 = sequence(oid([0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]));
const BASIC_CONSTRAINTS = [0x55, 0x1d, 0x13];
const SUBJECT_ALT_NAME = [0x55, 0x1d, 0x11];

/** A new authority; `name` is its subject. */
export function createAuthority(name: string): Authority {
  const { privateKey, publicKey } = newKey();
  const isAuthority = sequence(
    oid(BASIC_CONSTRAINTS),
    der(0x01, Buffer.from([0xff])),
    der(0x04, sequence(der(0x01, Buffer.from([0xff])))),
  );
  const sign = (of: Omit<Certified, 'issuer'>): string => certificate({ ...of, issuer: name }, privateKey);
  return {
    caPem: sign({ subject: name, publicKey, extension: isAuthority }),
    issue: (address) => {
      const leaf = newKey();
      const octets = Buffer.from(address.split('.').map(Number));
      const altName = sequence(oid(SUBJECT_ALT_NAME), der(0x04, sequence(der(0x87, octets))));
      return {
        key: leaf.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
        cert: sign({ subject: address, publicKey: leaf.publicKey, extension: altName }),
      };
    },
  };
}

interface Certified {
  readonly issuer: string;
  readonly subject: string;
  readonly publicKey: KeyObject;
  readonly extension: Buffer;
}

function newKey() {
  return generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
}

function certificate({ issuer, subject, publicKey, extension }: Certified, signer: KeyObject): string {
  const serial = Buffer.concat([Buffer.from([0x01]), randomBytes(8)]);
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, serial),
    ECDSA_SHA256,
    commonName(issuer),
    sequence(time(Date.now() - DAY_MS), time(Date.now() + DAY_MS)),
    commonName(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(extension)),
  );
  const signature = createSign('sha256').update(body).sign(signer);
  const whole = sequence(body, ECDSA_SHA256, der(0x03, Buffer.concat([Buffer.from([0]), signature])));
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

function commonName(name: string): Buffer {
  return sequence(der(0x31, sequence(oid([0x55, 0x04, 0x03]), der(0x0c, Buffer.from(name)))));
}

function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size = length < 0x80 ? [length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts));
}

function oid(bytes: readonly number[]): Buffer {
  return der(0x06, Buffer.from(bytes));
}

function time(epochMs: number): Buffer {
  return der(0x17, Buffer.from(`${new Date(epochMs).toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`));
}
