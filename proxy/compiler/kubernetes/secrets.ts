/** Secrets as credentials: what is in each, read and judged once. */
import { inspectLists, missingCaText, missingKeysText, secretData } from "../../../istio/certificates";
import { addTo } from "../../../istio/lists-by-key";
import type { SecretObject } from "../../../istio/types";
import { idsOf, type Placed } from "../../resources/model";
import type { CredentialReading as Reading, Pair } from "../context/credential";
import type { ObjectContext } from "../context/objects";
import type { Family, Lookup, Value } from "../graph/graph";
import { faultyReading, inspectCa, inspectPair, readingOf } from "../context/certificate-pair";
import type { SecretSource } from "../routing/model/credentials";

type Secret = Placed<"Secret">;

const pairs = new WeakMap<SecretObject, Pair>();
const NONE: readonly never[] = [];

export class Secrets implements SecretSource {
    readonly #namespaces: Value<ReadonlyMap<string, readonly string[]>>;
    readonly #secrets: Lookup<readonly Secret[], string, readonly Secret[]>;
    readonly #pairs: Family<Secret, Reading>;
    readonly #authorities: Family<Secret, Reading>;

    constructor({ graph, objects }: ObjectContext) {
        this.#namespaces = graph.value(() => namespacesByName(objects.secrets.get()));
        this.#secrets = graph.index(objects.secrets, idsOf);
        this.#pairs = graph.family<Secret, Reading>((secret) => ({ ...readPair(secret), subject: secret }));
        this.#authorities = graph.family<Secret, Reading>((secret) => ({ ...readAuthorities(secret), subject: secret }));
    }

    has(id: string): boolean {
        return this.#secrets.get(id).length > 0;
    }

    pair(id: string): Reading | undefined {
        const [secret] = this.#secrets.get(id);
        return secret && this.#pairs.get(secret);
    }

    ca(id: string): Reading | undefined {
        const [secret] = this.#secrets.get(id);
        return secret && this.#authorities.get(secret);
    }

    namespacesOf(name: string): readonly string[] {
        return this.#namespaces.get().get(name) ?? NONE;
    }
}

function namespacesByName(secrets: readonly Secret[]): ReadonlyMap<string, readonly string[]> {
    const namespaces = new Map<string, string[]>();
    for (const { ref } of secrets) addTo(namespaces, ref.name, ref.namespace);
    return namespaces;
}

function readPair(secret: Secret): Reading {
    const data = secretData(secret.object);
    const source = sourceText(secret);
    if (data.certificate === "" || data.privateKey === "")
        return faultyReading({ code: "GH0118", message: `${source}: ${missingKeysText(data)}`, fix: "" });
    // Parsing keys is the dearest step of a compilation, and a Secret seldom changes.
    const inspected = pairs.get(secret.object) ?? inspectPair(data.certificate, data.privateKey);
    pairs.set(secret.object, inspected);
    return readingOf(data, inspected, source);
}

function readAuthorities(secret: Secret): Reading {
    const data = secretData(secret.object);
    const source = sourceText(secret);
    if (data.ca === "") return faultyReading({ code: "GH0118", message: `${source}: ${missingCaText(data)}`, fix: "" });
    const lists = inspectLists(data.crl, data.ca, data.unreadList);
    return { ...readingOf(data, inspectCa(data.ca), source), lists, ...(data.crl === "" ? {} : { crl: data.crl }) };
}

function sourceText({ id }: Secret): string {
    return `Secret ${id}`;
}
