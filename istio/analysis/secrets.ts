/** What stands in Secrets that hold certificates, as Istio reads them. */
import { certificatesIn } from "../certificates";
import type { IndexedKind } from "./indexed-object";

/** A value in clear; undefined where it is missing or empty. */
export function secretValue({ usable }: IndexedKind<"Secret">, key: string): string | undefined {
    const plain = usable.stringData?.[key];
    const value = plain ?? (usable.data?.[key] === undefined ? undefined : Buffer.from(usable.data[key], "base64").toString("latin1"));
    return value === "" ? undefined : value;
}

/** As Istio takes a Secret for one: a certificate and key under either pair of names, and the first certificate in its time. */
export function isCredential(secret: IndexedKind<"Secret">, now: number): boolean {
    const certificate = [
        ["cert", "key"],
        ["tls.crt", "tls.key"],
    ].flatMap(([cert = "", key = ""]) => {
        const text = secretValue(secret, cert);
        return text !== undefined && secretValue(secret, key) !== undefined ? [text] : [];
    })[0];
    const [first] = certificate === undefined ? [] : (certificatesIn(firstBlock(certificate)) ?? []);
    return first !== undefined && Date.parse(first.validFrom) <= now && now <= Date.parse(first.validTo);
}

function firstBlock(pem: string): string {
    const end = /-----END [A-Z0-9 ]+-----/.exec(pem);
    return end ? pem.slice(0, end.index + end[0].length) : pem;
}
