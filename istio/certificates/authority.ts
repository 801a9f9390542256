/** Whether a certificate and its key can sign the certificates of servers, so that clients take what they sign (RFC 5280 §6.1). */
import type { X509Certificate } from "node:crypto";
import { shownText } from "../shown";
import { maySignCertificates } from "./distinguished-names";
import { certificatesIn, dayText, readSigner, subjectOf, timeFaults } from "./judge";
import type { CredentialFault } from "./fault";
import { mayServe } from "./usage";

export interface SigningAuthority {
    readonly certificate: string;
    readonly privateKey: string;
    /** The authorities above it. */
    readonly chain?: string;
}

export interface SigningContext {
    /** Milliseconds since 1970. */
    readonly now: number;
    /** How long what it signs is to be valid, in milliseconds. */
    readonly lifetime: number;
    /** Whether it is made anew before its end, and all that it signed with it: then only its whole life has to be long enough. */
    readonly isRenewed?: boolean;
}

const HOUR = 3_600_000;

export function checkAuthority({ certificate, privateKey, chain = "" }: SigningAuthority, context: SigningContext): CredentialFault[] {
    const text = `${certificate}\n${chain}`;
    const { leaf: authority, faults } = readSigner(text, privateKey);
    if (authority === undefined) return [...faults];
    const all = certificatesIn(text) ?? [];
    const order = orderFaults(all);
    if (order.length > 0) return order;
    const times = all.flatMap((one) => timeFaults(one, "certificate", context.now));
    return [...faults, ...purposeFaults(authority), ...times, ...(times.length > 0 ? [] : lifetimeFaults(authority, context))];
}

function fault(message: string, fix: string): CredentialFault {
    return { code: "GH0207", part: "certificate", message, fix };
}

/** Who signs is read from the first certificate alone. */
function orderFaults([first, ...rest]: readonly X509Certificate[]): CredentialFault[] {
    const authority = rest.find(({ ca }) => ca);
    if (first === undefined || first.ca || authority === undefined) return [];
    return [
        fault(
            `the certificate of ${nameOf(first)}, which is no authority, comes before that of the authority ${nameOf(authority)}`,
            "Put the authority's certificate first, and leave those out that it has signed.",
        ),
    ];
}

function purposeFaults(authority: X509Certificate): CredentialFault[] {
    const fix = "Give the certificate and key of an authority; a server's own are served with fromPem.";
    if (!maySignCertificates(authority))
        return [fault(`the certificate of ${nameOf(authority)} may not sign others: its keyUsage is without keyCertSign`, fix)];
    if (!authority.ca)
        return [fault(`the certificate of ${nameOf(authority)} is no authority: its basicConstraints do not say \`CA:TRUE\``, fix)];
    // Clients hold what is signed to the purposes of who signs.
    if (mayServe(authority)) return [];
    return [
        fault(
            `the authority ${nameOf(authority)} signs no certificates of servers: its extendedKeyUsage is without serverAuth`,
            "Give another authority.",
        ),
    ];
}

function lifetimeFaults(authority: X509Certificate, { now, lifetime, isRenewed = false }: SigningContext): CredentialFault[] {
    const end = Date.parse(authority.validTo);
    const left = end - (isRenewed ? Date.parse(authority.validFrom) : now);
    if (!(left < lifetime)) return [];
    const hours = Math.floor(left / HOUR);
    return [
        fault(
            `the authority ${nameOf(authority)} ends on ${dayText(end)}, before a certificate of ${Math.round(lifetime / HOUR)} hours that it signs`,
            hours > 0 ? `Renew the authority, or give \`validityHours\` of ${hours} at most.` : "Renew the authority.",
        ),
    ];
}

function nameOf(certificate: X509Certificate): string {
    return shownText(subjectOf(certificate));
}
