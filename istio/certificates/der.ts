/**
 * Reads DER as it stands in certificates, revocation lists and OCSP responses (X.690 §8, §10). What is cut short or not
 * DER reads as nothing: no function here throws, whatever a stranger sends.
 */

export interface DerElement {
    /** The identifier octet: class, constructed bit and number. */
    readonly tag: number;
    /** Where the element begins, its content begins, and both end. */
    readonly start: number;
    readonly from: number;
    readonly to: number;
}

export const DER = {
    BOOLEAN: 0x01,
    INTEGER: 0x02,
    BIT_STRING: 0x03,
    OCTET_STRING: 0x04,
    OID: 0x06,
    ENUMERATED: 0x0a,
    UTF8: 0x0c,
    SEQUENCE: 0x30,
    SET: 0x31,
    UTC_TIME: 0x17,
    GENERALIZED_TIME: 0x18,
    UNIVERSAL_STRING: 0x1c,
    BMP_STRING: 0x1e,
} as const;

/** The element at an offset, as far as it ends before `end`. */
export function elementAt(der: Buffer, start: number, end = der.length): DerElement | undefined {
    if (start + 2 > end) return undefined;
    const tag = der[start]!;
    const first = der[start + 1]!;
    if ((tag & 0x1f) === 0x1f) return undefined;
    if (first < 0x80) return start + 2 + first > end ? undefined : { tag, start, from: start + 2, to: start + 2 + first };
    const size = first & 0x7f;
    if (size === 0 || size > 4 || start + 2 + size > end) return undefined;
    const from = start + 2 + size;
    const to = from + der.readUIntBE(start + 2, size);
    return to > end ? undefined : { tag, start, from, to };
}

/** The elements inside one; none where one of them can't be read. */
export function childrenOf(der: Buffer, parent: DerElement | undefined): DerElement[] {
    const children: DerElement[] = [];
    if (parent === undefined) return children;
    for (let at = parent.from; at < parent.to; ) {
        const child = elementAt(der, at, parent.to);
        if (child === undefined) return [];
        children.push(child);
        at = child.to;
    }
    return children;
}

export function contentOf(der: Buffer, element: DerElement): Buffer {
    return der.subarray(element.from, element.to);
}

/** With identifier and length. */
export function bytesOf(der: Buffer, element: DerElement): Buffer {
    return der.subarray(element.start, element.to);
}

/** `2.5.4.3`; empty where it is none. */
export function oidText(content: Buffer): string {
    const arcs: number[] = [];
    let arc = 0;
    for (const byte of content) {
        arc = arc * 128 + (byte & 0x7f);
        if (byte & 0x80) continue;
        if (arcs.length === 0) {
            const root = Math.min(2, Math.floor(arc / 40));
            arcs.push(root, arc - 40 * root);
        } else {
            arcs.push(arc);
        }
        arc = 0;
    }
    return arcs.join(".");
}

/** Milliseconds since 1970 of a UTCTime or GeneralizedTime in UTC (RFC 5280 §4.1.2.5); undefined: none. */
export function timeOf(der: Buffer, element: DerElement): number | undefined {
    const text = contentOf(der, element).toString("latin1");
    const short = element.tag === DER.UTC_TIME;
    const [, year = "", rest = ""] = (short ? /^(\d{2})(\d{10})Z$/ : /^(\d{4})(\d{10})(?:\.\d+)?Z$/).exec(text) ?? [];
    if (rest === "") return undefined;
    const full = short ? Number(year) + (Number(year) < 50 ? 2000 : 1900) : Number(year);
    const part = (at: number): number => Number(rest.slice(at, at + 2));
    return Date.UTC(full, part(0) - 1, part(2), part(4), part(6), part(8));
}
