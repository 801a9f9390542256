/** `proxy-config secrets`: the certificates, how long they are valid, whom they are for, and why one is not served. Never a key. */
import { refKey, type Finding } from "../../istio";
import type { ContextAnswer } from "../../proxy/admin/inspection";
import { objectOfKey } from "../../proxy/tables";
import type { ConfigDump, ShownCertificate, ShownSecret } from "./config";
import { GAP, type TextTable } from "./table";

export interface SecretFilter {
    /** A part of it. */
    readonly name?: string;
    /** A host, or a part of one, that it is for. */
    readonly fqdn?: string;
}

export interface SecretRow {
    readonly name: string;
    /** Empty: there is none. */
    readonly type: "Cert Chain" | "CA" | "";
    /** WARMING: something asks for it, and it is not there. */
    readonly status: "ACTIVE" | "WARMING";
    /** Between the two times. */
    readonly validCert: boolean;
    /** Hexadecimal, as istioctl. */
    readonly serialNumber: string;
    readonly notAfter: string;
    readonly notBefore: string;
    readonly subject: string;
    /** Whole days until it is not valid any more; absent: there is none. */
    readonly daysLeft?: number;
    /** Hosts of gateways and names of clusters. */
    readonly usedBy: readonly string[];
    /** Why it is not served as it is; empty: it is. */
    readonly why: readonly string[];
}

interface Use {
    readonly who: Set<string>;
    readonly chains: Set<string>;
    asCertificate: boolean;
    asAuthority: boolean;
}

const DAY_MS = 86_400_000;
const CODES_OF_LACK = /^GH/;

export function secretRows(
    dump: Pick<ConfigDump, "secrets" | "chains" | "clusters">,
    contexts: readonly ContextAnswer[],
    findings: readonly Finding[],
    now: number,
    { name, fqdn }: SecretFilter,
): SecretRow[] {
    const uses = usesOf(dump);
    const known = new Map(dump.secrets.map((one) => [one.key, one]));
    const keys = [...new Set([...uses.keys(), ...known.keys()])].sort();
    return keys
        .flatMap((key) => rowsOf(key, known.get(key), uses.get(key), reasonsOf(key, uses.get(key), contexts, findings), now))
        .filter((row) => name === undefined || row.name.includes(name))
        .filter((row) => fqdn === undefined || row.usedBy.some((one) => one.includes(fqdn.toLowerCase())));
}

function usesOf({ chains, clusters }: Pick<ConfigDump, "chains" | "clusters">): Map<string, Use> {
    const uses = new Map<string, Use>();
    const use = (key: string): Use => {
        let found = uses.get(key);
        if (!found) uses.set(key, (found = { who: new Set(), chains: new Set(), asCertificate: false, asAuthority: false }));
        return found;
    };
    const note = (key: string | undefined, as: "asCertificate" | "asAuthority", who: readonly string[], chain?: string): void => {
        if (key === undefined) return;
        const found = use(key);
        found[as] = true;
        for (const one of who) found.who.add(one);
        if (chain !== undefined) found.chains.add(chain);
    };
    for (const { key, tls, serverNames } of chains) {
        if (!tls || tls.mode === "PASSTHROUGH") continue;
        const who = serverNames.length > 0 ? serverNames : ["*"];
        for (const secret of tls.secrets) note(secret, "asCertificate", who, key);
        for (const secret of [tls.caSecret, tls.crlSecret]) note(secret, "asAuthority", who, key);
    }
    for (const { key, tls } of clusters) {
        note(tls?.secret, "asCertificate", [key]);
        for (const secret of [tls?.caSecret, tls?.crlSecret]) note(secret, "asAuthority", [key]);
    }
    return uses;
}

/** What workers say of the chains that use it, and what is found wrong with the object itself. */
function reasonsOf(key: string, use: Use | undefined, contexts: readonly ContextAnswer[], findings: readonly Finding[]): string[] {
    const ofChains = contexts
        .filter(({ chain, problem }) => problem !== "" && use?.chains.has(chain) === true && problem.includes(key))
        .map(({ problem, served }) => (served ? `${problem}; the one before it is served` : problem));
    const ref = objectOfKey(key);
    const wanted = ref && refKey(ref);
    const isOf = (one: Finding["object"]): boolean => one !== undefined && refKey(one) === wanted;
    const ofObject =
        wanted === undefined
            ? [`${key} can't be the name of a Secret`]
            : findings
                  .filter(({ object, level, code }) => isOf(object) && level !== "Info" && CODES_OF_LACK.test(code))
                  .map(({ code, message }) => `${code}: ${message.replace(/\.$/, "")}`);
    return [...new Set([...ofObject, ...ofChains])];
}

function rowsOf(key: string, secret: ShownSecret | undefined, use: Use | undefined, why: readonly string[], now: number): SecretRow[] {
    const usedBy = [...(use?.who ?? [])].sort();
    const row = (name: string, type: SecretRow["type"], shown: ShownCertificate | "unreadable" | null): SecretRow => ({
        name,
        type,
        status: secret ? "ACTIVE" : "WARMING",
        ...certificateColumns(shown, now),
        usedBy,
        why: [...why, ...timeReasons(shown, now)],
    });
    if (!secret) return [{ ...row(key, "", null), why: why.length > 0 ? why : ["it is not there"] }];
    return [
        ...(secret.certificate === null ? [] : [row(key, "Cert Chain", secret.certificate)]),
        // What only verifies others is of its own name; beside a certificate Istio calls it so.
        ...(secret.ca === null ? [] : [row(secret.certificate === null ? key : `${key}-cacert`, "CA", secret.ca)]),
        ...(secret.certificate === null && secret.ca === null ? [row(key, "", null)] : []),
    ];
}

function certificateColumns(
    shown: ShownCertificate | "unreadable" | null,
    now: number,
): Pick<SecretRow, "validCert" | "serialNumber" | "notAfter" | "notBefore" | "subject" | "daysLeft"> {
    if (shown === null || shown === "unreadable") return { validCert: false, serialNumber: "", notAfter: "", notBefore: "", subject: "" };
    const [from, until] = [Date.parse(shown.notBefore), Date.parse(shown.notAfter)];
    return {
        validCert: from <= now && now <= until,
        serialNumber: shown.serialNumber.toLowerCase().padStart(32, "0"),
        notAfter: withoutMilliseconds(shown.notAfter),
        notBefore: withoutMilliseconds(shown.notBefore),
        subject: shown.subject.replaceAll("\n", ", "),
        daysLeft: Math.floor((until - now) / DAY_MS),
    };
}

function withoutMilliseconds(time: string): string {
    return time.replace(/\.\d{3}Z$/, "Z");
}

function timeReasons(shown: ShownCertificate | "unreadable" | null, now: number): string[] {
    if (shown === null) return [];
    if (shown === "unreadable") return ["the certificate can't be read"];
    if (Date.parse(shown.notAfter) < now) return [`expired on ${withoutMilliseconds(shown.notAfter)}: clients refuse it`];
    if (Date.parse(shown.notBefore) > now) return [`not valid before ${withoutMilliseconds(shown.notBefore)}: clients refuse it`];
    return [];
}

export function secretTable(rows: readonly SecretRow[]): TextTable {
    return {
        header: [
            "RESOURCE NAME",
            "TYPE",
            "STATUS",
            "VALID CERT",
            "SERIAL NUMBER",
            "NOT AFTER",
            "NOT BEFORE",
            "DAYS LEFT",
            "USED BY",
            "WHY NOT SERVED",
        ],
        rows: rows.map(({ name, type, status, validCert, serialNumber, notAfter, notBefore, daysLeft, usedBy, why }) => [
            name,
            type,
            status,
            String(validCert),
            serialNumber,
            notAfter,
            notBefore,
            daysLeft === undefined ? "-" : String(daysLeft),
            usedBy.join(", ") || "-",
            why.join("; ") || "-",
        ]),
        gap: GAP,
    };
}
