/** The question of envoy.service.auth.v3.Authorization/Check: what a request is, as Envoy says it. Pure. */
import type { CertificateInfo, HandshakeInfo, HeaderList } from "../../http/doors";
import { ProtoWriter } from "../../http/protobuf";

/** Of a connection: who has opened it, and where it came in. */
export interface CheckedPeers {
    readonly remoteAddress: string;
    readonly remotePort: number;
    readonly localAddress: string;
    readonly localPort: number;
    readonly tls: HandshakeInfo | undefined;
}

export interface CheckedRequest {
    readonly id: string;
    /** Milliseconds since the epoch. */
    readonly start: number;
    readonly method: string;
    readonly scheme: string;
    readonly authority: string;
    readonly path: string;
    readonly protocol: string;
    readonly headers: HeaderList;
    /** What is there of the body; undefined: it is not asked for. */
    readonly body: CheckedBody | undefined;
}

export interface CheckedBody {
    readonly bytes: Buffer;
    /** Bytes that have come, of which there may be more than are told. */
    readonly size: number;
    readonly isPartial: boolean;
    /** It is told as bytes and not as a text. */
    readonly asBytes: boolean;
}

const SOURCE = 1;
const DESTINATION = 2;
const REQUEST = 4;

export function checkRequest(peers: CheckedPeers, request: CheckedRequest): Buffer {
    const { remoteAddress, remotePort, localAddress, localPort, tls } = peers;
    return new ProtoWriter()
        .message(1, (attributes) => {
            writePeer(attributes, SOURCE, remoteAddress, remotePort, clientName(tls));
            writePeer(attributes, DESTINATION, localAddress, localPort, nameOf(tls?.local));
            attributes.message(REQUEST, (inner) => writeRequest(inner, request));
        })
        .finish();
}

function writePeer(attributes: ProtoWriter, field: number, address: string, port: number, principal: string): void {
    attributes.message(field, (peer) =>
        peer.message(1, (one) => one.message(1, (socket) => socket.text(2, address).number(3, port))).text(4, principal),
    );
}

/** A certificate that nobody has verified names nobody. */
function clientName(tls: HandshakeInfo | undefined): string {
    return tls?.principals === undefined ? "" : (tls.principals[0] ?? nameOf(tls.peer));
}

function nameOf(certificate: CertificateInfo | undefined): string {
    if (certificate === undefined) return "";
    const { names, subject } = certificate;
    return names.uri.split(",")[0] || names.dns.split(",")[0] || subject;
}

function writeRequest(attributes: ProtoWriter, request: CheckedRequest): void {
    const { id, start, method, scheme, authority, path, protocol, headers, body } = request;
    attributes.message(1, (time) => time.number(1, Math.floor(start / 1_000)).number(2, (start % 1_000) * 1_000_000));
    attributes.message(2, (http) => {
        http.text(1, id).text(2, method);
        for (const [name, value] of [
            [":method", method],
            [":scheme", scheme],
            [":authority", authority],
            [":path", path],
        ] as const)
            http.entry(3, name, value);
        for (const [name, value] of joined(headers)) http.entry(3, name, value);
        if (body !== undefined) http.entry(3, "x-envoy-auth-partial-body", String(body.isPartial));
        http.text(4, path).text(5, authority).text(6, scheme);
        if (body !== undefined) http.number(9, body.size);
        http.text(10, protocol);
        if (body?.asBytes === true) http.bytes(12, body.bytes);
        else if (body !== undefined) http.text(11, body.bytes.toString("latin1"));
    });
}

/** One value a name; what a client says of the body's part is not believed. */
function joined(headers: HeaderList): ReadonlyMap<string, string> {
    const values = new Map<string, string>();
    for (let at = 0; at < headers.length; at += 2) {
        const [name, value] = [headers[at]!, headers[at + 1]!];
        const before = values.get(name);
        values.set(name, before === undefined ? value : `${before}${name === "cookie" ? "; " : ","}${value}`);
    }
    values.delete("x-envoy-auth-partial-body");
    return values;
}
