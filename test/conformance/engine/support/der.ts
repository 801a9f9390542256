/** As much DER as a comparison of certificates needs: elements, and the extensions with what in them is not random. */

export interface Element {
    readonly tag: number;
    readonly raw: Buffer;
    readonly content: Buffer;
}

export function derOf(pem: string): Buffer {
    return Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ""), "base64");
}

/** The elements inside the first element of the bytes. */
derOf.sequence = (bytes: Buffer): Element[] => {
    const [outer] = elements(bytes);
    return outer ? elements(outer.tag === 0x30 ? outer.content : bytes) : [];
};

function elements(bytes: Buffer): Element[] {
    const found: Element[] = [];
    for (let at = 0; at < bytes.length; ) {
        const tag = bytes[at] ?? 0;
        const first = bytes[at + 1] ?? 0;
        const count = first < 0x80 ? 0 : first & 0x7f;
        const length = count === 0 ? first : bytes.readUIntBE(at + 2, count);
        const start = at + 2 + count;
        found.push({ tag, raw: bytes.subarray(at, start + length), content: bytes.subarray(start, start + length) });
        at = start + length;
    }
    return found;
}

const KEY_IDENTIFIERS: Readonly<Record<string, string>> = { "551d0e": "subjectKeyIdentifier", "551d23": "authorityKeyIdentifier" };

/** `oid critical content` for each extension, in order; of key identifiers only that they are there, and how long. */
export function extensionsOf(der: Buffer): string[] {
    return extensionElements(der).map((extension) => {
        const parts = elements(extension.content);
        const oid = parts[0]?.content.toString("hex") ?? "";
        const content = parts.at(-1)?.content ?? Buffer.alloc(0);
        const critical = parts.length === 3 ? "critical" : "";
        return [KEY_IDENTIFIERS[oid] ?? oid, critical, KEY_IDENTIFIERS[oid] ? content.length : content.toString("hex")].join(":");
    });
}

/** Wherever they are: elements that are a sequence of an OID, perhaps a boolean, and an octet string. */
function extensionElements(bytes: Buffer): Element[] {
    return elements(bytes).flatMap((element) => {
        if ((element.tag & 0x20) === 0) return [];
        const inner = elements(element.content);
        const isExtension = inner[0]?.tag === 0x06 && inner.at(-1)?.tag === 0x04 && inner.length <= 3;
        return isExtension ? [element] : extensionElements(element.content);
    });
}
