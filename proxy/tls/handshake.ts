/** What variables say of a TLS connection. Read when one asks, and once a connection: most connections are asked nothing. */
import type { X509Certificate } from "node:crypto";
import type { TLSSocket } from "node:tls";
import { alternativeNames, issuerText, subjectText, type AlternativeName } from "../../istio/certificates";
import type { CertificateInfo, HandshakeInfo } from "../http/doors";

export class Handshake implements HandshakeInfo {
    readonly #socket: TLSSocket;
    #cipher: string | undefined;
    #version: string | undefined;
    #peer: CertificateInfo | null | undefined;
    #local: CertificateInfo | null | undefined;
    readonly #isVerified: boolean;
    #principals: readonly string[] | null | undefined;

    /** `isVerified`: a certificate of the client is one that has been verified. */
    constructor(socket: TLSSocket, isVerified: boolean) {
        this.#socket = socket;
        this.#isVerified = isVerified;
    }

    get version(): string {
        return (this.#version ??= this.#socket.getProtocol() ?? "");
    }

    /** By the name that OpenSSL has for it, as Envoy says it. */
    get cipher(): string {
        return (this.#cipher ??= this.#socket.getCipher()?.name ?? "");
    }

    get peer(): CertificateInfo | undefined {
        return (this.#peer ??= infoOf(this.#socket.getPeerX509Certificate())) ?? undefined;
    }

    get local(): CertificateInfo | undefined {
        return (this.#local ??= infoOf(this.#socket.getX509Certificate())) ?? undefined;
    }

    get principals(): readonly string[] | undefined {
        return (this.#principals ??= this.#isVerified ? principalsOf(this.#socket.getPeerX509Certificate()) : null) ?? undefined;
    }
}

function principalsOf(certificate: X509Certificate | undefined): readonly string[] | null {
    if (certificate === undefined) return null;
    return alternativeNames(certificate).flatMap(({ type, value }) => (type === "URI" ? value : []));
}

function infoOf(certificate: X509Certificate | undefined): CertificateInfo | null {
    if (certificate === undefined) return null;
    const names = alternativeNames(certificate);
    return {
        subject: subjectText(certificate),
        issuer: issuerText(certificate),
        serial: certificate.serialNumber.toLowerCase(),
        sha256: hex(certificate.fingerprint256),
        sha1: hex(certificate.fingerprint),
        encoded: encodeURIComponent(certificate.toString()),
        validFrom: certificate.validFromDate.getTime(),
        validTo: certificate.validToDate.getTime(),
        names: { uri: namesOf(names, "URI"), dns: namesOf(names, "DNS"), ip: namesOf(names, "IP"), email: namesOf(names, "email") },
    };
}

function hex(fingerprint: string): string {
    return fingerprint.replaceAll(":", "").toLowerCase();
}

/** A stranger wrote them: a name that holds what no header's value may is left out. */
function namesOf(names: readonly AlternativeName[], wanted: AlternativeName["type"]): string {
    return names
        .filter(({ type, value }) => type === wanted && !/[\0-\x1f\x7f]/.test(value))
        .map(({ value }) => value)
        .join(",");
}
