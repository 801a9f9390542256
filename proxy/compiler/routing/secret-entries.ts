/** The credentials that are used, as tables have them: each as it is now, or as it was when it was good last. */
import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { SecretEntry } from "../../tables/entries";
import type { Origin } from "../../tables/origin";
import type { CredentialContent as Content, UsedPart as Part, CredentialReading as Reading } from "../context/credential";
import { NO_CONTENT } from "../context/certificate-pair";
import type { SaidOf } from "../context/said";
import { isEarlierOrigin } from "./origin";

/** All that is used, as far as there is a good version of it; what is as before is the same entry. */
export class SecretEntries {
    #said: readonly SaidOf<"credential">[] = [];
    #previous: ReadonlyMap<string, SecretEntry> | undefined;
    #entries: readonly SecretEntry[] = [];

    of(said: readonly SaidOf<"credential">[], previous: ReadonlyMap<string, SecretEntry>): readonly SecretEntry[] {
        if (said === this.#said && previous === this.#previous) return this.#entries;
        this.#said = said;
        this.#previous = previous;
        return (this.#entries = secretEntries(said, previous));
    }
}

interface Used {
    origin: Origin;
    /** Of most there is a pair, and nothing else. */
    readonly readings: Map<Part, Reading>;
}

function secretEntries(said: readonly SaidOf<"credential">[], previous: ReadonlyMap<string, SecretEntry>): SecretEntry[] {
    const used = new Map<string, Used>();
    for (const {
        use: { key, part, reading, origin },
    } of said) {
        const present = used.get(key);
        if (present === undefined) used.set(key, { origin, readings: new Map([[part, reading]]) });
        else {
            present.readings.set(part, present.readings.get(part) ?? reading);
            if (isEarlierOrigin(origin, present.origin)) present.origin = origin;
        }
    }
    return [...used].flatMap(([key, { origin, readings }]) => entryOf(key, origin, readings, previous) ?? []);
}

function entryOf(
    key: string,
    origin: Origin,
    readings: ReadonlyMap<Part, Reading>,
    previous: ReadonlyMap<string, SecretEntry>,
): SecretEntry | undefined {
    const of = (part: Part): Content | undefined => {
        const reading = readings.get(part);
        if (!reading?.fault) return reading?.data;
        // A list that can't be read has no last good version: who has been taken back since would be let in.
        const before = part === "crl" ? undefined : lastGood(previous, key, part);
        return before && { ...NO_CONTENT, ...before };
    };
    const pair = of("pair");
    const ca = of("ca");
    const list = of("crl");
    if (!pair && !ca && !list) return undefined;
    const crl = list?.crl || readings.get("ca")?.crl || ca?.crl || "";
    const content: Content = {
        certificate: pair?.certificate ?? "",
        privateKey: pair?.privateKey ?? "",
        ca: ca?.ca ?? "",
        crl,
        staple: pair?.staple ?? "",
    };
    const before = previous.get(key);
    const fingerprint = pair && !ca && crl === "" ? pairFingerprint(pair, content) : fingerprintOf(content);
    const isSame = before !== undefined && fingerprint === before.fingerprint;
    const isKept = before !== undefined && [...readings.values()].some(({ fault }) => fault);
    const from = isKept ? before.origin : origin;
    if (isSame && (before.origin === from || isDeepStrictEqual(before.origin, from))) return before;
    const { crl: _crl, staple, ...rest } = content;
    return {
        key,
        ...rest,
        ...(crl === "" ? {} : { crl }),
        ...(staple === "" ? {} : { staple }),
        fingerprint,
        origin: from,
    };
}

export function lastGood(previous: ReadonlyMap<string, SecretEntry>, key: string, part: Part): SecretEntry | undefined {
    const before = previous.get(key);
    return before && (part === "pair" ? before.certificate : before.ca) !== "" ? before : undefined;
}

const fingerprints = new WeakMap<Content, string>();

/** A pair alone is what most entries are, and stays the same object while its Secret does. */
function pairFingerprint(pair: Content, content: Content): string {
    let known = fingerprints.get(pair);
    if (known === undefined) fingerprints.set(pair, (known = fingerprintOf(content)));
    return known;
}

function fingerprintOf({ certificate, privateKey, ca, crl, staple }: Content): string {
    return createHash("sha256")
        .update(JSON.stringify([certificate, privateKey, ca, crl, staple]))
        .digest("hex");
}
