/** What is to be said of lists of revoked certificates and of OCSP responses, computed once a text: times are asked later. */
import type { Code } from "../codes";
import { authorityNames, certificatesIn, readAuthorities, readPair } from "./judge";
import { revocationLists, timesOfLists } from "./revocation";
import { missingCaText, missingKeysText, type SecretData } from "./secret-data";
import { readStaple } from "./staple";

export interface Remark {
    readonly code: Code;
    readonly message: string;
    readonly fix: string;
}

export interface Lists {
    /** Nobody can be verified with it. */
    readonly isUnreadable: boolean;
    readonly from: number;
    readonly until: number;
    /** Authorities of which there is no list, though there is one of another. */
    readonly without: readonly string[];
    /** A key of the Secret that holds a list and is not read. */
    readonly unread: string;
}

/** `ca`: the authorities that the lists are beside; a list in a file of its own has none. */
export function inspectLists(text: string, ca?: string, unread = ""): Lists {
    const none = { isUnreadable: false, from: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY, without: [], unread };
    if (text === "" && ca !== undefined) return none;
    const lists = revocationLists(text);
    if (lists === undefined) return { ...none, isUnreadable: true };
    const issuers = new Set(lists.map(({ issuer }) => issuer));
    const without =
        ca === undefined
            ? []
            : authorityNames(ca)
                  .filter(({ der }) => !issuers.has(der))
                  .map(({ text: name }) => name);
    return { ...none, ...timesOfLists(lists), without };
}

export function turningPointsOfLists({ from, until }: Lists): readonly number[] {
    return [from, until].filter(Number.isFinite);
}

export function remarksOnLists(lists: Lists, now: number): Remark[] {
    const { isUnreadable, from, until, without, unread } = lists;
    const faults: Remark[] = [];
    if (isUnreadable)
        faults.push({
            code: "GH0140",
            message: "the list of revoked certificates can't be read; nobody is verified without it",
            fix: "It is PEM and begins with `-----BEGIN X509 CRL-----`.",
        });
    if (from > now)
        faults.push({
            code: "GH0141",
            message: `the list of revoked certificates is not in force before ${new Date(from).toISOString()}; everybody is refused until then`,
            fix: "Check the clocks.",
        });
    if (until <= now)
        faults.push({
            code: "GH0141",
            message: `the list of revoked certificates was to be renewed by ${new Date(until).toISOString()}; everybody is refused`,
            fix: "Put a newer one there.",
        });
    for (const name of without) {
        faults.push({
            code: "GH0142",
            message: `among the lists of revoked certificates there is none of ${name}; who shows a certificate that it has signed is refused`,
            fix: "Add its list.",
        });
    }
    if (unread !== "") {
        const [its, other] = unread === "crl" ? ["cacert", "ca.crl"] : ["ca.crt", "crl"];
        faults.push({
            code: "GH0143",
            message: `the list of revoked certificates under ${unread} is not read, here as with Istio, for the authority is not under ${its}`,
            fix: `Name it ${other}.`,
        });
    }
    return faults;
}

export function remarksOnStaple({ certificate, staple }: Pick<SecretData, "certificate" | "staple">, now: number): Remark[] {
    const [leaf] = staple === "" ? [] : (certificatesIn(certificate) ?? []);
    if (leaf === undefined) return [];
    const found = readStaple(Buffer.from(staple, "base64"), leaf);
    if (typeof found === "string") return [{ code: "GH0144", message: `tls.ocsp-staple ${found}; it is not shown to clients`, fix: "" }];
    return found.nextUpdate <= now
        ? [
              {
                  code: "GH0144",
                  message: `tls.ocsp-staple was to be renewed by ${new Date(found.nextUpdate).toISOString()}; it is not shown to clients`,
                  fix: "",
              },
          ]
        : [];
}

/** Everything that is wrong with what stands in a Secret, by itself: a pair as a listener loads it, and authorities with their lists. */
export function secretFaults(data: SecretData, parts: { readonly pair: boolean; readonly ca: boolean }, now: number): Remark[] {
    return [...(parts.pair ? pairFaults(data, now) : []), ...(parts.ca ? authorityFaults(data, now) : [])];
}

function pairFaults(data: SecretData, now: number): Remark[] {
    if (data.certificate === "" || data.privateKey === "") return [{ code: "GH0118", message: missingKeysText(data), fix: "" }];
    const { faults } = readPair(data.certificate, data.privateKey);
    return [...faults, ...(faults.length > 0 ? [] : remarksOnStaple(data, now))];
}

function authorityFaults(data: SecretData, now: number): Remark[] {
    if (data.ca === "") return [{ code: "GH0118", message: missingCaText(data), fix: "" }];
    const { fault } = readAuthorities(data.ca);
    return [...(fault ? [fault] : []), ...remarksOnLists(inspectLists(data.crl, data.ca, data.unreadList), now)];
}
