// Secure Remote Password as in Amazon Cognito: the password never leaves the page. The group is
// RFC 5054's of 3,072 bits with generator 2; the hash is SHA-256. Names follow the RFC: a and A
// are the client's, B and the salt the server's, S the shared secret.

const N = BigInt(
  "0x" +
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A0879" +
    "8E3404DDEF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B" +
    "0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA4836" +
    "1C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804" +
    "F1746C08CA18217C32905E462E36CE3BE39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6" +
    "955817183995497CEA956AE515D2261898FA051015728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64" +
    "ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7ABF5AE8CDB0933D71E8C94E04A25619DCEE3D226" +
    "1AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200CBBE117577A615D6C770988C0BAD946E2" +
    "08E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF",
);
const g = 2n;
const INFO = "Caldera Derived Key";
const text = new TextEncoder();

/** The client's half of the exchange: the secret a, and A, also in hex for the server. */
export function begin() {
  let a = 0n;
  while (a === 0n) a = number(crypto.getRandomValues(new Uint8Array(32)));
  const A = power(g, a);
  return { a, A, hex: A.toString(16) };
}

/**
 * The responses to Cognito's PASSWORD_VERIFIER challenge, which prove the password without
 * sending it. `at` is the time (a Date). Throws if the server's half would reveal the secret.
 */
export async function prove({ a, A }, poolId, password, challenge, at) {
  const pool = poolId.split("_", 2)[1];
  const user = challenge.USER_ID_FOR_SRP;
  const B = BigInt("0x" + challenge.SRP_B);
  if (B % N === 0n) throw new Error("the server's number is not valid");
  const u = number(await hash(bytes(A), bytes(B)));
  if (u === 0n) throw new Error("the exchange is not valid");
  const login = await hash(text.encode(`${pool}${user}:${password}`));
  const x = number(await hash(bytes(BigInt("0x" + challenge.SALT)), login));
  const k = number(await hash(bytes(N), bytes(g)));
  const base = (((B - k * power(g, x)) % N) + N) % N;
  const key = await derive(bytes(power(base, a + u * x)), bytes(u));
  const block = Uint8Array.from(atob(challenge.SECRET_BLOCK), (c) => c.charCodeAt(0));
  const timestamp = stamp(at);
  const message = join(text.encode(pool + user), block, text.encode(timestamp));
  const signature = new Uint8Array(await crypto.subtle.sign("HMAC", key, message));
  return {
    USERNAME: user,
    PASSWORD_CLAIM_SECRET_BLOCK: challenge.SECRET_BLOCK,
    PASSWORD_CLAIM_SIGNATURE: btoa(String.fromCharCode(...signature)),
    TIMESTAMP: timestamp,
  };
}

/** The signing key of 16 bytes, by HKDF (RFC 5869). */
async function derive(secret, salt) {
  const from = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveBits"]);
  const how = { name: "HKDF", hash: "SHA-256", salt, info: text.encode(INFO) };
  const bits = await crypto.subtle.deriveBits(how, from, 128);
  return crypto.subtle.importKey("raw", bits, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
}

/** A time in Cognito's format, whatever the browser's language: Tue Jan 6 09:05:03 UTC 2026 */
export function stamp(at) {
  const [day, date, month, year, time] = at.toUTCString().replace(",", "").split(" ");
  return `${day} ${month} ${Number(date)} ${time} UTC ${year}`;
}

function power(base, exponent) {
  let result = 1n;
  for (let b = base % N, e = exponent; e > 0n; e >>= 1n, b = (b * b) % N) {
    if (e & 1n) result = (result * b) % N;
  }
  return result;
}

async function hash(...parts) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", join(...parts)));
}

function number(octets) {
  return BigInt("0x" + Array.from(octets, (o) => o.toString(16).padStart(2, "0")).join(""));
}

/** A number's octets; a leading zero keeps a set first bit from being read as a minus sign. */
function bytes(value) {
  let hex = value.toString(16);
  if (hex.length % 2) hex = "0" + hex;
  if (parseInt(hex[0], 16) > 7) hex = "00" + hex;
  return Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
}

function join(...parts) {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
