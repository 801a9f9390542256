/** OCSP responses that a server shows for its certificate (RFC 6960 §4.2.1). */
import type { X509Certificate } from "node:crypto";
import { childrenOf, contentOf, DER, elementAt, oidText, timeOf } from "./der";

export interface Staple {
    readonly thisUpdate: number;
    /** Infinity: it says none. */
    readonly nextUpdate: number;
}

const BASIC = "1.3.6.1.5.5.7.48.1.1";
const SUCCESSFUL = 0;
/** Context tags of CertStatus. */
const VERDICTS: Readonly<Record<number, string>> = { 0x80: "good", 0xa1: "revoked", 0x82: "unknown" };

/** What a response says of a certificate; a text where that is nothing to show. */
export function readStaple(der: Buffer, leaf: X509Certificate): Staple | string {
    const whole = elementAt(der, 0);
    const [status, wrapper] = whole && whole.to === der.length ? childrenOf(der, whole) : [];
    if (status?.tag !== DER.ENUMERATED) return "is no OCSP response";
    const [code = -1] = contentOf(der, status);
    if (code !== SUCCESSFUL) return `is the OCSP responder's refusal ${code}, not a response`;
    const [bytes] = childrenOf(der, wrapper);
    const [type, value] = childrenOf(der, bytes);
    if (type === undefined || value?.tag !== DER.OCTET_STRING || oidText(contentOf(der, type)) !== BASIC)
        return "is no basic OCSP response";
    const [data] = childrenOf(der, elementAt(der, value.from, value.to));
    const fields = childrenOf(der, data);
    // version, responder, producedAt, responses: the first that is a SEQUENCE after the time.
    const producedAt = fields.findIndex(({ tag }) => tag === DER.GENERALIZED_TIME);
    const singles = childrenOf(der, producedAt === -1 ? undefined : fields[producedAt + 1]);
    if (singles.length === 0) return "is an OCSP response about nothing";
    const wanted = leaf.serialNumber.replace(/^0+(?=.)/, "").toLowerCase();
    for (const single of singles) {
        const [id, verdict, from, until] = childrenOf(der, single);
        const serial = childrenOf(der, id)[3];
        if (
            serial?.tag !== DER.INTEGER ||
            contentOf(der, serial)
                .toString("hex")
                .replace(/^0+(?=.)/, "") !== wanted
        )
            continue;
        const told = VERDICTS[verdict?.tag ?? 0] ?? "nothing";
        if (told !== "good") return `says that the certificate is ${told}`;
        const thisUpdate = from && timeOf(der, from);
        const [next] = until?.tag === 0xa0 ? childrenOf(der, until) : [];
        const nextUpdate = next ? timeOf(der, next) : Number.POSITIVE_INFINITY;
        return thisUpdate === undefined || nextUpdate === undefined ? "has no times" : { thisUpdate, nextUpdate };
    }
    return "is about another certificate";
}
