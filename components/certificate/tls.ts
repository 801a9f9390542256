/** The TLS arguments of a server, and the TLS settings that Istio reads of them. */
import type * as pulumi from "@pulumi/pulumi";
import type { ServerTLSSettings, TlsProtocol } from "../../istio";
import type { ObjectName } from "../arguments";
import type { KnownArgs } from "../schema";
import type { CertificateData, CertificateSource } from "./source";

type Version = Extract<TlsProtocol, "TLSV1_2" | "TLSV1_3">;

/** How clients are met on a TLS port. */
export interface TlsArgs {
    readonly certificate: CertificateSource;
    /** Default: `SIMPLE`, or `MUTUAL` where there is a `clientCaPem`. */
    readonly mode?: "SIMPLE" | "MUTUAL" | "OPTIONAL_MUTUAL";
    /** The authorities of client certificates. */
    readonly clientCaPem?: pulumi.Input<string>;
    /** Names of which a client certificate must have one. Default: any. */
    readonly subjectAltNames?: readonly pulumi.Input<string>[];
    readonly verifyCertificateSpki?: readonly pulumi.Input<string>[];
    readonly verifyCertificateHash?: readonly pulumi.Input<string>[];
    /** Default: TLS 1.2. */
    readonly minProtocolVersion?: Version;
    /** Default: TLS 1.3. */
    readonly maxProtocolVersion?: Version;
    /** For TLS 1.2. Default: those with forward secrecy and authenticated encryption. */
    readonly cipherSuites?: readonly string[];
}

/** `TlsArgs` once every value is there, without PEMs and authorities. */
export type TlsData = KnownArgs<
    Omit<TlsArgs, "clientCaPem">,
    {
        readonly certificate: CertificateData;
        /** True where the program gives the authorities of client certificates. */
        readonly clientCa?: boolean;
    }
>;

/** The objects of fixed names that a certificate comes to, and the Secret that cert-manager fills under one. */
export function certificateNames({ certificate }: TlsData, namespace: string, name: string, path: string): ObjectName[] {
    if (certificate.kind !== "fromCertManager") return [];
    return [
        { kind: "Certificate", namespace, name, path },
        { kind: "Secret", namespace, name: managedSecretName(name), path },
    ];
}

/** The Secret that cert-manager is told to fill. */
export function managedSecretName(name: string): string {
    return `${name}-tls`;
}

/** How Istio finds a server's certificate. */
export type Credential = Pick<
    ServerTLSSettings,
    "credentialName" | "serverCertificate" | "privateKey" | "caCertificates" | "caCertCredentialName"
>;

export function tlsModeOf(tls: TlsData): "SIMPLE" | "MUTUAL" | "OPTIONAL_MUTUAL" {
    // Asked before it is known that there is a certificate.
    const certificate = tls.certificate as CertificateData | undefined;
    const files = certificate?.kind === "fromFiles" ? certificate.clientCa : undefined;
    return tls.mode ?? (tls.clientCa || files !== undefined ? "MUTUAL" : "SIMPLE");
}

export function serverTls(tls: TlsData, credential: Credential): ServerTLSSettings {
    const { certificate: _certificate, clientCa: _clientCa, mode: _mode, ...settings } = tls;
    return { mode: tlsModeOf(tls), ...credential, ...settings };
}
