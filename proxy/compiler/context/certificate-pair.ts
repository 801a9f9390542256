/** Whether a certificate and a key can be served together, computed once a pair: times and hosts are asked later. */
import type { X509Certificate } from "node:crypto";
import { coversHost, namesOf, readAuthorities, readPair, usageRemarks } from "../../../istio/certificates";
import type { CredentialContent, CredentialReading, Pair, PairFault } from "./credential";

export const NO_CONTENT: CredentialContent = { certificate: "", privateKey: "", ca: "", crl: "", staple: "" };
const SOON_MS = 14 * 24 * 60 * 60 * 1000;

export function inspectPair(certificate: string, privateKey: string): Pair {
    const {
        leaf,
        faults: [fault],
        ...texts
    } = readPair(certificate, privateKey);
    return { ...aboutLeaf(leaf), ...texts, ca: "", ...(fault ? { fault } : {}) };
}

/** A bundle of CA certificates: any that is malformed spoils it. */
export function inspectCa(ca: string): Pair {
    const { authorities, fault } = readAuthorities(ca);
    return {
        ...aboutLeaf(authorities[0]),
        certificate: "",
        privateKey: "",
        ca: authorities.map((one) => one.toString()).join(""),
        ...(fault ? { fault } : {}),
    };
}

/** What goes on is nothing but the PEM that was judged: what stands around it, OpenSSL might read in another way. */
export function readingOf(data: CredentialContent, inspected: Pair, source: string): CredentialReading {
    const { certificate, privateKey, ca } = inspected;
    return inspected.fault === undefined
        ? { data: { ...data, ...(ca === "" ? { certificate, privateKey } : { ca }) }, inspected }
        : faultyReading({ ...inspected.fault, message: `${source}: ${inspected.fault.message}` });
}

export function faultyReading(fault: PairFault): CredentialReading {
    return { fault: () => fault };
}

/** What is to be said of a pair that is served all the same. */
export function remarksOn(pair: Pair, hosts: readonly string[], now: number): PairFault[] {
    const uncovered = hosts.filter((host) => host !== "*" && !coversHost(pair.names, host));
    // What goes to a backend has no hosts.
    const uses = hosts.length > 0 ? pair.uses : [];
    return [
        ...timeRemarks(pair, now),
        ...uses,
        ...(uncovered.length === 0
            ? []
            : [
                  {
                      code: "GH0125" as const,
                      message: `does not name ${uncovered.join(", ")}; it is for ${pair.names.length > 0 ? pair.names.slice(0, 5).join(", ") : "no host"}`,
                      fix: "",
                  },
              ]),
    ];
}

/** When the remarks may come out otherwise. */
export function turningPoints({ notBefore, notAfter }: Pair): readonly number[] {
    return [notBefore, notAfter - SOON_MS, notAfter];
}

function timeRemarks({ notBefore, notAfter }: Pair, now: number): PairFault[] {
    if (notAfter <= now)
        return [{ code: "GH0122", message: `expired on ${dayText(notAfter)}; it is served, and clients refuse it`, fix: "Renew it." }];
    if (notBefore > now)
        return [
            {
                code: "GH0123",
                message: `is not valid before ${dayText(notBefore)}; it is served, and clients refuse it`,
                fix: "Check the clocks.",
            },
        ];
    return notAfter - now <= SOON_MS ? [{ code: "GH0124", message: `expires on ${dayText(notAfter)}`, fix: "Renew it." }] : [];
}

function aboutLeaf(leaf: X509Certificate | undefined): Pick<Pair, "notBefore" | "notAfter" | "names" | "uses"> {
    if (leaf === undefined) return { notBefore: Number.NEGATIVE_INFINITY, notAfter: Number.POSITIVE_INFINITY, names: [], uses: [] };
    return { notBefore: Date.parse(leaf.validFrom), notAfter: Date.parse(leaf.validTo), names: namesOf(leaf), uses: usageRemarks(leaf) };
}

function dayText(time: number): string {
    return Number.isFinite(time) ? new Date(time).toISOString() : "an unknown day";
}
