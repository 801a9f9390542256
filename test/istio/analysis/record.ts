/** What istioctl said of the corpus, recorded, so that the comparison needs no cluster. */
import path from "node:path";
import type { KubeObject } from "../../../istio";
import { makeAuthority } from "../../support/certificates";

/** By a configuration's title: `CODE Kind namespace/name`, in order. The comparison with a cluster holds it to the truth. */
export const RECORD = path.join(__dirname, "corpus", "istioctl.json");

/** What `istioctl analyze -L` lists. */
export const ANALYZERS = path.join(__dirname, "corpus", "istioctl-analyzers.json");

export interface Said {
    readonly code: string;
    readonly object: string;
    readonly message: string;
}

/** What stands in the corpus for certificates, by the words that stand for them. */
export type Credentials = Readonly<Record<"certificate" | "key" | "expired" | "future", string>>;

const DAY = 24 * 3600 * 1000;

export async function makeCredentials(): Promise<Credentials> {
    const authority = await makeAuthority();
    const at = (days: number): Date => new Date(Date.now() + days * DAY);
    const { cert, key } = await authority.issue({ dns: ["a.com", "b.com"] });
    const expired = await authority.issue({ dns: ["a.com"], notBefore: at(-20), notAfter: at(-10) });
    const future = await authority.issue({ dns: ["a.com"], notBefore: at(10), notAfter: at(20) });
    return { certificate: cert, key, expired: expired.cert, future: future.cert };
}

/** An object with certificates in the place of the words. */
export function filled(object: KubeObject, credentials: Credentials): KubeObject {
    const fill = (value: unknown): unknown => {
        if (typeof value === "string")
            return value.replaceAll(/\$\{(certificate|key|expired|future)\}/g, (_, word: keyof Credentials) => credentials[word]);
        if (Array.isArray(value)) return value.map(fill);
        return typeof value === "object" && value !== null
            ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, fill(one)]))
            : value;
    };
    return fill(object) as KubeObject;
}
