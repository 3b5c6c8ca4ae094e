import { hash, randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';

const PREFIX = 'tm_live_';
const SECRET_LENGTH = 32;
const CHECKSUM_LENGTH = 6;
const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const FORM = new RegExp(`^${PREFIX}([0-9A-Za-z]{${SECRET_LENGTH}})_([0-9A-Za-z]{${CHECKSUM_LENGTH}})$`);

/** A new API key. `key` is shown once and never stored; `hash` is what is stored; `hint` may be shown for ever. */
export interface MintedApiKey {
  readonly key: string;
  readonly hash: Buffer;
  /** `tm_live_…` and the last four characters. */
  readonly hint: string;
}

/** Makes an API key: `tm_live_`, 32 random base62 characters (190 bits), `_`, and their CRC-32 in 6 base62 characters. */
export function mintApiKey(): MintedApiKey {
  const secret = Array.from({ length: SECRET_LENGTH }, () => BASE62.charAt(randomInt(BASE62.length))).join('');
  const key = `${PREFIX}${secret}_${checksum(secret)}`;
  return { key, hash: hashApiKey(key), hint: `${PREFIX}…${key.slice(-4)}` };
}

/** Whether text has the form of a key and its checksum fits: a mistyped or invented key is refused without a look into the database. */
export function isApiKey(text: string): boolean {
  const [, secret, sum] = FORM.exec(text) ?? [];
  return secret !== undefined && sum === checksum(secret);
}

/** SHA-256 of the whole key. A plain hash is enough, since the key has 190 random bits. */
export function hashApiKey(key: string): Buffer {
  return hash('sha256', key, 'buffer');
}

function checksum(secret: string): string {
  let rest = crc32(secret);
  let text = '';
  for (let digit = 0; digit < CHECKSUM_LENGTH; digit++) {
    text = BASE62.charAt(rest % BASE62.length) + text;
    rest = Math.floor(rest / BASE62.length);
  }
  return text;
}
