/** Readers of what is known of a connection: addresses, and what its TLS handshake said. */
import { formatDate, parseDateFormat, plainDate } from "../../../istio/semantics/date-format";
import type { CertificateInfo, HandshakeInfo } from "../../http/doors";
import type { DirectEnds } from "../../http/edge-rules";
import { addressText } from "../../net/address";
import type { ConnectionRecord } from "../../telemetry";
import { absent, hostIn, portIn, present, type LogValue, type Reader } from "./reader";

/** Behind trusted proxies the port of a client is not known. */
const portOf = (port: number): number | undefined => (port === 0 ? undefined : port);

const REMOTE: Reader = {
    request: (r) => present(addressText(r.remoteAddress, r.remotePort)),
    connection: (c) => present(c.downstreamRemoteAddress),
};
const LOCAL: Reader = {
    request: (r) => addressText(r.connection.localAddress, r.connection.localPort),
    connection: (c) => present(c.downstreamLocalAddress),
};
const LOCAL_HOST: Reader = { request: (r) => r.connection.localAddress, connection: (c) => hostIn(c.downstreamLocalAddress) };
const LOCAL_PORT: Reader = { request: (r) => r.connection.localPort, connection: (c) => portIn(c.downstreamLocalAddress) };

/** Of the socket itself; `same` where nothing in front of the connection said that it is another's. */
function direct(read: (ends: DirectEnds) => LogValue, same: (record: ConnectionRecord) => LogValue): Reader {
    return {
        request: ({ connection }) => read(connection.direct ?? connection),
        connection: (record) => (record.direct === undefined ? same(record) : read(record.direct)),
    };
}

export function ofTls(read: (tls: HandshakeInfo) => LogValue): Reader {
    return {
        request: ({ connection: { tls } }) => (tls === undefined ? undefined : read(tls)),
        connection: ({ tls }) => (tls === undefined ? undefined : read(tls)),
    };
}

export const ofPeer = (read: (peer: CertificateInfo) => string): Reader =>
    ofTls(({ peer }) => (peer === undefined ? undefined : present(read(peer))));
export const ofOwn = (read: (own: CertificateInfo) => string): Reader =>
    ofTls(({ local }) => (local === undefined ? undefined : present(read(local))));

/** By the operators' names. */
export const CONNECTION_READERS: Readonly<Record<string, Reader>> = {
    DOWNSTREAM_REMOTE_ADDRESS: REMOTE,
    DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT: {
        request: (r) => present(r.remoteAddress),
        connection: (c) => hostIn(c.downstreamRemoteAddress),
    },
    DOWNSTREAM_REMOTE_PORT: { request: (r) => portOf(r.remotePort), connection: (c) => portIn(c.downstreamRemoteAddress) },
    DOWNSTREAM_DIRECT_REMOTE_ADDRESS: direct(
        ({ remoteAddress, remotePort }) => present(addressText(remoteAddress, remotePort)),
        (c) => present(c.downstreamRemoteAddress),
    ),
    DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT: direct(
        ({ remoteAddress }) => present(remoteAddress),
        (c) => hostIn(c.downstreamRemoteAddress),
    ),
    DOWNSTREAM_DIRECT_REMOTE_PORT: direct(
        ({ remotePort }) => portOf(remotePort),
        (c) => portIn(c.downstreamRemoteAddress),
    ),
    DOWNSTREAM_LOCAL_ADDRESS: LOCAL,
    DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT: LOCAL_HOST,
    DOWNSTREAM_LOCAL_PORT: LOCAL_PORT,
    DOWNSTREAM_DIRECT_LOCAL_ADDRESS: direct(
        ({ localAddress, localPort }) => addressText(localAddress, localPort),
        (c) => present(c.downstreamLocalAddress),
    ),
    DOWNSTREAM_DIRECT_LOCAL_ADDRESS_WITHOUT_PORT: direct(
        ({ localAddress }) => localAddress,
        (c) => hostIn(c.downstreamLocalAddress),
    ),
    DOWNSTREAM_DIRECT_LOCAL_PORT: direct(
        ({ localPort }) => localPort,
        (c) => portIn(c.downstreamLocalAddress),
    ),
    CONNECTION_ID: { request: ({ connection }) => connection.id, connection: ({ id }) => id },
    FILTER_CHAIN_NAME: { request: ({ connection }) => present(connection.chain), connection: absent },
    DOWNSTREAM_TLS_VERSION: ofTls(({ version }) => present(version)),
    DOWNSTREAM_TLS_CIPHER: ofTls(({ cipher }) => present(cipher)),
    DOWNSTREAM_LOCAL_SUBJECT: ofOwn(({ subject }) => subject),
    DOWNSTREAM_LOCAL_URI_SAN: ofOwn(({ names }) => names.uri),
    DOWNSTREAM_LOCAL_DNS_SAN: ofOwn(({ names }) => names.dns),
    DOWNSTREAM_LOCAL_IP_SAN: ofOwn(({ names }) => names.ip),
    DOWNSTREAM_LOCAL_EMAIL_SAN: ofOwn(({ names }) => names.email),
    DOWNSTREAM_PEER_SUBJECT: ofPeer(({ subject }) => subject),
    DOWNSTREAM_PEER_ISSUER: ofPeer(({ issuer }) => issuer),
    DOWNSTREAM_PEER_SERIAL: ofPeer(({ serial }) => serial),
    DOWNSTREAM_PEER_FINGERPRINT_256: ofPeer(({ sha256 }) => sha256),
    DOWNSTREAM_PEER_FINGERPRINT_1: ofPeer(({ sha1 }) => sha1),
    DOWNSTREAM_PEER_CERT: ofPeer(({ encoded }) => encoded),
    DOWNSTREAM_PEER_URI_SAN: ofPeer(({ names }) => names.uri),
    DOWNSTREAM_PEER_DNS_SAN: ofPeer(({ names }) => names.dns),
    DOWNSTREAM_PEER_IP_SAN: ofPeer(({ names }) => names.ip),
    DOWNSTREAM_PEER_EMAIL_SAN: ofPeer(({ names }) => names.email),
};

/** How a time is written; undefined where there is none. */
export function timeWriter(format: string | undefined, local: boolean): (time: number | undefined) => string | undefined {
    const parts = format ? parseDateFormat(format) : undefined;
    if (parts === undefined && !local) return plain;
    return (time) => {
        if (time === undefined || Number.isNaN(time)) return undefined;
        return parts === undefined ? plainDate(time, local) : formatDate(parts, time, local);
    };
}

/** Lines of one millisecond have one time, and those of one second have the same beginning. */
let lastTime = 0;
let lastText = "1970-01-01T00:00:00.000Z";
let lastSecond = 0;
let lastBeginning = "1970-01-01T00:00:00.";
const SECOND_MS = 1_000;
const ENDS = Array.from({ length: SECOND_MS }, (_, at) => `${String(at).padStart(3, "0")}Z`);

function plain(time: number | undefined): string | undefined {
    if (time === undefined || Number.isNaN(time)) return undefined;
    if (time === lastTime) return lastText;
    const second = Math.floor(time / SECOND_MS);
    if (second !== lastSecond) {
        lastBeginning = new Date(second * SECOND_MS).toISOString().slice(0, -ENDS[0]!.length);
        lastSecond = second;
    }
    lastText = lastBeginning + ENDS[Math.floor(time) - second * SECOND_MS]!;
    lastTime = time;
    return lastText;
}

export function peerTime(name: "validFrom" | "validTo", write: (time: number | undefined) => string | undefined): Reader {
    return ofTls(({ peer }) => write(peer?.[name]));
}
