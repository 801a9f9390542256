/** Lists of revoked certificates (RFC 5280 §5), as far as it can be told without the certificates that they are for. */
import { childrenOf, contentOf, DER, elementAt, oidText, timeOf, bytesOf, type DerElement } from "./der";
import { pemBlocks, pemText } from "./pem";

export interface RevocationList {
    /** For OpenSSL, which takes one a text. */
    readonly pem: string;
    /** The DER of the issuer's name. */
    readonly issuer: string;
    /** Milliseconds since 1970. */
    readonly thisUpdate: number;
    /** Infinity: it says none. */
    readonly nextUpdate: number;
}

const LABEL = "X509 CRL";

/** The lists of a PEM text; undefined where there is none, or one of them can't be read: then nobody knows who is revoked. */
export function revocationLists(text: string): RevocationList[] | undefined {
    const blocks = pemBlocks(text);
    const own = blocks?.filter(({ label }) => label === LABEL) ?? [];
    if (own.length === 0) return undefined;
    const lists = own.map(({ der }) => listOf(der));
    return lists.some((list) => list === undefined) ? undefined : (lists as RevocationList[]);
}

/** The extension reasonCode of an entry with removeFromCRL, as it stands in DER, critical or not. */
const TAKEN_OFF: readonly Buffer[] = ["0603551d1504030a0108", "0603551d150101ff04030a0108"].map((hex) => Buffer.from(hex, "hex"));

function listOf(der: Buffer): RevocationList | undefined {
    const whole = elementAt(der, 0);
    // Only a list of changes has such entries (RFC 5280 §5.3.1); to OpenSSL they are not revoked, to Envoy they are.
    if (TAKEN_OFF.some((entry) => der.includes(entry))) return undefined;
    if (whole?.tag !== DER.SEQUENCE || whole.to !== der.length) return undefined;
    const [body, algorithm, signature] = childrenOf(der, whole);
    if (body === undefined || algorithm === undefined || signature?.tag !== DER.BIT_STRING) return undefined;
    const all = childrenOf(der, body);
    const fields = all[0]?.tag === DER.INTEGER ? all.slice(1) : all;
    const [signed, issuer, thisUpdate, next] = fields;
    if (signed === undefined || issuer?.tag !== DER.SEQUENCE || thisUpdate === undefined) return undefined;
    const from = timeOf(der, thisUpdate);
    const isTime = next?.tag === DER.UTC_TIME || next?.tag === DER.GENERALIZED_TIME;
    const until = next !== undefined && isTime ? timeOf(der, next) : Number.POSITIVE_INFINITY;
    if (from === undefined || until === undefined || oidText(algorithmId(der, algorithm)) === "") return undefined;
    return { pem: pemText(LABEL, der), issuer: bytesOf(der, issuer).toString("hex"), thisUpdate: from, nextUpdate: until };
}

function algorithmId(der: Buffer, algorithm: DerElement): Buffer {
    const [id] = childrenOf(der, algorithm);
    return id?.tag === DER.OID ? contentOf(der, id) : Buffer.alloc(0);
}

/** Since when and until when clients can be verified with these lists: outside of it every one is refused. */
export function timesOfLists(lists: readonly RevocationList[]): { readonly from: number; readonly until: number } {
    return {
        from: Math.max(Number.NEGATIVE_INFINITY, ...lists.map(({ thisUpdate }) => thisUpdate)),
        until: Math.min(Number.POSITIVE_INFINITY, ...lists.map(({ nextUpdate }) => nextUpdate)),
    };
}
