/** The keys that a token is to be verified by, where the objects only say from where: fetched as the proxy fetches them. */
import { isRecord } from "../../istio/validation/outline";
import { fetchKeys } from "../../proxy/keys";
import type { KeySetEntry, KeySource, Tables } from "../../proxy/tables";
import type { Terminal } from "../terminal";

/** Those of the token's own issuer; nobody else is asked. What can't be had is said where the token is judged. */
export async function withKeysOf(token: string, tables: Tables, sources: readonly KeySource[], terminal: Terminal): Promise<Tables> {
    const issuer = issuerOf(token);
    const rules = [...tables.authentications.values()].flatMap((one) => one.rules).filter((rule) => rule.issuer === issuer);
    const wanted = sources.filter(({ key }) => rules.some(({ keySet }) => keySet === key));
    if (wanted.length === 0) return tables;
    terminal.progress(`Fetching the keys of ${issuer}`);
    const fetched = await Promise.all(wanted.map(fetchedSet));
    return { ...tables, keySets: new Map([...tables.keySets, ...fetched.map((set) => [set.key, set] as const)]) };
}

async function fetchedSet(source: KeySource): Promise<KeySetEntry> {
    try {
        return { key: source.key, jwks: await fetchKeys(source), why: "" };
    } catch (error) {
        return { key: source.key, jwks: "", why: error instanceof Error ? error.message : String(error) };
    }
}

/** What it says itself. Empty: nothing that can be read. */
function issuerOf(token: string): string {
    try {
        const claims: unknown = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8"));
        return isRecord(claims) && typeof claims.iss === "string" ? claims.iss : "";
    } catch {
        return "";
    }
}
