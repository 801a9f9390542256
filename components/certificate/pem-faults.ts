/** What is wrong with PEMs. No message holds any part of a key. */
import { checkCredential, CODES, type CodeEntry, type CredentialFault } from "../../istio";
import { fault, mentionsUnknown, type Fault } from "../arguments";

export interface GivenPems {
    readonly certificatePem?: string;
    readonly privateKeyPem?: string;
    readonly chainPem?: string;
    readonly clientCaPem?: string;
}

/** The proxy serves a certificate that does not name the host, and warns; a program that says both is mistaken. */
const HOST_NOT_COVERED = "GH0125";

const ARGUMENTS: Readonly<Record<CredentialFault["part"], string>> = {
    certificate: "certificate.certificatePem",
    privateKey: "certificate.privateKeyPem",
    ca: "clientCaPem",
};

/** A certificate, its key and the authorities of its clients, for these hosts at this time; nothing while a PEM is unknown. */
export function pemFaults(path: string, pems: GivenPems, hosts: readonly string[], now: number): Fault[] {
    const { certificatePem, privateKeyPem, chainPem = "", clientCaPem } = pems;
    if (mentionsUnknown(Object.values(pems))) return [];
    const given = certificatePem !== undefined || privateKeyPem !== undefined;
    if (!given && clientCaPem === undefined) return [];
    const found = checkCredential({
        certificate: `${certificatePem ?? ""}\n${chainPem}`,
        privateKey: privateKeyPem ?? "",
        ...(clientCaPem === undefined ? {} : { ca: clientCaPem }),
    }, { now, hosts: hosts.filter((host) => !mentionsUnknown(host)) });
    return found
        .filter(({ part }) => given || part === "ca")
        .filter(({ code }) => (CODES[code] as CodeEntry).level === "Error" || code === HOST_NOT_COVERED)
        .map(({ code, part, message, fix }) => fault(code, `${path}.${ARGUMENTS[part]}`, `${message}.`, fix));
}
