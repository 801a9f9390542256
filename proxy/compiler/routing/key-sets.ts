/** RequestAuthentications that servers ask, and the keys that they verify by: as tables have them, and as they are fetched. */
import { compareText } from "../../resources/text-order";
import type { AccessEntry, FetchedKeySet, KeySetEntry, KeySource, RequestAuthenticationEntry } from "../../tables/access";
import type { CompilerContext } from "../context/context";
import type { Family, Lookup, Value } from "../graph/graph";
import { sameList, sameOr } from "../graph/lists";
import type { AccessSource, AuthenticationRules, KeySetRule } from "./model/access";
import { originOf } from "./origin";

export class AuthenticationEntries {
    readonly #source: AccessSource;
    readonly #entries: Family<string, RequestAuthenticationEntry | undefined>;
    readonly #fetched: Lookup<ReadonlyMap<string, FetchedKeySet>, string, FetchedKeySet | undefined>;
    /** By the text in an object. */
    readonly #inline: Family<string, KeySetEntry>;
    /** By address. */
    readonly #remote: Family<string, KeySetEntry>;
    /** Of all that anybody is asked for. */
    readonly all: Value<readonly RequestAuthenticationEntry[]>;
    readonly keySets: Value<readonly KeySetEntry[]>;
    /** What is to be fetched for them. Of rules with one address the most patient is meant. */
    readonly sources: Value<readonly KeySource[]>;

    constructor({ graph, keySets }: CompilerContext, source: AccessSource, access: Value<readonly AccessEntry[]>) {
        this.#source = source;
        this.#fetched = graph.lookup(keySets, (all, key: string) => all.get(key));
        this.#entries = graph.family((key, previous) => {
            const rules = this.#source.authentication(key);
            return rules && sameOr(previous, entryOf(key, rules));
        });
        this.#inline = graph.family((content) => JSON.parse(content) as KeySetEntry);
        this.#remote = graph.family((key, previous) => {
            const { jwks, why } = this.#fetched.get(key) ?? NOT_YET;
            return sameOr(previous, { key, jwks, why: jwks === "" ? why : "" });
        });
        this.all = graph.value(() => keysIn(access.get()).flatMap((key) => this.#entries.get(key) ?? []), sameList);
        this.keySets = graph.value(() => this.#keySets(access.get()), sameList);
        this.sources = graph.value(() => this.#sources(access.get()), sameList);
    }

    #keySets(access: readonly AccessEntry[]): readonly KeySetEntry[] {
        const entries = new Map<string, KeySetEntry>();
        for (const { key, jwks, source } of this.#rules(access))
            entries.set(key, source ? this.#remote.get(key) : this.#inline.get(JSON.stringify({ key, jwks, why: "" })));
        return [...entries.values()];
    }

    #sources(access: readonly AccessEntry[]): readonly KeySource[] {
        const sources = new Map<string, KeySource>();
        for (const { key, source } of this.#rules(access))
            if (source && source.timeoutMs > (sources.get(key)?.timeoutMs ?? 0)) sources.set(key, source);
        return [...sources.values()];
    }

    #rules(access: readonly AccessEntry[]): readonly KeySetRule[] {
        return keysIn(access).flatMap((key) => this.#source.authentication(key)?.keySets ?? []);
    }
}

const NOT_YET: FetchedKeySet = { jwks: "", why: "they are being fetched" };

function keysIn(access: readonly AccessEntry[]): readonly string[] {
    return [...new Set(access.flatMap(({ authentications }) => authentications))].sort(compareText);
}

function entryOf(key: string, { rules, subject }: AuthenticationRules): RequestAuthenticationEntry {
    return { key, rules, origin: originOf(subject, "spec") };
}
