/** Who may pass, as tables have it: entries of their own, which whoever they are for names by a key made of their content. */
import { createHash } from "node:crypto";
import { compareText } from "../../resources/text-order";
import type { AccessEntry, AuthorizationPolicyEntry } from "../../tables/access";
import type { RefusalEntry } from "../../tables/entries";
import type { CompilerContext } from "../context/context";
import { distinctEntries, type SaidOf } from "../context/said";
import type { Family } from "../graph/graph";
import { sameOr } from "../graph/lists";
import type { PolicyLists, AccessSource, Refusal } from "./model/access";
import type { PlannedServer } from "./model/servers";
import { originOf } from "./origin";

/** What a server's entry says of it; both undefined: everybody is let in. */
export interface Admission {
    readonly refusal: RefusalEntry | undefined;
    readonly access: AccessEntry | undefined;
}

/** As entries have it. */
export interface AdmissionFields {
    readonly refusal?: RefusalEntry;
    readonly access?: string;
}

export const OPEN: Admission = { refusal: undefined, access: undefined };

export class AccessEntries {
    readonly #context: CompilerContext;
    readonly #source: AccessSource;
    readonly #admissions: Family<PlannedServer, Admission>;
    /** By content: whoever has the same has the same entry. */
    readonly #entries: Family<string, AccessEntry>;
    /** The same, for lists that many servers have. */
    readonly #listed: Family<PolicyLists, AccessEntry>;
    readonly #authorizations: Family<string, AuthorizationPolicyEntry | undefined>;

    constructor(context: CompilerContext, source: AccessSource) {
        const { graph } = context;
        this.#context = context;
        this.#source = source;
        this.#entries = graph.family(entryOf);
        this.#listed = graph.family((lists) => this.#entries.get(contentOf(lists)));
        this.#admissions = graph.family((server) => this.#admissionOf(server), isSame);
        this.#authorizations = graph.family((key, previous) => this.#authorizationOf(key, previous));
    }

    of(server: PlannedServer): Admission {
        return this.#admissions.get(server);
    }

    /** What all servers of a table have alike; where they differ, its hosts say it. */
    shared(servers: readonly PlannedServer[]): Admission | undefined {
        return commonAdmission(servers.map((server) => this.of(server)));
    }

    /** What holds where both do: denied is what either denies, let in what both let in. */
    joined(one: Admission, other: Admission): Admission {
        if (isSame(one, other)) return one;
        const access =
            one.access && other.access
                ? this.#entries.get(contentOf(joinedAccess(one.access, other.access)))
                : (one.access ?? other.access);
        return { refusal: one.refusal ?? other.refusal, access };
    }

    /** For an entry that names it, which is then among the tables. */
    fieldsOf({ refusal, access }: Admission): AdmissionFields {
        if (access) this.#context.graph.say({ kind: "access", entry: access });
        return { ...(refusal ? { refusal } : {}), ...(access ? { access: access.key } : {}) };
    }

    /** The policies that these ask about, by their names. */
    authorizationsOf(entries: readonly AccessEntry[]): readonly AuthorizationPolicyEntry[] {
        const keys = new Set(entries.flatMap(({ custom, audit, deny, allow }) => [...custom, ...audit, ...deny, ...allow.flat()]));
        return [...keys].sort(compareText).flatMap((key) => this.#authorizations.get(key) ?? []);
    }

    #admissionOf(server: PlannedServer): Admission {
        const { refusal, access } = this.#source.accessOf(server);
        if (refusal) return { refusal: refusalEntry(refusal), access: undefined };
        return access ? { refusal: undefined, access: this.#listed.get(access) } : OPEN;
    }

    #authorizationOf(key: string, previous: AuthorizationPolicyEntry | undefined): AuthorizationPolicyEntry | undefined {
        const policy = this.#source.authorization(key);
        if (policy === undefined) return undefined;
        const { subject, ...words } = policy;
        return sameOr(previous, { key, ...words, origin: originOf(subject, "spec") });
    }
}

/** Each once, in the order of their keys. */
export function accessUses(said: readonly SaidOf<"access">[]): readonly AccessEntry[] {
    return [...distinctEntries(said)].sort((a, b) => compareText(a.key, b.key));
}

/** In one order, whoever made them. */
function contentOf({ authentications, custom, audit, deny, allow }: PolicyLists): string {
    return JSON.stringify({ authentications, custom, audit, deny, allow });
}

/** So many digits tell apart what one gateway has. */
const KEY_DIGITS = 32;

function entryOf(content: string): AccessEntry {
    return { key: createHash("sha256").update(content).digest("hex").slice(0, KEY_DIGITS), ...(JSON.parse(content) as PolicyLists) };
}

function joinedAccess(one: PolicyLists, other: PolicyLists): PolicyLists {
    const both = (list: (access: PolicyLists) => readonly string[]): readonly string[] => [...new Set([...list(one), ...list(other)])];
    const lists = new Map([...one.allow, ...other.allow].map((list) => [JSON.stringify(list), list]));
    return {
        authentications: both(({ authentications }) => authentications),
        custom: both(({ custom }) => custom),
        audit: both(({ audit }) => audit),
        deny: both(({ deny }) => deny),
        allow: [...lists.values()],
    };
}

/** Undefined: they differ. Each is one server's, or what many have alike; undefined where these differ. */
export function commonAdmission(all: readonly (Admission | undefined)[]): Admission | undefined {
    if (all.length === 0) return OPEN;
    const [first, ...others] = all;
    if (first === undefined) return undefined;
    // Of several refusals the first one is told.
    if (first.refusal) return others.every((other) => other?.refusal !== undefined) ? first : undefined;
    return others.every((other) => other !== undefined && isSame(other, first)) ? first : undefined;
}

function isSame(one: Admission, other: Admission): boolean {
    return one.refusal === other.refusal && one.access === other.access;
}

const made = new WeakMap<Refusal, RefusalEntry>();

/** The same for the same refusal. */
function refusalEntry(refusal: Refusal): RefusalEntry {
    const present = made.get(refusal);
    if (present) return present;
    const entry = { detail: refusal.detail, origin: originOf(refusal.subject, refusal.field) };
    made.set(refusal, entry);
    return entry;
}
