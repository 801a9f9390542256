/** What is wrong with PEMs. No message holds any part of a key. */
import { fault, mentionsUnknown, type Fault } from "../arguments";

export interface GivenPems {
    readonly certificatePem?: string;
    readonly privateKeyPem?: string;
    readonly chainPem?: string;
    readonly clientCaPem?: string;
}

const isPem = (text: unknown, label: RegExp): boolean => typeof text === "string" && label.test(text);

/** A certificate and its key. */
export function pairFaults(path: string, { certificatePem, privateKeyPem }: GivenPems, _hosts: readonly string[]): Fault[] {
    if (certificatePem === undefined && privateKeyPem === undefined) return [];
    const certificate = mentionsUnknown(certificatePem) || isPem(certificatePem, /-----BEGIN CERTIFICATE-----/) ? []
        : [fault("GH0207", `${path}.certificatePem`, "this holds no certificate in PEM form.")];
    const key = mentionsUnknown(privateKeyPem) || isPem(privateKeyPem, /-----BEGIN (\w+ )?PRIVATE KEY-----/) ? []
        : [fault("GH0207", `${path}.privateKeyPem`, "this holds no private key in PEM form.")];
    return [...certificate, ...key];
}

export function authorityPemFaults(path: string, pem: string | undefined): Fault[] {
    if (pem === undefined || mentionsUnknown(pem) || isPem(pem, /-----BEGIN CERTIFICATE-----/)) return [];
    return [fault("GH0207", path, "this holds no certificate in PEM form.")];
}
