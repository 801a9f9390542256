/** What the variables of a connection stand for: addresses, and what its TLS handshake said. Empty: it has none. */
import { formatDate, plainDate } from "../../istio/semantics/date-format";
import type { Variable } from "../../istio/semantics/value-template";
import type { ConnectionInfo } from "../http/doors";

export function connectionValue(variable: Variable, connection: ConnectionInfo): string {
    /** Of the socket itself, whatever a PROXY protocol's header said. */
    const direct = connection.direct ?? connection;
    switch (variable.name) {
        case "DOWNSTREAM_DIRECT_REMOTE_ADDRESS":
            return address(direct.remoteAddress, direct.remotePort);
        case "DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT":
            return direct.remoteAddress;
        case "DOWNSTREAM_DIRECT_REMOTE_PORT":
            return String(direct.remotePort);
        case "DOWNSTREAM_LOCAL_ADDRESS":
            return address(connection.localAddress, connection.localPort);
        case "DOWNSTREAM_DIRECT_LOCAL_ADDRESS":
            return address(direct.localAddress, direct.localPort);
        case "DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT":
            return connection.localAddress;
        case "DOWNSTREAM_DIRECT_LOCAL_ADDRESS_WITHOUT_PORT":
            return direct.localAddress;
        case "DOWNSTREAM_LOCAL_PORT":
            return String(connection.localPort);
        case "DOWNSTREAM_DIRECT_LOCAL_PORT":
            return String(direct.localPort);
        case "DOWNSTREAM_TLS_VERSION":
            return connection.tls?.version ?? "";
        case "DOWNSTREAM_TLS_CIPHER":
            return connection.tls?.cipher ?? "";
        case "DOWNSTREAM_LOCAL_SUBJECT":
            return connection.tls?.local?.subject ?? "";
        case "DOWNSTREAM_LOCAL_URI_SAN":
            return connection.tls?.local?.names.uri ?? "";
        case "DOWNSTREAM_LOCAL_DNS_SAN":
            return connection.tls?.local?.names.dns ?? "";
        case "DOWNSTREAM_LOCAL_IP_SAN":
            return connection.tls?.local?.names.ip ?? "";
        case "DOWNSTREAM_LOCAL_EMAIL_SAN":
            return connection.tls?.local?.names.email ?? "";
        case "DOWNSTREAM_PEER_SUBJECT":
            return connection.tls?.peer?.subject ?? "";
        case "DOWNSTREAM_PEER_ISSUER":
            return connection.tls?.peer?.issuer ?? "";
        case "DOWNSTREAM_PEER_SERIAL":
            return connection.tls?.peer?.serial ?? "";
        case "DOWNSTREAM_PEER_FINGERPRINT_256":
            return connection.tls?.peer?.sha256 ?? "";
        case "DOWNSTREAM_PEER_FINGERPRINT_1":
            return connection.tls?.peer?.sha1 ?? "";
        case "DOWNSTREAM_PEER_CERT":
            return connection.tls?.peer?.encoded ?? "";
        case "DOWNSTREAM_PEER_URI_SAN":
            return connection.tls?.peer?.names.uri ?? "";
        case "DOWNSTREAM_PEER_DNS_SAN":
            return connection.tls?.peer?.names.dns ?? "";
        case "DOWNSTREAM_PEER_IP_SAN":
            return connection.tls?.peer?.names.ip ?? "";
        case "DOWNSTREAM_PEER_EMAIL_SAN":
            return connection.tls?.peer?.names.email ?? "";
        case "DOWNSTREAM_PEER_CERT_V_START":
            return timeText(connection.tls?.peer?.validFrom, variable, false);
        case "DOWNSTREAM_PEER_CERT_V_END":
            return timeText(connection.tls?.peer?.validTo, variable, false);
        // The others are those of the exchange.
        default:
            return "";
    }
}

export function timeText(time: number | undefined, { format }: Variable, local: boolean): string {
    if (time === undefined || Number.isNaN(time)) return "";
    return format === undefined ? plainDate(time, local) : formatDate(format, time, local);
}

function address(host: string, port: number): string {
    return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
