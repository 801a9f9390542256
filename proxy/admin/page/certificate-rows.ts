/** Certificates with the days that they have left; each is read once, a few at a time, so that ten thousand of them hold nobody up. */
import { X509Certificate } from "node:crypto";
import { refText } from "../../../istio/types";
import type { SecretEntry, Tables } from "../../tables";
import type { CertificateRow } from "./rows";

const DAY_MS = 24 * 60 * 60 * 1000;
const AT_ONCE = 100;

type Read = Pick<CertificateRow, "subject" | "names" | "issuer" | "serialNumber"> & { /** NaN: unreadable. */ readonly notAfter: number };

const UNREADABLE: Read = { subject: "", names: [], issuer: "", serialNumber: "", notAfter: NaN };
const known = new WeakMap<SecretEntry, Read>();

function read(secret: SecretEntry): Read {
    const before = known.get(secret);
    if (before) return before;
    const found = readCertificate(secret.certificate === "" ? secret.ca : secret.certificate);
    known.set(secret, found);
    return found;
}

function readCertificate(pem: string): Read {
    try {
        const { subject, subjectAltName, issuer, serialNumber, validToDate } = new X509Certificate(pem);
        const names = (subjectAltName ?? "").split(", ").flatMap((name) => (name.startsWith("DNS:") ? [name.slice(4)] : []));
        return { subject: oneLine(subject), names, issuer: oneLine(issuer), serialNumber, notAfter: validToDate.getTime() };
    } catch {
        return UNREADABLE;
    }
}

function oneLine(name: string): string {
    return name.split("\n").join(", ");
}

export function daysLeft(secret: SecretEntry, now: number): number | null {
    const { notAfter } = read(secret);
    return Number.isNaN(notAfter) ? null : Math.floor((notAfter - now) / DAY_MS);
}

const sorted = new WeakMap<Tables, Promise<readonly SecretEntry[]>>();

/** Those that end first stand first, and before them those that can't be read. */
export async function byExpiry(tables: Tables): Promise<readonly SecretEntry[]> {
    const before = sorted.get(tables) ?? sortedByExpiry(tables);
    sorted.set(tables, before);
    return before;
}

async function sortedByExpiry({ secrets }: Tables): Promise<readonly SecretEntry[]> {
    const all = [...secrets.values()].filter(({ certificate, ca }) => certificate !== "" || ca !== "");
    for (let at = 0; at < all.length; at++) {
        if (at % AT_ONCE === AT_ONCE - 1) await new Promise((resolve) => setImmediate(resolve));
        read(all[at]!);
    }
    const end = (secret: SecretEntry): number => read(secret).notAfter || 0;
    return all.sort((a, b) => end(a) - end(b));
}

export function certificateText(secret: SecretEntry): string {
    return `${secret.key} ${read(secret).subject} ${read(secret).names.join(" ")} ${refText(secret.origin)}`.toLowerCase();
}

export function certificateRow(secret: SecretEntry, now: number): CertificateRow {
    const { notAfter, ...rest } = read(secret);
    return {
        secret: secret.key,
        ...rest,
        notAfter: Number.isNaN(notAfter) ? "" : new Date(notAfter).toISOString(),
        daysLeft: daysLeft(secret, now),
        object: refText(secret.origin),
    };
}
