/**
 * Whether an ECDSA key belongs to a certificate, read from the DER of both: the most frequent pair there is, whose key takes
 * OpenSSL longer to read than all else about it. Only what leaves no doubt is answered here; of everything else OpenSSL is asked.
 */
import { pointOfSecret } from "./own-point";
import { childrenOf, contentOf, DER, elementAt, type DerElement } from "./der";

interface Curve {
    readonly name: string;
    /** Content of its object identifier. */
    readonly id: Buffer;
    /** Of a private key, and of each coordinate. */
    readonly bytes: number;
    /** A private key is smaller (SEC 2 §2). */
    readonly order: Buffer;
}

const curve = (name: string, id: string, bytes: number, order: string): Curve => ({
    name,
    id: Buffer.from(id, "hex"),
    bytes,
    order: Buffer.from(order, "hex"),
});

/** P-256, P-384 and P-521. */
const CURVES: readonly Curve[] = [
    curve("P-256", "2a8648ce3d030107", 32, "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"),
    curve("P-384", "2b81040022", 48, `${"f".repeat(48)}c7634d81f4372ddf581a0db248b0a77aecec196accc52973`),
    curve("P-521", "2b81040023", 66, `01${"f".repeat(65)}a51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409`),
];
const EC_PUBLIC_KEY = Buffer.from("2a8648ce3d0201", "hex");
/** Of a point with both its coordinates. */
const UNCOMPRESSED = 0x04;
const PARAMETERS = 0xa0;
const PUBLIC_KEY = 0xa1;

/** The curve that a public key names, if it is one of ours: `spki` as in certificates. */
export function namedCurveOf(spki: Buffer): Curve | undefined {
    const [algorithm, key, more] = childrenOf(spki, elementAt(spki, 0));
    return key !== undefined && more === undefined ? curveOf(spki, algorithm) : undefined;
}

/** True: the key is whole, on the certificate's curve, and of its public key. `label`: of the key's PEM. */
export function isEcPair(spki: Buffer, label: string, key: Buffer): boolean {
    const named = namedCurveOf(spki);
    const [, bits] = childrenOf(spki, elementAt(spki, 0));
    if (named === undefined || bits?.tag !== DER.BIT_STRING) return false;
    const inner = label === "PRIVATE KEY" ? innerKey(key, named) : label === "EC PRIVATE KEY" ? elementAt(key, 0) : undefined;
    if (inner === undefined || (label === "EC PRIVATE KEY" && inner.to !== key.length)) return false;
    const point = pointOf(key, inner, named, label === "EC PRIVATE KEY");
    return point !== undefined && contentOf(spki, bits).equals(point);
}

/** The key inside PKCS #8 (RFC 5958 §2), of the curve that stands around it. */
function innerKey(der: Buffer, named: Curve): DerElement | undefined {
    const whole = elementAt(der, 0);
    if (whole?.tag !== DER.SEQUENCE || whole.to !== der.length) return undefined;
    const [version, algorithm, wrapper, more] = childrenOf(der, whole);
    if (!isNumber(der, version, 0) || curveOf(der, algorithm) !== named || wrapper?.tag !== DER.OCTET_STRING || more !== undefined)
        return undefined;
    const inner = elementAt(der, wrapper.from, wrapper.to);
    return inner?.to === wrapper.to ? inner : undefined;
}

/** The public part of an ECPrivateKey (RFC 5915 §3), as it stands in a BIT STRING, where it is that of its secret part. */
function pointOf(der: Buffer, key: DerElement, { name, id, bytes, order }: Curve, needsCurve: boolean): Buffer | undefined {
    if (key.tag !== DER.SEQUENCE) return undefined;
    const [version, secret, ...rest] = childrenOf(der, key);
    if (!isNumber(der, version, 1) || secret?.tag !== DER.OCTET_STRING) return undefined;
    const scalar = contentOf(der, secret);
    if (scalar.length !== bytes || scalar.compare(order) >= 0 || scalar.every((byte) => byte === 0)) return undefined;
    const [parameters] = rest[0]?.tag === PARAMETERS ? childrenOf(der, rest[0]) : [];
    const isNamed = parameters?.tag === DER.OID && contentOf(der, parameters).equals(id);
    if (rest[0]?.tag === PARAMETERS ? !isNamed : needsCurve) return undefined;
    const last = rest.at(-1);
    if (rest.length !== (rest[0]?.tag === PARAMETERS ? 2 : 1) || last?.tag !== PUBLIC_KEY) return undefined;
    const [bits, more] = childrenOf(der, last);
    if (bits?.tag !== DER.BIT_STRING || more !== undefined) return undefined;
    const point = contentOf(der, bits);
    if (point.length !== 2 + 2 * bytes || point[0] !== 0 || point[1] !== UNCOMPRESSED) return undefined;
    return pointOfSecret(name, scalar)?.equals(point.subarray(1)) === true ? point : undefined;
}

function curveOf(der: Buffer, algorithm: DerElement | undefined): Curve | undefined {
    const [kind, parameters, more] = algorithm?.tag === DER.SEQUENCE ? childrenOf(der, algorithm) : [];
    if (kind?.tag !== DER.OID || parameters?.tag !== DER.OID || more !== undefined || !contentOf(der, kind).equals(EC_PUBLIC_KEY))
        return undefined;
    return CURVES.find(({ id }) => contentOf(der, parameters).equals(id));
}

function isNumber(der: Buffer, element: DerElement | undefined, value: number): boolean {
    return element?.tag === DER.INTEGER && element.to - element.from === 1 && der[element.from] === value;
}
