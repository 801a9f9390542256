/** What a PROXY protocol's header said of a connection beside its ends, by the names that its types have (proxy-protocol.txt §2.2). */
import type { HeaderPart } from "../../http/edge-rules";
import { absent, present, type LogValue, type Reader } from "./reader";

const NAMESPACE = "envoy.filters.listener.proxy_protocol:";

const SSL = 0x20;
/** Of the part about TLS: what stands before its own parts. */
const SSL_HEAD = 5;

interface Place {
    readonly type: number;
    /** Of a part within that of TLS. */
    readonly within?: number;
    /** What kind of thing a cloud says comes first. */
    readonly kind?: number;
    readonly read: (value: Buffer) => string;
}

const text = (value: Buffer): string => value.toString("latin1");
const hexadecimal = (value: Buffer): string => value.toString("hex");

const PLACES: Readonly<Record<string, Place>> = {
    alpn: { type: 0x01, read: text },
    authority: { type: 0x02, read: text },
    unique_id: { type: 0x05, read: hexadecimal },
    ssl_version: { type: SSL, within: 0x21, read: text },
    ssl_cn: { type: SSL, within: 0x22, read: text },
    ssl_cipher: { type: SSL, within: 0x23, read: text },
    netns: { type: 0x30, read: text },
    aws_vpce_id: { type: 0xea, kind: 0x01, read: text },
    azure_link_id: { type: 0xee, kind: 0x01, read: (value) => (value.length === 4 ? String(value.readUInt32LE()) : "") },
    gcp_psc_connection_id: { type: 0xe0, read: (value) => (value.length === 8 ? value.readBigUInt64BE().toString() : "") },
};

/** Of `envoy.filters.listener.proxy_protocol:KEY`; of other metadata nothing is known. */
export function headerPartReader(argument: string): Reader {
    if (!argument.startsWith(NAMESPACE)) return { request: absent, connection: absent };
    const key = argument.slice(NAMESPACE.length);
    const [, digits] = /^tlv_0x([0-9a-f]{2})$/i.exec(key) ?? [];
    const place = Object.hasOwn(PLACES, key) ? PLACES[key] : digits ? { type: Number.parseInt(digits, 16), read: hexadecimal } : undefined;
    if (place === undefined) return { request: absent, connection: absent };
    return { request: ({ connection }) => valueAt(place, connection.tlvs), connection: ({ tlvs }) => valueAt(place, tlvs) };
}

function valueAt({ type, within, kind, read }: Place, parts: readonly HeaderPart[] | undefined): LogValue {
    const value = parts?.find((part) => part.type === type)?.value;
    if (value === undefined) return undefined;
    if (kind !== undefined) return value[0] === kind ? present(read(value.subarray(1))) : undefined;
    const own = within === undefined ? value : partWithin(value, within);
    return own === undefined ? undefined : present(read(own));
}

function partWithin(value: Buffer, type: number): Buffer | undefined {
    for (let at = SSL_HEAD; at + 3 <= value.length; ) {
        const end = at + 3 + value.readUInt16BE(at + 1);
        if (end > value.length) return undefined;
        if (value[at] === type) return value.subarray(at + 3, end);
        at = end;
    }
    return undefined;
}
