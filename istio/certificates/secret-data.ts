/** What stands in a Secret, by Istio's two sets of keys (pilot/pkg/credentials/kube). */

/** PEM texts; empty where the Secret has none. */
export interface SecretData {
    readonly certificate: string;
    readonly privateKey: string;
    readonly ca: string;
    /** The list of revoked certificates that belongs to the CA's key: `crl` to `cacert`, `ca.crl` to `ca.crt`. */
    readonly crl: string;
    /** A key with a list that belongs to no CA here, and so is not read; empty: none. */
    readonly unreadList: string;
    /** Base64 of what stands in `tls.ocsp-staple`. */
    readonly staple: string;
    /** Sorted. */
    readonly keys: readonly string[];
}

const LISTED = 3;
/** What of a Secret is read. */
export interface SecretContent {
    /** Base64. */
    readonly data?: Readonly<Record<string, string | undefined>> | undefined;
    readonly stringData?: Readonly<Record<string, string | undefined>> | undefined;
}

const memo = new WeakMap<SecretContent, SecretData>();

export function secretData(secret: SecretContent): SecretData {
    const present = memo.get(secret);
    if (present) return present;
    const values = secretValues(secret);
    const text = (key: string): string => values.get(key)?.text ?? "";
    const generic = values.has("cert") && values.has("key");
    const made: SecretData = {
        certificate: generic ? text("cert") : text("tls.crt"),
        privateKey: generic ? text("key") : text("tls.key"),
        ca: text("cacert") || text("ca.crt"),
        crl: text("cacert") !== "" ? text("crl") : text("ca.crl"),
        unreadList: unreadList(text),
        staple: generic ? "" : bytesOf(secret, "tls.ocsp-staple").toString("base64"),
        keys: [...values.keys()].sort(),
    };
    memo.set(secret, made);
    return made;
}

/** Istio's own words, which people search for. */
export function missingKeysText({ keys }: SecretData): string {
    const has = (...names: string[]): boolean => names.every((name) => keys.includes(name));
    if (has("cert", "key")) return "found keys cert and key, but they were empty";
    if (has("tls.crt", "tls.key")) return "found keys tls.crt and tls.key, but they were empty";
    return `found secret, but didn't have expected keys (cert and key) or (tls.crt and tls.key); found: ${keysText(keys)}`;
}

export function missingCaText({ keys }: SecretData): string {
    return `found secret, but didn't have expected keys cacert or ca.crt; found: ${keysText(keys)}`;
}

function keysText(keys: readonly string[]): string {
    if (keys.length === 0) return "none";
    const listed = keys.slice(0, LISTED).join(", ");
    return keys.length > LISTED ? `${listed}, and ${keys.length - LISTED} more...` : listed;
}

function unreadList(text: (key: string) => string): string {
    const [read, other] = text("cacert") !== "" ? (["crl", "ca.crl"] as const) : (["ca.crl", "crl"] as const);
    return text(read) === "" && text(other) !== "" ? other : "";
}

function bytesOf({ data, stringData }: SecretContent, key: string): Buffer {
    return stringData?.[key] === undefined ? Buffer.from(String(data?.[key] ?? ""), "base64") : Buffer.from(String(stringData[key]));
}

export interface SecretValue {
    readonly text: string;
    /** `data["tls.crt"]`, where it stands. */
    readonly field: string;
}

/** By key; what `stringData` says holds. */
export function secretValues(secret: SecretContent): ReadonlyMap<string, SecretValue> {
    const values = new Map<string, SecretValue>();
    for (const [key, value] of Object.entries(secret.data ?? {}))
        values.set(key, { text: Buffer.from(String(value ?? ""), "base64").toString("utf8"), field: `data["${key}"]` });
    for (const [key, value] of Object.entries(secret.stringData ?? {}))
        values.set(key, { text: String(value ?? ""), field: `stringData["${key}"]` });
    return values;
}
