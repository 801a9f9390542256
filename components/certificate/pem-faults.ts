/** What is wrong with PEMs. No message holds any part of a key. */
import { checkAuthority, checkCredential, CODES, type CodeEntry, type CredentialFault } from "../../istio";
import { fault, mentionsUnknown, type Fault } from "../arguments";

export interface GivenPems {
    readonly certificatePem?: string;
    readonly privateKeyPem?: string;
    readonly chainPem?: string;
    readonly clientCaPem?: string;
}

/** The proxy serves a certificate that does not name the host, and warns; a program that says both is mistaken. */
const HOST_NOT_COVERED = "GH0125";
const HOUR = 3_600_000;

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
    const found = checkCredential(
        {
            certificate: `${certificatePem ?? ""}\n${chainPem}`,
            privateKey: privateKeyPem ?? "",
            ...(clientCaPem === undefined ? {} : { ca: clientCaPem }),
        },
        { now, hosts: hosts.filter((host) => !mentionsUnknown(host)) },
    );
    return found
        .filter(({ part }) => given || part === "ca")
        .filter(({ code }) => isError(code) || code === HOST_NOT_COVERED)
        .map(({ code, part, message, fix }) => fault(code, `${path}.${ARGUMENTS[part]}`, `${message}.`, fix));
}

function isError(code: CredentialFault["code"]): boolean {
    return (CODES[code] as CodeEntry).level === "Error";
}

/** What is to sign, as the program gives it. */
export interface GivenAuthority {
    readonly certificatePem?: string;
    readonly privateKeyPem?: string;
    readonly chainPem?: string;
}

interface Judged {
    readonly asked: readonly unknown[];
    readonly now: number;
    readonly found: ReturnType<typeof checkAuthority>;
}

let judged: Judged | undefined;

/** One authority signs for many hosts in a row: it is judged once for those of one second. */
function judgeAuthority(authority: Parameters<typeof checkAuthority>[0], context: Parameters<typeof checkAuthority>[1]): Judged["found"] {
    const { now, lifetime, isRenewed } = context;
    const asked = [authority.certificate, authority.privateKey, authority.chain, lifetime, isRenewed];
    const isKnown = judged !== undefined && Math.abs(now - judged.now) < 1000 && judged.asked.every((one, index) => one === asked[index]);
    if (judged === undefined || !isKnown) judged = { asked, now, found: checkAuthority(authority, context) };
    return judged.found;
}

/** An authority and its key, for what it is to sign at this time; nothing while a PEM is unknown. */
export function authorityPemFaults(
    path: string,
    pems: GivenAuthority,
    signing: { readonly hours: number; readonly isRenewed: boolean },
    now: number,
): Fault[] {
    const { certificatePem = "", privateKeyPem = "", chainPem = "" } = pems;
    if (mentionsUnknown([certificatePem, privateKeyPem, chainPem])) return [];
    const lifetime = Number.isFinite(signing.hours) ? signing.hours * HOUR : 0;
    return judgeAuthority(
        { certificate: certificatePem, privateKey: privateKeyPem, chain: chainPem },
        { now, lifetime, isRenewed: signing.isRenewed },
    )
        .filter(({ code }) => isError(code))
        .map(({ code, part, message, fix }) =>
            fault(code, `${path}.certificate.ca.${part === "privateKey" ? "privateKeyPem" : "certificatePem"}`, `${message}.`, fix),
        );
}
